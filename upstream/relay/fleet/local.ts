/** The backplane of one process: maps in memory, files beside it. */
import { join } from 'node:path';
import * as z from 'zod';
import type { Logger } from '../../../appliance/log.ts';
import type { Backplane, Holder, LastStatus, Presence, Routed, Shelf, ShelfOptions, Watcher } from './backplane.ts';
import { FileShelf } from './shelf.ts';
import { Statuses } from './statuses.ts';
import { Watchers } from './watchers.ts';

const seenSchema = z.object({ seen: z.number(), address: z.string() });
type Seen = z.output<typeof seenSchema>;

export class LocalBackplane implements Backplane {
  readonly cutOff = undefined;
  readonly #folder: string;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #shelves: FileShelf<unknown>[] = [];
  readonly #held = new Map<string, { readonly holder: Holder; readonly since: number }>();
  readonly #watchers = new Watchers();
  readonly #statuses = new Statuses();
  readonly #presenceListeners = new Set<(device: string, presence: Presence | undefined) => void>();
  /** When and from where a device that is away was last there; kept, so that a restart still knows. */
  #seen: Shelf<Seen> | undefined;

  private constructor(folder: string, log: Logger, now: () => number) {
    this.#folder = folder;
    this.#log = log;
    this.#now = now;
  }

  static async open(folder: string, log: Logger, now: () => number = Date.now): Promise<LocalBackplane> {
    const backplane = new LocalBackplane(folder, log, now);
    backplane.#seen = await backplane.shelf('seen', { parse: (value) => seenSchema.parse(value) });
    return backplane;
  }

  async shelf<T>(name: string, options: ShelfOptions<T>): Promise<Shelf<T>> {
    const shelf = await FileShelf.open(join(this.#folder, `${name}.json`), this.#log, options);
    this.#shelves.push(shelf as FileShelf<unknown>);
    return shelf;
  }

  get notices(): readonly string[] {
    return this.#shelves.flatMap((shelf) => shelf.notices);
  }

  presence(device: string): Presence | undefined {
    const held = this.#held.get(device);
    if (held) return { connected: true, since: held.since, address: held.holder.address };
    const seen = this.#seen?.get(device);
    return seen && { connected: false, since: seen.seen, address: seen.address };
  }

  onPresence(listener: (device: string, presence: Presence | undefined) => void): () => void {
    this.#presenceListeners.add(listener);
    return () => this.#presenceListeners.delete(listener);
  }

  hold(device: string, holder: Holder): () => void {
    const older = this.#held.get(device);
    const now = this.#now();
    this.#held.set(device, { holder, since: now });
    // A relay that is killed knows at least this much afterwards.
    this.#seen?.note(device, { seen: now, address: holder.address });
    older?.holder.replaced(holder.address);
    this.#present(device);
    return () => {
      if (this.#held.get(device)?.holder !== holder) return;
      this.#held.delete(device);
      this.#seen?.note(device, { seen: this.#now(), address: holder.address });
      this.#present(device);
    };
  }

  holds(device: string): boolean {
    return this.#held.has(device);
  }

  deliver(device: string, command: Routed): boolean {
    const held = this.#held.get(device);
    if (!held) return false;
    held.holder.deliver(command);
    return true;
  }

  publish(device: string, frame: Buffer): void {
    this.#watchers.push(device, frame);
  }

  watch(device: string, watcher: Watcher): () => void {
    return this.#watchers.watch(device, watcher);
  }

  remember(device: string, camera: string, frame: Buffer, whole: boolean): void {
    this.#statuses.remember(device, camera, frame, whole);
  }

  onStatus(listener: (device: string) => void): () => void {
    return this.#statuses.onStatus(listener);
  }

  recall(device: string): ReadonlyMap<string, LastStatus> {
    return this.#statuses.recall(device);
  }

  forget(device: string): void {
    this.#statuses.forget(device);
    this.#seen?.note(device, undefined);
    this.#present(device);
  }

  async close(): Promise<void> {
    for (const [device, { holder }] of this.#held) {
      this.#seen?.note(device, { seen: this.#now(), address: holder.address });
    }
    this.#held.clear();
    await Promise.all(this.#shelves.map((shelf) => shelf.close()));
  }

  #present(device: string): void {
    const presence = this.presence(device);
    for (const listener of this.#presenceListeners) listener(device, presence);
  }
}
