/** What is saved of each camera: its settings, whether it is meant to run, and the way back to a picture. */
import type { Logger } from '../log.ts';
import { Document } from '../store/document.ts';
import { defaultSettings, type SettingName, type Settings, type SettingsPatch, settingNames } from './table.ts';
import { fitSettings } from './validate.ts';

/** Settings that a picture has shown. */
export interface ConfirmedSettings {
  readonly settings: Settings;
  readonly revision: number;
}

export interface SavedCamera {
  readonly settings: Settings;
  /** Counts accepted changes, of the settings and of `running`, from 1; goes on across restarts. */
  readonly revision: number;
  /** False after STOP_STREAM: a stopped camera stays stopped through a restart. */
  readonly running: boolean;
  /** What a picture showed last. The power may go between a change and the finding that it gives no picture. */
  readonly confirmed?: ConfirmedSettings;
  /** What was wished, gave no picture and was taken back with nobody there to be told; until its fields are set again. */
  readonly givenUp?: SettingsPatch;
}

export interface KnownCamera extends SavedCamera {
  /** False while nothing was ever saved of this camera: these are the table's defaults, and the camera may know better. */
  readonly saved: boolean;
}

type ByName = Readonly<Record<string, SavedCamera>>;

/** The saved settings of every camera, in one durable document. */
export class SavedSettings {
  readonly #document: Document<ByName>;

  private constructor(document: Document<ByName>) {
    this.#document = document;
  }

  /** `onSaved` is called whenever a write reached the disk: `savedRevision` may have moved. */
  static async open(path: string, log: Logger, onSaved: () => void): Promise<SavedSettings> {
    return new SavedSettings(await Document.open<ByName>({ path, parse, initial: {}, log, onSaved }));
  }

  get notices(): readonly string[] {
    return this.#document.notices;
  }

  /** Why the last write failed, in words; undefined when all is well. */
  get error(): string | undefined {
    return this.#document.error;
  }

  /** What was saved of this camera, or the defaults at revision 1. */
  get(name: string, index: number): KnownCamera {
    const saved = this.#document.value[name];
    if (!saved) return { settings: defaultSettings(name, index), revision: 1, running: true, saved: false };
    // The name is the file's to say, the place among the cameras is where it stands now.
    const here = (settings: Settings): Settings => ({ ...settings, cameraName: name, camera_index: index });
    const { confirmed } = saved;
    return {
      ...saved,
      saved: true,
      settings: here(saved.settings),
      ...(confirmed && { confirmed: { ...confirmed, settings: here(confirmed.settings) } }),
    };
  }

  /** Takes a camera's new state; on disk within a second of the last call. */
  set(name: string, camera: SavedCamera): void {
    this.#document.update((all) => ({ ...all, [name]: camera }));
  }

  /** The same when only what a picture showed is new: with the next change, or half a minute later. */
  confirm(name: string, camera: SavedCamera): void {
    this.#document.note((all) => ({ ...all, [name]: camera }));
  }

  /** The newest revision of this camera's settings that is safely on disk; 1 is the defaults, which need no disk. */
  savedRevision(name: string): number {
    return this.#document.savedValue[name]?.revision ?? 1;
  }

  close(): Promise<void> {
    return this.#document.close();
  }
}

/** Reads every camera that makes sense; fields a newer or older version knew otherwise move to what is allowed. */
function parse(value: unknown): ByName {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw new Error('not a set of cameras');
  const cameras = Object.entries(value as Record<string, Partial<SavedCamera>>).map(([name, saved]) => {
    const own = revised(saved, name);
    if (!own) throw new Error(`camera ${name} is not readable`);
    const confirmed = saved.confirmed && revised(saved.confirmed, name);
    const givenUp = known(saved.givenUp, own.settings);
    const camera: SavedCamera = {
      ...own,
      running: saved.running !== false,
      ...(confirmed && { confirmed }),
      ...(givenUp && { givenUp }),
    };
    return [name, camera] as const;
  });
  return Object.fromEntries(cameras);
}

function revised({ settings, revision }: Partial<ConfirmedSettings>, name: string): ConfirmedSettings | undefined {
  if (!Number.isInteger(revision) || typeof settings !== 'object') return undefined;
  const defaults = defaultSettings(name, Number(settings.camera_index ?? 0));
  return { settings: fitSettings(settings, defaults, {}), revision: Number(revision) };
}

function known(patch: SettingsPatch | undefined, base: Settings): SettingsPatch | undefined {
  if (patch === undefined || typeof patch !== 'object') return undefined;
  const names = settingNames.filter((name) => patch[name] !== undefined);
  return names.length === 0 ? undefined : pick(fitSettings(patch, base, {}), names);
}

/** These fields of the settings. */
export function pick(settings: Settings, names: readonly SettingName[]): SettingsPatch {
  return Object.fromEntries(names.map((name) => [name, settings[name]]));
}
