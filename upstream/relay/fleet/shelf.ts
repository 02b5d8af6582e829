/** A shelf in one file. */
import * as z from 'zod';
import { PerchError } from '../../../appliance/errors.ts';
import type { Logger } from '../../../appliance/log.ts';
import { Document } from '../../../appliance/store/document.ts';
import type { Shelf, ShelfListener, ShelfOptions } from './backplane.ts';

/** Written as a list, because an object would put names that look like numbers first. */
class Records<T> {
  readonly map: ReadonlyMap<string, T>;
  constructor(map: ReadonlyMap<string, T>) {
    this.map = map;
  }
  toJSON(): readonly (readonly [string, T])[] {
    return [...this.map];
  }
}

const written = z.array(z.tuple([z.string(), z.unknown()]));

/** Records kept in memory and in a file of their own; see store/document.ts for how durably. */
export class FileShelf<T> implements Shelf<T> {
  readonly #document: Document<Records<T>>;
  readonly #map: Map<string, T>;
  readonly #listeners = new Set<ShelfListener<T>>();

  private constructor(document: Document<Records<T>>) {
    this.#document = document;
    this.#map = new Map(document.value.map);
  }

  static async open<T>(path: string, log: Logger, { parse }: ShelfOptions<T>): Promise<FileShelf<T>> {
    const document = await Document.open<Records<T>>({
      path,
      log,
      parse: (value) => new Records(new Map(written.parse(value).map(([key, each]) => [key, parse(each)]))),
      initial: new Records(new Map()),
    });
    return new FileShelf(document);
  }

  get notices(): readonly string[] {
    return this.#document.notices;
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
    const before = this.#map.get(key);
    const after = make(before);
    if (after === before) return;
    this.#set(key, after);
    try {
      await this.#document.flush();
    } catch (error) {
      // Unless somebody else has changed it since.
      if (this.#map.get(key) === after) this.#set(key, before);
      throw new PerchError('not_saved', { reason: (error as Error).message });
    }
  }

  note(key: string, value: T | undefined): void {
    this.#set(key, value);
  }

  onChange(listener: ShelfListener<T>): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): Promise<void> {
    return this.#document.close();
  }

  #set(key: string, value: T | undefined): void {
    if (value === undefined) this.#map.delete(key);
    else this.#map.set(key, value);
    this.#document.update(() => new Records(this.#map));
    for (const listener of this.#listeners) listener(key, value, false);
  }
}
