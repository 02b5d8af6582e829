/**
 * An update in one file, `perch-<version>-<arch>.perch`:
 *
 *     "perch bundle 1\n" | length of the header, 4 bytes big-endian | header, JSON | Ed25519 signature, 64 bytes | payload
 *
 * The signature covers everything before it, and the header covers the payload by its SHA-512. The payload is a tar
 * archive compressed by Brotli. Nothing of the payload is looked at before all of it is known to be the signer's.
 */
import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { PerchError } from '../errors.ts';
import { type Bytes, TooShort } from './bytes.ts';
import { compareVersions, versionPattern } from './version.ts';

const magic = Buffer.from('perch bundle 1\n');
const signatureBytes = 64;
/** A header is some 400 bytes. */
const headerMost = 16_384;
/** Bytes of a payload and of what it unpacks to, at the most: several times what Perch is. */
const payloadMost = 256 * 1024 * 1024;
const unpackedMost = 768 * 1024 * 1024;
const filesMost = 40_000;

/** The files and folders of an application, as the build lays them out. */
export const bundledNames = ['dist', 'node_modules', 'package.json'] as const;

const headerSchema = z.strictObject({
  format: z.literal(1),
  version: z.string().regex(versionPattern),
  /** As Node names it: arm64, x64. */
  arch: z.string().regex(/^[a-z0-9]{2,10}$/),
  /** The oldest Node that runs it. */
  node: z.string().regex(versionPattern),
  /** Of the payload. */
  size: z.number().int().min(1).max(payloadMost),
  sha512: z.string().regex(/^[0-9a-f]{128}$/),
  /** What it unpacks to. */
  files: z.number().int().min(1).max(filesMost),
  unpacked: z.number().int().min(1).max(unpackedMost),
  /** When it was made, ISO 8601. */
  created: z.iso.datetime(),
});

/** What a bundle says of itself. */
export type BundleHeader = z.output<typeof headerSchema>;

/** The bytes before the payload. */
export function bundleHead(header: BundleHeader, key: KeyObject): Buffer {
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(json.length);
  const signed = Buffer.concat([magic, length, json]);
  return Buffer.concat([signed, sign(null, signed, key)]);
}

/**
 * Reads up to the payload, and believes it only when one of the keys signed it.
 * @throws PerchError bad_bundle
 */
export async function readBundleHead(bytes: Bytes, keys: readonly KeyObject[]): Promise<BundleHeader> {
  if (keys.length === 0)
    throw bad(
      'this device trusts no key yet. Put the public key of whoever makes your updates into /etc/perch/update-keys',
    );
  try {
    const start = await bytes.take(magic.length + 4);
    if (!start.subarray(0, magic.length).equals(magic)) throw bad('it is no bundle of Perch, or one of a newer kind');
    const length = start.readUInt32BE(magic.length);
    if (length > headerMost) throw bad('its header is damaged');
    const json = await bytes.take(length);
    const signature = await bytes.take(signatureBytes);
    const signed = Buffer.concat([start, json]);
    if (!keys.some((key) => verify(null, signed, key, signature)))
      throw bad('none of the keys this device trusts has signed it, or it was changed since');
    return headerSchema.parse(JSON.parse(json.toString('utf8')));
  } catch (error) {
    if (error instanceof TooShort) throw bad('it is cut off: the file is not whole');
    if (error instanceof PerchError) throw error;
    // Signed, and still not readable: made by a newer Perch.
    throw bad('its header is not known here. Update to a version in between first');
  }
}

/** The machine and the program that a bundle would replace. */
export interface Present {
  readonly version: string;
  readonly arch: string;
  /** Node's version, without the v. */
  readonly node: string;
}

/** Why this bundle is not for this machine, as an error; undefined when it is. */
export function whyNotThis(header: BundleHeader, present: Present, allowOlder: boolean): PerchError | undefined {
  const no = (reason: string) => new PerchError('update_refused', { reason });
  if (header.arch !== present.arch)
    return no(
      `This bundle is for ${header.arch}, and this machine is ${present.arch}. Get the one for ${present.arch}.`,
    );
  if (compareVersions(present.node, header.node) < 0)
    return no(
      `Perch ${header.version} needs Node ${header.node} or newer, and this machine has ${present.node}. Update the system first, or flash the newest image.`,
    );
  const order = compareVersions(header.version, present.version);
  if (order === 0) return no(`Perch ${header.version} is what runs already.`);
  if (order < 0 && !allowOlder)
    return no(
      `Perch ${header.version} is older than ${present.version}, which runs now. If that is meant: perch update --allow-older FILE.`,
    );
  return undefined;
}

/**
 * The payload as it comes, every byte of it counted and summed; what follows it, or is missing, is found at the end.
 * @throws PerchError bad_bundle
 */
export async function* payloadOf(bytes: Bytes, header: BundleHeader): AsyncGenerator<Buffer> {
  const hash = createHash('sha512');
  try {
    for await (const chunk of bytes.stream(header.size)) {
      hash.update(chunk);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof TooShort) throw bad('it is cut off: the file is not whole');
    throw error;
  }
  if (!(await bytes.ended())) throw bad('something follows it that does not belong to it');
  if (hash.digest('hex') !== header.sha512) throw bad('it is damaged: its checksum does not match');
}

/** An error about the file. */
export function bad(reason: string): PerchError {
  return new PerchError('bad_bundle', { reason });
}

/** Where the public keys lie of those who may replace the program: the packaged ones, and the owner's. */
export const keyFolders = ['usr/lib/perch/update-keys', 'etc/perch/update-keys'] as const;

/** Every trusted public key below this root; a file that holds none is left out, and `onBad` hears of it. */
export async function trustedKeys(root: string, onBad: (file: string, reason: string) => void): Promise<KeyObject[]> {
  const keys: KeyObject[] = [];
  for (const folder of keyFolders.map((each) => join(root, each))) {
    const names = (await readdir(folder).catch((): string[] => [])).filter((name) => name.endsWith('.pub'));
    for (const name of names.sort()) {
      try {
        const key = createPublicKey(await readFile(join(folder, name), 'utf8'));
        if (key.asymmetricKeyType !== 'ed25519') throw new Error(`it is a key of ${key.asymmetricKeyType}`);
        keys.push(key);
      } catch (error) {
        onBad(join(folder, name), (error as Error).message);
      }
    }
  }
  return keys;
}
