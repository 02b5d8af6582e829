/** Presets: those that come with Perch and those a person saved. */
import { PerchError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { Document } from '../store/document.ts';
import { defaultSettings, type SettingsPatch } from './table.ts';
import { validatePatch } from './validate.ts';

export interface Profile {
  readonly name: string;
  /** Comes with Perch; cannot be changed. */
  readonly builtin: boolean;
  /** The fields it sets; others stay as they are. */
  readonly settings: SettingsPatch;
}

const look = { contrast: 0, brightness: 0, saturation: 0, sharpness: 0 };

/**
 * What a first visitor finds. Bitrates are what x264 needs at these sizes for a street scene to
 * look clean; Night trades frame rate for light, as the sensor does.
 */
export const builtinProfiles: readonly Profile[] = [
  builtin('Balanced', { ...look, width: 1280, height: 720, fps: 30, bitrate: '2M', quality: 75, auto_exposure: true }),
  builtin('Smooth', { ...look, width: 1280, height: 720, fps: 60, bitrate: '4M', quality: 70, auto_exposure: true }),
  builtin('Detail', {
    ...look,
    width: 1920,
    height: 1080,
    fps: 25,
    bitrate: '6M',
    quality: 90,
    sharpness: 15,
    auto_exposure: true,
  }),
  builtin('Low bandwidth', {
    ...look,
    width: 640,
    height: 360,
    fps: 12,
    bitrate: '300k',
    quality: 55,
    auto_exposure: true,
  }),
  builtin('Night', {
    ...look,
    width: 1280,
    height: 720,
    fps: 10,
    bitrate: '1.5M',
    quality: 75,
    brightness: 12,
    contrast: 10,
    saturation: -30,
    auto_exposure: true,
  }),
];

/** A person's presets at the most; a page has to show them. */
const most = 50;

/** The presets of this device. */
export class Profiles {
  readonly #document: Document<readonly Profile[]>;

  private constructor(document: Document<readonly Profile[]>) {
    this.#document = document;
  }

  static async open(path: string, log: Logger): Promise<Profiles> {
    return new Profiles(await Document.open<readonly Profile[]>({ path, parse: parseProfiles, initial: [], log }));
  }

  get notices(): readonly string[] {
    return this.#document.notices;
  }

  list(): readonly Profile[] {
    return [...builtinProfiles, ...this.#document.value];
  }

  /** @throws PerchError unknown_profile */
  get(name: string): Profile {
    const found = this.list().find((profile) => profile.name === name);
    if (!found) throw new PerchError('unknown_profile', { value: name });
    return found;
  }

  /**
   * Saves a preset of any part of the settings, replacing the person's own of that name. On disk when it resolves.
   * @throws PerchError bad_value, unknown_field, builtin_profile, disk
   */
  async save(name: string, settings: unknown): Promise<Profile> {
    const clean = checkProfileName(name);
    const profile: Profile = { name: clean, builtin: false, settings: parseProfileSettings(settings) };
    const others = this.#document.value.filter((each) => each.name !== clean);
    if (others.length >= most)
      throw new PerchError('bad_request', { reason: `There are already ${most} presets. Delete one first.` });
    const at = this.#document.value.findIndex((each) => each.name === clean);
    await this.#replace(at < 0 ? [...others, profile] : this.#document.value.with(at, profile));
    return profile;
  }

  /** @throws PerchError unknown_profile, profile_exists, builtin_profile, disk */
  async rename(from: string, to: string): Promise<Profile> {
    const { settings } = this.#own(from);
    const clean = checkProfileName(to);
    if (clean !== from && this.list().some(({ name }) => name === clean))
      throw new PerchError('profile_exists', { value: clean });
    const renamed: Profile = { name: clean, builtin: false, settings };
    await this.#replace(this.#document.value.map((each) => (each.name === from ? renamed : each)));
    return renamed;
  }

  /** @throws PerchError unknown_profile, builtin_profile, disk */
  async remove(name: string): Promise<void> {
    this.#own(name);
    await this.#replace(this.#document.value.filter((each) => each.name !== name));
  }

  close(): Promise<void> {
    return this.#document.close();
  }

  #own(name: string): Profile {
    const profile = this.get(name);
    if (profile.builtin) throw new PerchError('builtin_profile', { value: name });
    return profile;
  }

  async #replace(profiles: readonly Profile[]): Promise<void> {
    this.#document.update(() => profiles);
    await this.#document.flush().catch((error: Error) => {
      throw new PerchError('disk', { reason: error.message });
    });
  }
}

function builtin(name: string, settings: SettingsPatch): Profile {
  return { name, builtin: true, settings };
}

/**
 * The name a person's preset may have, tidied.
 * @throws PerchError bad_value, builtin_profile
 */
export function checkProfileName(name: string): string {
  const clean = name.normalize('NFC').trim();
  // Letters of any script: people name presets in their own language.
  if (!/^[\p{L}\p{N}\p{P}\p{S}\p{M} ]{1,40}$/u.test(clean)) {
    throw new PerchError('bad_value', {
      field: 'name',
      value: JSON.stringify(clean.slice(0, 60)),
      allowed: '1 to 40 printable characters',
    });
  }
  if (builtinProfiles.some((profile) => profile.name === clean))
    throw new PerchError('builtin_profile', { value: clean });
  return clean;
}

/**
 * The fields of a preset: checked against the table alone, since it may be used on any camera; identity is left out.
 * @throws PerchError bad_value, unknown_field, bad_request
 */
export function parseProfileSettings(settings: unknown): SettingsPatch {
  const { cameraName: _, camera_index: __, ...rest } = (settings ?? {}) as Record<string, unknown>;
  // Against a base that differs in every field, so that a field that equals the default is kept too.
  const none = Object.fromEntries(Object.keys(defaultSettings('', 0)).map((name) => [name, undefined]));
  const checked = validatePatch(Array.isArray(settings) ? settings : rest, none as never, {});
  if (Object.keys(checked).length === 0)
    throw new PerchError('bad_request', { reason: 'A preset must set something, such as {"brightness": 10}.' });
  return checked;
}

function parseProfiles(value: unknown): readonly Profile[] {
  if (!Array.isArray(value)) throw new Error('not a list of presets');
  return value.map((each: { name?: unknown; settings?: unknown }) => ({
    name: checkProfileName(String(each.name)),
    builtin: false,
    settings: parseProfileSettings(each.settings),
  }));
}
