/** A shelf that all nodes of a fleet share. */
import { PerchError } from '../../../../appliance/errors.ts';
import type { Shelf, ShelfListener, ShelfOptions } from '../backplane.ts';
import { Records, type RecordsOptions } from './records.ts';

/** Tries of one change; each is lost only to another node that was faster. */
const mostTries = 100;
/** Notes are gathered for so long, in ms. */
const noteMs = 500;

export class NatsShelf<T> implements Shelf<T> {
  readonly #map = new Map<string, T>();
  readonly #listeners = new Set<ShelfListener<T>>();
  readonly #options: Omit<RecordsOptions, 'onRecord'>;
  readonly #parse: (value: unknown) => T;
  /** What this node itself is writing: it hears of it by the answer. */
  readonly #writing = new Map<string, number>();
  /** Noted, not yet kept. */
  readonly #noted = new Set<string>();
  readonly #damaged = new Set<string>();
  #noteTimer: NodeJS.Timeout | undefined;
  #records: Records | undefined;

  private constructor(options: Omit<RecordsOptions, 'onRecord'>, parse: (value: unknown) => T) {
    this.#options = options;
    this.#parse = parse;
  }

  static async open<T>(options: Omit<RecordsOptions, 'onRecord'>, { parse }: ShelfOptions<T>): Promise<NatsShelf<T>> {
    const shelf = new NatsShelf<T>(options, parse);
    const onRecord = (key: string, value: Uint8Array | undefined) => shelf.#take(key, value);
    shelf.#records = await Records.open({ ...options, onRecord });
    return shelf;
  }

  get notices(): readonly string[] {
    return [...this.#damaged].map(
      (key) => `What NATS keeps of "${key}" (${this.#options.kind}) cannot be read and is left out.`,
    );
  }

  get size(): number {
    return this.#map.size;
  }

  get(key: string): T | undefined {
    return this.#map.get(key);
  }

  entries(): Iterable<readonly [string, T]> {
    return this.#map;
  }

  async change(key: string, make: (value: T | undefined) => T | undefined): Promise<void> {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const before = this.#map.get(key);
      const after = make(before);
      if (after === before) return;
      if (await this.#write(key, after)) return;
      await this.#kept(() => this.#records?.refresh(key));
      // A replica of NATS may lag behind.
      if (tries > 2) await new Promise((resolve) => setTimeout(resolve, tries));
    }
    throw new PerchError('not_shared', { reason: 'The other relays change it all the time.' });
  }

  note(key: string, value: T | undefined): void {
    this.#set(key, value, false);
    this.#noted.add(key);
    this.#noteTimer ??= setTimeout(() => void this.#keepNotes(), noteMs);
  }

  onChange(listener: ShelfListener<T>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** NATS is back: what changed meanwhile is heard, what was noted meanwhile is kept. */
  async resync(): Promise<void> {
    await this.#records?.resync();
    await this.#keepNotes();
  }

  async close(): Promise<void> {
    await this.#keepNotes();
    this.#records?.close();
  }

  async #write(key: string, value: T | undefined): Promise<boolean> {
    const bytes = value === undefined ? undefined : Buffer.from(JSON.stringify(value));
    const records = this.#records;
    if (!records) return false;
    this.#writing.set(key, (this.#writing.get(key) ?? 0) + 1);
    try {
      return (await this.#kept(() => records.write(key, bytes, records.revision(key)))) !== undefined;
    } finally {
      const left = (this.#writing.get(key) ?? 1) - 1;
      if (left > 0) this.#writing.set(key, left);
      else this.#writing.delete(key);
    }
  }

  async #kept<R>(work: () => R): Promise<Awaited<R>> {
    try {
      return await work();
    } catch {
      throw new PerchError('not_shared', { reason: 'NATS, where the relays keep what they share, does not answer.' });
    }
  }

  /** A note loses against any change: it is only nice to have, and must not bring back what was taken away. */
  async #keepNotes(): Promise<void> {
    clearTimeout(this.#noteTimer);
    this.#noteTimer = undefined;
    for (const key of [...this.#noted]) {
      try {
        if (!(await this.#write(key, this.#map.get(key)))) await this.#records?.refresh(key);
        this.#noted.delete(key);
      } catch (error) {
        // They stay noted until NATS is back.
        this.#options.log.debug({ kind: this.#options.kind, err: error }, 'notes not kept yet');
        return;
      }
    }
  }

  #take(key: string, bytes: Uint8Array | undefined): void {
    let value: T | undefined;
    this.#noted.delete(key);
    this.#damaged.delete(key);
    try {
      value = bytes === undefined ? undefined : this.#parse(JSON.parse(Buffer.from(bytes).toString()));
    } catch (error) {
      this.#options.log.error({ kind: this.#options.kind, key, err: error }, 'record cannot be read');
      this.#damaged.add(key);
    }
    this.#set(key, value, !this.#writing.has(key));
  }

  #set(key: string, value: T | undefined, elsewhere: boolean): void {
    if (value === undefined && !this.#map.has(key)) return;
    if (value === undefined) this.#map.delete(key);
    else this.#map.set(key, value);
    for (const listener of this.#listeners) listener(key, value, elsewhere);
  }
}
