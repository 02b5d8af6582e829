/**
 * The benchmark: every figure of docs/benchmarks.md, measured against real pipelines and a real Chromium.
 *
 *   make bench                             everything, 4 to 6 minutes
 *   node dist/bench.js latency changes     some parts
 */
import { existsSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { Workers } from '../camera/worker.ts';
import { loadConfig } from '../config.ts';
import { createLog } from '../log.ts';
import { changes } from './changes.ts';
import { latency } from './latency.ts';
import { cameraProcess, fourCameras, viewers } from './load.ts';
import { mediamtx } from './mediamtx.ts';
import { opening } from './opening.ts';
import { starting } from './starting.ts';
import { printed, type Row } from './table.ts';
import { view } from './viewers.ts';

const peer = process.env.PERCH_BENCH_MEDIAMTX;

const parts: Readonly<Record<string, () => Promise<Row[]>>> = {
  latency,
  changes,
  opening,
  viewers,
  worker: cameraProcess,
  cameras: fourCameras,
  starting,
  ...(peer ? { mediamtx: () => mediamtx(peer) } : {}),
};

const [, , word = '', ...rest] = process.argv;
if (word === 'view') await view(rest[0] ?? '');
else if (word === 'serve-stamped') await serveStamped();
else await measure([word, ...rest].filter((name) => name !== ''));

async function measure(chosen: readonly string[]): Promise<void> {
  const unknown = chosen.filter((name) => !Object.hasOwn(parts, name));
  if (unknown.length > 0) {
    console.error(`There is no part ${unknown.join(', ')}. Parts: ${Object.keys(parts).join(', ')}.`);
    process.exit(1);
  }
  if (peer && !existsSync(peer)) {
    console.error(
      `PERCH_BENCH_MEDIAMTX is ${peer}: there is no such file. Give the path of MediaMTX's program, or leave it out.`,
    );
    process.exit(1);
  }
  const began = performance.now();
  const before = load();
  const rows: Row[] = [];
  for (const [name, part] of Object.entries(parts)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    process.stderr.write(`measuring ${name} (load ${load()})\n`);
    try {
      rows.push(...(await part()));
    } catch (error) {
      rows.push({
        figure: `${name}: could not be measured`,
        ours: String(error).split('\n', 1)[0] ?? '',
        target: '',
        ok: false,
      });
    }
  }
  const [{ model = 'unknown' } = {}] = cpus();
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(`${cpus().length} × ${model.trim()}, Node ${process.version}, load average ${before} before and`);
  console.log(`${load()} after (the benchmark's own load included), ${seconds} s\n`);
  console.log(printed(rows));
  process.exit(0);
}

async function serveStamped(): Promise<void> {
  const { serve } = await import('../main.ts');
  const log = createLog('warn');
  await serve(loadConfig(), { log, workers: new Workers(log), stamp: true });
  process.exit(0);
}

/** Over the last minute. */
function load(): string {
  return (loadavg()[0] ?? 0).toFixed(1);
}
