/** The shell host as a child of the appliance: on a laptop, or wherever perch-recovery.service is not installed. */
import type { Logger } from '../log.ts';
import { PasswordGate } from './gate.ts';
import { greeting } from './greeting.ts';
import { ShellHost } from './host.ts';
import { PasswordFile } from './password-file.ts';
import { loginShell, startShell } from './pty.ts';
import { serveSocket } from './socket.ts';

/** What its parent says when it starts it. */
export interface ChildOptions {
  readonly socket: string;
  /** The appliance's auth.json. */
  readonly password: string;
}

/** Runs until the parent is gone, or a signal. The parent hears `listening` when the socket is there. */
export async function runAsChild({ socket, password }: ChildOptions, log: Logger): Promise<void> {
  const file = await PasswordFile.open({ path: password, log });
  const gate = new PasswordGate(file, log);
  const program = loginShell();
  const host = new ShellHost({ gate, log, greeting, start: (size) => startShell(program, size) });
  const stop = await serveSocket(host, { path: socket, mode: 0o600 });
  await new Promise<void>((resolve) => {
    // However the parent ends, the channel to it ends.
    process.once('disconnect', resolve);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
    process.send?.('listening');
  });
  await host.close();
  await stop();
  await file.close();
}
