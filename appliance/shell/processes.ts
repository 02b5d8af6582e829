/** The processes of one terminal: the shell, and everything it started that stayed in its session. */
import { readdir, readFile } from 'node:fs/promises';

/**
 * Process ids of a session (setsid's, whose leader is the shell). Jobs in the background have groups of their own but the
 * same session; what called setsid itself wanted to stay, and is not found.
 */
export async function processesOf(session: number): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  const found = await Promise.all(
    names
      .filter((name) => /^\d+$/.test(name))
      .map(async (name) => {
        const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
        // The command in parentheses may hold anything; after it: state, parent, group, session.
        const [state, , , its] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return Number(its) === session && state !== 'Z' ? Number(name) : undefined;
      }),
  );
  return found.filter((pid) => pid !== undefined);
}

/** How long what was told to hang up has before it is killed, in ms. */
const graceMs = 2_000;
const lookMs = 50;

/** Ends everything of a session: told to hang up, and killed when it does not. Resolves when nothing is left. */
export async function endSession(session: number): Promise<void> {
  signal(await processesOf(session), ['SIGHUP', 'SIGCONT']);
  let killAt = performance.now() + graceMs;
  let killed = false;
  let empty = 0;
  for (;;) {
    const left = await processesOf(session);
    // Twice: /proc is read while processes start and end, so one look may miss one that was just being made.
    empty = left.length === 0 ? empty + 1 : 0;
    if (empty === 2) return;
    if (performance.now() > killAt) {
      // Those of another user (sudo's) were hung up by the kernel, and are not ours to kill.
      if (killed) return;
      killed = left.length > 0;
      killAt += graceMs;
      signal(left, ['SIGKILL']);
    }
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
}

function signal(pids: readonly number[], signals: readonly NodeJS.Signals[]): void {
  for (const pid of pids) {
    for (const each of signals) {
      try {
        process.kill(pid, each);
      } catch {
        // Gone already, or another user's.
      }
    }
  }
}
