/** What is saved of each camera: its settings, their revision, and whether it is meant to run. */
import type { Logger } from '../log.ts';
import { Document } from '../store/document.ts';
import { defaultSettings, type Settings } from './table.ts';
import { fitSettings } from './validate.ts';

export interface SavedCamera {
  readonly settings: Settings;
  /** Counts accepted changes, from 1; goes on across restarts. */
  readonly revision: number;
  /** False after STOP_STREAM: a stopped camera stays stopped through a restart. */
  readonly running: boolean;
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
    const defaults = defaultSettings(name, index);
    if (!saved) return { settings: defaults, revision: 1, running: true, saved: false };
    return { ...saved, saved: true, settings: { ...saved.settings, cameraName: name, camera_index: index } };
  }

  /** Takes a camera's new state; on disk within a second of the last call. */
  set(name: string, camera: SavedCamera): void {
    this.#document.update((all) => ({ ...all, [name]: camera }));
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
    if (!Number.isInteger(saved.revision) || typeof saved.settings !== 'object')
      throw new Error(`camera ${name} is not readable`);
    const index = Number(saved.settings.camera_index ?? 0);
    const settings = fitSettings(saved.settings, defaultSettings(name, index), {});
    return [name, { settings, revision: Number(saved.revision), running: saved.running !== false }] as const;
  });
  return Object.fromEntries(cameras);
}
