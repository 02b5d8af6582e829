// Generates the protocol's code from camera_control.proto: node proto/generate.mjs
// `--check` fails when what stands in proto/generated is not what would be generated.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const bin = join(here, '../node_modules/.bin');
const check = process.argv.includes('--check');
const out = check ? mkdtempSync(join(tmpdir(), 'perch-proto-')) : join(here, 'generated');
mkdirSync(out, { recursive: true });

const js = join(out, 'camera_control.js');
execFileSync(join(bin, 'pbjs'), [
  '-t',
  'static-module',
  '-w',
  'esm',
  '--keep-case',
  '--force-number',
  '--null-semantics',
  '--no-delimited',
  '--no-typeurl',
  '--no-verify',
  '--no-service',
  '--dependency',
  'protobufjs/minimal.js',
  '-o',
  js,
  join(here, 'camera_control.proto'),
]);
execFileSync(join(bin, 'pbts'), ['-o', join(out, 'camera_control.d.ts'), js]);

if (check) {
  const stale = ['camera_control.js', 'camera_control.d.ts'].filter(
    (file) => readFileSync(join(out, file), 'utf8') !== readFileSync(join(here, 'generated', file), 'utf8'),
  );
  rmSync(out, { recursive: true });
  if (stale.length > 0) {
    console.error(`proto/generated is stale (${stale.join(', ')}). Run: npm run proto`);
    process.exit(1);
  }
}
