/** What the benchmark prints: figures with their targets, in columns. */

/** One line of the table. */
export interface Row {
  readonly figure: string;
  /** What was measured, as it is printed: "11 / 25 ms". */
  readonly ours: string;
  readonly target: string;
  /** Undefined where there is no target. */
  readonly ok?: boolean;
  /** Another program measured in the same run, or what has to be known of the figure. */
  readonly beside?: string;
}

/** Median and 95th percentile of several runs. */
export interface Spread {
  readonly median: number;
  readonly p95: number;
  readonly runs: number;
}

/** @throws Error when there is nothing to sum up: a figure of no runs is a failed measurement */
export function spread(values: readonly number[]): Spread {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  const at = (part: number): number => {
    const value = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))];
    if (value === undefined) throw new Error('nothing was measured');
    return value;
  };
  return { median: at(0.5), p95: at(0.95), runs: sorted.length };
}

/** "11 / 25 ms (240)": median, 95th percentile, how many runs. */
export function shown({ median, p95, runs }: Spread, unit = 'ms'): string {
  return `${tidy(median)} / ${tidy(p95)} ${unit} (${runs})`;
}

/** One decimal below 10, none above. */
export function tidy(value: number): string {
  return value.toFixed(Math.abs(value) < 9.95 ? 1 : 0);
}

/** A figure in ms with a bound for the median, and one for the 95th percentile where that has its own. */
export function timed(figure: string, values: readonly number[], most: number, p95Most?: number, beside = ''): Row {
  const measured = spread(values);
  return {
    figure,
    ours: shown(measured),
    target: p95Most === undefined ? `≤ ${most} ms` : `≤ ${most} / ${p95Most} ms`,
    ok: measured.median <= most && (p95Most === undefined || measured.p95 <= p95Most),
    beside,
  };
}

/** A figure in ms whose bound holds for the worst run, not for the usual one: one long gap is what people notice. */
export function atWorst(figure: string, values: readonly number[], most: number): Row {
  const measured = spread(values);
  const longest = Math.max(...values);
  return {
    figure,
    ours: shown(measured),
    target: `≤ ${most} ms`,
    ok: longest <= most,
    beside: `longest of all: ${tidy(longest)} ms`,
  };
}

/** The table as text. */
export function printed(rows: readonly Row[]): string {
  const lines = [
    ['figure', 'ours (median / p95, runs)', 'target', '', 'beside it'],
    ...rows.map(({ figure, ours, target, ok, beside }) => [
      figure,
      ours,
      target,
      ok === undefined ? '' : ok ? 'ok' : 'OVER',
      beside ?? '',
    ]),
  ];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  return lines
    .map((line) => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`)
    .toSpliced(1, 0, `|${[...widths, 9].map((width) => '-'.repeat(width + 2)).join('|')}|`)
    .join('\n');
}
