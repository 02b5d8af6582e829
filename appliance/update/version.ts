/** Versions, as semantic versioning writes and orders them. */

/** What a version may look like: it becomes the name of a folder. */
export const versionPattern = /^\d{1,6}\.\d{1,6}\.\d{1,6}(-[0-9A-Za-z.-]{1,40})?$/;

/** Negative when `a` is older than `b`, 0 when they are the same, positive when it is newer. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [split(a), split(b)];
  for (const at of [0, 1, 2]) {
    const difference = (left.numbers[at] ?? 0) - (right.numbers[at] ?? 0);
    if (difference !== 0) return difference;
  }
  // 1.0.0-beta comes before 1.0.0.
  if (left.stage === undefined || right.stage === undefined)
    return Number(left.stage === undefined) - Number(right.stage === undefined);
  for (let at = 0; at < Math.max(left.stage.length, right.stage.length); at++) {
    const difference = compareParts(left.stage[at], right.stage[at]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function split(version: string): {
  readonly numbers: readonly number[];
  readonly stage: readonly string[] | undefined;
} {
  const dash = version.indexOf('-');
  const numbers = (dash < 0 ? version : version.slice(0, dash)).split('.').map(Number);
  return { numbers, stage: dash < 0 ? undefined : version.slice(dash + 1).split('.') };
}

function compareParts(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  const [x, y] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (x && y) return Number(a) - Number(b);
  if (x !== y) return x ? -1 : 1;
  return a < b ? -1 : Number(a > b);
}
