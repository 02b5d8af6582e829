/** One thing done to many cameras, a few at a time, with a result for each: pure but for `act`. */
import type { DeviceRow } from '../fleet/fleet.ts';
import { titleOf } from './rows.ts';

export interface Target {
  readonly device: string;
  /** Empty: the device's first camera, when it has not said which it has. */
  readonly camera: string;
  readonly label: string;
}

export type Outcome = 'waiting' | 'running' | 'done' | 'queued' | 'failed';

export interface Result extends Target {
  outcome: Outcome;
  /** What the device said, or what will become of it. */
  message: string;
}

/** So many devices are asked at once; each answers when its camera has done it. */
const atOnce = 8;

/** Every camera of these devices. */
export function targetsOf(rows: readonly DeviceRow[]): Target[] {
  return rows.flatMap((row) => {
    if (row.cameras.length <= 1) return [{ device: row.name, camera: row.cameras[0]?.name ?? '', label: titleOf(row) }];
    return row.cameras.map(({ name }) => ({ device: row.name, camera: name, label: `${titleOf(row)}, ${name}` }));
  });
}

/** The beginning of a batch. */
export function beginning(targets: readonly Target[]): Result[] {
  return targets.map((target) => ({ ...target, outcome: 'waiting', message: '' }));
}

/**
 * Runs those that wait; `results` is written while it goes on. Ends early when `signal` says so: what had not begun
 * still waits then.
 */
export async function runBatch(
  results: readonly Result[],
  act: (target: Target) => Promise<{ readonly queued: boolean; readonly message: string }>,
  signal: AbortSignal,
): Promise<void> {
  const left = results.filter(({ outcome }) => outcome === 'waiting').values();
  const work = async () => {
    for (const result of left) {
      if (signal.aborted) return;
      result.outcome = 'running';
      try {
        const { queued, message } = await act(result);
        result.outcome = queued ? 'queued' : 'done';
        result.message = message;
      } catch (error) {
        result.outcome = 'failed';
        result.message = error instanceof Error ? error.message : String(error);
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

/** "12 done, 3 wait until they are back, 1 failed". */
export function summary(results: readonly Result[]): string {
  const count = (outcome: Outcome) => results.filter((each) => each.outcome === outcome).length;
  const queued = count('queued');
  const parts = [
    [count('done'), 'done'],
    [queued, queued === 1 ? 'waits until it is back' : 'wait until they are back'],
    [count('failed'), 'failed'],
    [count('waiting') + count('running'), 'to go'],
  ] as const;
  return parts
    .filter(([number]) => number > 0)
    .map(([number, text]) => `${number} ${text}`)
    .join(', ');
}
