/**
 * The relay's benchmark: every figure of the relay's table in docs/benchmarks.md, on loopback, with real processes.
 *
 *   make bench                                everything, after the appliance's
 *   node dist/relay-bench.js forwarding       some parts
 */
import { cpus, loadavg } from 'node:os';
import { printed, type Row } from '../../appliance/bench/table.ts';
import { across } from './across.ts';
import { playForwarder } from './forwarder.ts';
import { forwarding } from './forwarding.ts';
import { idle, playAppliance } from './idle.ts';
import { playOperators } from './operators.ts';
import { playPis } from './pis.ts';

const parts: Readonly<Record<string, () => Promise<Row[]>>> = { forwarding, across, idle };
const played: Readonly<Record<string, () => void>> = {
  pis: playPis,
  operators: playOperators,
  forwarder: playForwarder,
  appliance: playAppliance,
};
/** All of it has this long, in ms: something that hangs must not hang for ever. */
const mostMs = 300_000;

const [, , ...words] = process.argv;
const play = process.send ? played[words[0] ?? ''] : undefined;
if (play) play();
else await measure(words);

async function measure(chosen: readonly string[]): Promise<void> {
  const unknown = chosen.filter((name) => !Object.hasOwn(parts, name));
  if (unknown.length > 0) {
    console.error(`There is no part ${unknown.join(', ')}. Parts: ${Object.keys(parts).join(', ')}.`);
    process.exit(1);
  }
  setTimeout(() => {
    console.error(`The benchmark took longer than ${mostMs / 1000} s and is ended.`);
    process.exit(1);
  }, mostMs).unref();
  const began = performance.now();
  const before = load();
  const rows: Row[] = [];
  for (const [name, part] of Object.entries(parts)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    process.stderr.write(`measuring ${name} (load ${load()})\n`);
    try {
      rows.push(...(await part()));
    } catch (error) {
      rows.push({ figure: `${name}: could not be measured`, ours: String(error), target: '', ok: false });
    }
  }
  const [{ model = 'unknown' } = {}] = cpus();
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(`${cpus().length} × ${model.trim()}, Node ${process.version}, load average ${before} before and`);
  console.log(`${load()} after (the benchmark's own load included), ${seconds} s\n`);
  console.log(printed(rows));
  process.exit(0);
}

/** Over the last minute. */
function load(): string {
  return (loadavg()[0] ?? 0).toFixed(1);
}
