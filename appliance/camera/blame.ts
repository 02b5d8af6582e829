/** Whose fault it is that no picture comes: pure, from what is known to the settings that are taken back. */
import type { SettingName, Settings } from '../settings/table.ts';
import { changedFields } from './plan.ts';
import type { Trouble } from './trouble.ts';

export interface Evidence {
  readonly trouble: Trouble;
  /** The worker that ended: what it was told to be, and whether it gave a picture. Undefined when none had begun. */
  readonly life: { readonly settings: Settings; readonly pictured: boolean } | undefined;
  /** Workers in a row that ended without a picture, this one included. */
  readonly stillborn: number;
  /** What a picture showed last; undefined while none ever did: there is nothing to go back to. */
  readonly confirmed: Settings | undefined;
  /** What is wished by now, brought to what the camera can do. */
  readonly wished: Settings;
  /** On its way to a picture. */
  readonly pending: { readonly fields: ReadonlySet<SettingName>; readonly anyBrief: boolean };
}

/**
 * The settings that are to blame for a trouble, in the table's order. A device that is away blames none. A process may
 * be killed by chance, so its end counts only the second time it ends before a picture came. A pipeline that broke while
 * it was changed proves nothing yet: the change may have met it at a bad moment. A new one that is built so from the
 * start, and gives no picture, does.
 */
export function blamedFields({
  trouble,
  life,
  stillborn,
  confirmed,
  wished,
  pending,
}: Evidence): readonly SettingName[] {
  if (trouble.kind === 'device' || confirmed === undefined) return [];
  const unseen = changedFields(confirmed, wished);
  if (life !== undefined && !life.pictured) {
    if (stillborn < (trouble.kind === 'exit' ? 2 : 1)) return [];
    // What somebody has wished since was not tried.
    return unseen.filter((name) => wished[name] === life.settings[name]);
  }
  if (trouble.kind !== 'stalled' || !pending.anyBrief) return [];
  // Another person's change that waited behind these is not to blame.
  return unseen.filter((name) => pending.fields.has(name));
}
