/**
 * perch-recovery: the way back in when the camera's own program is broken. One file with everything in it, on a port of
 * its own: login, terminal, doctor, reset. Also the host of every terminal, the camera's page included.
 */
import { writeFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLog } from '../../log.ts';
import { createSystem } from '../../system/index.ts';
import { runAsChild } from '../child.ts';
import { PasswordGate } from '../gate.ts';
import { greeting } from '../greeting.ts';
import { ShellHost } from '../host.ts';
import { PasswordFile } from '../password-file.ts';
import { loginShell, type Pty, startShell } from '../pty.ts';
import { awakeFile, serveSocket } from '../socket.ts';
import { inheritedSockets, Use } from './asleep.ts';
import { createRecoveryServer } from './server.ts';

const log = createLog('info');
/** How often the copy of the password is brought up to date, in ms. */
const copyMs = 60_000;

/** This program goes last when memory is short (perch-recovery.service); what runs in its terminals is like any other. */
function mortal(pty: Pty): Pty {
  try {
    writeFileSync(`/proc/${pty.pid}/oom_score_adj`, '0');
  } catch {
    // It ended already, or this kernel has no such thing.
  }
  return pty;
}

/** Runs until SIGINT or SIGTERM; where systemd starts it again when somebody asks, until nobody uses it any more. */
async function serve(env: NodeJS.ProcessEnv): Promise<void> {
  const data = env.PERCH_DATA || '/var/lib/perch';
  const port = Number(env.PERCH_RECOVERY_PORT || 8022);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`PERCH_RECOVERY_PORT is "${env.PERCH_RECOVERY_PORT}", but must be a port: 1 to 65535.`);
  }
  const sockets = inheritedSockets(env);
  // systemd names the unit's folders; without it there is no copy, and no socket for the camera's page.
  const { STATE_DIRECTORY: state, RUNTIME_DIRECTORY: runtime } = env;
  const file = await PasswordFile.open({
    path: join(data, 'auth.json'),
    copy: state ? join(state, 'password.json') : undefined,
    log,
  });
  await file.read();
  const copying = setInterval(() => void file.read(), copyMs);
  const gate = new PasswordGate(file, log);
  const program = loginShell();
  const host = new ShellHost({ gate, log, greeting, start: (size) => mortal(startShell(program, size)) });
  const use = new Use({ busy: () => host.opened.length + server.asking > 0, ...usedUp(env) });
  const at = sockets?.terminals ?? (runtime ? { path: join(runtime, 'shell.sock'), mode: 0o660 } : undefined);
  const stop = at && (await serveSocket(host, at, use.noted));
  const server = createRecoveryServer({
    host,
    gate,
    file,
    log,
    system: createSystem(env.PERCH_SYSTEM_SOCKET || undefined),
    used: use.noted,
  });
  const signalled = new Promise<string>((resolve) => {
    for (const each of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(each, () => resolve(each));
  });
  const listening = await server.listen(sockets?.page ?? { port, host: env.PERCH_HOST || '::' });
  log.info({ port: listening }, 'recovery is running');
  // Then the camera's program watches the terminals, whoever opens them.
  const awake = runtime && join(runtime, awakeFile);
  if (awake) await writeFile(awake, '');
  const why = await (sockets ? Promise.race([signalled, use.over()]) : signalled);
  log.info({ signal: why }, why === undefined ? 'nobody uses it: until somebody does' : 'stopping');
  clearInterval(copying);
  await Promise.all([server.close(), host.close()]);
  await stop?.();
  if (awake) await rm(awake, { force: true });
  await file.read();
  await file.close();
}

/** Tests do not wait a quarter of an hour. */
function usedUp({ PERCH_RECOVERY_QUIET: seconds }: NodeJS.ProcessEnv) {
  const ms = Number(seconds) * 1000;
  return ms > 0 ? { quietMs: ms, unusedMs: ms } : {};
}

const [word, socket, password] = process.argv.slice(2);
const asChild = word === 'terminals' && socket !== undefined && password !== undefined;
if (word !== undefined && !asChild) {
  console.error(
    'perch: recovery.js is started by systemd (perch-recovery.service), or by perch serve for its terminals.',
  );
  process.exit(2);
}
(asChild ? runAsChild({ socket, password }, log) : serve(process.env)).then(
  () => process.exit(0),
  (error: unknown) => {
    log.error({ err: error }, 'recovery ends');
    process.exit(1);
  },
);
