/** Points of a line; one a second while the tab is open. */
export const points = 120;

/** The points of a line in a box of 100 x 28, newest at the right; empty with fewer than two. */
export function sparkline(values: readonly number[]): string {
  if (values.length < 2) return '';
  const top = Math.max(...values, 1e-9) * 1.1;
  const from = points - values.length;
  return values
    .map((value, at) => `${(((from + at) / (points - 1)) * 100).toFixed(1)},${(27 - (value / top) * 26).toFixed(1)}`)
    .join(' ');
}
