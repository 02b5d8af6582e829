/**
 * What is wanted of devices that are away: kept across restarts, merged field by field, brought to
 * the device when it is back, and forgotten only when the device has answered.
 */
import { randomBytes } from 'node:crypto';
import * as z from 'zod';
import { PerchError } from '../../../appliance/errors.ts';
import type { Logger } from '../../../appliance/log.ts';
import { defaultSettings } from '../../../appliance/settings/table.ts';
import { validatePatch } from '../../../appliance/settings/validate.ts';
import { CommandType, decodeStatus, encodeCommand, type WireSettings, type WireStatus } from '../../../proto/index.ts';
import { signature } from '../signature.ts';
import type { Backplane, Shelf } from './backplane.ts';

const fieldsSchema = z.record(z.string(), z.union([z.number(), z.string(), z.boolean()]));
/** A command that may have been carried out before its connection was lost: brought as it was, so that it is not twice. */
const unsureSchema = z.object({ id: z.string(), scope: z.string(), by: z.string(), settings: fieldsSchema });
const waitingSchema = z.object({
  /** Only what was asked for. */
  settings: fieldsSchema,
  /** Who asked last, and when, in ms since 1970. */
  by: z.string(),
  since: z.number(),
  /** The request_id it is brought with: the same one each time, so that it is carried out once. */
  id: z.string(),
  /** Parts of `settings` that may be made already, oldest first; absent: none. */
  unsure: z.array(unsureSchema).optional(),
});
const refusedSchema = z.object({ settings: waitingSchema.shape.settings, message: z.string(), at: z.number() });
const recordSchema = z.object({
  /** By camera name; empty: the device's first camera. */
  waiting: z.record(z.string(), waitingSchema),
  refused: z.record(z.string(), refusedSchema),
});
export type Waiting = z.output<typeof waitingSchema>;
/** The name of a request: its request_id, and within what that is unique. */
export type Sent = Pick<z.output<typeof unsureSchema>, 'id' | 'scope'>;
export type DesiredRecord = z.output<typeof recordSchema>;
type Fields = Waiting['settings'];
type Unsure = z.output<typeof unsureSchema>;

/** What became of settings that waited. */
export interface Settled {
  readonly device: string;
  readonly camera: string;
  readonly done: boolean;
  readonly message: string;
}

const scope = 'desired';
const camerasMost = 16;
/** Commands of which it is not known whether they were carried out; older ones are brought like any other setting. */
const unsureMost = 16;
/** A device that has no time now is asked again so much later, in ms. */
const againMs = 10_000;
/** Refusals that pass: the same settings may be taken the next time. */
const passing: ReadonlySet<string | undefined> = new Set(['too_many', 'internal', 'shutting_down', 'camera_away']);
const none: DesiredRecord = { waiting: {}, refused: {} };

export interface DesiredOptions {
  readonly backplane: Backplane;
  readonly log: Logger;
  readonly onSettled: (settled: Settled) => void;
}

export class Desired {
  readonly #shelf: Shelf<DesiredRecord>;
  readonly #options: DesiredOptions;
  readonly #again = new Map<string, NodeJS.Timeout>();

  private constructor(shelf: Shelf<DesiredRecord>, options: DesiredOptions) {
    this.#shelf = shelf;
    this.#options = options;
  }

  static async open(options: DesiredOptions): Promise<Desired> {
    const shelf = await options.backplane.shelf('desired', { parse: (value) => recordSchema.parse(value) });
    const desired = new Desired(shelf, options);
    // Asked for at another node just when the device came to this one.
    shelf.onChange((device, record, elsewhere) => {
      if (elsewhere && record && options.backplane.holds(device)) desired.bring(device);
    });
    return desired;
  }

  get(device: string): DesiredRecord {
    return this.#shelf.get(device) ?? none;
  }

