/**
 * Which node has which device. Each connection is written down in the bucket that all nodes follow;
 * the bucket's own order says which of two is the newer, so no clock is compared.
 */
import * as z from 'zod';
import type { Holder, Presence } from '../backplane.ts';
import type { Nodes } from './nodes.ts';
import { Records, type RecordsOptions } from './records.ts';

const recordSchema = z.object({
  /** The node that has it; absent: it is away. */
  node: z.string().optional(),
  /** Ms since 1970. */
  since: z.number(),
  address: z.string(),
});
type PresenceRecord = z.output<typeof recordSchema>;

/** A connection on this node. */
interface Held {
  readonly holder: Holder;
  readonly since: number;
  /** Of the record that says so; undefined: not written yet. */
  revision: number | undefined;
}

export interface PresencesOptions extends Omit<RecordsOptions, 'onRecord' | 'kind'> {
  /** This node. */
  readonly own: string;
  readonly nodes: Nodes;
  readonly onChange: (device: string) => void;
}

/** Records written at once: thousands of devices may come back within seconds. */
const writers = 64;

export class Presences {
  readonly #options: PresencesOptions;
  readonly #records: Promise<Records>;
  readonly #known = new Map<string, PresenceRecord>();
  readonly #held = new Map<string, Held>();
  /** Since when and from where a device is away, still to be written. */
  readonly #left = new Map<string, PresenceRecord>();
  /** Devices whose record must be written; each is written by one at a time. */
  readonly #due = new Set<string>();
  readonly #writing = new Set<string>();
  #idle: (() => void)[] = [];
  /** Since when NATS is away, in ms since 1970. */
  #cutOff: number | undefined;

  private constructor(options: PresencesOptions) {
    this.#options = options;
    const onRecord = (device: string, value: Uint8Array | undefined, revision: number) =>
      this.#take(device, value, revision);
    this.#records = Records.open({ ...options, kind: 'presence', onRecord });
  }

  static async open(options: PresencesOptions): Promise<Presences> {
    const presences = new Presences(options);
    await presences.#records;
    return presences;
  }

