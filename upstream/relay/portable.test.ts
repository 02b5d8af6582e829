/** The relay runs on Windows with nothing but Node: nothing native is within its reach. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, test } from 'vitest';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

interface Package {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly gypfile?: boolean;
  readonly binary?: unknown;
}

/** The folder of a package as `from` sees it. */
function folderOf(name: string, from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name);
    if (existsSync(join(found, 'package.json'))) return found;
    if (folder === dirname(folder)) throw new Error(`${name} is not installed`);
  }
}

test('no package the relay loads is native or downloads anything when it is installed', async () => {
  const { metafile } = await build({
    entryPoints: [main],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outdir: 'out',
  });
  const inside = Object.keys(metafile.inputs).map((path) => path.replaceAll('\\', '/'));
  expect(inside.some((path) => /appliance\/(camera|stream|mediamtx|main)/.test(path))).toBe(false);
  const external = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  const isBuiltin = (name: string) => name.startsWith('node:') || createRequire(main).resolve.paths(name) === null;
  const waiting = [...new Set(external)]
    .filter((name) => !isBuiltin(name))
    .map((name) => [packageOf(name), root] as const);
  const seen = new Map<string, Package>();
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const folder = folderOf(next[0], next[1]);
    if (seen.has(folder)) continue;
    const found = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Package;
    seen.set(folder, found);
    for (const name of Object.keys(found.dependencies ?? {})) waiting.push([name, folder]);
  }
  expect(seen.size).toBeGreaterThan(20);
  for (const [folder, { name, scripts, gypfile, binary }] of seen) {
    expect([name, scripts?.install, scripts?.postinstall, scripts?.preinstall, gypfile, binary]).toEqual([
      name,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(existsSync(join(folder, 'binding.gyp'))).toBe(false);
  }
});

/** `@scope/name/part` and `name/part` as the package's name. */
function packageOf(path: string): string {
  const parts = path.split('/');
  return parts.slice(0, path.startsWith('@') ? 2 : 1).join('/');
}
