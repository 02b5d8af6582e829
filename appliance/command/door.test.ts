import { EventEmitter } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { CommandType, type WireStreams } from '../../proto/index.ts';
import type { ApplyOutcome, Camera, CameraEvents, CameraStatus } from '../camera/types.ts';
import { createLog } from '../log.ts';
import { SavedSettings } from '../settings/saved.ts';
import { defaultSettings, type Limits, type Settings } from '../settings/table.ts';
import { Feed } from '../stream/feed.ts';
import { Audit } from './audit.ts';
import { CommandDoor } from './door.ts';
import type { Origin, Push } from './types.ts';

const log = createLog('fatal');
const page: Origin = { who: 'Page at 192.168.1.7', client: 'page-1' };
const other: Origin = { who: 'Central', client: 'relay' };

/** A camera whose pictures the test decides; the real one is driven through the same door in appliance/e2e. */
class ScriptedCamera extends EventEmitter<CameraEvents> implements Camera {
  readonly name: string;
  readonly index: number;
  readonly video = silentFeed();
  readonly main = silentFeed();
  readonly jpeg = silentFeed();
  readonly applied: Settings[] = [];
  /** What a picture showed; undefined: none came yet. */
  shown: { readonly settings: Settings; readonly revision: number } | undefined;
  outcome: () => Promise<ApplyOutcome> = async () => ({ kind: 'set' });
  state: CameraStatus['state'] = 'live';
  limits: Limits = { ai_enabled: { available: false, reason: 'Detection is not installed.' } };

  constructor(name: string, index: number) {
    super();
    this.name = name;
    this.index = index;
  }

  status(): CameraStatus {
    return {
      name: this.name,
      index: this.index,
      source: 'test',
      sourceLabel: 'Synthetic picture',
      state: this.state,
      stateMessage: this.state === 'live' ? 'Live.' : 'The camera is off.',
      limits: this.limits,
      sizes: ['1280x720'],
      applied: this.shown?.settings ?? this.applied.at(-1) ?? defaultSettings(this.name, this.index),
      appliedRevision: this.shown?.revision ?? 1,
      appliedTimeUs: this.shown === undefined ? 0 : 1,
      measured: {
        fps: 30,
        pulse: 30,
        bitrate: 2_000_000,
        width: 1280,
        height: 720,
        restarts: 0,
        recentRestarts: [],
        missed: 0,
      },
    };
  }

  /** As on a Pi: larger pictures come slower, and an exposure ends with its picture. */
  limitsFor({ width, fps }: Settings): Limits {
    const { limits } = this.status();
    const most = width > 1280 ? 30 : 120;
    return {
      ...limits,
      fps: { available: true, max: most },
      exposure_time: { available: true, max: Math.floor(1_000_000 / Math.min(fps, most)) },
    };
  }

  async apply(desired: Settings): Promise<ApplyOutcome> {
    const outcome = await this.outcome();
    if (outcome.kind === 'rolledBack') this.emit('rolledBack', outcome.settings, outcome.fields);
    else this.applied.push(desired);
    return outcome;
  }

  /** A picture shows these settings. */
  show(settings: Settings, revision: number): void {
    this.shown = { settings, revision };
    this.emit('status');
  }

  async start(): Promise<void> {
    this.state = 'live';
  }
  async stop(): Promise<void> {
    this.state = 'stopped';
  }
  async restart(): Promise<void> {
    this.state = 'live';
  }
  async close(): Promise<void> {}
}

function silentFeed(): Feed {
  return new Feed({ keyFrameWanted() {}, demandChanged() {} }, () => {});
}

let folder: string;
let saved: SavedSettings;
let audit: Audit;
let door: CommandDoor;
let camera: ScriptedCamera;
let second: ScriptedCamera;
let pushes: Push[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perch-door-'));
  saved = await SavedSettings.open(join(folder, 'cameras.json'), log, () => door.saved());
  audit = new Audit(join(folder, 'audit.jsonl'), log);
  door = new CommandDoor({ saved, audit, log });
  camera = new ScriptedCamera('door', 0);
  second = new ScriptedCamera('garage', 1);
  door.attach(camera);
  door.attach(second);
  pushes = [];
  door.subscribe((push) => pushes.push(push));
});
afterEach(async () => {
  await saved.close();
  await audit.flush();
  await rm(folder, { recursive: true });
});

