import { describe, expect, it } from 'vitest';
import { DeliveryMeter } from './measure.ts';

/** Pictures at these gaps, in ms, each 20 ms on its way; wanted at 30 a second. */
function delivered(gaps: readonly number[], meter = new DeliveryMeter()): DeliveryMeter {
  let timeUs = 1e9;
  for (const gap of gaps) {
    timeUs += gap * 1000;
    meter.add(timeUs, timeUs + 20_000, 30);
  }
  return meter;
}

const even = (count: number, ms: number) => Array<number>(count).fill(ms);

describe('What is missing between pictures', () => {
  it.each([
    ['nothing, when they come evenly', even(60, 33.3), 0],
    ['nothing, when they come a little unevenly', even(30, 25).flatMap((ms) => [ms, 42]), 0],
    ['one, then two', [...even(30, 33.3), 66.6, ...even(30, 33.3), 100, ...even(5, 33.3)], 3],
    ['nothing, in a pause', [...even(30, 33.3), 5000, ...even(30, 33.3)], 0],
    ['nothing, before the first one', [33.3], 0],
  ])('%s', (_, gaps, missed) => {
    expect(delivered(gaps).read().missed).toBe(missed);
  });

  it('a camera that gives half as many in the dark misses none once that is usual', () => {
    const meter = delivered(even(30, 33.3));
    delivered(even(60, 66.6), meter);
    const { missed } = meter.read();
    delivered(even(300, 66.6), meter);
    expect(meter.read().missed).toBe(missed);
  });

  it('tells how long they are on their way, and nothing after a pause', () => {
    const meter = delivered(even(10, 33.3));
    expect(meter.read().encodeMs).toBe(20);
    meter.reset();
    expect(meter.read()).toEqual({ missed: 0 });
  });
});
