/** The programs that are measured, each a process of its own, so that what it uses is its own. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { childrenOf, Perch } from '../e2e/perch.ts';
import { cpuSeconds } from './usage.ts';

/** The benchmark itself, built: one of these files, beside the program. */
export const bench = fileURLToPath(new URL('./bench.js', import.meta.url));
export const program = fileURLToPath(new URL('./perch.js', import.meta.url));
export const checkout = fileURLToPath(new URL('..', import.meta.url));

/** What is said at its usual level: what logging costs is part of the cost. */
const usual = { PERCH_LOG_LEVEL: 'info', PERCH_CAMERAS: 'camera=test' };

/** Perch as people run it. */
export function startPerch(env: NodeJS.ProcessEnv = {}, data?: string): Promise<Perch> {
  return Perch.start({ ...usual, ...env }, data, [], [program, 'serve']);
}

/** Perch with the capture time drawn into every picture. */
export function startStamped(env: NodeJS.ProcessEnv = {}): Promise<Perch> {
  return Perch.start({ ...usual, ...env }, undefined, [], [bench, 'serve-stamped']);
}

/** Resolves when every camera is live. */
export async function live(perch: Perch): Promise<void> {
  for (;;) {
    const { cameras } = (await (await perch.fetch('/api/cameras')).json()) as { cameras: { state: string }[] };
    if (cameras.every(({ state }) => state === 'live')) return;
    await pause(50);
  }
}

/** The camera processes that play, busiest first; one more, kept ready, has used next to nothing since it started. */
export async function playingWorkers(perch: Perch): Promise<number[]> {
  const { cameras } = (await (await perch.fetch('/api/cameras')).json()) as { cameras: unknown[] };
  const workers = (await childrenOf(perch.process.pid ?? 0)).filter(({ command }) => command.includes('worker.py'));
  const before = new Map(await Promise.all(workers.map(async ({ pid }) => [pid, await cpuSeconds(pid)] as const)));
  await pause(600);
  const used = await Promise.all(
    [...before].map(async ([pid, seconds]) => ({ pid, used: (await cpuSeconds(pid)) - seconds })),
  );
  return used
    .sort((a, b) => b.used - a.used)
    .slice(0, cameras.length)
    .map(({ pid }) => pid);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** What WebRTC viewers without a browser got since they were last asked. */
export interface Counted {
  readonly bytes: number;
  readonly pictures: number;
  /** Pictures that should have come between the first and the last one and did not, by their capture times. */
  readonly picturesLost: number;
  readonly packetsLost: number;
}

/** WebRTC viewers in a process of their own; see viewers.ts. */
export class Viewers {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Joins `count` viewers at each of these WHEP addresses; resolves when all are connected. */
  static async join(addresses: readonly string[], count: number, fps: number, token: string): Promise<Viewers> {
    const child = fork(bench, ['view', JSON.stringify({ addresses, count, fps, token })]);
    const viewers = new Viewers(child);
    await viewers.#answer();
    return viewers;
  }

  /** What they got since the last question, or since they joined. */
  async count(): Promise<Counted> {
    const answer = this.#answer();
    this.#child.send('count');
    return (await answer) as Counted;
  }

  async leave(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.send('leave');
    await gone;
  }

  async #answer(): Promise<unknown> {
    const ended = new AbortController();
    try {
      const [message] = (await Promise.race([
        once(this.#child, 'message', { signal: ended.signal }),
        once(this.#child, 'exit', { signal: ended.signal }).then(() => {
          throw new Error('the viewers ended before their answer');
        }),
      ])) as [unknown];
      return message;
    } finally {
      ended.abort();
    }
  }
}
