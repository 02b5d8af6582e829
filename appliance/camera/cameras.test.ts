/** Cameras that are found, and come later: real workers, real pictures; a recording stands for what is plugged in. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { defaultSettings } from '../settings/table.ts';
import { type Cameras, openCameras } from './cameras.ts';
import { CameraNames, type FoundCamera } from './names.ts';
import { collect, decode, pictures, quiet, street, until } from './testing/cameras.ts';
import type { Camera } from './types.ts';

const webcam: FoundCamera = { source: { kind: 'file', path: street }, model: 'HD Webcam', socket: 'usb-1.3' };
let folder: string;
let names: CameraNames;
let cameras: Cameras;
let found: FoundCamera[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perch-cameras-'));
  names = await CameraNames.open(join(folder, 'names.json'), quiet);
  found = [];
});
afterEach(async () => {
  await cameras.close();
  await names.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(running = true): Promise<void> {
  cameras = await openCameras({
    config: { cameras: [] },
    saved: {
      get: (name, index) => ({
        settings: { ...defaultSettings(name, index), width: 640, height: 480, fps: 10 },
        saved: true,
        revision: 1,
        running,
      }),
    },
    names,
    log: quiet,
    find: async () => found,
    devices: folder,
  });
  cameras.start();
}

const named = (name: string): Camera => {
  const camera = cameras.byName.get(name);
  if (camera === undefined) throw new Error(`no camera is called ${name}`);
  return camera;
};

async function plugIn(camera: FoundCamera): Promise<void> {
  found = [camera];
  await writeFile(join(folder, 'video0'), '');
}

test('the first that is plugged in takes the place of the test picture: one name, one stream, no viewer dropped', async () => {
  await open();
  const camera = named('camera');
  expect(camera.status().source).toBe('test');
  const { units, end } = collect(camera.video);
  await pictures(camera.video, 3);
  await plugIn(webcam);
  await until(camera, ({ source, state }) => source === `file:${street}` && state === 'live');
  await pictures(camera.video, 3);
  end();
  expect([...cameras.byName.keys()]).toEqual(['camera']);
  expect(camera.status().sourceLabel).toBe('Recording vtest.avi');
  const times = units.map(({ timeUs }) => timeUs);
  expect(times).toEqual(times.toSorted((a, b) => a - b));
  expect((await decode('h264', units)).problems).toBe('');
});

test('also while the camera is off, and it stays off', async () => {
  await open(false);
  const camera = named('camera');
  await plugIn(webcam);
  await until(camera, ({ sourceLabel }) => sourceLabel === 'Recording vtest.avi');
  expect(camera.status()).toMatchObject({ source: `file:${street}`, state: 'stopped' });
});

test('one that had a name of its own gets it back, beside the test picture', async () => {
  const other: FoundCamera = { ...webcam, model: 'Other', socket: 'usb-1.1' };
  names.give([other, webcam]);
  await open();
  const added = new Promise<Camera>((resolve) => {
    cameras.onAdded((camera) => camera.name === 'camera2' && resolve(camera));
  });
  await plugIn(webcam);
  expect((await added).status().source).toBe(`file:${street}`);
  expect(named('camera').status().source).toBe('test');
});
