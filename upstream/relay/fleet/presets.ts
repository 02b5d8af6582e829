/** Presets of the fleet: the ones that come with Perch and those kept at the relay. */
import * as z from 'zod';
import { PerchError } from '../../../appliance/errors.ts';
import {
  builtinProfiles,
  checkProfileName,
  type Profile,
  parseProfileSettings,
} from '../../../appliance/settings/profiles.ts';
import { fieldSpec, type SettingName, type SettingsPatch, settingNames } from '../../../appliance/settings/table.ts';
import type { WireFieldLimits } from '../../../proto/index.ts';
import type { Backplane, Shelf } from './backplane.ts';

const schema = z.object({
  settings: z.unknown().transform((value) => parseProfileSettings(value)),
});
type Kept = z.output<typeof schema>;

/** Kept ones at the most; a page has to show them. */
const most = 50;

export class Presets {
  readonly #shelf: Shelf<Kept>;

  private constructor(shelf: Shelf<Kept>) {
    this.#shelf = shelf;
  }

  static async open(backplane: Backplane): Promise<Presets> {
    return new Presets(await backplane.shelf('presets', { parse: (value) => schema.parse(value) }));
  }

  list(): readonly Profile[] {
    const own = [...this.#shelf.entries()].map(([name, { settings }]) => ({ name, builtin: false, settings }));
    return [...builtinProfiles, ...own.sort((a, b) => a.name.localeCompare(b.name))];
  }

  /** @throws PerchError unknown_profile */
  get(name: string): Profile {
    const found = this.list().find((preset) => preset.name === name);
    if (!found) throw new PerchError('unknown_profile', { value: name.slice(0, 60) });
    return found;
  }

  /**
   * Keeps a preset of any part of the settings, in place of an own one of that name.
   * @throws PerchError bad_value, unknown_field, builtin_profile, bad_request when there are too many, not_saved
   */
  async save(name: string, settings: unknown): Promise<Profile> {
    const clean = checkProfileName(name);
    const kept: Kept = { settings: parseProfileSettings(settings) };
    if (!this.#shelf.get(clean) && this.#shelf.size >= most) {
      throw new PerchError('bad_request', { reason: `There are already ${most} presets. Delete one first.` });
    }
    await this.#shelf.change(clean, () => kept);
    return { name: clean, builtin: false, settings: kept.settings };
  }

  /** @throws PerchError unknown_profile, builtin_profile, not_saved */
  async remove(name: string): Promise<void> {
    if (this.get(name).builtin) throw new PerchError('builtin_profile', { value: name });
    await this.#shelf.change(name, () => undefined);
  }
}

/**
 * A preset as a camera with these limits can do it, and the labels of what had to give way: numbers go to the nearest
 * allowed one, what the camera does not offer is left as it is.
 */
export function fitted(
  settings: SettingsPatch,
  limits: readonly WireFieldLimits[] = [],
): { readonly settings: SettingsPatch; readonly adapted: readonly string[] } {
  const fit: Record<string, unknown> = {};
  const adapted: string[] = [];
  for (const name of settingNames) {
    const wanted = settings[name];
    if (wanted === undefined) continue;
    const value = nearest(
      wanted,
      limits.find(({ field }) => field === name),
    );
    if (value !== undefined) fit[name] = value;
    if (value !== wanted) adapted.push(fieldSpec(name as SettingName).label);
  }
  return { settings: fit as SettingsPatch, adapted };
}

function nearest(wanted: unknown, limits: WireFieldLimits | undefined): unknown {
  if (!limits) return wanted;
  if (limits.available === false) return undefined;
  if (typeof wanted === 'number') {
    const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = limits;
    return Math.min(max, Math.max(min, wanted));
  }
  const { choices = [] } = limits;
  return typeof wanted === 'string' && choices.length > 0 && !choices.includes(wanted) ? undefined : wanted;
}
