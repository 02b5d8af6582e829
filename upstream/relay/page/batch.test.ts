import { expect, test } from 'vitest';
import type { DeviceRow } from '../fleet/fleet.ts';
import { beginning, runBatch, summary, targetsOf } from './batch.ts';
import { unreachableBecause, whepAddress } from './live.ts';
import { pendingFor, withPending } from './pending.ts';

const row = (name: string, cameras: string[], more: Partial<DeviceRow> = {}): DeviceRow => ({
  name,
  created: 0,
  connected: true,
  cameras: cameras.map((camera) => ({ name: camera })),
  pending: {},
  refused: {},
  ...more,
});

test('every camera of every device is a target; one that said nothing yet has its first', () => {
  const targets = targetsOf([row('a', ['front', 'back']), row('b', ['cam']), row('c', [])]);
  expect(targets.map(({ device, camera, label }) => [device, camera, label])).toEqual([
    ['a', 'front', 'a, front'],
    ['a', 'back', 'a, back'],
    ['b', 'cam', 'b'],
    ['c', '', 'c'],
  ]);
});

test('a few at a time, each with its own result; what failed can be tried again', async () => {
  const results = beginning(targetsOf(Array.from({ length: 30 }, (_, at) => row(`pi-${at}`, ['camera']))));
  let underway = 0;
  let most = 0;
  let broken = true;
  const act = async ({ device }: { readonly device: string }) => {
    underway += 1;
    most = Math.max(most, underway);
    await Promise.resolve();
    underway -= 1;
    if (broken && device === 'pi-3') throw new Error('Too wide.');
    return { queued: device === 'pi-4', message: 'Done.' };
  };
  const { signal } = new AbortController();
  await runBatch(results, act, signal);
  expect(most).toBeLessThanOrEqual(8);
  expect(summary(results)).toBe('28 done, 1 waits until it is back, 1 failed');
  expect(results[3]).toMatchObject({ outcome: 'failed', message: 'Too wide.' });

  broken = false;
  for (const result of results) if (result.outcome === 'failed') result.outcome = 'waiting';
  await runBatch(results, act, signal);
  expect(summary(results)).toBe('29 done, 1 waits until it is back');
});

test('a batch that is stopped begins nothing more', async () => {
  const results = beginning(targetsOf(Array.from({ length: 30 }, (_, at) => row(`pi-${at}`, ['camera']))));
  const stop = new AbortController();
  await runBatch(
    results,
    async () => {
      stop.abort();
      return { queued: false, message: '' };
    },
    stop.signal,
  );
  expect(summary(results)).toBe('1 done, 29 to go');
});

test('what waits is laid over what was last known, for the camera it is for', () => {
  const waiting = (settings: Record<string, number>) => ({ settings, by: 'anna', since: 0, id: 'x' });
  const device = row('a', ['front', 'back'], {
    pending: { '': waiting({ fps: 5 }), back: waiting({ brightness: 9 }) },
  });
  expect(pendingFor(device, 'front')).toEqual({ fps: 5 });
  expect(pendingFor(device, 'back')).toEqual({ brightness: 9 });
  expect(pendingFor(undefined, 'back')).toEqual({});
  const status = { success: true, current_settings: { fps: 30, brightness: 0 }, pending_settings: { brightness: 7 } };
  expect(withPending(status, { fps: 5 }).current_settings).toEqual({ fps: 5, brightness: 7 });
  expect(withPending({ success: true }, { fps: 5 })).toEqual({ success: true });
});

test('WHEP stands beside the page of MediaMTX; https pages do not load http pictures', () => {
  expect(whepAddress('http://10.8.0.7:8889/cam/')).toBe('http://10.8.0.7:8889/cam/whep');
  expect(whepAddress('http://10.8.0.7:8889/cam')).toBe('http://10.8.0.7:8889/cam/whep');
  expect(unreachableBecause('http://a/whep', { protocol: 'https:' })).toContain('over http');
  expect(unreachableBecause('https://a/whep', { protocol: 'https:' })).toBe('');
  expect(unreachableBecause('http://a/whep', { protocol: 'http:' })).toBe('');
});
