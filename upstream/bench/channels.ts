/** The peer under Daphne, with Pis and operators of ours. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import type { Measured, OperatorsTask } from './operators.ts';
import type { PisTask } from './pis.ts';
import { Played } from './program.ts';

/** As many Pis as our relay has, and an operator on each of `steered`; Daphne and Channels are Debian's. */
export async function throughChannels(
  names: readonly string[],
  steered: readonly string[],
  people: Played,
  forMs: number,
): Promise<Measured> {
  const here = join(dirname(process.argv[1] ?? ''), '../upstream/bench');
  const words = ['-b', '127.0.0.1', '-p', '0', 'channels_relay:application'];
  const env = { PATH: process.env.PATH, PYTHONPATH: here, PYTHONDONTWRITEBYTECODE: '1', PYTHONUNBUFFERED: '1' };
  const daphne = spawn('/usr/bin/daphne', words, { cwd: here, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(daphne, 'close');
  const pis = new Played('pis');
  try {
    let said = '';
    const port = await new Promise<string>((resolve, reject) => {
      const hear = (chunk: Buffer) => {
        said = (said + chunk.toString()).slice(-4_000);
        const found = /Listening on TCP address 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
        if (found !== undefined) resolve(found);
      };
      daphne.stdout.on('data', hear);
      daphne.stderr.on('data', hear);
      daphne.once('close', () => reject(new Error(`Daphne ended: ${said}`)));
    });
    const url = `ws://127.0.0.1:${port}`;
    await pis.ask({ url, keys: names } satisfies PisTask);
    return await people.ask<Measured>({ url, token: '', devices: steered, forMs } satisfies OperatorsTask);
  } finally {
    await pis.end();
    daphne.kill('SIGKILL');
    await closed;
  }
}
