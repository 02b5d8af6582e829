import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { codeCacheOf, runWithCodeCache } from './code-cache.ts';

let folder: string;
let program: string;
let made: Buffer;
const ran = globalThis as { words?: string[] };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perch-code-cache-'));
  program = join(folder, 'program-ABC.cjs');
  await writeFile(
    program,
    `const path = require('node:path');
     function say(word) { globalThis.words = [word, path.basename(__filename), typeof module.exports]; }
     say('ran');`,
  );
  const maker = join(folder, 'maker.mjs');
  buildSync({
    stdin: {
      contents: `import { keepCodeCache } from ${JSON.stringify(fileURLToPath(new URL('./code-cache.ts', import.meta.url)))};
                 keepCodeCache(...process.argv.slice(2));`,
      resolveDir: folder,
    },
    outfile: maker,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  execFileSync(process.execPath, [maker, program, join(folder, 'made')]);
  made = await readFile(join(folder, 'made'));
});
beforeEach(async () => {
  delete ran.words;
  await rm(codeCacheOf(program), { force: true });
});
afterAll(() => rm(folder, { recursive: true }));

test('a program runs from the cache that was made of it, as Node would run it', async () => {
  await writeFile(codeCacheOf(program), made);
  expect(runWithCodeCache(program)).toBe(true);
  expect(ran.words).toEqual(['ran', 'program-ABC.cjs', 'object']);
});

test.each<[string, () => Buffer | undefined]>([
  ['is not there', () => undefined],
  ['is empty', () => Buffer.alloc(0)],
  ['is cut off', () => made.subarray(0, made.length - 9)],
  ['has a wrong bit', () => made.map((byte, at) => (at === made.length - 40 ? byte ^ 1 : byte)) as Buffer],
  [
    'is of another Node',
    () => {
      const cache = Buffer.from(made.subarray(32));
      // V8's version stands in the second word.
      cache.writeUInt32LE((cache.readUInt32LE(4) ^ 1) >>> 0, 4);
      return Buffer.concat([createHash('sha256').update(cache).digest(), cache]);
    },
  ],
])('one that %s is not used, and nothing is run', async (_, bytes) => {
  const cache = bytes();
  if (cache) await writeFile(codeCacheOf(program), cache);
  expect(runWithCodeCache(program)).toBe(false);
  expect(ran.words).toBeUndefined();
});
