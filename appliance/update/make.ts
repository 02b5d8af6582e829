/** Makes bundles, and the keys that sign them. Run where releases are made, never on a device. */
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createBrotliCompress } from 'node:zlib';
import { ConfigError } from '../config.ts';
import { type BundleHeader, bundledNames, bundleHead } from './bundle.ts';
import { measureTar, packTar } from './tar.ts';

export interface MakeBundle {
  /** The application as it is installed: `dist/`, `node_modules/`, `package.json`. */
  readonly application: string;
  /** As Node names it. */
  readonly arch: string;
  readonly key: KeyObject;
  /** Ms since 1970, of the sources: the same sources make the same bundle. */
  readonly created: number;
  readonly out: string;
}

/** Writes a bundle and answers its header. */
export async function makeBundle({ application, arch, key, created, out }: MakeBundle): Promise<BundleHeader> {
  const { version, engines } = JSON.parse(await readFile(join(application, 'package.json'), 'utf8')) as {
    version: string;
    engines: { node: string };
  };
  const oldest = /\d+(\.\d+){0,2}/.exec(engines.node)?.[0] ?? '20';
  const payload = `${out}.payload`;
  try {
    const hash = createHash('sha512');
    const tar = Readable.from(packTar(application, bundledNames, Math.floor(created / 1000)), { objectMode: false });
    // Quality 9 is a third smaller than gzip and unpacks as fast; 11 takes minutes for 3 % more.
    const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 22 };
    await pipeline(
      tar,
      createBrotliCompress({ params }),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk);
          yield chunk;
        }
      },
      createWriteStream(payload),
    );
    const { files, bytes: unpacked } = await measureTar(application, bundledNames);
    const header: BundleHeader = {
      format: 1,
      version,
      arch,
      node: [...oldest.split('.'), '0', '0'].slice(0, 3).join('.'),
      size: (await stat(payload)).size,
      sha512: hash.digest('hex'),
      files,
      unpacked,
      created: new Date(created).toISOString(),
    };
    await writeFile(`${out}.new`, bundleHead(header, key));
    await pipeline(createReadStream(payload), createWriteStream(`${out}.new`, { flags: 'a' }));
    await rename(`${out}.new`, out);
    return header;
  } finally {
    await rm(payload, { force: true });
    await rm(`${out}.new`, { force: true });
  }
}

/** Writes a new pair: `<path>` is the secret one (PEM, mode 600), `<path>.pub` goes onto devices. */
export async function makeKeys(path: string): Promise<void> {
  const { privateKey } = generateKeyPairSync('ed25519');
  // 'wx': whoever loses the old one can update no device any more.
  const options = { mode: 0o600, flag: 'wx' } as const;
  await writeFile(path, privateKey.export({ type: 'pkcs8', format: 'pem' }), options).catch(
    (error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST' ? new ConfigError(`${path} is there already, and is not replaced.`) : error;
    },
  );
  await writePublic(path, `${path}.pub`);
}

/** Writes the public half of a key. */
export async function writePublic(path: string, out: string): Promise<void> {
  const publicKey = createPublicKey(await readKey(path));
  await writeFile(out, publicKey.export({ type: 'spki', format: 'pem' }), { mode: 0o644 });
}

/**
 * Reads the key that signs.
 * @throws ConfigError
 */
export async function readKey(path: string): Promise<KeyObject> {
  let key: KeyObject;
  try {
    key = createPrivateKey(await readFile(path, 'utf8'));
  } catch (error) {
    throw new ConfigError(`PERCH_SIGN_KEY is ${path}, and no key can be read there (${(error as Error).message}).`);
  }
  if (key.asymmetricKeyType !== 'ed25519')
    throw new ConfigError(
      `PERCH_SIGN_KEY is a key of ${key.asymmetricKeyType}; Ed25519 is needed: make one with keygen.`,
    );
  return key;
}
