/** The last statuses of every camera, shared: the node that has a device tells the others, twice a second at most. */
import type { NatsConnection } from '@nats-io/transport-node';
import type { Logger } from '../../../../appliance/log.ts';
import type { LastStatus } from '../backplane.ts';
import { Statuses } from '../statuses.ts';
import { type Bucket, Records, toKey } from './records.ts';

export interface SharedStatusesOptions {
  readonly nats: NatsConnection;
  /** In the memory of NATS: a device says it anew when it connects. */
  readonly bucket: Bucket;
  readonly log: Logger;
  /** Whether it is this node that has the device. */
  readonly holds: (device: string) => boolean;
}

/** What is said within so many ms is told once. */
const gatherMs = 500;
const kind = 'status';
/** Between the parts of a record's name; no device's name has it. */
const space = ' ';

export class SharedStatuses {
  readonly #options: SharedStatusesOptions;
  readonly #statuses = new Statuses();
  /** What the others must still be told, by the record's name. */
  readonly #untold = new Map<string, Buffer | undefined>();
  #timer: NodeJS.Timeout | undefined;
  #records: Records | undefined;

  constructor(options: SharedStatusesOptions) {
    this.#options = options;
  }

  async open(): Promise<void> {
    const { bucket, log } = this.#options;
    const onRecord = (key: string, value: Uint8Array | undefined) => this.#take(key, value);
    this.#records = await Records.open({ bucket, kind, log, onRecord });
  }

  remember(device: string, camera: string, frame: Buffer, whole: boolean): void {
    if (!this.#statuses.remember(device, camera, frame, whole)) return;
    if (whole) this.#untold.delete(name(device, camera, false));
    this.#tellSoon(name(device, camera, whole), frame);
  }

  onStatus(listener: (device: string) => void): () => void {
    return this.#statuses.onStatus(listener);
  }

  recall(device: string): ReadonlyMap<string, LastStatus> {
    return this.#statuses.recall(device);
  }

  forget(device: string): void {
    for (const camera of this.recall(device).keys()) {
      this.#tellSoon(name(device, camera, false), undefined);
      this.#tellSoon(name(device, camera, true), undefined);
    }
    this.#statuses.forget(device);
  }

  /** NATS is back, perhaps without its memory: what this node knows of its devices is told again. */
  async resync(): Promise<void> {
    await this.#records?.resync();
    for (const [device, cameras] of this.#statuses.entries()) {
      if (!this.#options.holds(device)) continue;
      for (const [camera, { newest, whole }] of cameras) {
        if (whole) this.#tellSoon(name(device, camera, true), whole);
        if (whole !== newest) this.#tellSoon(name(device, camera, false), newest);
      }
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#records?.close();
  }

  #tellSoon(key: string, frame: Buffer | undefined): void {
    // Put last: in this order they are read again.
    this.#untold.delete(key);
    this.#untold.set(key, frame);
    this.#timer ??= setTimeout(() => this.#tell(), gatherMs).unref();
  }

  /** Not acknowledged: what is lost is said again soon. */
  #tell(): void {
    this.#timer = undefined;
    const { nats, bucket } = this.#options;
    if (bucket.away()) return;
    for (const [key, frame] of this.#untold) {
      nats.publish(`$KV.${bucket.name}.${kind}.${toKey(key)}`, frame ?? '');
    }
    this.#untold.clear();
  }

  #take(key: string, value: Uint8Array | undefined): void {
    const [device = '', whole, ...camera] = key.split(space);
    // What this node says itself it knows already.
    if (this.#options.holds(device)) return;
    if (value === undefined || value.length === 0) {
      if (value) this.#statuses.forget(device);
      return;
    }
    this.#statuses.remember(device, camera.join(space), Buffer.from(value), whole === 'whole');
  }
}

/** The camera's name last: it may have spaces. */
function name(device: string, camera: string, whole: boolean): string {
  return [device, whole ? 'whole' : 'news', camera].join(space);
}
