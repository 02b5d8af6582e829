/** A value kept on disk so that it survives being killed, or losing power, at any moment: see pair.ts. */
import { chmod, rename } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Logger } from '../log.ts';
import { type Found, inWords, modeFor, newest, PairWriter, readPair } from './pair.ts';

export interface DocumentOptions<T> {
  readonly path: string;
  /** Checks and converts what was read; throws when it is not what belongs here. */
  readonly parse: (value: unknown) => T;
  readonly initial: T;
  readonly log: Logger;
  /**
   * Quiet time before a change is written, in ms: a dragged slider is one write, not sixty.
   * However long the dragging goes on, a write comes every `maxDelayMs`.
   */
  readonly delayMs?: number;
  readonly maxDelayMs?: number;
  /**
   * Lets the folder's group read the file where the folder lets that group in and nobody else (mode 0710): another service
   * of Perch reads it. Usually only the owner can.
   */
  readonly shared?: boolean;
  /** Called after each write that succeeded. */
  readonly onSaved?: () => void;
}

/** Half a second after the last touch keeps the promise "on disk within 1 s" with room for a slow card. */
const defaultDelayMs = 500;
/** A minute of dragging then writes four times. */
const defaultMaxDelayMs = 15_000;
/** A card wears by each write. */
const noteDelayMs = 30_000;
/** While the disk refuses, tried again this often. */
const retryMs = 5_000;

/** A value kept in a pair of files. `update` is at once in memory, soon on disk; `flush` waits for the disk. */
export class Document<T> {
  readonly #options: DocumentOptions<T>;
  readonly #writer: PairWriter;
  /** Sentences about what was found damaged when it was opened, for the page. */
  readonly notices: readonly string[];
  #value: T;
  #savedValue: T;
  #revision = 0;
  #savedRevision = 0;
  /** The newest revision that is meant to be on disk soon. */
  #urgentRevision = 0;
  #timer: NodeJS.Timeout | undefined;
  #firstUnsavedAt = 0;
  #writing: Promise<void> | undefined;
  #error: string | undefined;

  private constructor(options: DocumentOptions<T>, writer: PairWriter, value: T, notices: readonly string[]) {
    this.#options = options;
    this.#writer = writer;
    this.#value = value;
    this.#savedValue = value;
    this.notices = notices;
  }

  /**
   * Opens the files or begins anew. One that is damaged or cannot be read is set aside as `<name>.damaged-<time>` or
   * `<name>.unreadable-<time>` and the other used; with neither, the initial value. Never throws for what a file holds.
   */
  static async open<T>(options: DocumentOptions<T>): Promise<Document<T>> {
    const { path, log, shared = false } = options;
    const found = await readPair(path, options.parse);
    const present = newest(found);
    const notices: string[] = [];
    for (const each of found) {
      if (each.kind === 'absent') continue;
      // It may have been written before the folder was shared.
      if (each.kind === 'good') {
        if (shared) await chmod(each.path, await modeFor(dirname(path), true)).catch(() => undefined);
        continue;
      }
      const aside = await setAside(each, log);
      // An older version than the one in use, which was being written over when the power went.
      if (each.kind === 'damaged' && present && each.count !== undefined && each.count < present.count) continue;
      const what = each.kind === 'damaged' ? 'was damaged' : `could not be read (${each.reason})`;
      const instead = present
        ? 'The version before it is in use.'
        : 'There was no other version, so Perch begins anew there.';
      notices.push(`${basename(path)} ${what}${aside}. ${instead}`);
    }
    const value = present ? present.value : options.initial;
    return new Document(options, new PairWriter(path, present, shared), value, notices.slice(0, 1));
  }

  get value(): T {
    return this.#value;
  }

  /** What is safely on disk: the value as it was when it was last written or read. */
  get savedValue(): T {
    return this.#savedValue;
  }

  /** Counts the changes made since opening. */
  get revision(): number {
    return this.#revision;
  }

  /** The newest revision that is safely on disk. */
  get savedRevision(): number {
    return this.#savedRevision;
  }

  /** Why the last write failed, in words; undefined when it did not. */
  get error(): string | undefined {
    return this.#error;
  }

