/** Memory, throughput and a restart, with one relay and thousands of Pis. */
import { setTimeout as pause } from 'node:timers/promises';
import { type Row, tidy } from '../../appliance/bench/table.ts';
import { throughChannels } from './channels.ts';
import type { Measured, OperatorsTask } from './operators.ts';
import type { PisTask } from './pis.ts';
import { Played } from './program.ts';
import { BenchRelay, type Registered, register, tidyUp } from './relay.ts';

const most = 10_000;
const half = most / 2;
export const operators = 32;
const rounds = 5;
const roundMs = 2_500;
const restarts = 3;

/** Devices steered, spread over all that are connected. */
export function steered(connected: number): string[] {
  return Array.from({ length: operators }, (_, at) => `d${Math.floor((at * connected) / operators)}`);
}

export async function forwarding(): Promise<Row[]> {
  const registered = await register(most);
  const relay = await BenchRelay.start(registered.folder);
  const [first, second, forwarder, people] = [
    new Played('pis'),
    new Played('pis'),
    new Played('forwarder'),
    new Played('operators'),
  ];
  let restarted: BenchRelay | undefined;
  try {
    const memory = await memoryRows(relay, registered, first, second);
    await second.end();
    const { port } = await forwarder.ask<{ port: number }>('start');
    const bareUrl = `ws://127.0.0.1:${port}`;
    const names = registered.keys.slice(0, half).map((_, at) => `d${at}`);
    const bare = new Played('pis');
    await bare.ask({ url: bareUrl, keys: names } satisfies PisTask);
    const speed = await speedRows(relay.url, bareUrl, registered.token, people);
    await Promise.all([bare.end(), forwarder.end()]);
    const storms: Storm[] = [];
    let last = relay;
    for (let round = 0; round < restarts; round += 1) {
      await last.kill();
      const began = performance.now();
      last = await BenchRelay.start(registered.folder, { port: relay.port });
      restarted = last;
      storms.push(await storm(registered.token, last, began, first, people));
    }
    return [...speed, ...memory, stormRow(storms)];
  } finally {
    await Promise.all([first, second, forwarder, people].map((each) => each.end()));
    await Promise.all([relay.kill(), restarted?.kill()]);
    await tidyUp(registered.folder);
  }
}

async function memoryRows(relay: BenchRelay, { keys }: Registered, first: Played, second: Played): Promise<Row[]> {
  const before = relay.memory();
  // Those that stay come back after the restart.
  await first.ask({ url: relay.url, keys: keys.slice(0, half), comeBack: true } satisfies PisTask);
  await second.ask({ url: relay.url, keys: keys.slice(half) } satisfies PisTask);
  // What the handshakes left behind is collected when V8 thinks fit.
  await pause(5_000);
  const after = relay.memory();
  const each = (after - before) / keys.length / 1000;
  return [
    {
      figure: `relay: memory per connected Pi (${most})`,
      ours: `${tidy(each)} kB`,
      target: '≤ 15 kB',
      ok: each <= 15,
      beside: `${tidy(before / 1e6)} MB with nobody connected`,
    },
    {
      figure: `relay: memory with ${most} Pis`,
      ours: `${tidy(after / 1e6)} MB`,
      target: '≤ 260 MB',
      ok: after <= 260e6,
    },
  ];
}

async function speedRows(url: string, bareUrl: string, token: string, people: Played): Promise<Row[]> {
  const run = (where: string) =>
    people.ask<Measured>({ url: where, token, devices: steered(half), forMs: roundMs } satisfies OperatorsTask);
  const ours: Measured[] = [];
  const bare: Measured[] = [];
  for (let round = 0; round < rounds; round += 1) {
    bare.push(await run(bareUrl));
    ours.push(await run(url));
  }
  const ratio = middle(ours.map(({ perSecond }, at) => perSecond / (bare[at]?.perSecond ?? Number.NaN)));
  const rate = middle(ours.map(({ perSecond }) => perSecond));
  const figure = `relay: command → answer, ${half} Pis, ${operators} operators`;
  const django = await throughChannels(
    Array.from({ length: half }, (_, at) => `d${at}`),
    steered(half),
    people,
    4_000,
  );
  const factor = rate / django.perSecond;
  return [
    {
      figure: `${figure}: commands a second`,
      ours: `${Math.round(rate)}/s (${rounds})`,
      target: '≥ 20000/s',
      ok: rate >= 20_000,
      beside: `a bare ws forwarder ${Math.round(middle(bare.map(({ perSecond }) => perSecond)))}/s: we have ${Math.round(100 * ratio)} % of it`,
    },
    {
      figure: `${figure}: p50 / p99`,
      ...fromTo(ours, 2, 6),
      beside: `a bare ws forwarder ${fromTo(bare, 2, 6).ours}`,
    },
    {
      figure: 'the same work through Django Channels + Daphne',
      ours: `${tidy(factor)} x its rate`,
      target: '≥ 25 x',
      ok: factor >= 25,
      beside: `a relay of Channels, as many Pis, does ${Math.round(django.perSecond)}/s, ${tidy(django.p50)} / ${tidy(django.p99)} ms`,
    },
  ];
}

/** Medians over rounds of the 50th and 99th percentile. */
export function fromTo(rounds_: readonly Measured[], p50: number, p99: number): Omit<Row, 'figure'> {
  const [usual, seldom] = [middle(rounds_.map((each) => each.p50)), middle(rounds_.map((each) => each.p99))];
  return {
    ours: `${tidy(usual)} / ${tidy(seldom)} ms (${rounds_.length})`,
    target: `≤ ${p50} / ${p99} ms`,
    ok: usual <= p50 && seldom <= p99,
  };
}

export function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

interface Storm {
  readonly seconds: number;
  readonly p50: number;
  readonly p99: number;
  readonly answers: number;
}

/** The relay was killed a moment ago: it is started again, and its Pis come back. */
async function storm(token: string, relay: BenchRelay, began: number, pis: Played, people: Played): Promise<Storm> {
  const task: OperatorsTask = { url: relay.url, token, devices: steered(half), forMs: 0, pauseMs: 50 };
  const answered = people.ask<Measured>(task);
  await pis.heard();
  const seconds = (performance.now() - began) / 1000;
  people.tell('stop');
  return { ...(await answered), seconds };
}

function stormRow(storms: readonly Storm[]): Row {
  const seconds = middle(storms.map((each) => each.seconds));
  const p99 = middle(storms.map((each) => each.p99));
  return {
    figure: `relay killed and started: all ${half} Pis are back`,
    ours: `${tidy(seconds)} s; operators meanwhile ${tidy(middle(storms.map((each) => each.p50)))} / ${tidy(p99)} ms (${storms.length})`,
    target: '≤ 30 s; p99 ≤ 100 ms',
    ok: seconds <= 30 && p99 <= 100,
    beside: `p99 of each: ${storms.map((each) => tidy(each.p99)).join(', ')} ms`,
  };
}