  presence(device: string): Presence | undefined {
    const held = this.#held.get(device);
    if (held) return { connected: true, since: held.since, address: held.holder.address };
    const known = this.#known.get(device);
    if (!known) return undefined;
    const { node, since, address } = known;
    if (node === undefined) return { connected: false, since, address };
    // Just left this node, and not written yet.
    const left = node === this.#options.own ? this.#left.get(device) : undefined;
    if (left) return { connected: false, since: left.since, address };
    if (this.nodeOf(device) !== undefined) return { connected: true, since, address };
    return { connected: false, since: this.#options.nodes.deadSince(node) ?? this.#cutOff ?? since, address };
  }

  holder(device: string): Holder | undefined {
    return this.#held.get(device)?.holder;
  }

  /** The other node that has a device and can be reached. */
  nodeOf(device: string): string | undefined {
    const node = this.#known.get(device)?.node;
    if (node === undefined || node === this.#options.own || this.#cutOff !== undefined) return undefined;
    return this.#options.nodes.alive(node) ? node : undefined;
  }

  hold(device: string, holder: Holder): () => void {
    const older = this.#held.get(device);
    this.#held.set(device, { holder, since: Date.now(), revision: undefined });
    this.#left.delete(device);
    older?.holder.replaced(holder.address);
    this.#write(device);
    this.#options.onChange(device);
    return () => {
      if (this.#held.get(device)?.holder !== holder) return;
      this.#held.delete(device);
      this.#left.set(device, { since: Date.now(), address: holder.address });
      this.#write(device);
      this.#options.onChange(device);
    };
  }

  /** The device is revoked. */
  async forget(device: string): Promise<void> {
    this.#left.delete(device);
    const records = await this.#records;
    // Unless it was registered again and is there again.
    await records.write(device, undefined, records.revision(device));
  }

  /** A node died, or is there after all. */
  nodeChanged(node: string, alive: boolean): void {
    const dead = alive ? undefined : this.#options.nodes.deadSince(node);
    const mine = dead !== undefined && this.#options.nodes.first;
    for (const [device, known] of this.#known) {
      if (known.node !== node || this.#held.has(device)) continue;
      if (mine) {
        // It cannot say any more when its devices went.
        this.#left.set(device, { since: dead, address: known.address });
        this.#write(device);
      }
      this.#options.onChange(device);
    }
  }

  /** NATS is there or away; away, only the devices of this node can be reached. */
  async linked(linked: boolean): Promise<void> {
    this.#cutOff = linked ? undefined : Date.now();
    for (const [device, { node }] of this.#known) {
      if (node !== undefined && !this.#held.has(device)) this.#options.onChange(device);
    }
    if (!linked) return;
    await (await this.#records).resync();
    for (const [device, held] of this.#held) {
      if (held.revision === undefined || this.#known.get(device)?.node !== this.#options.own) this.#due.add(device);
    }
    this.#goOn();
  }

  /** Everything here is away; resolves when that is written, or NATS does not answer. */
  async close(): Promise<void> {
    for (const [device, { holder }] of this.#held) {
      this.#left.set(device, { since: Date.now(), address: holder.address });
      this.#due.add(device);
    }
    this.#held.clear();
    this.#goOn();
    if (this.#cutOff === undefined && this.#due.size + this.#writing.size > 0) {
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
    (await this.#records).close();
  }

  #take(device: string, value: Uint8Array | undefined, revision: number): void {
    const record = value === undefined ? undefined : read(value);
    if (record) this.#known.set(device, record);
    else this.#known.delete(device);
    const held = this.#held.get(device);
    if (held?.revision !== undefined && revision > held.revision && record?.node !== this.#options.own) {
      if (record?.node !== undefined) this.#giveUp(device, held, record.address);
      // Somebody took this node for dead. Gone altogether is what is revoked: its connection ends soon.
      else if (record) this.#write(device);
    }
    this.#options.onChange(device);
  }

  /** A newer connection of the device is on another node. */
  #giveUp(device: string, held: Held, byAddress: string): void {
    this.#held.delete(device);
    held.holder.replaced(byAddress);
  }

  #write(device: string): void {
    this.#due.add(device);
    this.#goOn();
  }

  #goOn(): void {
    if (this.#cutOff !== undefined) return;
    for (const device of this.#due) {
      if (this.#writing.size >= writers) return;
      if (this.#writing.has(device)) continue;
      this.#due.delete(device);
      this.#writing.add(device);
      void this.#writeOne(device);
    }
    if (this.#due.size + this.#writing.size > 0) return;
    for (const done of this.#idle) done();
    this.#idle = [];
  }

  async #writeOne(device: string): Promise<void> {
    try {
      await this.#writeNow(device);
    } catch (error) {
      // Once NATS is back it is looked at again.
      this.#options.log.debug({ device, err: error }, 'presence not written');
      if (this.#held.has(device) || this.#left.has(device)) this.#due.add(device);
      await new Promise((resolve) => setTimeout(resolve, 500).unref());
    }
    this.#writing.delete(device);
    this.#goOn();
  }

  async #writeNow(device: string): Promise<void> {
    const records = await this.#records;
    const { own } = this.#options;
    const held = this.#held.get(device);
    if (held) {
      const { since, holder } = held;
      const revision = await records.write(device, bytes({ node: own, since, address: holder.address }));
      held.revision = revision;
      // Another node was faster than the answer to this one.
      const known = this.#known.get(device);
      if (revision !== undefined && records.revision(device) > revision && this.#held.get(device) === held) {
        if (known?.node !== undefined && known.node !== own) this.#giveUp(device, held, known.address);
        else if (known?.node === undefined) this.#due.add(device);
      }
      return;
    }
    const left = this.#left.get(device);
    const known = this.#known.get(device);
    // Where somebody else has it by now there is nothing to say.
    const ours = known?.node === own || (known?.node !== undefined && !this.#options.nodes.alive(known.node));
    if (left && ours) await records.write(device, bytes(left), records.revision(device));
    if (this.#left.get(device) === left) this.#left.delete(device);
  }
}

function bytes(record: PresenceRecord): Buffer {
  return Buffer.from(JSON.stringify(record));
}

function read(value: Uint8Array): PresenceRecord | undefined {
  try {
    return recordSchema.parse(JSON.parse(Buffer.from(value).toString()));
  } catch {
    return undefined;
  }
}
