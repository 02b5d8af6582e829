/**
 * The root helper: run by `perch-system@.service` for one connection to `perch-system.socket`, which is its standard
 * input and output. Does the one thing it is asked, says so, ends. Its log is standard error.
 */
import { stat } from 'node:fs/promises';
import { createLog } from '../log.ts';
import { finishTrial } from '../update/apply.ts';
import { Versions } from '../update/versions.ts';
import type { Machine } from './machine.ts';
import { perform } from './perform.ts';
import { run } from './run.ts';
import { serveOne } from './serve.ts';

const log = createLog('info', process.stderr.fd);
const machine: Machine = {
  root: process.env.PERCH_SYSTEM_ROOT ?? '/',
  run,
  log,
  async become(folder) {
    const { uid, gid } = await stat(folder);
    process.setgroups?.([]);
    process.setgid?.(gid);
    process.setuid?.(uid);
  },
};

if (process.argv[2] === '--trial') {
  // perch-trial.service, after a start in the middle of a trial: nobody else watches over it.
  const progress = (sentence: string) => log.info(sentence);
  await finishTrial(new Versions(machine.root), { machine, progress }).then(progress, (error: Error) =>
    log.error(error.message),
  );
} else {
  // A restart that was asked for ends this too; who asked is still answered. systemd waits for TimeoutStopSec.
  process.on('SIGTERM', () => undefined);
  // The unit's instance: count, process id and user id of who asks.
  const who = process.argv[2] ?? 'somebody';
  await serveOne({ input: process.stdin, output: process.stdout, who }, machine, perform);
}
process.exit(0);
