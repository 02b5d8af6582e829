/** What the link costs an appliance that does nothing else: its processor time and memory without it and with it. */
import { setTimeout as pause } from 'node:timers/promises';
import type { Row } from '../../appliance/bench/table.ts';
import { TestAppliance, untilLink } from '../link/testing/appliance.ts';
import { Played, play } from './program.ts';
import { BenchRelay, register, tidyUp } from './relay.ts';

interface LinkTask {
  readonly url: string;
  readonly key: string;
}

interface Cost {
  /** Percent of one processor. */
  readonly without: number;
  readonly with: number;
  /** Bytes. */
  readonly memory: number;
}

const measureMs = 10_000;

export async function idle(): Promise<Row[]> {
  const { folder, keys } = await register(1);
  const relay = await BenchRelay.start(folder);
  // So that memory is what is held, not what is not collected yet.
  const appliance = new Played('appliance', ['--expose-gc']);
  try {
    const cost = await appliance.ask<Cost>({ url: relay.url, key: keys[0] ?? '' } satisfies LinkTask);
    // Of the whole process, door and cameras included: the link costs less than that.
    const percent = cost.with;
    return [
      {
        figure: 'link on an idle appliance: processor',
        ours: `${percent.toFixed(2)} %`,
        target: '≤ 0.2 %',
        ok: percent <= 0.2,
        beside: `the whole process; without the link, just before, ${cost.without.toFixed(2)} %`,
      },
      {
        figure: 'link on an idle appliance: memory',
        ours: `${(cost.memory / 1e6).toFixed(1)} MB`,
        target: '≤ 3 MB',
        ok: cost.memory <= 3e6,
        beside: 'of the process, collected before and after',
      },
    ];
  } finally {
    await appliance.end();
    await relay.kill();
    await tidyUp(folder);
  }
}

/** An appliance with two cameras that stand still. */
export function playAppliance(): void {
  play<LinkTask>(async ({ url, key }, say) => {
    const appliance = await TestAppliance.start();
    await pause(2_000);
    const without = await processor();
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    const link = appliance.link({ relay_url: url, relay_key: key }, { lookMs: 1_000 });
    await untilLink(link, ({ state }) => state === 'connected');
    await pause(1_000);
    const cost: Cost = { without, with: await processor(), memory: memoryNow() - before };
    say(cost);
  });
}

async function processor(): Promise<number> {
  const before = process.cpuUsage();
  const began = performance.now();
  await pause(measureMs);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 10 / (performance.now() - began);
}

function memoryNow(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss;
}
