/** A power cut in the middle of saving: the worst moment there is for what a person saved. */
import type { Machine } from './machine.ts';
import type { Visitor } from './visitor.ts';

export interface Cut {
  /** The last revision that the camera reported as saved. */
  readonly saved: number;
  /** What was asked for, by revision: the camera may have saved more than it could report. */
  readonly wished: ReadonlyMap<number, number>;
}

/**
 * Changes the brightness again and again, and pulls the plug while a change is on its way to the disk.
 * @param number of this cut: each falls into another moment, after more changes than the one before
 */
export async function cutWhileSaving(machine: Machine, visitor: Visitor, camera: string, number: number): Promise<Cut> {
  const wished = new Map<number, number>();
  // Pushes tell every revision that reached the disk, at once.
  const pushes = visitor.socket('/api/control');
  let hear = () => {};
  pushes.on('message', () => hear());
  let saved = 0;
  for (let value = 1; wished.size < 12 + number * 5; value += 1) {
    const brightness = ((value * 7 + number) % 180) - 90;
    wished.set(await visitor.patch(camera, { brightness }), brightness);
    saved = Math.max(saved, (await visitor.camera(camera)).saved_revision);
  }
  const first = saved;
  // The next change is on its way to the disk when the plug is pulled: whatever comes of it, it was not reported.
  wished.set(await visitor.patch(camera, { brightness: number + 1 }), number + 1);
  await new Promise<void>((resolve) => {
    hear = () => {
      visitor.camera(camera).then(
        (status) => {
          saved = Math.max(saved, status.saved_revision);
          if (saved > first) resolve();
        },
        // One that was asked when the plug was pulled gets no answer.
        () => undefined,
      );
    };
    hear();
  });
  const last = visitor.patch(camera, { brightness: -number - 1 }).then(
    (accepted) => wished.set(accepted, -number - 1),
    () => undefined,
  );
  if (number % 2 === 0) await last;
  await machine.pullPlug();
  await last;
  pushes.terminate();
  return { saved, wished };
}

/** What was reported as saved, or asked for, and is not there after the next start; undefined when nothing is lost. */
export async function lost({ saved, wished }: Cut, visitor: Visitor, camera: string): Promise<string | undefined> {
  const { revision, desired } = await visitor.camera(camera);
  if (revision >= saved && desired.brightness === wished.get(revision)) return undefined;
  return `reported as saved: revision ${saved}; there: revision ${revision} with brightness ${desired.brightness}, asked for with it: ${wished.get(revision)}`;
}
