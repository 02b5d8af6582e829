/** Wakes perch-recovery, which runs only while somebody needs it, so that it looks at the camera's password anew. */
import { request } from 'node:http';

/** Where perch-recovery.service has its program and its sockets. */
export const recoveryService = {
  program: '/usr/lib/perch/recovery/recovery.js',
  socket: '/run/perch-recovery/shell.sock',
} as const;

/** Its copy of the password counts when the camera's own file is damaged. Where it is not installed nothing happens. */
export function wakeRecovery(socketPath: string = recoveryService.socket): void {
  request({ socketPath, path: '/' })
    .on('response', (response) => response.resume())
    // Not there, or not now: the next start of the camera wakes it as well.
    .on('error', () => undefined)
    .end();
}
