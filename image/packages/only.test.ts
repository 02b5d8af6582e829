/** What is left of node_modules in the package: see build.mjs for what is not within the program. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const script = fileURLToPath(new URL('only.mjs', import.meta.url));
const only = (...words: readonly string[]) => promisify(execFile)(process.execPath, [script, ...words]);

let folder: string;
let modules: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perch-only-'));
  modules = join(folder, 'node_modules');
  const put = async (path: string, fields: object = {}) => {
    await mkdir(join(modules, path), { recursive: true });
    await writeFile(join(modules, path, 'package.json'), JSON.stringify(fields));
  };
  await put('native', {
    dependencies: { part: '1', '@scope/tool': '1' },
    optionalDependencies: { 'for-windows': '1' },
  });
  await put('part');
  await put('@scope/tool', { dependencies: { part: '2', shared: '1' } });
  await put('@scope/tool/node_modules/part', { dependencies: { deep: '1' } });
  await put('@scope/other');
  await put('@empty/other');
  await put('shared');
  await put('deep');
  await put('within', { dependencies: { shared: '1', gone: '1' } });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('one that is needed and missing is named, and nothing is removed', async () => {
  await expect(only(modules, 'native', 'within')).rejects.toThrow(
    `the package gone, which ${join(modules, 'within')} needs`,
  );
  expect(await readdir(modules)).toContain('@empty');
});

test('what they need stays, each as it is found, and nothing else', async () => {
  await only(modules, 'native');
  expect((await readdir(modules)).sort()).toEqual(['@scope', 'deep', 'native', 'part', 'shared']);
  expect(await readdir(join(modules, '@scope'))).toEqual(['tool']);
});

test('without a name it does nothing but say how it is called', async () => {
  await expect(only(modules)).rejects.toThrow('only.mjs <node_modules> <name>');
});
