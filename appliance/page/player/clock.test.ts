import { describe, expect, it } from 'vitest';
import { rtpTime } from '../../stream/whep.ts';
import { CameraClock, rtpToTimeUs } from './clock.ts';
import { rateFor } from './mse.ts';

describe('CameraClock', () => {
  it('knows nothing before the first sample', () => {
    const clock = new CameraClock();
    expect(clock.known).toBe(false);
    expect(clock.at(1)).toBeUndefined();
    expect(clock.errorMs).toBe(Number.POSITIVE_INFINITY);
  });

  it('believes the sample with the shortest way', () => {
    const clock = new CameraClock();
    // The truth: the camera is 5 s ahead. The way there is long, the way back short.
    clock.sample(0, 100, 5_090_000);
    clock.sample(1000, 1004, 6_002_000);
    clock.sample(2000, 2300, 7_290_000);
    expect(clock.at(3000)).toBe(8_000_000);
    expect(clock.errorMs).toBe(2);
  });

  it('forgets after a minute, because clocks drift', () => {
    const clock = new CameraClock();
    clock.sample(0, 1, 5_000_500);
    clock.sample(61_000, 61_010, 66_035_000);
    expect(clock.errorMs).toBe(5);
    expect(clock.at(61_005)).toBe(66_035_000);
  });

  it('begins anew when the camera was started anew', () => {
    const clock = new CameraClock();
    clock.sample(0, 1, 900_000_000_500);
    clock.sample(20_000, 20_050, 3_000_000);
    expect(clock.at(20_025)).toBe(3_000_000);
  });

  it.each([
    [10, 5, 1],
    [0, 1, Number.NaN],
    [0, 1, 0],
    [Number.NaN, 1, 1],
  ])('ignores what cannot be: %s %s %s', (sent, received, clockUs) => {
    const clock = new CameraClock();
    clock.sample(sent, received, clockUs);
    expect(clock.known).toBe(false);
  });
});

describe('rtpToTimeUs', () => {
  it.each([
    ['just captured', 1_700_000_000_000, 40_000],
    ['far in the past', 47_721_858_845 * 3, 60_000_000],
    ['a little ahead of the estimate', 47_721_858_845, -3_000],
    ['across the wrap', 47_721_858_900, 40_000],
  ])('finds the capture time back to 12 µs, never before it: %s', (_what, nowUs, ageUs) => {
    const timeUs = nowUs - ageUs;
    const found = rtpToTimeUs(rtpTime(timeUs), nowUs);
    expect(found - timeUs).toBeGreaterThanOrEqual(-0.01);
    expect(found - timeUs).toBeLessThan(12);
  });
});

describe('rateFor', () => {
  it.each([
    [-0.1, 0.97],
    [0.005, 0.97],
    [0.03, 1],
    [0.05, 1],
    [0.15, 1.15],
    [0.9, 1.5],
  ])('a lead of %s s plays at %s', (lead, rate) => {
    expect(rateFor(lead)).toBeCloseTo(rate);
  });
});
