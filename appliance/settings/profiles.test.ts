import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createLog } from '../log.ts';
import { builtinProfiles, Profiles } from './profiles.ts';
import { defaultSettings } from './table.ts';
import { validatePatch } from './validate.ts';

const log = createLog('fatal');
let folder: string;
let path: string;
let profiles: Profiles;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perch-profiles-'));
  path = join(folder, 'profiles.json');
  profiles = await Profiles.open(path, log);
});
afterEach(() => rm(folder, { recursive: true }));

const own = () => profiles.list().filter(({ builtin }) => !builtin);

test('five come with Perch, and each sets only what the table allows', () => {
  expect(profiles.list().map(({ name }) => name)).toEqual(['Balanced', 'Smooth', 'Detail', 'Low bandwidth', 'Night']);
  for (const { settings } of builtinProfiles)
    expect(() => validatePatch(settings, defaultSettings('', 0), {})).not.toThrow();
});

test('a saved one is there after a restart, with every field that was given, the defaults too', async () => {
  await profiles.save('Gate at dusk', { brightness: 20, contrast: 0, cameraName: 'door', camera_index: 2 });
  const again = await Profiles.open(path, log);
  expect(again.get('Gate at dusk')).toEqual({
    name: 'Gate at dusk',
    builtin: false,
    settings: { brightness: 20, contrast: 0 },
  });
});

test('saving again replaces it in its place', async () => {
  await profiles.save('A', { fps: 10 });
  await profiles.save('B', { fps: 11 });
  await profiles.save('A', { fps: 12 });
  expect(own().map(({ name, settings }) => [name, settings.fps])).toEqual([
    ['A', 12],
    ['B', 11],
  ]);
});

test('renamed and removed', async () => {
  await profiles.save('A', { fps: 10 });
  await profiles.rename('A', 'Z');
  expect(own().map(({ name }) => name)).toEqual(['Z']);
  await profiles.remove('Z');
  expect(own()).toEqual([]);
});

describe('refused, and nothing changes', () => {
  test.each([
    [
      'a name of spaces',
      () => profiles.save('   ', { fps: 1 }),
      'name is "", but must be 1 to 40 printable characters',
    ],
    ['a long name', () => profiles.save('x'.repeat(41), { fps: 1 }), 'name is'],
    ['a control character', () => profiles.save('a\nb', { fps: 1 }), 'name is "a\\nb"'],
    ['a built-in name', () => profiles.save('Night', { fps: 1 }), '"Night" comes with Perch and cannot be changed'],
    ['a bad value', () => profiles.save('A', { fps: 'x' }), 'fps is "x"'],
    ['an unknown field', () => profiles.save('A', { zoom: 1 }), 'There is no setting "zoom"'],
    ['nothing', () => profiles.save('A', {}), 'A preset must set something'],
    ['a list', () => profiles.save('A', [1]), 'This is not a set of settings'],
    ['null', () => profiles.save('A', null), 'A preset must set something'],
    ['removing an unknown one', () => profiles.remove('A'), 'There is no preset "A"'],
    ['removing a built-in', () => profiles.remove('Night'), 'comes with Perch'],
    [
      'renaming to a taken name',
      async () => {
        await profiles.save('A', { fps: 1 });
        await profiles.save('B', { fps: 1 });
        await profiles.rename('A', 'B');
      },
      'A preset named "B" exists already',
    ],
    [
      'renaming to a built-in',
      async () => {
        await profiles.save('A', { fps: 1 });
        await profiles.rename('A', 'Night');
      },
      'comes with Perch',
    ],
    [
      'a fifty-first',
      async () => {
        for (let at = 0; at < 51; at += 1) await profiles.save(`P${at}`, { fps: 1 });
      },
      'There are already 50 presets',
    ],
  ])('%s', async (_, action, sentence) => {
    await expect(action()).rejects.toThrow(sentence);
  });
});
