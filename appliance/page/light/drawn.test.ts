import { expect, test } from 'vitest';
import { ledMeanings } from '../../led/led.ts';
import { played, strip, stripMs } from './drawn.ts';

test.each([
  ['stays on', [1000], 'M0 3H100'],
  ['stays dark', [], ''],
  ['blinks slowly', [1000, 1000], 'M0 3H25M50 3H75'],
  ['is cut off at the end of the strip', [3000, 500], 'M0 3H75M87.5 3H100'],
])('a strip that %s', (_, pattern, path) => {
  expect(strip(pattern)).toBe(path);
});

test('every pattern shows at least one whole cycle in a strip', () => {
  for (const { pattern } of ledMeanings()) {
    expect(pattern.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(stripMs);
  }
});

test('key frames jump at the edges of the pattern', () => {
  const easing = 'steps(1, end)';
  expect(played([100, 300, 100, 500])).toEqual({
    duration: 1000,
    frames: [
      { offset: 0, opacity: 1, easing },
      { offset: 0.1, opacity: 0, easing },
      { offset: 0.4, opacity: 1, easing },
      { offset: 0.5, opacity: 0, easing },
      { offset: 1, opacity: 0, easing },
    ],
  });
});

test('what stays as it is has no key frames', () => {
  expect([played([]), played([1000])]).toEqual([undefined, undefined]);
});
