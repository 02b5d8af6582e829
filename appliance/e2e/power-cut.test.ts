/** The power goes between "saved" and "no picture came": the next start finds its way back to a picture by itself. */
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Cameras, openCameras } from '../camera/cameras.ts';
import { only, pictures, until } from '../camera/testing/cameras.ts';
import { Audit } from '../command/audit.ts';
import { CommandDoor } from '../command/door.ts';
import { parseCameras } from '../config.ts';
import { createLog } from '../log.ts';
import { SavedSettings } from '../settings/saved.ts';
import { defaultSettings } from '../settings/table.ts';

const log = createLog('silent');
let folder: string;
let cameras: Cameras;
let saved: SavedSettings;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perch-power-'));
});
afterEach(async () => {
  await cameras.close();
  await saved.close();
  await rm(folder, { recursive: true });
});

/** Perch's own start, as far as it concerns a camera and what is saved of it. */
async function start(): Promise<CommandDoor> {
  saved = await SavedSettings.open(join(folder, 'cameras.json'), log, () => door.saved());
  const door = new CommandDoor({ saved, audit: new Audit(join(folder, 'audit.jsonl'), log), log });
  cameras = await openCameras({
    config: { cameras: parseCameras('camera=test') },
    saved,
    names: { give: () => [] },
    log,
  });
  cameras.onAdded((camera) => door.attach(camera));
  return door;
}

/** The workers of this process that stand ready: stopped, they are a driver that hangs. */
function hang(): void {
  for (const pid of execFileSync('pgrep', ['-P', String(process.pid), '-f', 'worker.py'])
    .toString()
    .trim()
    .split('\n'))
    process.kill(Number(pid), 'SIGSTOP');
}

test('settings that give no picture are given up for the last that did, that is said, and the wish is kept', async () => {
  const shown = { ...defaultSettings('camera', 0), width: 640, height: 480, brightness: 5 };
  const wished = { ...shown, width: 800, height: 600 };
  // The file as a power cut leaves it: the change is on disk, and whether it shows nobody knows.
  saved = await SavedSettings.open(join(folder, 'cameras.json'), log, () => {});
  saved.set('camera', { settings: wished, revision: 8, running: true, confirmed: { settings: shown, revision: 7 } });
  await saved.close();

  const door = await start();
  expect(door.status('camera')).toMatchObject({ revision: 8, saved_revision: 8, applied_revision: 7 });
  hang();
  cameras.start();
  const camera = only(cameras);
  const { applied } = await until(camera, ({ state, appliedRevision }) => state === 'live' && appliedRevision === 9);
  expect(applied).toEqual(shown);
  expect(door.status('camera')).toMatchObject({ revision: 9, current_settings: { width: 640, height: 480 } });
  expect(door.notices).toEqual([expect.stringContaining('gave no picture with Width 800 px, Height 600 px')]);
  await saved.close();
  const onDisk = await SavedSettings.open(join(folder, 'cameras.json'), log, () => {});
  expect(onDisk.get('camera', 0)).toMatchObject({ settings: shown, givenUp: { width: 800, height: 600 } });

  // Whoever still wants it sets it again: the hanging is over.
  expect(await door.update('camera', { width: 800, height: 600 }, { who: 'Page', client: 'page' })).toMatchObject({
    success: true,
  });
  await pictures(camera.video, 1, ({ revision }) => revision === 10);
  expect(door.notices).toEqual([]);
});

test('settings that nobody has seen but that give a picture are simply shown', async () => {
  const shown = { ...defaultSettings('camera', 0), width: 640, height: 480 };
  saved = await SavedSettings.open(join(folder, 'cameras.json'), log, () => {});
  const confirmed = { settings: shown, revision: 7 };
  saved.set('camera', { settings: { ...shown, width: 800 }, revision: 8, running: true, confirmed });
  await saved.close();

  const door = await start();
  cameras.start();
  await until(only(cameras), ({ state, appliedRevision }) => state === 'live' && appliedRevision === 8);
  expect(door.notices).toEqual([]);
  expect(saved.get('camera', 0)).toMatchObject({ confirmed: { settings: { width: 800 }, revision: 8 } });
});