test('a change is answered with what is set, its revision and the request it answers', async () => {
  const answer = await door.execute({ settings: { brightness: 10 }, request_id: 'a' }, page);
  expect(answer).toMatchObject({
    success: true,
    message: 'Brightness is now 10.',
    request_id: 'a',
    revision: 2,
    current_settings: { brightness: 10, contrast: 0, cameraName: 'door', camera_index: 0 },
  });
  expect(answer.timestamp).toBeGreaterThan(1.7e12);
});

test('everyone hears a change at once: who, what, revision', async () => {
  await door.execute({ settings: { brightness: 10, fps: 15 } }, page);
  expect(pushes[0]).toMatchObject({
    camera: 'door',
    client: 'page-1',
    status: { changed_by: 'Page at 192.168.1.7', changed_fields: ['fps', 'brightness'].sort(), revision: 2 },
  });
  expect(pushes[0]?.status.request_id).toBeUndefined();
});

test('the last write wins, field by field', async () => {
  await door.execute({ settings: { brightness: 10, contrast: 5 } }, page);
  const answer = await door.execute({ settings: { brightness: 20 } }, other);
  expect(answer.current_settings).toMatchObject({ brightness: 20, contrast: 5 });
});

test('what is set so already changes nothing', async () => {
  const answer = await door.execute({ settings: { brightness: 0 } }, page);
  expect(answer).toMatchObject({ success: true, revision: 1 });
  expect(camera.applied).toEqual([]);
  expect(pushes).toEqual([]);
});

test('whoever looks sees how it is now, also with an id that was used before', async () => {
  const look = () => door.execute({ command: CommandType.GET_STATUS, request_id: 'look' }, other);
  expect(await look()).toMatchObject({ request_id: 'look', current_settings: { brightness: 0 } });
  await door.execute({ settings: { brightness: 10 } }, page);
  expect(await look()).toMatchObject({ request_id: 'look', current_settings: { brightness: 10 } });
});

test('where else a camera can be seen is told with the limits, and when it changes', async () => {
  let streams: WireStreams | undefined;
  door.showStreams((name) => (name === 'door' ? streams : undefined));
  streams = { rtsp: 'rtsp://127.0.0.1:8554/door', loopback: true };
  door.streamsChanged('door');
  door.streamsChanged('door');
  door.streamsChanged('garage');
  expect(pushes).toMatchObject([{ camera: 'door', status: { streams } }]);
  expect(door.status('door')?.streams).toEqual(streams);
  expect(door.status('garage')?.streams).toBeUndefined();
});

describe('a picture over the wire', () => {
  const ask = () => door.execute({ command: CommandType.GET_SNAPSHOT, request_id: 'p' }, other);
  const show = (bytes: number) =>
    camera.jpeg.push({ codec: 'mjpeg', data: Buffer.alloc(bytes, 7), key: true, timeUs: 0, revision: 1 });

  test('is the next one the camera makes, each time', async () => {
    for (const bytes of [100, 200]) {
      const answer = ask();
      show(bytes);
      expect(await answer).toMatchObject({ success: true, request_id: 'p', picture: Buffer.alloc(bytes, 7) });
    }
  });

  test('is refused when it is too large for a link', async () => {
    const answer = ask();
    show(300_000);
    expect(await answer).toMatchObject({ success: false, error_code: 'too_large' });
  });
});

describe('the camera a command is for', () => {
  test.each([
    [{ cameraName: 'garage' }, 'garage'],
    [{ cameraName: '', camera_index: 1 }, 'garage'],
    [{ camera_index: 0 }, 'door'],
    [{}, 'door'],
    [undefined, 'door'],
  ])('%j is for %s', async (settings, name) => {
    const answer = await door.execute({ command: CommandType.GET_STATUS, ...(settings && { settings }) }, page);
    expect(answer).toMatchObject({ success: true, current_settings: { cameraName: name } });
  });

  test('an unknown one is answered with those there are', async () => {
    const answer = await door.execute({ settings: { cameraName: 'attic', brightness: 1 }, request_id: 'x' }, page);
    expect(answer).toMatchObject({
      success: false,
      error_code: 'unknown_camera',
      message: 'There is no camera "attic". The cameras are: door, garage.',
      request_id: 'x',
    });
  });

  test('a name and a number that disagree are refused', async () => {
    const answer = await door.execute({ settings: { cameraName: 'garage', camera_index: 0, fps: 5 } }, page);
    expect(answer).toMatchObject({ success: false, error_code: 'identity_mismatch' });
  });
});