  /** Replaces the value by what `change` makes of it, and answers the new revision. */
  update(change: (value: T) => T): number {
    if (!this.#replace(change)) return this.#revision;
    if (this.#urgentRevision <= this.#savedRevision) this.#firstUnsavedAt = performance.now();
    this.#urgentRevision = this.#revision;
    this.#schedule();
    return this.#revision;
  }

  /** The same with what nobody would miss: it is on disk with the next update, or half a minute later. */
  note(change: (value: T) => T): void {
    if (this.#replace(change)) this.#scheduleNote();
  }

  #replace(change: (value: T) => T): boolean {
    const next = change(this.#value);
    if (next === this.#value) return false;
    this.#value = next;
    this.#revision += 1;
    return true;
  }

  /**
   * Resolves when everything up to now is on disk.
   * @throws Error in words (`No space is left on the card`) when it cannot be written
   */
  async flush(): Promise<void> {
    this.#unschedule();
    const wanted = this.#revision;
    while (this.#savedRevision < wanted) {
      await this.#write();
      if (this.#error !== undefined && this.#savedRevision < wanted) throw new Error(this.#error);
    }
  }

  /** Writes what is left and ends. Resolves also when that fails; the log says so. */
  async close(): Promise<void> {
    await this.flush().catch((error: unknown) =>
      this.#options.log.error({ path: this.#options.path, err: error }, 'not saved at the end'),
    );
    this.#unschedule();
  }

  #unschedule(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(delay = this.#options.delayMs ?? defaultDelayMs): void {
    this.#unschedule();
    const latest = this.#firstUnsavedAt + (this.#options.maxDelayMs ?? defaultMaxDelayMs) - performance.now();
    this.#timer = setTimeout(
      () => void this.#write(),
      Math.max(0, this.#error === undefined ? Math.min(delay, latest) : delay),
    );
  }

  #scheduleNote(): void {
    this.#timer ??= setTimeout(() => void this.#write(), noteDelayMs);
  }

  /** One write at a time; resolves when a write that began after the call, or was under way, ended. */
  #write(): Promise<void> {
    this.#unschedule();
    this.#writing ??= this.#writeNow().finally(() => {
      this.#writing = undefined;
      if (this.#error !== undefined) this.#schedule(retryMs);
      else if (this.#savedRevision < this.#urgentRevision) this.#schedule();
      else if (this.#savedRevision < this.#revision) this.#scheduleNote();
    });
    return this.#writing;
  }

  async #writeNow(): Promise<void> {
    const revision = this.#revision;
    const value = this.#value;
    const { path, log, onSaved } = this.#options;
    try {
      await this.#writer.write(value);
      this.#savedRevision = revision;
      this.#savedValue = value;
      this.#firstUnsavedAt = performance.now();
      if (this.#error !== undefined) log.info({ path }, 'saving works again');
      this.#error = undefined;
    } catch (error) {
      const reason = inWords(error);
      if (this.#error !== reason) log.error({ path, err: error }, 'could not be saved');
      this.#error = reason;
      return;
    }
    onSaved?.();
  }
}

/** What a Document keeps, to somebody who does not own it. */
export type Kept<T> =
  | { readonly kind: 'good'; readonly value: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'damaged' | 'unreadable'; readonly reason: string };

/** Reads what a Document keeps without touching it; why it cannot be used, when it cannot. */
export async function readSaved<T>(path: string, parse: (value: unknown) => T): Promise<Kept<T>> {
  const found = await readPair(path, parse);
  return newest(found) ?? found.find((each) => each.kind !== 'absent') ?? { kind: 'absent' };
}

/**
 * One that only could not be read (another owner, a bad moment of the card) may still hold everything: it must be out of
 * the way of the next write. @returns where it is, as part of a sentence
 */
async function setAside(
  lost: Found<unknown> & { readonly kind: 'damaged' | 'unreadable' },
  log: Logger,
): Promise<string> {
  const { path, kind, reason } = lost;
  const aside = `${path}.${kind}-${new Date().toISOString().replaceAll(':', '')}`;
  log.error({ path, aside, why: kind, reason }, 'saved file is not usable');
  try {
    await rename(path, aside);
    return ` and has been set aside as ${basename(aside)}`;
  } catch (error) {
    log.error({ path, err: error }, 'saved file could not be set aside');
    return '';
  }
}
