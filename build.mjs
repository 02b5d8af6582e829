// Builds dist/: the program, the benchmark and the page.  node build.mjs
import { existsSync, rmSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, extname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'esbuild';
import { bundleDjango } from './upstream/django/bundle.mjs';

const root = dirname(fileURLToPath(import.meta.url));
// Built aside and put in place at the end: a failed build leaves the last good one.
const dist = join(root, `.dist-${process.pid}`);
const page = join(root, 'appliance/page');
// However it ends, nothing half made stays; after a good end there is nothing any more.
process.on('exit', () => rmSync(dist, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

await mkdir(join(dist, 'page'), { recursive: true });

const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
const node = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: true,
  // Half as much to read at each start; names stay, and lines that a stack can be found in.
  minifyWhitespace: true,
  minifySyntax: true,
  lineLimit: 160,
  define: { PERCH_VERSION: JSON.stringify(version) },
};
// Packages written for CommonJS ask for Node's own modules by require.
const banner = { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" };
// What is not put into the programs: native add-ons with what uses them, and one that serves files of its own folder.
const outside = ['@fastify/swagger-ui', 'node-datachannel', 'onoff'];
/** Folders of the packages that are within dist/, from the root. */
const inside = new Set();

// With its packages in it: Node looks for, reads and checks some thousand files less at each start, which was a third of it
// in the boot test's machine. CommonJS, because Node 20 has a code cache for nothing else (appliance/cli/code-cache.ts).
const program = await bundle({
  ...node,
  entryPoints: { program: 'appliance/cli/perch.ts' },
  entryNames: '[name]-[hash]',
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  // import() becomes require(): such a script has no other way.
  supported: { 'dynamic-import': false },
  define: { ...node.define, 'import.meta.url': 'programUrl' },
  banner: { js: "const programUrl = require('node:url').pathToFileURL(__filename).href;" },
  outdir: dist,
  external: outside,
});
const [programName] = Object.keys(program.outputs).filter((path) => path.endsWith('.cjs'));
await build({
  ...node,
  entryPoints: { perch: 'appliance/cli/program.ts' },
  define: { PERCH_PROGRAM: JSON.stringify(`./${basename(programName)}`) },
  outdir: dist,
});
// Run in a checkout only, where the packages are.
await build({
  ...node,
  entryPoints: {
    bench: 'appliance/bench/main.ts',
    'relay-bench': 'upstream/bench/main.ts',
    'image-bench': 'image/boot-test/bench.ts',
    bundle: 'appliance/update/bundle-main.ts',
  },
  outdir: dist,
  packages: 'external',
});
// node-pty's add-on lies beside the program, not in a package.
const addOnBeside = {
  name: 'add-on-beside',
  setup({ onLoad }) {
    onLoad({ filter: /node-pty[\\/]requireBinary\.js$/ }, () => ({
      contents: 'const load = require; exports.requireBinary = (name) => load("./" + name);',
      loader: 'js',
    }));
  },
};
// Programs that must run when the rest is broken, each one file with everything in it.
const alone = {
  doctor: 'appliance/health/doctor/main.ts',
  system: 'appliance/system/main.ts',
  'recovery/recovery': 'appliance/shell/recovery/main.ts',
  'first-boot': 'image/first-boot/main.ts',
};
await bundle({ ...node, entryPoints: alone, outdir: dist, plugins: [addOnBeside], banner });
const ptyPackage = join(root, `node_modules/@lydell/node-pty-${process.platform}-${process.arch}`);
if (existsSync(ptyPackage)) await cp(join(ptyPackage, 'pty.node'), join(dist, 'recovery/pty.node'));
// Also where the package.json above it is damaged.
await writeFile(join(dist, 'recovery/package.json'), '{"type":"module"}\n');
// The worker is run by Debian's Python, as it is.
await cp(join(root, 'appliance/camera/worker.py'), join(dist, 'worker.py'));

await buildPage(page, join(dist, 'page'), 'page', ['shell/terminal', 'health/charts']);
// The fleet page of the relay is made of the same parts.
await buildPage(join(root, 'upstream/relay/page'), join(dist, 'relay'), 'fleet');
for (const name of ['icon.svg', 'icon-180.png', 'icon-512.png']) {
  await cp(join(page, name), join(dist, 'relay', name));
}
// The recovery page as well, with nothing in it that another page's damage could take along.
const recoveryPage = join(dist, 'recovery/page');
await buildPage(join(root, 'appliance/shell/page'), recoveryPage, 'recovery');
await cp(join(page, 'icon.svg'), join(recoveryPage, 'icon.svg'));
await bundleDjango(join(dist, 'django'));
await writeFile(join(dist, 'packages.json'), `${JSON.stringify({ inside: [...inside].sort(), outside }, null, 1)}\n`);
await writeFile(join(dist, 'licenses.txt'), await licenses([...inside].sort()));
await compress(join(dist, 'page'));
await compress(join(dist, 'relay'));
await compress(recoveryPage);

await rm(join(root, 'dist'), { recursive: true, force: true });
await rename(dist, join(root, 'dist'));

/** Builds, and notes which packages came in. @returns esbuild's account of it */
async function bundle(options) {
  const { metafile } = await build({ ...options, metafile: true });
  for (const path of Object.keys(metafile.inputs)) {
    const [, folder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path) ?? [];
    if (folder !== undefined) inside.add(folder);
  }
  return metafile;
}

/** What the authors of these packages want to be told wherever their work goes. */
async function licenses(folders) {
  const texts = [];
  for (const folder of folders) {
    const { name, version, license } = JSON.parse(await readFile(join(root, folder, 'package.json'), 'utf8'));
    const file = (await readdir(join(root, folder))).find((each) => /^licen[cs]e/i.test(each));
    const text = file === undefined ? '' : (await readFile(join(root, folder, file), 'utf8')).trim();
    texts.push(`${name} ${version} (${license ?? 'see below'})\n\n${text}\n`);
  }
  return texts.join(`\n${'-'.repeat(80)}\n\n`);
}

/**
 * Split: what a page imports when it is asked for (a terminal, a chart) is loaded then, not before the picture, and so are
 * the `later` style sheets. All the others are one.
 */
async function buildPage(from, to, name, later = []) {
  await bundle({
    absWorkingDir: root,
    entryPoints: [
      { in: join(from, 'main.ts'), out: name },
      ...[name, ...later].map((sheet) => ({ in: join(from, `${sheet}.css`), out: sheet })),
    ],
    external: ['*.svg'],
    outdir: to,
    bundle: true,
    format: 'esm',
    splitting: true,
    chunkNames: '[name]-[hash]',
    target: ['es2020', 'safari15'],
    minify: true,
    legalComments: 'none',
    alias: { long: join(root, 'proto/no-long.mjs') },
  });
  for (const file of await filesOf(from)) {
    if (!['.html', '.svg', '.png', '.webmanifest'].includes(extname(file))) continue;
    const copy = join(to, relative(from, file));
    await mkdir(dirname(copy), { recursive: true });
    await cp(file, copy);
  }
}

/** Compressed once here, so that the Pi never does it while somebody waits. */
async function compress(folder) {
  for (const file of await filesOf(folder)) {
    if (!['.html', '.css', '.svg', '.js', '.webmanifest'].includes(extname(file))) continue;
    const bytes = await readFile(file);
    const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
    await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes, quality));
    await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }));
  }
}

async function filesOf(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
}