test('a bad value changes nothing and names the field', async () => {
  const answer = await door.update('door', { brightness: 10, fps: 'many' }, page, 'r');
  expect(answer).toMatchObject({
    success: false,
    error_code: 'bad_value',
    error_field: 'fps',
    request_id: 'r',
    revision: 1,
  });
  expect(answer.message).toBe('fps is "many", but must be a whole number from 1 to 120 fps.');
  expect(camera.applied).toEqual([]);
});

test('an unknown command is refused with the ones there are', async () => {
  const answer = await door.execute({ command: 42 }, page);
  expect(answer).toMatchObject({ success: false, error_code: 'unknown_command' });
});

test('GET_STATUS carries what the camera can do', async () => {
  const answer = await door.execute({ command: CommandType.GET_STATUS }, page);
  expect(answer.sizes).toEqual(['1280x720']);
  expect(answer.limits).toHaveLength(17);
  expect(answer.limits?.find(({ field }) => field === 'ai_enabled')).toMatchObject({
    available: false,
    reason: 'Detection is not installed.',
  });
});

test('a request sent again is answered again and carried out once', async () => {
  const first = await door.execute({ settings: { brightness: 10 }, request_id: 'same' }, page);
  await door.execute({ settings: { brightness: 30 } }, page);
  const again = await door.execute({ settings: { brightness: 10 }, request_id: 'same' }, page);
  expect(again).toEqual(first);
  expect(camera.applied.at(-1)?.brightness).toBe(30);
  // Another client's ids are its own.
  await door.execute({ settings: { brightness: 10 }, request_id: 'same' }, other);
  expect(camera.applied.at(-1)?.brightness).toBe(10);
});

test('a change that gets no picture is taken back, for everyone, and the answer says so', async () => {
  const before = defaultSettings('door', 0);
  camera.outcome = async () => {
    camera.outcome = async () => ({ kind: 'set' });
    return { kind: 'rolledBack', settings: before, fields: ['width', 'height'] };
  };
  const answer = await door.execute({ settings: { width: 640, height: 480 } }, page);
  expect(answer).toMatchObject({
    success: false,
    error_code: 'no_frames',
    current_settings: { width: 1280, height: 720 },
  });
  expect(answer.message).toBe('No picture came after this change, so it was taken back: Width, Height as before.');
  expect(saved.get('door', 0).settings.width).toBe(1280);
  expect(pushes.at(-1)).toMatchObject({ status: { changed_by: 'Perch', current_settings: { width: 1280 } } });
});

test('while the camera is away a change is kept, and the answer says when it takes effect', async () => {
  camera.outcome = async () => ({ kind: 'kept' });
  const answer = await door.execute({ settings: { fps: 10 } }, page);
  expect(answer).toMatchObject({
    success: true,
    message: 'Frame rate is now 10 fps. It takes effect with the next picture.',
  });
});

test('START, STOP and RESTART reach the camera, and a stopped camera stays stopped', async () => {
  expect(await door.execute({ command: CommandType.STOP_STREAM }, page)).toMatchObject({ success: true, state: 3 });
  expect(saved.get('door', 0).running).toBe(false);
  expect(await door.execute({ command: CommandType.START_STREAM }, page)).toMatchObject({ success: true, state: 2 });
  expect(await door.execute({ command: CommandType.RESTART_CAMERA }, page)).toMatchObject({ success: true, state: 2 });
  expect(saved.get('door', 0).running).toBe(true);
});

