import { expect, it } from 'vitest';
import { zoneOf } from './slider.ts';

it.each([
  [0, 1],
  [55, 1],
  [56, 0.5],
  [120, 0.25],
  [400, 0.1],
])('a finger %d px away moves the value by %d of the way', (distance, part) => {
  expect(zoneOf(distance).part).toBe(part);
});
