/** The root helper's part of an update: receives, checks, unpacks, switches, watches, and goes back. */
import { createReadStream } from 'node:fs';
import { open, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { PerchError } from '../errors.ts';
import type { Machine } from '../system/machine.ts';
import { type BundleHeader, bad, payloadOf, readBundleHead, trustedKeys, whyNotThis } from './bundle.ts';
import { Bytes, TooShort } from './bytes.ts';
import { alone } from './lock.ts';
import { look, vitalsOf } from './look.ts';
import { switching } from './switching.ts';
import { unpackTar } from './tar.ts';
import { type Vitals, watchTrial } from './trial.ts';
import { type Trial, Versions } from './versions.ts';

/** Left free on the disk whatever is unpacked, in bytes: settings must still be saved. */
const spareBytes = 32 * 1024 * 1024;

/** What an update needs of its surroundings. */
export interface Updating {
  readonly machine: Machine;
  readonly progress: (sentence: string) => void;
  readonly versions?: Versions;
  /** Waits between two looks at the new version. */
  readonly pause?: (ms: number) => Promise<void>;
  /** Bytes that are free where a folder lies. */
  readonly room?: (folder: string) => Promise<number>;
}

/**
 * Takes in a bundle and switches to it. Whatever is wrong with it is found before anything changes.
 * @returns what became of it, in a sentence
 * @throws PerchError bad_bundle, update_refused, no_room, and helper_refused when it was taken back
 */
export function update(
  body: AsyncIterable<Uint8Array>,
  { allowOlder }: { readonly allowOlder: boolean },
  updating: Updating,
): Promise<string> {
  return alone(updating.machine.root, () => updateAlone(body, allowOlder, updating));
}

async function updateAlone(body: AsyncIterable<Uint8Array>, allowOlder: boolean, updating: Updating): Promise<string> {
  const { machine, progress, room = freeBytes } = updating;
  const versions = updating.versions ?? new Versions(machine.root);
  if (await versions.trial()) throw new PerchError('updating');
  const keys = await trustedKeys(machine.root, (file, reason) => machine.log.warn({ file, reason }, 'not a key'));
  const bytes = new Bytes(body);
  const header = await readBundleHead(bytes, keys);
  const { version } = header;
  const running = (await versions.versionOf(await versions.current())) ?? '0.0.0';
  const refused = whyNotThis(header, { version: running, arch: process.arch, node: process.versions.node }, allowOlder);
  if (refused) throw refused;

  const incoming = await versions.receive();
  try {
    await versions.tidy();
    await versions.receive();
    if ((await room(incoming)) < needed(header)) throw noRoom(await room(incoming), header);
    progress(`Receiving Perch ${version}.`);
    const payload = join(incoming, 'payload');
    await receive(bytes, header, payload, progress);
    progress('Unpacking.');
    const unpacked = join(incoming, 'unpacked');
    await unpack(payload, unpacked, header);
    // Every byte of it is on the disk before its name is.
    await machine.run('sync', ['--file-system', incoming], { timeoutMs: 300_000 });
    await versions.add(unpacked, version);
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === 'ENOSPC' ? noRoom(await room(incoming), header) : error;
  } finally {
    await rm(incoming, { recursive: true, force: true });
  }
  return switchTo(version, versions, updating);
}

/**
 * Back to the version before, or to the one that came with the system.
 * @throws PerchError update_refused when there is none, helper_refused when it did not work there
 */
export function rollBack(updating: Updating): Promise<string> {
  return alone(updating.machine.root, () => rollBackAlone(updating));
}

async function rollBackAlone(updating: Updating): Promise<string> {
  const versions = updating.versions ?? new Versions(updating.machine.root);
  if (await versions.trial()) throw new PerchError('updating');
  const previous = await versions.previous();
  if (previous === undefined)
    throw new PerchError('update_refused', { reason: 'There is no version before this one: it came with the system.' });
  return switchTo(previous, versions, updating);
}

async function switchTo(name: string, versions: Versions, updating: Updating): Promise<string> {
  const { machine, progress } = updating;
  const before = await vitalsOf(machine);
  progress(switching);
  await versions.begin(name, before ?? null);
  await restart(machine);
  return finishTrial(versions, updating);
}

/**
 * Watches over a trial that is on, to its end: the new version is kept, or the one before comes back.
 * @throws PerchError helper_refused when it came back
 */
export async function finishTrial(versions: Versions, { machine, progress, pause = wait }: Updating): Promise<string> {
  const trial = await versions.trial();
  if (!trial) return 'There is nothing on trial.';
  const version = (await versions.versionOf(trial.to)) ?? trial.to;
  const wrong = await watchTrial({
    version,
    before: ((await versions.before()) as Vitals | null) ?? undefined,
    look: () => look(machine),
    on: async () => (await versions.trial()) !== undefined,
    pause,
    progress,
  });
  if (wrong === undefined) {
    await versions.keep(trial, Date.now());
    return `Perch ${version} is in use.`;
  }
  await goBack(versions, trial, wrong, machine);
  throw new PerchError('helper_refused', {
    reason: `Perch ${version} was tried and taken back. ${wrong} ${(await versions.versionOf(trial.from)) ?? trial.from} is in use again.`,
  });
}

async function goBack(versions: Versions, trial: Trial, reason: string, machine: Machine): Promise<void> {
  // Where it went back by itself already (systemd/bin/choose), the program before runs again.
  if (await versions.trial()) {
    await versions.takeBack(trial, reason, Date.now());
    await restart(machine);
  }
  await versions.tidy();
}

async function restart({ run }: Machine): Promise<void> {
  // A version that is tried in safe mode would not be tried: safe mode runs what came with the system.
  await run('/usr/lib/perch/system/safe-mode', ['forget']).catch(() => undefined);
  await run('systemctl', ['reset-failed', 'perch.service']).catch(() => undefined);
  await run('systemctl', ['restart', '--no-block', 'perch.service']);
}

async function receive(
  bytes: Bytes,
  header: BundleHeader,
  path: string,
  progress: (sentence: string) => void,
): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    let got = 0;
    for await (const chunk of payloadOf(bytes, header)) {
      await file.write(chunk);
      const before = Math.floor((got / header.size) * 10);
      got += chunk.length;
      const now = Math.floor((got / header.size) * 10);
      if (now > before) progress(`Receiving Perch ${header.version}: ${now * 10} %.`);
    }
  } finally {
    await file.close();
  }
}

async function unpack(payload: string, folder: string, header: BundleHeader): Promise<void> {
  const archive = createBrotliDecompress();
  const filled = pipeline(createReadStream(payload), archive);
  // Its failure is seen by who reads.
  filled.catch(() => undefined);
  try {
    const got = await unpackTar(new Bytes(archive), folder, { files: header.files, bytes: header.unpacked });
    if (got.files !== header.files || got.bytes !== header.unpacked)
      throw new Error('it holds less than its header says');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOSPC') throw error;
    throw bad(error instanceof TooShort || code?.startsWith('ERR') ? 'its archive is damaged' : message);
  } finally {
    archive.destroy();
  }
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

function needed(header: BundleHeader): number {
  return header.size + header.unpacked + spareBytes;
}

function noRoom(free: number, header: BundleHeader): PerchError {
  return new PerchError('no_room', { needs: Math.ceil(needed(header) / 1e6), free: Math.floor(free / 1e6) });
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
