/** Waiting for another machine, which cannot tell us. */
import { setTimeout as pause } from 'node:timers/promises';

/** How often an emulated machine is asked: often enough for a test, too seldom to slow it down. */
const everyMs = 500;

/**
 * Asks until the answer is neither false nor undefined, nor thrown; gives it.
 * @throws naming `what`, and what was thrown last, after `seconds`
 */
export async function until<T>(what: string, ask: () => Promise<T>, seconds: number): Promise<NonNullable<T>> {
  const end = performance.now() + seconds * 1000;
  let last: unknown;
  do {
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== null && answer !== false) return answer;
      last = answer;
    } catch (error) {
      const { message, cause } = error as Error;
      last = cause instanceof Error ? `${message}: ${cause.message}` : message;
    }
    await pause(everyMs);
  } while (performance.now() < end);
  throw new Error(`Within ${seconds} s it did not happen that ${what} (last: ${String(last)})`);
}
