import { expect, it } from 'vitest';
import { sparkline } from './sparkline.ts';

it('needs two values', () => expect(sparkline([1])).toBe(''));
it('ends at the right edge, with zero at the bottom', () => {
  expect(sparkline([30, 0]).split(' ').at(-1)).toBe('100.0,27.0');
});
it('draws nothing but zeros as a line at the bottom', () => {
  expect(sparkline([0, 0])).toMatch(/,27\.0 .*,27\.0$/);
});
