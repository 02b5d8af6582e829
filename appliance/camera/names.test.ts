import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CameraNames, type FoundCamera, nameCameras } from './names.ts';
import { quiet } from './testing/cameras.ts';

const webcam = (socket: string, model = 'Webcam') => ({ model, socket });
const none = new Set<string>();

describe('names of cameras that are found', () => {
  it.each([
    ['the first ones', [webcam('1'), webcam('2')], {}, [], ['camera', 'camera2']],
    [
      'in another order',
      [webcam('2'), webcam('1')],
      { camera: webcam('1'), camera2: webcam('2') },
      [],
      ['camera2', 'camera'],
    ],
    ['the second alone', [webcam('2')], { camera: webcam('1'), camera2: webcam('2') }, [], ['camera2']],
    ['one more', [webcam('2', 'Other'), webcam('1')], { camera: webcam('1') }, [], ['camera2', 'camera']],
    ['moved to another socket', [webcam('3')], { camera: webcam('1') }, [], ['camera']],
    [
      'one of two moved',
      [webcam('3'), webcam('1')],
      { camera: webcam('1'), camera2: webcam('2') },
      [],
      ['camera2', 'camera'],
    ],
    [
      'both moved: whose is whose, nobody knows',
      [webcam('3'), webcam('4')],
      { camera: webcam('1'), camera2: webcam('2') },
      [],
      ['camera3', 'camera4'],
    ],
    ['another model in the place of the only one', [webcam('1', 'Other')], { camera: webcam('1') }, [], ['camera']],
    [
      'another model where there were two',
      [webcam('1', 'Other')],
      { camera: webcam('1'), camera2: webcam('2') },
      [],
      ['camera3'],
    ],
    ['beside one that has the name now', [webcam('1')], {}, ['camera'], ['camera2']],
    ['the same one twice, as the system may say', [webcam('1'), webcam('1')], {}, [], ['camera', 'camera2']],
  ])('%s', (_what, found, known, taken, names) => {
    expect(nameCameras(found, known, new Set(taken))).toEqual(names);
  });

  it('are never given twice, and the same again for the same cameras in any order', () => {
    const camera = fc.record({ model: fc.constantFrom('a', 'b'), socket: fc.constantFrom('1', '2', '3', '4') });
    const cameras = fc.uniqueArray(camera, { selector: ({ model, socket }) => model + socket });
    fc.assert(
      fc.property(cameras, cameras, fc.array(fc.nat(7)), (before, found, order) => {
        const first = nameCameras(before, {}, none);
        const known = Object.fromEntries(first.map((name, at) => [name, before[at] ?? webcam('')]));
        const names = nameCameras(found, known, none);
        expect(new Set(names).size).toBe(found.length);
        // Who stayed in place keeps its name.
        for (const [at, one] of found.entries()) {
          const old = before.findIndex(({ model, socket }) => model === one.model && socket === one.socket);
          if (old >= 0) expect(names[at]).toBe(first[old]);
        }
        const shuffled = before.toSorted((a, b) => (order[before.indexOf(a)] ?? 0) - (order[before.indexOf(b)] ?? 0));
        expect(nameCameras(shuffled, known, none)).toEqual(shuffled.map((one) => first[before.indexOf(one)]));
      }),
    );
  });

  describe('kept in a file', () => {
    let folder: string;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'perch-names-'));
    });
    afterAll(() => rm(folder, { recursive: true, force: true }));

    it('last over a restart, for a camera that was plugged in beside another too', async () => {
      const found = (device: string, socket: string): FoundCamera => ({
        source: { kind: 'v4l2', device },
        ...webcam(socket),
      });
      const path = join(folder, 'names.json');
      const names = await CameraNames.open(path, quiet);
      const later = names.give([found('/dev/video0', '1')], new Map([['camera', 'the test picture']]));
      expect(later).toEqual([{ name: 'camera2', source: { kind: 'v4l2', device: '/dev/video0' } }]);
      await names.close();
      const again = await CameraNames.open(path, quiet);
      // Another one is found before it, and has its device now.
      expect(again.give([found('/dev/video0', '7'), found('/dev/video1', '1')]).map(({ name }) => name)).toEqual([
        'camera',
        'camera2',
      ]);
      await again.close();
    });
  });
});