test('START and STOP have a revision of their own, and are told to be saved as anything else', async () => {
  const onDisk = async () => (await SavedSettings.open(join(folder, 'cameras.json'), log, () => {})).get('door', 0);
  const answer = await door.execute({ command: CommandType.STOP_STREAM }, page);
  expect(answer).toMatchObject({ success: true, revision: 2, saved_revision: 1 });
  await expect.poll(() => door.status('door')?.saved_revision).toBe(2);
  expect(pushes.at(-1)?.status).toMatchObject({ revision: 2, saved_revision: 2 });
  expect(await onDisk()).toMatchObject({ running: false, revision: 2 });
  // What is so already is no change.
  expect(await door.execute({ command: CommandType.STOP_STREAM }, page)).toMatchObject({ revision: 2 });
  expect(await door.execute({ command: CommandType.START_STREAM }, page)).toMatchObject({ revision: 3 });
  expect(await door.execute({ command: CommandType.RESTART_CAMERA }, page)).toMatchObject({ revision: 3 });
  await expect.poll(() => door.status('door')?.saved_revision).toBe(3);
  expect(await onDisk()).toMatchObject({ running: true, revision: 3 });
});

describe('what a picture showed last', () => {
  const settings = { ...defaultSettings('door', 0), brightness: 10 };

  test('is saved beside what is wished, once', async () => {
    await door.execute({ settings: { brightness: 10 } }, page);
    camera.show(settings, 2);
    await door.execute({ settings: { width: 800 } }, page);
    expect(saved.get('door', 0)).toMatchObject({ settings: { width: 800 }, confirmed: { settings, revision: 2 } });
    const set = vi.spyOn(saved, 'set');
    camera.emit('status');
    expect(set).not.toHaveBeenCalled();
    // A camera that nobody has set stays so: it chooses for itself at the next start.
    second.show(defaultSettings('garage', 1), 1);
    expect(saved.get('garage', 1).saved).toBe(false);
  });

  test('taken back while nobody waits for an answer: the wish is kept and told until it is set again', async () => {
    await door.execute({ settings: { width: 800, height: 600, brightness: 10 } }, page);
    camera.emit('rolledBack', settings, ['width', 'height']);
    const notice =
      'The camera "door" gave no picture with Width 800 px, Height 600 px, so it went back to what it showed before. Set it again to try once more.';
    expect(door.notices).toEqual([notice]);
    expect(pushes.at(-1)?.status).toMatchObject({
      changed_by: 'Perch',
      revision: 3,
      current_settings: { width: 1280, height: 720, brightness: 10 },
    });
    await audit.flush();
    expect(await readFile(join(folder, 'audit.jsonl'), 'utf8')).toContain('"width":[800,1280]');

    // Through a restart too.
    await saved.close();
    saved = await SavedSettings.open(join(folder, 'cameras.json'), log, () => {});
    expect(saved.get('door', 0).givenUp).toEqual({ width: 800, height: 600 });
    door = new CommandDoor({ saved, audit, log });
    door.attach(new ScriptedCamera('door', 0));
    expect(door.notices).toEqual([notice]);
    await door.execute({ settings: { width: 800 } }, page);
    expect(door.notices).toEqual([notice.replace('Width 800 px, ', '')]);
    await door.execute({ settings: { height: 600 } }, page);
    expect(door.notices).toEqual([]);
    expect(saved.get('door', 0).givenUp).toBeUndefined();
  });

  test('taken back as somebody waits for the answer: that tells it, and nothing is left', async () => {
    camera.outcome = async () => ({ kind: 'rolledBack', settings: defaultSettings('door', 0), fields: ['width'] });
    expect(await door.execute({ settings: { width: 640 } }, page)).toMatchObject({ error_code: 'no_frames' });
    expect(door.notices).toEqual([]);
  });
});

test('a flood from one client: every command is answered, the last value is applied, others are not held up', async () => {
  const flood = Array.from({ length: 1_000 }, (_, at) =>
    door.execute({ settings: { brightness: (at % 100) + 1 } }, page),
  );
  const meanwhile = await door.execute({ settings: { contrast: 7 } }, other);
  expect(meanwhile.success).toBe(true);
  const answers = await Promise.all(flood);
  expect(answers.every(({ success }) => success)).toBe(true);
  expect(camera.applied.at(-1)).toMatchObject({ brightness: 100, contrast: 7 });
  expect(camera.applied.length).toBeLessThan(100);
});

