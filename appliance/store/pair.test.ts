import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newest, PairWriter, readPair } from './pair.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perch-pair-'));
  path = join(folder, 'it.json');
});
afterEach(() => rm(folder, { recursive: true }));

const read = async () => newest(await readPair(path, (value) => value));
const writer = async () => new PairWriter(path, await read(), false);
const files = () => Promise.all([path, `${path}.twin`].map(async (each) => ({ ...(await stat(each)), path: each })));

test('writes take turns, and go over what is there', async () => {
  const pair = await writer();
  for (const value of ['one', 'two']) await pair.write(value);
  const before = await files();
  for (const value of ['three', 'four', 'a little longer than those', 'six']) {
    const older = (await read())?.path === path ? `${path}.twin` : path;
    await pair.write(value);
    expect(await read()).toMatchObject({ path: older, value });
  }
  const after = await files();
  expect(after.map(({ ino, size }) => [ino, size])).toEqual(before.map(({ ino, size }) => [ino, size]));
  expect(await readdir(folder)).toHaveLength(2);
  // A person may look into it, with any tool that knows JSON.
  expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ count: 5, value: 'a little longer than those' });
});

test('what has outgrown its file gets a greater one, and what has become small a smaller one', async () => {
  const pair = await writer();
  for (const length of [10, 10, 9000, 9000]) await pair.write('x'.repeat(length));
  expect((await files()).map(({ size }) => size)).toEqual([12288, 12288]);
  await pair.write('x'.repeat(100_000));
  await pair.write('x');
  await pair.write('y');
  expect((await files()).map(({ size }) => size)).toEqual([4096, 12288]);
  expect(await read()).toMatchObject({ value: 'y' });
});

test('one that failed leaves what was saved, and the next goes to the same place', async () => {
  const pair = await writer();
  await pair.write('one');
  await rm(`${path}.twin`);
  await mkdir(join(`${path}.twin`, 'in the way'), { recursive: true });
  await expect(pair.write('two')).rejects.toThrow();
  expect(await read()).toMatchObject({ value: 'one', path });
  await rm(`${path}.twin`, { recursive: true });
  await pair.write('three');
  expect(await read()).toMatchObject({ value: 'three', path: `${path}.twin` });
});

test('a file of the kind before there were pairs is read, and is the older one', async () => {
  await writeFile(path, '{"version":1,"sum":"015abd7f5cc57a2d","value":{"a":1}}\n');
  expect(await read()).toMatchObject({ count: 0, value: { a: 1 } });
  await (await writer()).write({ a: 2 });
  expect(await read()).toMatchObject({ count: 1, value: { a: 2 } });
});

test('a write that was cut off anywhere leaves the last whole one', async () => {
  const first = { settings: 'first', more: 'x'.repeat(600) };
  const second = { settings: 'second', more: 'y'.repeat(700) };
  const third = { settings: 'third', more: 'z'.repeat(500) };
  const pair = await writer();
  await pair.write(first);
  await pair.write(second);
  const old = await readFile(path);
  await pair.write(third);
  const whole = await readFile(path);
  const random = fc.asyncProperty(
    // Any of a file's sectors may be the new one, the old one, or what was never written.
    fc.array(fc.constantFrom('old', 'new', 'zeros'), { minLength: 8, maxLength: 8 }),
    fc.nat({ max: 4096 }),
    async (sectors, cut) => {
      const bytes = Buffer.from(old);
      for (const [at, sector] of sectors.entries()) {
        const [from, to] = [at * 512, (at + 1) * 512];
        if (sector === 'new') whole.copy(bytes, from, from, to);
        if (sector === 'zeros') bytes.fill(0, from, to);
      }
      whole.copy(bytes, 0, 0, cut);
      await writeFile(path, bytes);
      expect((await read())?.value).toEqual(bytes.equals(whole) ? third : second);
    },
  );
  await fc.assert(random, { numRuns: 300 });
});
