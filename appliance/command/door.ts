/**
 * The one door: every ControlCommand ends here, whoever asks. It validates and merges, keeps the
 * desired settings and their revision, hands them to the camera, answers the one who asked and
 * tells everyone else. Conflicts: the last write wins, field by field.
 */
import { CommandType, type WireCommand, type WireStatus, type WireStreams } from '../../proto/index.ts';
import type { Camera } from '../camera/types.ts';
import { type ErrorCode, PerchError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type ConfirmedSettings, pick, type SavedCamera, type SavedSettings } from '../settings/saved.ts';
import type { SettingName, Settings, SettingsPatch } from '../settings/table.ts';
import { settingsWith, validatePatch } from '../settings/validate.ts';
import { snapshot } from '../stream/mjpeg.ts';
import { Answered } from './answered.ts';
import type { Audit } from './audit.ts';
import { Pace } from './pace.ts';
import { capabilities, statusMessage } from './status.ts';
import type { Door, Origin, Push } from './types.ts';
import { describe, noFrames, values, without } from './words.ts';

export interface DoorOptions {
  readonly saved: SavedSettings;
  readonly audit: Audit;
  readonly log: Logger;
}

/** A picture larger than this would hold up the commands behind it on a slow upstream. */
const mostPictureBytes = 250_000;

/** A camera as the door keeps it. */
interface Entry {
  readonly camera: Camera;
  desired: Settings;
  revision: number;
  running: boolean;
  /** Whether anything of it was ever set: one that nobody has set chooses for itself at each start. */
  isSet: boolean;
  /** What a picture showed last, in this run or the one before. */
  confirmed: ConfirmedSettings | undefined;
  /** What was wished and taken back with nobody there to be told. */
  givenUp: SettingsPatch;
  /** How many wait for the answer to a change. */
  asking: number;
  /** A client over its pace: its changes wait together, the last value of each field wins. */
  readonly waiting: Map<string, Waiting>;
  /** The capabilities last told, so that they are told again only when they changed. */
  toldCapabilities: string;
  /** The saved revision last told, likewise. */
  toldSaved: number;
}

interface Waiting {
  patch: Record<string, unknown>;
  readonly done: Promise<WireStatus>;
}

/** Builds the door. Cameras are let in by `attach`. */
export class CommandDoor implements Door {
  readonly #options: DoorOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #listeners = new Set<(push: Push) => void>();
  readonly #pace = new Pace();
  readonly #answered = new Answered();
  #streams: (camera: string) => WireStreams | undefined = () => undefined;

  constructor(options: DoorOptions) {
    this.#options = options;
  }

  /** Tells with the limits where a camera can be seen elsewhere; `streamsChanged` says that it is told anew. */
  showStreams(streams: (camera: string) => WireStreams | undefined): void {
    this.#streams = streams;
  }