test('a mistake in a flood is answered as a mistake and spoils nothing', async () => {
  const flood = Array.from({ length: 100 }, (_, at) =>
    door.execute({ settings: { brightness: at === 99 ? 999 : at } }, page),
  );
  const answers = await Promise.all(flood);
  expect(answers.filter(({ success }) => !success)).toHaveLength(1);
  expect(camera.applied.at(-1)?.brightness).toBe(98);
});

test('other commands over the pace are refused with how long to wait', async () => {
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => door.execute({ command: CommandType.GET_STATUS }, page)),
  );
  const refused = answers.find(({ success }) => !success);
  expect(refused).toMatchObject({ error_code: 'too_many' });
  expect(refused?.message).toMatch(/^Too many requests: at most 60 commands a second\. Wait \d+ ms and try again\.$/);
});

test('what was set is there after a restart, at the same revision, and told when it is saved', async () => {
  await door.execute({ settings: { brightness: 10 } }, page);
  await saved.close();
  expect(pushes.at(-1)?.status).toMatchObject({ revision: 2, saved_revision: 2 });
  saved = await SavedSettings.open(join(folder, 'cameras.json'), log, () => {});
  door = new CommandDoor({ saved, audit, log });
  door.attach(new ScriptedCamera('door', 0));
  expect(door.status('door')).toMatchObject({ revision: 2, saved_revision: 2, current_settings: { brightness: 10 } });
});

test('what a camera cannot do now is kept as it was saved, for when it can', async () => {
  const wide = { ...defaultSettings('door', 0), fps: 120 };
  saved.set('door', { settings: wide, revision: 7, running: true });
  const less = new ScriptedCamera('door', 0);
  less.limits = { fps: { available: true, max: 30 } };
  door.attach(less);
  await door.execute({ settings: { brightness: 3 } }, page);
  expect(less.applied.at(-1)).toMatchObject({ fps: 120, brightness: 3 });
  expect(saved.get('door', 0).settings).toMatchObject({ fps: 120, brightness: 3 });
});

test('the audit log names who, what, from and to; a dragged slider is one line', async () => {
  for (let value = 1; value <= 30; value += 1) await door.execute({ settings: { brightness: value } }, page);
  await door.execute({ command: CommandType.STOP_STREAM }, other);
  await audit.flush();
  const lines = (await readFile(join(folder, 'audit.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(lines).toEqual([
    expect.objectContaining({
      who: 'Page at 192.168.1.7',
      camera: 'door',
      changes: { brightness: [0, 30] },
      revision: 31,
    }),
    expect.objectContaining({ who: 'Central', action: 'STOP_STREAM' }),
  ]);
});

test('a listener that fails does not keep others from hearing', async () => {
  const heard: Push[] = [];
  door.subscribe(() => {
    throw new Error('broken listener');
  });
  door.subscribe((push) => heard.push(push));
  expect(await door.execute({ settings: { brightness: 1 } }, page)).toMatchObject({ success: true });
  expect(heard).toHaveLength(1);
});

test('fields that limit one another are judged together, in whatever order they come', async () => {
  await door.update('door', { width: 1920, height: 1080 }, page);
  // Each alone is too much for a camera at 1920 and 30 a second.
  expect(await door.update('door', { fps: 60 }, page)).toMatchObject({
    success: false,
    message: expect.stringContaining('a whole number from 1 to 30'),
  });
  expect(await door.update('door', { exposure_time: 50_000 }, page)).toMatchObject({ success: false });
  expect(await door.update('door', { exposure_time: 50_000, fps: 10 }, page)).toMatchObject({ success: true });
  expect(await door.update('door', { fps: 60, exposure_time: 9000, width: 640 }, page)).toMatchObject({
    success: true,
    current_settings: { fps: 60, width: 640 },
  });
  // Together they can be too much where each alone would do.
  expect(await door.update('door', { width: 1920, fps: 31 }, page)).toMatchObject({
    success: false,
    error_field: 'fps',
    current_settings: { width: 640 },
  });
  for (const nonsense of [null, 7, 'fps', [60], { fps: 'fast', width: {} }]) {
    expect(await door.update('door', nonsense, page)).toMatchObject({ success: false });
  }
});
