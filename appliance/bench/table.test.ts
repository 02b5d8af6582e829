import { describe, expect, it } from 'vitest';
import { atWorst, printed, shown, spread, tidy, timed } from './table.ts';

describe('spread', () => {
  it.each([
    [[5], 5, 5],
    [[3, 1, 2], 2, 3],
    [Array.from({ length: 100 }, (_, at) => 99 - at), 50, 95],
    [[1, Number.NaN, 3, 2], 2, 3],
  ])('of %j', (values, median, p95) => {
    expect(spread(values)).toMatchObject({ median, p95 });
  });

  it('refuses to sum up nothing', () => {
    expect(() => spread([])).toThrow('nothing was measured');
    expect(() => spread([Number.NaN])).toThrow('nothing was measured');
  });
});

describe('rows', () => {
  it.each([
    [[10, 20, 30], 20, undefined, true],
    [[10, 21, 30], 20, undefined, false],
    [[10, 20, 60], 20, 60, true],
    [[10, 20, 61], 20, 60, false],
  ])('of times %j, at most %s / %s', (values, most, p95Most, ok) => {
    expect(timed('figure', values, most, p95Most).ok).toBe(ok);
  });

  it('are judged by the longest where one long gap is what people notice', () => {
    expect(atWorst('gap', [40, 50, 250], 250)).toMatchObject({ ok: true, ours: '50 / 250 ms (3)' });
    expect(atWorst('gap', [40, 50, 251], 250)).toMatchObject({ ok: false, beside: 'longest of all: 251 ms' });
  });

  it('stand in columns', () => {
    const text = printed([
      { figure: 'a', ours: shown(spread([1])), target: '≤ 2 ms', ok: true },
      { figure: 'longer', ours: tidy(123.4), target: '', beside: 'no target' },
    ]);
    const lines = text.split('\n');
    expect(lines).toHaveLength(4);
    expect(new Set(lines.map((line) => line.split('|').length))).toEqual(new Set([7]));
    expect(lines[2]).toContain('| 1.0 / 1.0 ms (1) ');
    expect(lines[2]).toContain('| ok ');
  });
});
