import { describe, expect, test } from 'vitest';
import { heightOf, layoutFor, placeOf, visible } from './window.ts';

const rows = { columns: 1, rowHeight: 90, columnWidth: 390, gap: 10 };
const tiles = { columns: 4, rowHeight: 190, columnWidth: 280, gap: 10 };

test.each([
  [360, 1],
  [639, 1],
  [640, 2],
  [1232, 4],
  [2500, 8],
])('a list %i px wide has %i columns that fill it', (width, columns) => {
  const layout = layoutFor(width);
  expect(layout.columns).toBe(columns);
  expect(layout.columnWidth * columns + layout.gap * (columns - 1)).toBeCloseTo(width);
});

describe('on the screen are', () => {
  test.each([
    ['the first', rows, 1000, 0, 800, 0, { from: 0, to: 8 }],
    ['some more, to be ready', rows, 1000, 0, 800, 400, { from: 0, to: 12 }],
    ['those in the middle', rows, 1000, 5_000, 800, 0, { from: 50, to: 58 }],
    ['the last', rows, 1000, 99_500, 800, 0, { from: 995, to: 1000 }],
    ['whole lines of tiles', tiles, 1000, 1_000, 800, 0, { from: 20, to: 36 }],
    ['none of an empty list', rows, 0, 0, 800, 400, { from: 0, to: 0 }],
    ['none when it begins below', rows, 10, -2_000, 800, 0, { from: 0, to: 0 }],
    ['none when scrolled past its end', rows, 10, 5_000, 800, 0, { from: 10, to: 10 }],
  ] as const)('%s', (_, layout, count, top, height, spare, expected) => {
    expect(visible(count, layout, top, height, spare)).toEqual(expected);
  });
});

test('places and heights', () => {
  expect(placeOf(5, tiles)).toEqual({ x: 290, y: 200 });
  expect(heightOf(9, tiles)).toBe(590);
  expect(heightOf(0, tiles)).toBe(0);
});
