import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Light, lightAt, Player } from './player.ts';
import type { Pattern } from './table.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A light that remembers when it was written, in ms since the test began. */
class Recorded implements Light {
  readonly name = 'a light of the test';
  readonly edges: [ms: number, on: boolean][] = [];
  readonly #began = performance.now();
  closed = false;

  write(on: boolean): void {
    this.edges.push([performance.now() - this.#began, on]);
  }
  close(): void {
    this.closed = true;
  }
}

function playing(pattern: Pattern) {
  const light = new Recorded();
  const failures: string[] = [];
  const player = new Player({ light, onFailed: ({ message }) => failures.push(message) });
  player.play(pattern);
  return { light, player, failures };
}

describe('lightAt', () => {
  const forever = Number.POSITIVE_INFINITY;
  test.each<[Pattern, number, boolean, number]>([
    [[], 500, false, forever],
    [[1000], 0, true, forever],
    [[1000], 123_456, true, forever],
    [[100, 200], 0, true, 100],
    [[100, 200], 99, true, 1],
    [[100, 200], 100, false, 200],
    [[100, 200], 299, false, 1],
    [[100, 200], 300, true, 100],
    [[100, 200], 3_000_050, true, 50],
    [[10, 20, 30, 40], 35, true, 25],
    [[10, 20, 30, 40], 60, false, 40],
  ])('%j after %d ms', (pattern, at, on, forMs) => {
    expect(lightAt(pattern, at)).toEqual({ on, forMs });
  });
});

test('plays the edges of a pattern, and nothing between them', () => {
  const { light } = playing([100, 200, 50, 300]);
  vi.advanceTimersByTime(1000);
  expect(light.edges).toEqual([
    [0, true],
    [100, false],
    [300, true],
    [350, false],
    [650, true],
    [750, false],
    [950, true],
    [1000, false],
  ]);
});

test('a light that stays on wakes nobody up', () => {
  playing([1000]);
  expect(vi.getTimerCount()).toBe(0);
});

test('timers that come late add up to nothing', () => {
  const { light } = playing([100, 100]);
  const onTime = globalThis.setTimeout;
  const late = vi
    .spyOn(globalThis, 'setTimeout')
    .mockImplementation(((run: () => void, ms: number) => onTime(run, ms + 7)) as typeof setTimeout);
  vi.advanceTimersByTime(20_000);
  late.mockRestore();
  const [ms] = light.edges.at(-1) ?? [0];
  expect(light.edges.length).toBeGreaterThan(190);
  expect(ms % 100).toBeLessThanOrEqual(8);
});

test('the same pattern goes on, another begins at its beginning', () => {
  const pattern = [100, 900];
  const { light, player } = playing(pattern);
  vi.advanceTimersByTime(500);
  player.play(pattern);
  vi.advanceTimersByTime(100);
  expect(light.edges).toEqual([
    [0, true],
    [100, false],
  ]);
  player.play([300, 300]);
  expect(light.edges.at(-1)).toEqual([600, true]);
  vi.advanceTimersByTime(300);
  expect(light.edges.at(-1)).toEqual([900, false]);
});

test('a light that fails is told once and left alone', () => {
  const { light, player, failures } = playing([100, 100]);
  light.write = () => {
    throw new Error('EIO: i/o error, write');
  };
  vi.advanceTimersByTime(1000);
  player.play([50, 50]);
  vi.advanceTimersByTime(1000);
  expect(failures).toEqual(['EIO: i/o error, write']);
  expect(vi.getTimerCount()).toBe(0);
});

test('when it stops the light is closed and nothing more comes', () => {
  const { light, player } = playing([100, 100]);
  player.stop();
  const before = light.edges.length;
  vi.advanceTimersByTime(1000);
  expect([light.closed, light.edges.length]).toEqual([true, before]);
});
