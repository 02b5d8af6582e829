/** When a broken connection is tried again. */
const firstRetryMs = 500;
const lastRetryMs = 8000;

/** Milliseconds to wait before the n-th try (from 0): doubled each time, never all pages at once. */
export function retryDelay(tries: number, random: number = Math.random()): number {
  return Math.min(lastRetryMs, firstRetryMs * 2 ** tries) * (0.75 + random / 2);
}
