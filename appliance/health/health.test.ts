import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createLog } from '../log.ts';
import type { CameraFigures } from './figures.ts';
import { Health } from './health.ts';
import { Machine } from './machine.ts';
import { type Files, pi4, rootWith } from './testing/roots.ts';

const begin = Date.UTC(2026, 10, 28, 12, 0);
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const camera: CameraFigures = {
  name: 'door',
  state: 'live',
  message: 'The picture is live.',
  fps: 30,
  wantedFps: 30,
  bitrate: 2e6,
  missed: 0,
  encodeMs: 20,
  viewers: 1,
  restarts: 0,
  recentRestarts: [],
};

/** A health whose time is told by the test: `pass` lets seconds go by and takes the figures. */
async function healthOf(
  files: Files,
  { folder, at = begin, uptime = 100 }: { folder?: string; at?: number; uptime?: number } = {},
) {
  const { root, change, remove } = await rootWith({ ...files, 'proc/uptime': `${uptime}.00 0\n` });
  ends.push(remove);
  const data = folder ?? (await mkdtemp(join(tmpdir(), 'perch-health-')));
  if (folder === undefined) ends.push(() => rm(data, { recursive: true, force: true }));
  const state = { now: at, up: uptime, camera };
  const health = await Health.open({
    path: join(data, 'health.json'),
    data,
    cameras: () => [state.camera],
    link: () => undefined,
    safeMode: undefined,
    log: createLog('silent'),
    machine: new Machine({ data, root, cores: 4 }),
    now: () => state.now,
  });
  const pass = async (seconds: number, { clockSet = 0 } = {}) => {
    state.now += seconds * 1000 + clockSet;
    state.up += seconds;
    await change({ 'proc/uptime': `${state.up}.00 0\n` });
    await health.sample();
  };
  return { health, state, change, pass, data };
}

describe('Health', () => {
  it('takes the figures for who asks first, and findings with them', async () => {
    const { health } = await healthOf({ ...pi4, 'sys/devices/platform/soc/soc:firmware/get_throttled': '1\n' });
    const { machine, cameras, findings } = await health.now();
    expect([machine.temperature, cameras[0]?.fps]).toEqual([61.3, 30]);
    expect(findings.map(({ id }) => id)).toEqual(['under_voltage']);
  });

  it('counts what a camera misses and how often it was restarted, minute by minute', async () => {
    const { health, state, pass } = await healthOf(pi4);
    await pass(10);
    state.camera = { ...camera, missed: 400, restarts: 4, recentRestarts: [{ at: begin, why: 'It was unplugged.' }] };
    for (let at = 0; at < 6; at++) await pass(10);
    const { series } = health.history(1);
    const sum = (key: string) => series[key]?.mean.reduce<number>((all, each) => all + (each ?? 0), 0);
    expect([sum('missed:door'), sum('restarts:door')]).toEqual([400, 4]);
    expect((await health.now()).findings.map(({ id }) => id)).toEqual(['camera_restarts:door', 'pictures_missed:door']);
  });

  it('has no rate of a camera that only starts, rather than one of 0; of one that is away it has 0', async () => {
    const { health, state, pass } = await healthOf(pi4);
    state.camera = { ...camera, state: 'starting', fps: undefined, bitrate: undefined };
    await pass(1);
    state.camera = camera;
    for (let at = 0; at < 6; at++) await pass(10);
    const least = (key: string) => health.history(1).series[key]?.min?.filter((each) => each !== null);
    expect([least('fps:door'), least('bitrate:door')]).toEqual([[30], [2000]]);
    state.camera = { ...camera, state: 'missing', fps: 0, bitrate: 0 };
    for (let at = 0; at < 6; at++) await pass(10);
    expect([least('fps:door'), least('bitrate:door')]).toEqual([
      [30, 0],
      [2000, 0],
    ]);
  });

  it('has a day of figures after a restart, with the gap between', async () => {
    const first = await healthOf(pi4);
    for (let at = 0; at < 18; at++) await first.pass(10);
    await first.health.stop();
    const { data } = first;
    expect((await stat(join(data, 'health.json'))).size).toBeLessThan(10_000);
    const second = await healthOf(pi4, { folder: data, at: begin + 600_000, uptime: 5 });
    for (let at = 0; at < 12; at++) await second.pass(10);
    const line = second.health
      .history(1)
      .series.temperature?.mean.slice(-14)
      .map((each) => each !== null);
    // Three minutes, the gap, and the first of the minutes after.
    expect(line?.slice(0, 5)).toEqual([false, true, true, true, false]);
    expect(line?.slice(-3)).toEqual([true, true, false]);
  });

  it('moves what it has measured when the clock is set', async () => {
    const { health, pass } = await healthOf(pi4, { at: Date.UTC(1970, 0, 1), uptime: 10 });
    for (let at = 0; at < 12; at++) await pass(10);
    expect((await health.now()).findings.map(({ id }) => id)).toContain('clock_wrong');
    await pass(10, { clockSet: begin - Date.UTC(1970, 0, 1) });
    const line = health.history(1).series.temperature?.mean.filter((each) => each !== null);
    expect(line?.length).toBeGreaterThanOrEqual(2);
    expect((await health.now()).findings).toEqual([]);
  });

  it('begins anew with a history that is damaged, which is set aside', async () => {
    const { health, pass, data } = await healthOf(pi4);
    await pass(70);
    await health.stop();
    const text = await readFile(join(data, 'health.json'), 'utf8');
    await writeFile(join(data, 'health.json'), text.slice(0, -20));
    await rm(join(data, 'health.json.twin'), { force: true });
    const again = await healthOf(pi4, { folder: data });
    expect(again.health.history(24).series).toEqual({});
  });
});
