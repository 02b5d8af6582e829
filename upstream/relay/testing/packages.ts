/** Which npm packages a program loads, all the way down. */
import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../../..', import.meta.url));

export interface Package {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly gypfile?: boolean;
  readonly binary?: unknown;
}

export interface Loaded {
  /** Our own files, from the root of the checkout. */
  readonly own: readonly string[];
  /** Packages that are imported by our own files. */
  readonly names: ReadonlySet<string>;
  /** By folder. */
  readonly packages: ReadonlyMap<string, Package>;
}

/** What stands behind these files of ours. */
export async function loadedBy(...entries: readonly string[]): Promise<Loaded> {
  const { metafile } = await build({
    entryPoints: [...entries],
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    outdir: 'out',
  });
  const own = Object.keys(metafile.inputs).map((path) => path.replaceAll('\\', '/'));
  const external = new Set(Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path)));
  const names = new Set(
    [...external].filter((name) => !name.startsWith('node:') && !builtinModules.includes(name)).map(packageOf),
  );
  return { own, names, packages: closureOf(names) };
}

/** These packages and everything they depend on, by folder. */
export function closureOf(names: Iterable<string>): ReadonlyMap<string, Package> {
  const waiting = [...names].map((name) => [name, root] as const);
  const packages = new Map<string, Package>();
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const folder = folderOf(next[0], next[1]);
    if (packages.has(folder)) continue;
    const found = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Package;
    packages.set(folder, found);
    for (const name of Object.keys(found.dependencies ?? {})) waiting.push([name, folder]);
  }
  return packages;
}

/** The folder of a package as `from` sees it. */
function folderOf(name: string, from: string): string {
  for (let folder = from; ; folder = dirname(folder)) {
    const found = join(folder, 'node_modules', name);
    if (existsSync(join(found, 'package.json'))) return found;
    if (folder === dirname(folder)) throw new Error(`${name} is not installed`);
  }
}

/** `@scope/name/part` and `name/part` as the package's name. */
function packageOf(path: string): string {
  const parts = path.split('/');
  return parts.slice(0, path.startsWith('@') ? 2 : 1).join('/');
}