  /** Devices for which something waits. */
  get size(): number {
    let count = 0;
    for (const [, { waiting }] of this.#shelf.entries()) if (Object.keys(waiting).length > 0) count += 1;
    return count;
  }

  onChange(listener: (device: string) => void): () => void {
    return this.#shelf.onChange(listener);
  }

  /**
   * Lets settings wait for a device; resolves with all that waits for that camera once it is durable.
   * @param sent how they were sent already, without an answer: they are brought as the same request
   * @throws PerchError bad_value or unknown_field beyond what any camera takes, not_saved
   */
  async add(device: string, settings: WireSettings, by: string, sent?: Sent): Promise<Waiting> {
    const { camera, fields } = split(settings);
    checkSettings(fields);
    const id = `desired-${randomBytes(9).toString('base64url')}`;
    await this.#shelf.change(device, (record = none) => {
      const before = record.waiting[camera];
      if (!before && Object.keys(record.waiting).length >= camerasMost) {
        throw new PerchError('bad_request', { reason: `Settings already wait for ${camerasMost} cameras there.` });
      }
      const { [camera]: _, ...refused } = record.refused;
      const unsure = [
        ...(before?.unsure ?? []).filter((each) => Object.keys(each.settings).some((name) => !(name in fields))),
        ...(sent ? [{ ...sent, by, settings: fields }] : []),
      ].slice(-unsureMost);
      const merged: Waiting = {
        settings: { ...before?.settings, ...fields },
        by,
        since: Date.now(),
        id,
        ...(unsure.length > 0 && { unsure }),
      };
      return { waiting: { ...record.waiting, [camera]: merged }, refused };
    });
    return this.get(device).waiting[camera] ?? { settings: {}, by, since: Date.now(), id };
  }

  /** Nothing waits for this device any more. */
  async cancel(device: string): Promise<void> {
    clearTimeout(this.#again.get(device));
    this.#again.delete(device);
    await this.#shelf.change(device, () => undefined);
  }

  /** Brings what waits to the device, if it is connected. Called again it does no harm: ids stay the same. */
  bring(device: string): void {
    for (const [camera, waiting] of Object.entries(this.get(device).waiting)) {
      for (const each of waiting.unsure ?? []) this.#send(device, camera, waiting, each);
      const settings = sureOf(waiting);
      if (Object.keys(settings).length === 0) continue;
      this.#send(device, camera, waiting, { id: waiting.id, scope, by: waiting.by, settings });
    }
  }

  #send(device: string, camera: string, waiting: Waiting, sent: Unsure): void {
    const settings = { ...sent.settings, ...identity(camera) };
    const command = { command: CommandType.UPDATE_SETTINGS, settings, request_id: sent.id };
    this.#options.backplane.deliver(device, {
      frame: Buffer.from(encodeCommand(command)),
      id: Buffer.from(sent.id).toString('latin1'),
      asker: {
        scope: sent.scope,
        signature: signature(sent.by, sent.scope),
        answer: (frame) => void this.#answered(device, camera, waiting, sent, frame),
        lost: (why) => {
          // Gone or silent: it comes with the next connection.
          if (why === 'busy') this.#later(device);
        },
      },
    });
  }

  close(): void {
    for (const timer of this.#again.values()) clearTimeout(timer);
    this.#again.clear();
  }

  async #answered(device: string, camera: string, waiting: Waiting, sent: Unsure, frame: Buffer): Promise<void> {
    let status: WireStatus;
    try {
      status = decodeStatus(frame);
    } catch {
      return;
    }
    // A peer of the first protocol leaves `success` out when it is false.
    const done = status.success === true;
    if (!done && passing.has(status.error_code) && status.error_code !== undefined) {
      this.#later(device);
      return;
    }
    const message = status.message ?? '';
    let settled = false;
    try {
      await this.#shelf.change(device, (record) => {
        settled = record?.waiting[camera] !== undefined;
        return record && settle(record, camera, sent, done ? undefined : message);
      });
    } catch (error) {
      // It stays on the list and is brought again, which changes nothing at the device.
      this.#options.log.error({ device, err: error }, 'delivered settings could not be taken off the list');
      this.#later(device);
    }
    if (settled) this.#options.onSettled({ device, camera, done, message });
    // Asked for since it was brought.
    const left = this.get(device).waiting[camera];
    if (left && left.id !== waiting.id) this.bring(device);
  }

  #later(device: string): void {
    if (this.#again.has(device)) return;
    this.#again.set(
      device,
      setTimeout(() => {
        this.#again.delete(device);
        this.bring(device);
      }, againMs).unref(),
    );
  }
}

/**
 * Whether any camera at all could take these settings; the camera itself looks closer.
 * @throws PerchError bad_value, unknown_field, bad_message
 */
export function checkSettings(settings: unknown): void {
  validatePatch(settings, defaultSettings('', 0), {});
}

/** The camera settings are for, by name (`#1` for one that is only numbered), and what is wanted of it. */
function split({ $unknowns: _, cameraName, camera_index: index, ...fields }: WireSettings) {
  return { camera: cameraName || (index ? `#${index}` : ''), fields: fields as Fields };
}

/** The other way round. */
function identity(camera: string): WireSettings {
  if (camera === '') return {};
  return camera.startsWith('#') ? { camera_index: Number(camera.slice(1)) } : { cameraName: camera };
}

/** What of the waiting settings was certainly not made yet, or is wanted otherwise by now. */
function sureOf({ settings, unsure = [] }: Waiting): Fields {
  const maybe: Fields = Object.assign({}, ...unsure.map((each) => each.settings));
  return Object.fromEntries(Object.entries(settings).filter(([name, value]) => maybe[name] !== value));
}

/**
 * A record after the device has answered what was sent: those fields are done with, those that were
 * asked for meanwhile still wait.
 * @param refusal the device's sentence, when it did not take them
 */
export function settle(
  record: DesiredRecord,
  camera: string,
  sent: Pick<Unsure, 'id' | 'settings'>,
  refusal: string | undefined,
): DesiredRecord | undefined {
  const { [camera]: now, ...others } = record.waiting;
  if (!now) return record;
  const left = Object.fromEntries(
    Object.entries(now.settings).filter(([name, value]) => sent.settings[name] !== value),
  );
  const { unsure: before = [], ...rest } = now;
  const unsure = before.filter(({ id }) => id !== sent.id);
  const still: Waiting = { ...rest, settings: left, ...(unsure.length > 0 && { unsure }) };
  const waiting = Object.keys(left).length > 0 ? { ...others, [camera]: still } : others;
  const refused =
    refusal === undefined
      ? record.refused
      : { ...record.refused, [camera]: { settings: sent.settings, message: refusal, at: Date.now() } };
  return Object.keys(waiting).length + Object.keys(refused).length === 0 ? undefined : { waiting, refused };
}