  /** Where this camera can be seen has changed: everyone learns it. */
  streamsChanged(camera: string): void {
    const entry = this.#entries.get(camera);
    if (entry && JSON.stringify(this.#capabilities(entry)) !== entry.toldCapabilities) this.#push(entry);
  }

  /** Lets a camera in. Its settings were taken from `saved` when it was made; one never set chose its first ones itself. */
  attach(camera: Camera): void {
    const { saved, ...known } = this.#options.saved.get(camera.name, camera.index);
    const status = camera.status();
    const wished = saved ? known.settings : status.applied;
    const entry: Entry = {
      camera,
      // As it was saved, also where the camera cannot do it now: one that is unplugged tells little of what it can.
      desired: { ...wished, cameraName: camera.name, camera_index: camera.index },
      revision: known.revision,
      running: known.running,
      isSet: saved,
      confirmed: known.confirmed,
      givenUp: known.givenUp ?? {},
      asking: 0,
      waiting: new Map(),
      toldCapabilities: JSON.stringify(capabilities(status)),
      toldSaved: this.#options.saved.savedRevision(camera.name),
    };
    this.#entries.set(camera.name, entry);
    camera.on('status', () => {
      this.#confirm(entry);
      this.#push(entry);
    });
    camera.on('rolledBack', (settings, fields) => this.#takeBack(entry, settings, fields));
  }

  async execute(command: WireCommand, origin: Origin): Promise<WireStatus> {
    const { request_id: id, settings } = command;
    // Whoever looks wants to see how it is now; and pictures and long statuses are not to be kept here.
    const looks = command.command === CommandType.GET_STATUS || command.command === CommandType.GET_SNAPSHOT;
    const answer = await this.#answered.once(origin.client, looks ? undefined : id, async () => {
      try {
        const entry = this.#find(settings?.cameraName, settings?.camera_index);
        const type = command.command ?? CommandType.UPDATE_SETTINGS;
        if (type === CommandType.UPDATE_SETTINGS) {
          const { $unknowns: _, ...patch } = settings ?? {};
          return await this.#paced(entry, patch, origin);
        }
        const wait = this.#pace.take(origin.client);
        if (wait > 0) throw new PerchError('too_many', { allowed: Pace.inWords, wait: `${wait} ms` });
        return await this.#other(entry, type, origin);
      } catch (error) {
        return this.#refusal(error, settings?.cameraName);
      }
    });
    return id ? { ...answer, request_id: id } : answer;
  }

  async update(cameraName: string, patch: unknown, origin: Origin, requestId?: string): Promise<WireStatus> {
    return this.#answered.once(origin.client, requestId, async () => {
      try {
        const entry = this.#find(cameraName, undefined);
        return await this.#paced(entry, patch, origin);
      } catch (error) {
        return this.#refusal(error, cameraName);
      }
    });
  }

  status(cameraName: string): WireStatus | undefined {
    const entry = this.#entries.get(cameraName);
    return entry && { ...this.#statusOf(entry), ...this.#capabilities(entry) };
  }

  subscribe(listener: (push: Push) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Something reached the disk: everyone learns the new saved_revision. */
  saved(): void {
    for (const entry of this.#entries.values()) {
      if (this.#options.saved.savedRevision(entry.camera.name) !== entry.toldSaved) this.#push(entry);
    }
  }

  /** Sentences for everyone who opens the page: what was taken back while nobody was there to be told. */
  get notices(): readonly string[] {
    return [...this.#entries.values()]
      .filter(({ givenUp }) => Object.keys(givenUp).length > 0)
      .map(
        ({ camera, givenUp }) =>
          `The camera "${camera.name}" gave no picture with ${values(givenUp, ' ').join(', ')}, so it went back to what it showed before. Set it again to try once more.`,
      );
  }

  #find(name: string | undefined, index: number | undefined): Entry {
    const entries = [...this.#entries.values()];
    const found = name ? this.#entries.get(name) : entries[index ?? 0];
    if (found) return found;
    throw new PerchError('unknown_camera', {
      value: name ? JSON.stringify(name.slice(0, 60)) : `number ${index ?? 0}`,
      allowed: entries.map(({ camera }) => camera.name).join(', ') || 'none yet',
    });
  }

  /** Over the pace, a client's changes wait together for the next token; the last value always wins and is applied. */
  async #paced(entry: Entry, patch: unknown, origin: Origin): Promise<WireStatus> {
    // Checked before it may wait, so that a mistake is answered as itself and spoils no other change.
    const valid = judged(entry, patch);
    const waiting = entry.waiting.get(origin.client);
    if (waiting) {
      // As given rather than only what differs: an earlier waiting value of the field must not win.
      Object.assign(waiting.patch, patch);
      return waiting.done;
    }
    const delay = this.#pace.take(origin.client);
    if (delay === 0) return this.#change(entry, valid, origin);
    const joined: Record<string, unknown> = { ...(patch as object) };
    const done = new Promise<void>((resolve) => setTimeout(resolve, delay)).then(() => {
      entry.waiting.delete(origin.client);
      this.#pace.take(origin.client);
      return this.#change(entry, judged(entry, joined), origin);
    });
    entry.waiting.set(origin.client, { patch: joined, done });
    return done;
  }

  async #change(entry: Entry, patch: SettingsPatch, origin: Origin): Promise<WireStatus> {
    const fields = Object.keys(patch) as SettingName[];
    if (fields.length === 0)
      return { ...this.#statusOf(entry), success: true, message: 'Nothing to change: it is set so already.' };
    const before = entry.desired;
    entry.desired = { ...before, ...patch } as Settings;
    entry.givenUp = without(entry.givenUp, fields);
    entry.revision += 1;
    const { revision } = entry;
    this.#save(entry);
    entry.asking += 1;
    const applied = entry.camera.apply(entry.desired, revision).finally(() => {
      entry.asking -= 1;
    });
    this.#push(entry, { changed_by: origin.who, changed_fields: fields, message: describe(patch) }, origin.client);

    const outcome = await applied;
    const problem = outcome.kind === 'rolledBack' ? noFrames(outcome.fields) : undefined;
    this.#options.audit.record({
      who: origin.who,
      camera: entry.camera.name,
      action: 'settings',
      changes: Object.fromEntries(fields.map((field) => [field, [before[field], patch[field]]])),
      revision,
      ...(problem && { problem: problem.message }),
    });
    if (problem) throw problem;
    const later = outcome.kind === 'kept' ? ' It takes effect with the next picture.' : '';
    return {
      ...this.#statusOf(entry),
      success: true,
      message: describe(patch) + later,
      changed_fields: fields,
      ...(outcome.kind === 'shown' && { gap_ms: Math.round(outcome.gapMs) }),
    };
  }

  async #other(entry: Entry, type: number, origin: Origin): Promise<WireStatus> {
    const { camera } = entry;
    if (type === CommandType.GET_STATUS) {
      return {
        ...this.#statusOf(entry),
        ...this.#capabilities(entry),
        success: true,
        message: camera.status().stateMessage,
      };
    }
    if (type === CommandType.GET_SNAPSHOT) {
      const picture = await snapshot(camera.jpeg, camera.name);
      if (picture.length > mostPictureBytes) {
        throw new PerchError('too_large', { allowed: `${mostPictureBytes / 1000} kB for a picture over the link` });
      }
      return { ...this.#statusOf(entry), success: true, message: 'The picture of now.', picture };
    }
    const action = Object.entries(CommandType).find(([, number]) => number === type)?.[0];
    if (action === undefined)
      throw new PerchError('unknown_command', { value: type, allowed: Object.keys(CommandType).join(', ') });

    const running = type !== CommandType.STOP_STREAM;
    const isNews = running !== entry.running;
    if (isNews) {
      // As any other change that is kept: `saved_revision` says when it is on disk.
      entry.running = running;
      entry.revision += 1;
      this.#save(entry);
    }
    this.#options.audit.record({ who: origin.who, camera: camera.name, action, revision: entry.revision });
    const [done, message] =
      type === CommandType.START_STREAM
        ? [camera.start(), 'The camera is started.']
        : type === CommandType.STOP_STREAM
          ? [camera.stop(), 'The camera is stopped.']
          : [camera.restart(), 'The camera is restarted.'];
    // The settings are as they were; the camera learns the number of what its next picture shows.
    if (isNews) void camera.apply(entry.desired, entry.revision);
    this.#push(entry, { changed_by: origin.who, message }, origin.client);
    await done;
    const { state, stateMessage } = camera.status();
    const wanted = type === CommandType.STOP_STREAM ? 'stopped' : 'live';
    if (state !== wanted) throw new PerchError('camera_away', { camera: camera.name, reason: stateMessage });
    return { ...this.#statusOf(entry), success: true, message };
  }

  /** The camera had to go back: what is desired follows it, as a revision of its own. */
  #takeBack(entry: Entry, settings: Settings, fields: readonly SettingName[]): void {
    const wished = pick(entry.desired, fields);
    const back = pick(settings, fields);
    entry.desired = { ...entry.desired, ...back } as Settings;
    entry.revision += 1;
    if (entry.asking === 0) {
      // Nobody hears of it from an answer: it was wished long ago, before a power cut or while the camera was away.
      entry.givenUp = { ...entry.givenUp, ...wished };
      this.#options.audit.record({
        who: 'Perch',
        camera: entry.camera.name,
        action: 'settings',
        changes: Object.fromEntries(fields.map((field) => [field, [wished[field], back[field]]])),
        revision: entry.revision,
        problem: noFrames(fields).message,
      });
    }
    this.#save(entry);
    // Nothing is left to change; the camera only learns the number of what it shows. On a later turn: a camera
    // that went back from this too must not keep the process busy with itself.
    const { desired, revision } = entry;
    setImmediate(() => {
      if (entry.revision === revision) void entry.camera.apply(desired, revision);
    });
    this.#push(entry, { changed_by: 'Perch', changed_fields: [...fields], message: noFrames(fields).message });
  }

  /** What a picture shows is kept beside what is wished. */
  #confirm(entry: Entry): void {
    const { applied, appliedRevision, appliedTimeUs } = entry.camera.status();
    if (appliedTimeUs === 0 || appliedRevision === entry.confirmed?.revision) return;
    entry.confirmed = { settings: applied, revision: appliedRevision };
    // The one before it is a way back too, until this one is on the disk.
    if (entry.isSet) this.#options.saved.confirm(entry.camera.name, saveable(entry));
  }

  #save(entry: Entry): void {
    entry.isSet = true;
    this.#options.saved.set(entry.camera.name, saveable(entry));
  }

  #statusOf({ camera, desired, revision }: Entry): WireStatus {
    return statusMessage(camera.status(), {
      desired,
      revision,
      savedRevision: this.#options.saved.savedRevision(camera.name),
    });
  }

  #capabilities({ camera }: Entry): Pick<WireStatus, 'limits' | 'sizes' | 'streams'> {
    const streams = this.#streams(camera.name);
    return { ...capabilities(camera.status()), ...(streams && { streams }) };
  }

  #push(entry: Entry, about: Partial<WireStatus> = {}, client?: string): void {
    const own = this.#capabilities(entry);
    const told = JSON.stringify(own);
    const news = told === entry.toldCapabilities ? {} : own;
    entry.toldCapabilities = told;
    entry.toldSaved = this.#options.saved.savedRevision(entry.camera.name);
    const status: WireStatus = { success: true, ...this.#statusOf(entry), ...news, ...about };
    const push: Push = { camera: entry.camera.name, status, ...(client !== undefined && { client }) };
    for (const listener of this.#listeners) {
      try {
        listener(push);
      } catch (error) {
        this.#options.log.error({ err: error }, 'a listener of the door failed');
      }
    }
  }

  #refusal(error: unknown, cameraName: string | undefined): WireStatus {
    if (!(error instanceof PerchError)) this.#options.log.error({ err: error }, 'command failed');
    const told = error instanceof PerchError ? error : new PerchError('internal');
    const entry = cameraName ? this.#entries.get(cameraName) : this.#entries.values().next().value;
    return {
      timestamp: Date.now(),
      ...(entry && this.#statusOf(entry)),
      success: false,
      message: told.message,
      error_code: told.code satisfies ErrorCode,
      ...(told.field !== undefined && { error_field: told.field }),
    };
  }
}

/** The change as far as it is one, judged by the limits that it brings about itself. */
function judged({ camera, desired }: Entry, patch: unknown): SettingsPatch {
  return validatePatch(patch, desired, camera.limitsFor(settingsWith(patch, desired)));
}

function saveable({ desired, revision, running, confirmed, givenUp }: Entry): SavedCamera {
  return {
    settings: desired,
    revision,
    running,
    ...(confirmed && { confirmed }),
    ...(Object.keys(givenUp).length > 0 && { givenUp }),
  };
}
