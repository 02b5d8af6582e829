/** Two relays on one NATS: operators at one, the Pis at the other. */
import type { Row } from '../../appliance/bench/table.ts';
import { TestNats } from '../relay/testing/nats.ts';
import { fromTo, middle, operators, steered } from './forwarding.ts';
import type { Measured, OperatorsTask } from './operators.ts';
import type { PisTask } from './pis.ts';
import { Played } from './program.ts';
import { BenchRelay, register, tidyUp } from './relay.ts';

const pis = 1_000;
const rounds = 5;
const roundMs = 2_000;
/** Between an answer and the next command, for the row with a usual load. */
const pauseMs = 20;

export async function across(): Promise<Row[]> {
  const nats = await TestNats.start();
  const played = [new Played('pis'), new Played('operators')] as const;
  const folders: string[] = [];
  const nodes: BenchRelay[] = [];
  try {
    const near = await register(pis, nats.address);
    const far = await register(0, nats.address);
    folders.push(near.folder, far.folder);
    for (const folder of folders) nodes.push(await BenchRelay.start(folder, { nats: nats.address }));
    const [a, b] = nodes;
    if (!a || !b) throw new Error('The relays did not start.');
    await played[0].ask({ url: b.url, keys: near.keys } satisfies PisTask);
    const run = (more: Partial<OperatorsTask>) =>
      played[1].ask<Measured>({ url: a.url, token: near.token, devices: steered(pis), forMs: roundMs, ...more });
    const busy: Measured[] = [];
    const usual: Measured[] = [];
    for (let round = 0; round < rounds; round += 1) {
      busy.push(await run({}));
      usual.push(await run({ pauseMs }));
    }
    const rate = (all: readonly Measured[]) => `${Math.round(middle(all.map(({ perSecond }) => perSecond)))}/s`;
    return [
      {
        figure: `2 relays + NATS: command → answer across, ${operators} operators, ${pauseMs} ms between`,
        ...fromTo(usual, 3, 10),
        beside: `at ${rate(usual)}`,
      },
      {
        figure: `the same, each operator as fast as it can`,
        ...fromTo(busy, 3, 10),
        beside: `at ${rate(busy)}, with both relays, NATS, Pis and operators on this machine`,
      },
    ];
  } finally {
    await Promise.all(played.map((each) => each.end()));
    await Promise.all(nodes.map((each) => each.kill()));
    await nats.stop();
    await tidyUp(...folders);
  }
}
