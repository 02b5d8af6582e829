/**
 * The payload's format: tar (POSIX ustar), of plain files alone. Written the same for the same files, and read
 * distrustfully: whatever else tar can carry (links, devices, owners, absolute paths) is refused.
 */
import { createReadStream } from 'node:fs';
import { lstat, mkdir, open, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Bytes } from './bytes.ts';

const block = 512;
/** Paths deeper or longer than this do not occur, and no file system of ours is asked for them. */
const pathMost = 255;

export interface Unpacked {
  readonly files: number;
  /** Of all files together. */
  readonly bytes: number;
}

/** Everything in these files and folders of `root`, in a fixed order, with `seconds` (since 1970) as every file's time. */
export async function* packTar(root: string, names: readonly string[], seconds: number): AsyncGenerator<Buffer> {
  for (const path of await filesIn(root, names)) {
    const { size, mode } = await lstat(join(root, path));
    yield header(path, size, (mode & 0o100) !== 0 ? 0o755 : 0o644, seconds);
    for await (const chunk of createReadStream(join(root, path))) yield chunk as Buffer;
    yield Buffer.alloc((block - (size % block)) % block);
  }
  yield Buffer.alloc(2 * block);
}

/** Counts what `packTar` would pack. */
export async function measureTar(root: string, names: readonly string[]): Promise<Unpacked> {
  const sizes = await Promise.all(
    (await filesIn(root, names)).map(async (path) => (await lstat(join(root, path))).size),
  );
  return { files: sizes.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/**
 * Unpacks into a folder that is new and empty; nothing is ever written outside of it. Ends with the archive.
 * @throws Error in words for what is not a plain file below `folder`, or more than `most`
 */
export async function unpackTar(bytes: Bytes, folder: string, most: Unpacked): Promise<Unpacked> {
  let files = 0;
  let total = 0;
  for (;;) {
    const head = await bytes.take(block);
    if (head.every((byte) => byte === 0)) return { files, bytes: total };
    const { path, size, mode } = readHeader(head);
    files += 1;
    total += size;
    if (files > most.files || total > most.bytes) throw new Error('it holds more than its header says');
    const to = join(folder, path);
    await mkdir(dirname(to), { recursive: true, mode: 0o755 });
    // Never over something: a path that comes twice is no mistake of ours.
    const file = await open(to, 'wx', mode).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST' ? new Error(`it holds ${shown(path)} twice`) : error;
    });
    try {
      for await (const chunk of bytes.stream(size)) await file.write(chunk);
    } finally {
      await file.close();
    }
    await bytes.take((block - (size % block)) % block);
  }
}

/** Every plain file below, sorted. @throws Error for a link or anything else */
async function filesIn(root: string, names: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  const look = async (path: string): Promise<void> => {
    const what = await lstat(join(root, path));
    if (what.isDirectory()) for (const name of await readdir(join(root, path))) await look(`${path}/${name}`);
    else if (what.isFile()) found.push(path);
    else throw new Error(`${path} is no plain file, and cannot go into a bundle.`);
  };
  for (const name of names) await look(name);
  return found.sort();
}

function header(path: string, size: number, mode: number, seconds: number): Buffer {
  const bytes = Buffer.alloc(block);
  const [prefix, name] = splitPath(path);
  bytes.write(name, 0, 100);
  const octal = (value: number, at: number, length: number) =>
    bytes.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(seconds, 136, 12);
  bytes.write('        ', 148, 'latin1');
  bytes.write('0', 156, 'latin1');
  bytes.write('ustar\u000000', 257, 'latin1');
  bytes.write(prefix, 345, 155);
  bytes.write(`${checksum(bytes).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return bytes;
}

/** ustar keeps 100 bytes of name and, before a slash, 155 of prefix. */
function splitPath(path: string): readonly [string, string] {
  if (Buffer.byteLength(path) <= 100) return ['', path];
  for (let slash = path.indexOf('/'); slash > 0; slash = path.indexOf('/', slash + 1)) {
    const [prefix, name] = [path.slice(0, slash), path.slice(slash + 1)];
    if (Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(name) <= 100) return [prefix, name];
  }
  throw new Error(`${path} is too long a path for a bundle.`);
}

function readHeader(bytes: Buffer): { readonly path: string; readonly size: number; readonly mode: number } {
  const text = (at: number, length: number) => {
    const field = bytes.subarray(at, at + length);
    const end = field.indexOf(0);
    return field.subarray(0, end < 0 ? length : end).toString('utf8');
  };
  const octal = (at: number, length: number) => {
    const digits = text(at, length).trim();
    if (!/^[0-7]{1,11}$/.test(digits)) throw new Error('its archive is damaged');
    return Number.parseInt(digits, 8);
  };
  if (text(257, 5) !== 'ustar' || octal(148, 8) !== checksum(bytes)) throw new Error('its archive is damaged');
  const prefix = text(345, 155);
  const path = prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`;
  const kind = bytes.toString('latin1', 156, 157);
  if (kind !== '0') throw new Error(`it holds ${shown(path)}, which is no plain file`);
  const parts = path.split('/');
  if (
    path.length > pathMost ||
    path.includes('\\') ||
    parts.some((part) => part === '' || part === '.' || part === '..')
  )
    throw new Error(`it holds ${shown(path)}, which would lie outside of its folder`);
  return { path, size: octal(124, 12), mode: (octal(100, 8) & 0o100) !== 0 ? 0o755 : 0o644 };
}

/** The sum of a header's bytes, its own field counted as spaces. */
function checksum(bytes: Buffer): number {
  return bytes.reduce((sum, byte, at) => sum + (at >= 148 && at < 156 ? 0x20 : byte), 0);
}

function shown(path: string): string {
  return JSON.stringify(path.slice(0, 100));
}
