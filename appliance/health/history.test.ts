import { describe, expect, it } from 'vitest';
import { History } from './history.ts';

const minute = 60_000;
const hour = 60 * minute;
const now = Date.UTC(2026, 10, 28, 12, 0);

/** One value a minute from `from`, in ms since 1970. */
function fill(history: History, from: number, values: readonly (number | undefined)[], key = 'temperature'): void {
  for (const [at, value] of values.entries()) {
    if (value !== undefined) history.add(from + at * minute, new Map([[key, value]]));
  }
}

describe('The history of a day', () => {
  it('keeps mean, least and most of each minute, oldest first', () => {
    const history = new History();
    for (const [at, value] of [50, 52, 57].entries()) history.add(now + at * 10_000, new Map([['temperature', value]]));
    fill(history, now + minute, [60, 61]);
    const { from, stepMs, series } = history.read(now + 2 * minute, 1, 60);
    expect([from, stepMs]).toEqual([now - 57 * minute, minute]);
    expect(series.temperature?.mean.slice(-3)).toEqual([53, 60, null]);
    expect(series.temperature?.min?.at(-3)).toBe(50);
    expect(series.temperature?.max?.at(-3)).toBe(57);
  });

  it('adds up counts, and has no least and most of them', () => {
    const history = new History();
    for (const at of [0, 1, 2]) history.add(now + at * 10_000, new Map([['missed:door', 4]]));
    fill(history, now + minute, [1, 0], 'missed:door');
    const points = history.read(now + 2 * minute, 1, 30).series['missed:door'];
    expect(points).toEqual({ unit: 'a minute', mean: expect.arrayContaining([13]) });
    expect(history.sum('missed:door', now + minute, 5)).toBe(13);
    expect(history.sum('missed:door', now + minute, 1)).toBe(1);
    expect(history.sum('missed:garage', now, 5)).toBeUndefined();
  });

  it('leaves what was not measured a gap, in every line', () => {
    const history = new History();
    fill(history, now, [50, undefined, undefined, 51, 52]);
    expect(history.read(now + 4 * minute, 1, 60).series.temperature?.mean.slice(-5)).toEqual([
      50,
      null,
      null,
      51,
      null,
    ]);
  });

  it('puts several minutes into one point', () => {
    const history = new History();
    fill(
      history,
      now - hour,
      Array.from({ length: 61 }, (_, at) => at),
    );
    const { stepMs, series } = history.read(now, 1, 12);
    expect(stepMs).toBe(5 * minute);
    expect(series.temperature?.mean).toHaveLength(12);
    expect(series.temperature?.mean.slice(0, 2)).toEqual([7, 12]);
    expect(series.temperature?.max?.[0]).toBe(9);
  });

  it('forgets what is older than a day, and a day that was slept through', () => {
    const history = new History();
    fill(history, now, [50, 51]);
    fill(history, now + 30 * hour, [60, 61]);
    const points = history.read(now + 30 * hour, 24, 1440).series.temperature?.mean.filter((each) => each !== null);
    expect(points).toEqual([60]);
  });

  it('does not grow with cameras that come and go', () => {
    const history = new History();
    for (let at = 0; at < 500; at++) history.add(now + at * minute, new Map([[`fps:camera${at}`, 30]]));
    expect(Object.keys(history.read(now + 500 * minute, 24, 288).series).length).toBeLessThanOrEqual(64);
  });

  it('takes nothing that is no series and no number', () => {
    const history = new History();
    fill(history, now, [1, 2], 'nothing');
    fill(history, now, [Number.NaN, Number.POSITIVE_INFINITY], 'temperature');
    expect(history.read(now + 2 * minute, 1, 60).series).toEqual({});
  });

  it('is the same after it was saved and restored', () => {
    const history = new History();
    fill(history, now - 10 * minute, [50, 51, undefined, 53, 54]);
    fill(history, now - 5 * minute, [30, 29.9, 0], 'fps:door');
    const saved = JSON.parse(JSON.stringify(history.toSaved(now)));
    const other = new History();
    other.restore(saved, now);
    expect(other.read(now, 1, 60)).toEqual(history.read(now, 1, 60));
  });

  it('is small when it is saved: a day of a machine with two cameras', () => {
    const history = new History();
    const keys = ['temperature', 'cpu', 'memory', 'wifi', 'fps:a', 'bitrate:a', 'encode:a', 'fps:b', 'bitrate:b'];
    let noise = 1;
    for (let at = 0; at < 1440 * 6; at++) {
      noise = (noise * 16807) % 2147483647;
      history.add(now + at * 10_000, new Map(keys.map((key, n) => [key, 20 + n + (noise % (n + 40)) / 10])));
    }
    const text = JSON.stringify(history.toSaved(now + 24 * hour));
    expect(text.length).toBeGreaterThan(1000);
    // Written once an hour, of the 1 MB that an idle hour may write in all.
    expect(text.length).toBeLessThan(100_000);
  });

  it('refuses what it has not saved', () => {
    const history = new History();
    fill(history, now, [50, 51]);
    const saved = history.toSaved(now + minute);
    if (saved === undefined) throw new Error('nothing saved');
    expect(() => new History().restore({ ...saved, keys: ['temperature', 'cpu'] }, now)).toThrow('of this length');
    expect(() => new History().restore({ ...saved, rows: 'bm8=' }, now)).toThrow();
  });

  describe('on a Pi that learns the time later', () => {
    const unset = Date.UTC(1970, 0, 1, 0, 1);

    it('moves what was measured to the true time', () => {
      const history = new History();
      fill(history, unset, [50, 51, 52]);
      history.shift(now - unset, now + 3 * minute);
      expect(history.read(now + 3 * minute, 1, 60).series.temperature?.mean.slice(-4)).toEqual([50, 51, 52, null]);
    });

    it('keeps what was saved before, which lay in the future until then', () => {
      const earlier = new History();
      fill(earlier, now - 20 * minute, [40, 41, 42]);
      const saved = earlier.toSaved(now - 17 * minute);
      if (saved === undefined) throw new Error('nothing saved');
      const history = new History();
      history.restore(saved, unset);
      fill(history, unset, [50, 51]);
      expect(history.toSaved(unset + 2 * minute)).toBeUndefined();
      history.shift(now - unset, now + 2 * minute);
      const points = history.read(now + 2 * minute, 1, 60).series.temperature?.mean;
      expect(points?.filter((each) => each !== null)).toEqual([40, 41, 50, 51]);
      expect(history.toSaved(now + 2 * minute)).toBeDefined();
    });

    it('moves back as well, and leaves what an earlier run has saved where it is', () => {
      const earlier = new History();
      fill(earlier, now - 20 * minute, [40, 41]);
      const saved = earlier.toSaved(now - 18 * minute);
      if (saved === undefined) throw new Error('nothing saved');
      const history = new History();
      history.restore(saved, now);
      fill(history, now, [50, 51]);
      history.shift(-5 * minute, now - 3 * minute);
      const points = history.read(now - 3 * minute, 1, 60).series.temperature?.mean;
      expect(points?.slice(-3)).toEqual([50, 51, null]);
      expect(points?.filter((each) => each !== null)).toEqual([40, 50, 51]);
    });

    it('gives up a future that does not come', () => {
      const earlier = new History();
      fill(earlier, now, [40, 41]);
      const saved = earlier.toSaved(now + 2 * minute);
      if (saved === undefined) throw new Error('nothing saved');
      const history = new History();
      history.restore(saved, now - 24 * hour);
      history.trustClock();
      fill(history, now - 24 * hour, [50, 51]);
      expect(history.toSaved(now - 23 * hour)).toBeDefined();
    });
  });
});
