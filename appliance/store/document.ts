/**
 * One JSON file that survives being killed at any moment: written to a temporary file, synced,
 * renamed, the folder synced; the previous good version is kept beside it.
 */
import { createHash } from 'node:crypto';
import { chmod, type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Logger } from '../log.ts';

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
/** While the disk refuses, tried again this often. */
const retryMs = 5_000;

/** What stands in the file: the value and a checksum, because a power cut can leave any bytes. */
interface Envelope {
  readonly version: 1;
  readonly sum: string;
  readonly value: unknown;
}

/** A value kept in a file. `update` is at once in memory, soon on disk; `flush` waits for the disk. */
export class Document<T> {
  readonly #options: DocumentOptions<T>;
  /** Sentences about what was found damaged when it was opened, for the page. */
  readonly notices: readonly string[];
  #value: T;
  #savedValue: T;
  #revision = 0;
  #savedRevision = 0;
  #timer: NodeJS.Timeout | undefined;
  #firstUnsavedAt = 0;
  #writing: Promise<void> | undefined;
  #error: string | undefined;

  private constructor(options: DocumentOptions<T>, value: T, notices: readonly string[]) {
    this.#options = options;
    this.#value = value;
    this.#savedValue = value;
    this.notices = notices;
  }

  /**
   * Opens or begins the file. One that is damaged or cannot be read is set aside as `<name>.damaged-<time>` or
   * `<name>.unreadable-<time>` and the previous version used; with neither, the initial value. Never throws for what
   * a file holds.
   */
  static async open<T>(options: DocumentOptions<T>): Promise<Document<T>> {
    const { path, log } = options;
    const name = basename(path);
    const notices: string[] = [];
    const present = await readVersion(path, options.parse);
    if (present.kind === 'good') {
      // It may have been written before the folder was shared.
      if (options.shared) await chmod(path, await modeFor(dirname(path), true)).catch(() => undefined);
      return new Document(options, present.value, notices);
    }
    const previous = await readVersion(previousPath(path), options.parse);
    const lost = present.kind !== 'absent' ? { at: path, ...present } : { at: previousPath(path), ...previous };
    if (lost.kind === 'damaged' || lost.kind === 'unreadable') {
      // One that only could not be read (another owner, a bad moment of the card) may still hold everything: it must
      // be out of the way of the next two writes, which would replace it.
      const aside = `${lost.at}.${lost.kind}-${new Date().toISOString().replaceAll(':', '')}`;
      const moved = await rename(lost.at, aside).then(
        () => ` and has been set aside as ${basename(aside)}`,
        (error: unknown) => {
          log.error({ path: lost.at, err: error }, 'saved file could not be set aside');
          return '';
        },
      );
      const what = lost.kind === 'damaged' ? 'was damaged' : `could not be read (${lost.reason})`;
      notices.push(
        previous.kind === 'good'
          ? `${name} ${what}${moved}. The version before it is in use.`
          : `${name} ${what}${moved}. There was no version before it, so Perch begins anew there.`,
      );
      log.error({ path: lost.at, aside, why: lost.kind, reason: lost.reason }, 'saved file is not usable');
    }
    return new Document(options, previous.kind === 'good' ? previous.value : options.initial, notices);
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
    const next = change(this.#value);
    if (next === this.#value) return this.#revision;
    this.#value = next;
    if (this.#revision === this.#savedRevision) this.#firstUnsavedAt = performance.now();
    this.#revision += 1;
    this.#schedule();
    return this.#revision;
  }

  /**
   * Resolves when everything up to now is on disk.
   * @throws Error in words (`No space is left on the card`) when it cannot be written
   */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
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
    clearTimeout(this.#timer);
  }

  #schedule(delay = this.#options.delayMs ?? defaultDelayMs): void {
    clearTimeout(this.#timer);
    const latest = this.#firstUnsavedAt + (this.#options.maxDelayMs ?? defaultMaxDelayMs) - performance.now();
    this.#timer = setTimeout(
      () => void this.#write(),
      Math.max(0, this.#error === undefined ? Math.min(delay, latest) : delay),
    );
  }

  /** One write at a time; resolves when a write that began after the call, or was under way, ended. */
  #write(): Promise<void> {
    this.#writing ??= this.#writeNow().finally(() => {
      this.#writing = undefined;
      if (this.#savedRevision < this.#revision) this.#schedule(this.#error === undefined ? undefined : retryMs);
    });
    return this.#writing;
  }

  async #writeNow(): Promise<void> {
    const revision = this.#revision;
    const value = this.#value;
    const { path, log, onSaved, shared = false } = this.#options;
    try {
      await writeDurably(path, value, shared);
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

/**
 * Reads what a Document keeps without touching it: the newest good version.
 * @returns why there is none, when there is none
 */
export async function readSaved<T>(path: string, parse: (value: unknown) => T): Promise<Version<T>> {
  const present = await readVersion(path, parse);
  if (present.kind === 'good') return present;
  const previous = await readVersion(previousPath(path), parse);
  return previous.kind === 'good' || present.kind === 'absent' ? previous : present;
}

export type Version<T> =
  | { readonly kind: 'good'; readonly value: T }
  | { readonly kind: 'absent' }
  | { readonly kind: 'damaged'; readonly reason: string }
  | { readonly kind: 'unreadable'; readonly reason: string };

async function readVersion<T>(path: string, parse: (value: unknown) => T): Promise<Version<T>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? { kind: 'absent' }
      : { kind: 'unreadable', reason: inWords(error) };
  }
  try {
    const envelope = JSON.parse(text) as Partial<Envelope> | null;
    if (envelope?.version !== 1) throw new Error('not a saved file of Perch');
    if (envelope.sum !== checksum(JSON.stringify(envelope.value))) throw new Error('the checksum does not match');
    return { kind: 'good', value: parse(envelope.value) };
  } catch (error) {
    return { kind: 'damaged', reason: (error as Error).message };
  }
}

async function writeDurably(path: string, value: unknown, shared: boolean): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.new`);
  const json = JSON.stringify(value);
  const text = `{"version":1,"sum":"${checksum(json)}","value":${json}}\n`;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    await withFile(temporary, 'w', async (file) => {
      // After the umask had its say.
      if (shared) await file.chmod(await modeFor(folder, true));
      await file.writeFile(text);
      await file.sync();
    });
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  // Between these two renames there is no file of that name: opening then takes the previous one.
  await rename(path, previousPath(path)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(temporary, path);
  // The renames are only durable once the folder is. Windows has no such thing: NTFS keeps its own journal.
  if (process.platform !== 'win32') await withFile(folder, 'r', (file) => file.sync());
}

/** What a file or socket in this folder may be to the folder's group. */
export async function modeFor(folder: string, readOnly: boolean): Promise<number> {
  const { mode } = await stat(folder);
  const groupOnly = (mode & 0o010) !== 0 && (mode & 0o007) === 0;
  if (!groupOnly) return 0o600;
  return readOnly ? 0o640 : 0o660;
}

async function withFile(path: string, flags: string, use: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await use(file);
  } finally {
    await file.close();
  }
}

function previousPath(path: string): string {
  return `${path}.previous`;
}

/** Finds torn and rotten bytes; it is no protection against people. */
function checksum(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function inWords(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'no space is left on the card';
    case 'EROFS':
      return 'the card is read-only';
    case 'EACCES':
    case 'EPERM':
      return 'Perch may not write there';
    case 'EIO':
      return 'the card does not answer as it should';
    default:
      return message;
  }
}
