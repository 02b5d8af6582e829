// The Django app as it is installed: its Python, and the panel as one script and one style sheet.
//   node upstream/django/bundle.mjs FOLDER
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const panel = join(here, '../../appliance/page/panel');

/** Writes the whole app into `folder`, ready for `pip install`. */
export async function bundleDjango(folder) {
  await rm(folder, { recursive: true, force: true });
  for (const name of ['perch_control', 'pyproject.toml', 'README.md']) {
    await cp(join(here, name), join(folder, name), {
      recursive: true,
      filter: (path) => !path.includes('__pycache__'),
    });
  }
  await cp(join(here, '../../LICENSE'), join(folder, 'LICENSE'));
  const assets = join(folder, 'perch_control/static/perch_control');
  await mkdir(assets, { recursive: true });
  await build({
    entryPoints: [join(here, 'panel/main.ts')],
    outfile: join(assets, 'panel.js'),
    bundle: true,
    format: 'esm',
    target: ['es2020', 'safari15'],
    minify: true,
    legalComments: 'none',
    alias: { long: join(here, '../../proto/no-long.mjs') },
  });
  const sheets = [join(panel, 'tokens.css'), join(panel, 'panel.css'), join(here, 'panel/shell.css')];
  const text = await Promise.all(sheets.map((sheet) => readFile(sheet, 'utf8')));
  await writeFile(join(assets, 'panel.css'), inShadow(text.join('\n')));
}

/** Rules for the page's root are for the panel's own root here: the site around it keeps its colours. */
function inShadow(css) {
  return css
    .replaceAll(/:root:not\((\[[^\]]+\])\)/g, ':host(:not($1))')
    .replaceAll(/:root(\[[^\]]+\])/g, ':host($1)')
    .replaceAll(':root', ':host');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundleDjango(process.argv[2] ?? 'dist/django');
