/** How the camera's service is, and what it said last: from systemd, as far as this user may ask. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { RecoveryState } from './wire.ts';

/** No question to the system takes longer, in ms; a doctor looks at many things. */
const questionMs = 5_000;
const doctorMs = 60_000;
/** Text of one answer at the most, in bytes. */
const answerMost = 256 * 1024;

/** `perch.service` now. */
export async function serviceState(): Promise<Omit<RecoveryState, 'helper'>> {
  const [shown, said] = await Promise.all([
    run('systemctl', ['show', 'perch.service', '--property=LoadState,ActiveState,SubState,Result,NRestarts']),
    run('journalctl', ['--unit=perch.service', '--lines=40', '--output=short', '--no-pager', '--quiet']),
  ]);
  return { sentence: serviceSentence(shown), lines: (said ?? '').split('\n').filter((line) => line !== '') };
}

/** What `systemctl show` says, for people; undefined when there is no systemd. */
export function serviceSentence(shown: string | undefined): string {
  const value = Object.fromEntries((shown ?? '').split('\n').map((line) => line.split('=', 2)));
  if (value.ActiveState === undefined || value.LoadState === 'not-found')
    return 'The camera’s service (perch.service) is not installed here.';
  const times = Number(value.NRestarts ?? 0);
  const restarts = times === 0 ? '' : ` It was started anew ${times === 1 ? 'once' : `${times} times`}.`;
  switch (value.ActiveState) {
    case 'active':
      return `The camera’s program runs.${restarts}`;
    case 'activating':
      return value.SubState === 'auto-restart'
        ? `The camera’s program failed (${value.Result}) and is started again.${restarts}`
        : `The camera’s program is starting.${restarts}`;
    case 'failed':
      return `The camera’s program has failed (${value.Result}) and is not tried again.${restarts}`;
    default:
      return `The camera’s program does not run (${value.ActiveState}).${restarts}`;
  }
}

/** What the doctor says, or how the service is where there is no doctor. */
export async function doctorText(): Promise<string> {
  const program = doctorPrograms().find((each) => existsSync(each));
  const said = program === undefined ? undefined : await run(process.execPath, [program], doctorMs);
  if (said !== undefined && said.trim() !== '') return said;
  const { sentence, lines } = await serviceState();
  const [disk, memory] = await Promise.all([run('df', ['-h']), run('free', ['-m'])]);
  return [sentence, '', ...lines, '', disk ?? '', memory ?? ''].join('\n');
}

/** Its own copy first: the one beside the program may be what is broken. */
function doctorPrograms(): string[] {
  const here = fileURLToPath(new URL('.', import.meta.url));
  return [join(here, 'doctor.js'), join(here, '../dist/doctor.js'), join(here, '../doctor.js')];
}

/** What a program printed, whatever its exit code; undefined when it could not be run. */
function run(file: string, args: readonly string[], timeout = questionMs): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(file, args, { timeout, maxBuffer: answerMost, killSignal: 'SIGKILL' }, (error, stdout) => {
      resolve(error && typeof error.code === 'string' && stdout === '' ? undefined : stdout);
    });
  });
}
