/**
 * One value in two files that take turns: a write goes over the older one, in place, and the newer one is not touched.
 * Whatever moment the power goes, one of the two is whole, and it is the last that was reported as saved.
 *
 * In place, because a card wears by what is written: over blocks that the file has already, a sync writes those blocks
 * and nothing else (4 KiB for the settings of a camera), where a new file and its renames are two commits of the file
 * system's journal (88 kB on ext4, measured). It also needs no room: a full card still takes settings.
 */
import { createHash } from 'node:crypto';
import { type FileHandle, mkdir, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** What stands in each file: a checksum, because a power cut can leave any bytes. Spaces follow, up to the file's size. */
interface Envelope {
  readonly version: 2;
  /** Of the writes of the pair so far: the newer file has the greater one. */
  readonly count: number;
  readonly sum: string;
  readonly value: unknown;
}

/** Before there were pairs; the file of this kind is the older one. */
interface FirstEnvelope {
  readonly version: 1;
  readonly count?: undefined;
  readonly sum: string;
  readonly value: unknown;
}

/** What one of the two files holds. */
export type Found<T> =
  | { readonly kind: 'good'; readonly path: string; readonly count: number; readonly value: T }
  | { readonly kind: 'absent'; readonly path: string }
  | {
      readonly kind: 'damaged';
      readonly path: string;
      readonly reason: string;
      /** As far as its beginning can still be read. */
      readonly count?: number | undefined;
    }
  | { readonly kind: 'unreadable'; readonly path: string; readonly reason: string };

/** Sizes are multiples of what file systems and cards write at once. */
const blockBytes = 4096;
/** Left free in a new file, so that a value that grows by a little stays in place. */
const headroomBytes = 512;
/** A file that is this many times too large is replaced by a smaller one. */
const mostSpare = 8;

/** Both files of a pair, in the order of their names. */
export async function readPair<T>(path: string, parse: (value: unknown) => T): Promise<readonly Found<T>[]> {
  const read = () => Promise.all([path, twinOf(path)].map((each) => readOne(each, parse)));
  const found = await read();
  // Another process may have written one after the other while they were read.
  const torn = newest(found) === undefined && found.some(({ kind }) => kind === 'damaged');
  return torn ? read() : found;
}

/** The newer one of those that can be used. */
export function newest<T>(found: readonly Found<T>[]): (Found<T> & { readonly kind: 'good' }) | undefined {
  const good = found.filter((each) => each.kind === 'good');
  return good.reduce<(typeof good)[number] | undefined>((a, b) => (a && a.count >= b.count ? a : b), undefined);
}

/** Writes one value after the other, each time over the older file. */
export class PairWriter {
  readonly #shared: boolean;
  #older: string;
  #newer: string;
  #count: number;

  /**
   * @param present what is newest of what was found when the pair was read
   * @param shared see DocumentOptions
   */
  constructor(path: string, present: { readonly path: string; readonly count: number } | undefined, shared: boolean) {
    const twin = twinOf(path);
    this.#shared = shared;
    this.#newer = present?.path ?? twin;
    this.#older = this.#newer === path ? twin : path;
    this.#count = present?.count ?? 0;
  }

  /** Resolves when it is on the disk. One that failed leaves the newer file as it was, and the next goes to the same place. */
  async write(value: unknown): Promise<void> {
    const count = this.#count + 1;
    // An Envelope, put together so that a large value is written out once.
    const json = JSON.stringify(value);
    const text = Buffer.from(`{"version":2,"count":${count},"sum":"${checksum(`${count} `, json)}","value":${json}}`);
    if (!(await writeInPlace(this.#older, text))) await replace(this.#older, text, this.#shared);
    this.#count = count;
    [this.#older, this.#newer] = [this.#newer, this.#older];
    // The first takes the room of both: the card may be full when the next one comes.
    if (count === 1) await replace(this.#older, text, this.#shared).catch(() => undefined);
  }
}

/** What a file or socket in this folder may be to the folder's group. */
export async function modeFor(folder: string, readOnly: boolean): Promise<number> {
  const { mode } = await stat(folder);
  const groupOnly = (mode & 0o010) !== 0 && (mode & 0o007) === 0;
  if (!groupOnly) return 0o600;
  return readOnly ? 0o640 : 0o660;
}

/** Why a file could not be read or written, in words. */
export function inWords(error: unknown): string {
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

async function readOne<T>(path: string, parse: (value: unknown) => T): Promise<Found<T>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? { kind: 'absent', path }
      : { kind: 'unreadable', path, reason: inWords(error) };
  }
  try {
    const { version, count = 0, sum, value } = JSON.parse(text) as Envelope | FirstEnvelope;
    if (!(version === 2 || version === 1) || !Number.isSafeInteger(count)) throw new Error('not a saved file of Perch');
    if (sum !== checksum(version === 1 ? '' : `${count} `, JSON.stringify(value)))
      throw new Error('the checksum does not match');
    return { kind: 'good', path, count, value: parse(value) };
  } catch (error) {
    const count = /^\{"version":2,"count":(\d+),/.exec(text)?.[1];
    return {
      kind: 'damaged',
      path,
      reason: (error as Error).message,
      count: count === undefined ? count : Number(count),
    };
  }
}

/** @returns whether it was: the file has to be there, with room enough and not far too much */
async function writeInPlace(path: string, text: Buffer): Promise<boolean> {
  const file = await open(path, 'r+').catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { size } = await file.stat();
    if (text.length >= size || size > mostSpare * sizeFor(text)) return false;
    await file.writeFile(padded(text, size));
    // Neither size nor place changes: there is nothing else to sync.
    await file.datasync();
    return true;
  } finally {
    await file.close();
  }
}

async function replace(path: string, text: Buffer, shared: boolean): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.new`);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  try {
    await withFile(temporary, 'w', async (file) => {
      // After the umask had its say.
      if (shared) await file.chmod(await modeFor(folder, true));
      await file.writeFile(padded(text, sizeFor(text)));
      await file.sync();
    });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  // The name is only durable once the folder is. Windows has no such thing: NTFS keeps its own journal.
  if (process.platform !== 'win32') await withFile(folder, 'r', (file) => file.sync());
}

async function withFile(path: string, flags: string, use: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await open(path, flags, 0o600);
  try {
    await use(file);
  } finally {
    await file.close();
  }
}

function sizeFor(text: Buffer): number {
  return Math.ceil((text.length + headroomBytes) / blockBytes) * blockBytes;
}

function padded(text: Buffer, size: number): Buffer {
  const bytes = Buffer.alloc(size, ' ');
  text.copy(bytes);
  bytes.write('\n', size - 1);
  return bytes;
}

function twinOf(path: string): string {
  return `${path}.twin`;
}

/** Finds torn and rotten bytes; it is no protection against people. */
function checksum(prefix: string, json: string): string {
  return createHash('sha256').update(prefix).update(json).digest('hex').slice(0, 16);
}
