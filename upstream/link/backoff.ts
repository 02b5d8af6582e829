/** When to try again: full jitter, so that a thousand devices do not come back in one moment. */

/** The first wait is at most this long, in ms; it doubles from try to try. */
const firstMs = 1_000;
export const longestMs = 30_000;
/** A loop without a pause would burn the Pi's processor when the relay refuses at once. */
const shortestMs = 50;

/** How long to wait before the next try, in ms, after `failed` tries in a row. `random` gives 0 to below 1. */
export function retryDelay(failed: number, random: () => number = Math.random): number {
  const ceiling = Math.min(longestMs, firstMs * 2 ** Math.min(failed, 10));
  return Math.max(shortestMs, Math.round(random() * ceiling));
}
