/** What the root helper sees of the running program. */
import { existsSync } from 'node:fs';
import { request as plain } from 'node:http';
import { request as secure } from 'node:https';
import { join } from 'node:path';
import { askLocal } from '../cli/socket.ts';
import { loadConfig } from '../config.ts';
import type { Machine } from '../system/machine.ts';
import type { Look, Vitals } from './trial.ts';

/** An answer of its page must come within so long, in ms. */
const pageMs = 5_000;

/** What the running program tells of itself; undefined when none answers. */
export async function vitalsOf({ root, log }: Machine): Promise<Vitals | undefined> {
  try {
    return (await askLocal(dataFolder(root), 'vitals')) as Vitals | undefined;
  } catch (error) {
    log.warn({ err: error }, 'the running program does not tell how it is');
    return undefined;
  }
}

/** One look: does it answer, does its page. */
export async function look(machine: Machine): Promise<Look> {
  const vitals = await vitalsOf(machine);
  const address = vitals?.addresses[0];
  return { vitals, page: address !== undefined && (await pageAnswers(address)) };
}

function dataFolder(root: string): string {
  const file = join(root, 'etc/perch/perch.toml');
  return existsSync(file) ? loadConfig({ PERCH_CONFIG: file }).data : join(root, 'var/lib/perch');
}

function pageAnswers({ protocol, host, port }: Vitals['addresses'][number]): Promise<boolean> {
  return new Promise((resolve) => {
    const options = {
      host: host === '::' || host === '0.0.0.0' ? '127.0.0.1' : host,
      port,
      path: '/',
      timeout: pageMs,
    };
    // The certificate is the camera's own; that it answers is all that counts.
    const asked = protocol === 'http' ? plain(options) : secure({ ...options, rejectUnauthorized: false });
    asked.on('response', (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(false));
    asked.end();
  });
}
