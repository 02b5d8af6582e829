/** What a new terminal shows before the shell says anything: where one is, and which words help. */
import { execFile } from 'node:child_process';
import { hostname, userInfo } from 'node:os';

/** The user that perch-recovery.service runs as. */
const serviceUser = 'perch-recovery';

/** The text; `mayBecomeRoot` undefined: not Perch's business (a checkout's terminal is the developer's own login). */
export function greetingText(host: string, user: string, mayBecomeRoot: boolean | undefined): string {
  const root =
    mayBecomeRoot === undefined
      ? ''
      : mayBecomeRoot
        ? '  sudo -i         everything, with the system’s password\n'
        : '  There is no system password yet, so no sudo: put a [login] with a password into perch.toml\n  on the boot partition, and start the camera anew.\n';
  return `\u001b[1m${host}\u001b[0m, as ${user}.
  perch doctor    what is wrong, and what to do
  perch --help    everything else
${root}\n`;
}

/** The greeting for whoever opens a terminal now. */
export async function greeting(): Promise<string> {
  const { username } = userInfo();
  return greetingText(hostname(), username, username === serviceUser ? await hasPassword() : undefined);
}

/** `passwd --status`: "perch-recovery P 2026-11-28 …", P for a password that can be used. */
function hasPassword(): Promise<boolean> {
  return new Promise((resolve) => {
    execFile('passwd', ['--status'], { timeout: 2_000 }, (error, said) =>
      resolve(error === null && said.split(' ')[1] === 'P'),
    );
  });
}
