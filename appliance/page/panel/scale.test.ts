import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { linearScale, logScale, roundStops, snap } from './scale.ts';

describe('a linear scale', () => {
  const scale = linearScale(-100, 100, 1);

  it.each([
    [-100, 0],
    [0, 0.5],
    [100, 1],
    [500, 1],
  ])('puts %d at %d', (value, place) => expect(scale.position(value)).toBe(place));

  it.each([
    [0, 1, 1],
    [99, 10, 100],
    [-100, -1, -100],
  ])('goes from %d by %d steps to %d', (value, steps, wanted) => expect(scale.next(value, steps)).toBe(wanted));

  it('keeps fractions free of noise', () => expect(linearScale(0, 1, 0.01).next(0.29, 1)).toBe(0.3));

  it('never leaves the grid or the bounds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.double({ min: -2, max: 3, noNaN: true }), (step, place) => {
        const value = linearScale(7, 100, step).value(place);
        expect(value).toBeGreaterThanOrEqual(7);
        expect(value).toBeLessThanOrEqual(100);
        expect((value - 7) % step).toBe(0);
      }),
    );
  });
});

describe('a logarithmic scale', () => {
  const scale = logScale(100_000, 50_000_000, 100_000);

  it('has round stops, each on the grid', () => {
    const stops = roundStops(100_000, 50_000_000, 100_000);
    expect(stops).toContain(2_000_000);
    expect(stops).toContain(2_500_000);
    expect(stops[0]).toBe(100_000);
    expect(stops.at(-1)).toBe(50_000_000);
    expect(stops.every((stop) => stop % 100_000 === 0)).toBe(true);
    expect(new Set(stops).size).toBe(stops.length);
  });

  it('gives equal ways to equal ratios', () => {
    const way = scale.position(2_000_000) - scale.position(1_000_000);
    expect(scale.position(20_000_000) - scale.position(10_000_000)).toBeCloseTo(way);
  });

  it.each([
    [2_000_000, 1, 2_500_000],
    [2_000_000, -1, 1_500_000],
    [2_200_000, 1, 2_500_000],
    [2_200_000, -1, 2_000_000],
    [50_000_000, 1, 50_000_000],
  ])('steps from %d by %d to %d', (value, steps, wanted) => expect(scale.next(value, steps)).toBe(wanted));

  it('leads from every stop back to it', () => {
    for (const stop of roundStops(100_000, 50_000_000, 100_000)) expect(scale.value(scale.position(stop))).toBe(stop);
  });

  it('gives every step when fine', () => expect(scale.value(scale.position(2_300_000), true)).toBe(2_300_000));
});

it.each([
  [7, 0, 10, 5, 5],
  [8, 0, 10, 5, 10],
  [12, 0, 11, 5, 10],
  [-3, 0, 10, 1, 0],
])('snap(%d, %d, %d, %d) is %d', (value, min, max, step, wanted) => expect(snap(value, min, max, step)).toBe(wanted));
