/** Which npm packages a program loads, all the way down. */
import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { closureOf, type Package } from '../../../image/packages/closure.mjs';

const root = fileURLToPath(new URL('../../..', import.meta.url));

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
  return { own, names, packages: closureOf(names, root) };
}

/** `@scope/name/part` and `name/part` as the package's name. */
function packageOf(path: string): string {
  const parts = path.split('/');
  return parts.slice(0, path.startsWith('@') ? 2 : 1).join('/');
}
