/** The fleet: the devices, who is connected, what is wanted of those who are not. */
import { PerchError } from '../../../appliance/errors.ts';
import type { Logger } from '../../../appliance/log.ts';
import {
  CameraStateNumber,
  decodeStatus,
  encodeStatus,
  type WireSettings,
  type WireStatus,
  type WireStreams,
} from '../../../proto/index.ts';
import type { Backplane, LastStatus } from './backplane.ts';
import { Desired, type DesiredRecord } from './desired.ts';
import { Devices } from './devices.ts';

/** A camera as a list shows it: its last status, without what only its own page needs. */
export interface CameraRow {
  readonly name: string;
  readonly state?: number;
  readonly state_message?: string;
  readonly current_settings?: WireSettings;
  readonly revision?: number;
  /** Where MediaMTX serves it. */
  readonly streams?: WireStreams;
  /** When it was said, in ms since 1970 by the device's clock. */
  readonly timestamp?: number;
}

/** A device as `GET /api/devices` shows it. Times in ms since 1970. */
export interface DeviceRow {
  readonly name: string;
  /** What people call it, where that is not its name. */
  readonly title?: string;
  readonly created: number;
  readonly connected: boolean;
  readonly connected_since?: number;
  readonly last_seen?: number;
  /** Where it connected from, the last time: its VPN address. */
  readonly address?: string;
  readonly cameras: readonly CameraRow[];
  /** What waits for it, and what it would not take, by camera name (empty: its first camera). */
  readonly pending: DesiredRecord['waiting'];
  readonly refused: DesiredRecord['refused'];
}

export class Fleet {
  readonly backplane: Backplane;
  readonly devices: Devices;
  readonly desired: Desired;
  readonly #log: Logger;

  private constructor(backplane: Backplane, devices: Devices, desired: Desired, log: Logger) {
    this.backplane = backplane;
    this.devices = devices;
    this.desired = desired;
    this.#log = log;
  }

  static async open(backplane: Backplane, log: Logger): Promise<Fleet> {
    const devices = await Devices.open(backplane);
    const desired = await Desired.open({
      backplane,
      log,
      onSettled: ({ device, camera, done, message }) => {
        log.info({ device, camera, done, message }, 'settings that waited were answered');
        const said = done ? 'What waited for it is applied.' : `What waited for it was refused: ${message}`;
        const told: WireStatus = { success: done, message: said, timestamp: Date.now(), pending_settings: {} };
        backplane.publish(device, Buffer.from(encodeStatus(told)));
      },
    });
    const fleet = new Fleet(backplane, devices, desired, log);
    devices.onRevoked((device) => {
      if (devices.has(device)) return;
      backplane.forget(device);
      desired.cancel(device).catch((error: unknown) => log.error({ device, err: error }, 'pending settings kept'));
    });
    return fleet;
  }

  row(name: string): DeviceRow | undefined {
    const device = this.devices.get(name);
    if (!device) return undefined;
    const presence = this.backplane.presence(name);
    const { waiting, refused } = this.desired.get(name);
    return {
      name,
      ...(device.title !== undefined && { title: device.title }),
      created: device.created,
      connected: presence?.connected ?? false,
      ...(presence?.connected && { connected_since: presence.since, last_seen: Date.now() }),
      ...(presence && !presence.connected && { last_seen: presence.since }),
      ...(presence && { address: presence.address }),
      cameras: [...this.backplane.recall(name)].map(([camera, last]) => cameraRow(camera, last)),
      pending: shown(waiting),
      refused,
    };
  }

  rows(): DeviceRow[] {
    const rows: DeviceRow[] = [];
    for (const [name] of this.devices.entries()) {
      const row = this.row(name);
      if (row) rows.push(row);
    }
    return rows.sort((a, b) => a.name.localeCompare(b.name));
  }

  /** Why a device cannot be reached now. */
  away(device: string): PerchError {
    const presence = this.backplane.presence(device);
    const { cutOff } = this.backplane;
    if (cutOff !== undefined) return new PerchError('out_of_reach', { device, since: moment(cutOff) });
    return new PerchError('not_connected', { device, since: presence ? moment(presence.since) : '' });
  }

  /** The last that is known of a camera, limits included, as of a device that is away. */
  lastKnown(device: string, camera: string): WireStatus {
    const all = this.backplane.recall(device);
    const last = camera === '' ? all.values().next().value : all.get(camera);
    const message = this.away(device).message;
    const pending = this.desired.get(device).waiting[camera];
    return {
      ...(last?.whole && readable(last.whole)),
      ...(last && readable(last.newest)),
      ...(pending && { pending_settings: pending.settings as WireSettings }),
      timestamp: Date.now(),
      state: CameraStateNumber.away,
      state_message: message,
    };
  }

  async close(): Promise<void> {
    this.desired.close();
    await this.backplane.close().catch((error: unknown) => this.#log.error({ err: error }, 'fleet not closed well'));
  }
}

/** A status a Pi sent; what it sent wrong is as if it had sent nothing. */
function readable(frame: Buffer): WireStatus {
  try {
    const { request_id: _, clock_us: __, picture: ___, ...status } = decodeStatus(frame);
    return status;
  } catch {
    return {};
  }
}

/** Read once: a list of thousands is asked for often, and a status changes seldom. */
const rowsRead = new WeakMap<Buffer, CameraRow>();

function cameraRow(name: string, last: LastStatus): CameraRow {
  const known = rowsRead.get(last.newest);
  if (known) return known;
  const row = readRow(name, last);
  rowsRead.set(last.newest, row);
  return row;
}

function readRow(name: string, { newest, whole }: LastStatus): CameraRow {
  const { state, state_message, current_settings, revision, timestamp, ...news } = readable(newest);
  const streams = news.streams ?? (whole && readable(whole).streams);
  return {
    name,
    ...(state !== undefined && { state }),
    ...(state_message !== undefined && { state_message }),
    ...(current_settings && { current_settings }),
    ...(revision !== undefined && { revision }),
    ...(streams && { streams }),
    ...(timestamp !== undefined && { timestamp }),
  };
}

/** How it will be brought is nobody's business. */
function shown(waiting: DesiredRecord['waiting']): DesiredRecord['waiting'] {
  return Object.fromEntries(Object.entries(waiting).map(([camera, { unsure: _, ...rest }]) => [camera, rest]));
}

/** "2026-01-31 14:05 UTC". */
export function moment(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
