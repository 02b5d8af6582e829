/** Applications, keys and bundles for tests. */
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeBundle } from './make.ts';

/** Writes a small application of this version into a folder. */
export async function putApplication(folder: string, version: string, node = '>=20'): Promise<void> {
  const put = async (path: string, text: string) => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  await put('dist/perch.js', `console.log('${version}');\n`);
  await put('dist/page/page.js', '/* the page */'.repeat(500));
  await put('node_modules/thing/index.js', 'export const thing = 1;\n');
  await put('node_modules/thing/run', '#!/bin/sh\n');
  await chmod(join(folder, 'node_modules/thing/run'), 0o755);
  await put('package.json', JSON.stringify({ name: 'perch', version, type: 'module', engines: { node } }));
}

export interface Signer {
  readonly key: KeyObject;
  /** PEM. */
  readonly pub: string;
}

export function newSigner(): Signer {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return { key: privateKey, pub: String(publicKey.export({ type: 'spki', format: 'pem' })) };
}

/** The bytes of a bundle of such an application; `folder` is for what comes in between. */
export async function bundleBytes(
  folder: string,
  version: string,
  { key }: Signer,
  { arch = process.arch as string, node = '>=20' } = {},
): Promise<Buffer> {
  const application = join(folder, `application-${version}`);
  await putApplication(application, version, node);
  const out = join(folder, `perch-${version}.perch`);
  await makeBundle({ application, arch, key, created: 1_700_000_000_000, out });
  return readFile(out);
}
