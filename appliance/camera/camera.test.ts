import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { defaultSettings, type Settings } from '../settings/table.ts';
import type { Cameras } from './cameras.ts';
import { collect, decode, frameNumbers, only, open, pictures, street, until } from './testing/cameras.ts';
import type { ApplyOutcome, Camera } from './types.ts';

const opened: Cameras[] = [];
const folders: string[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((cameras) => cameras.close()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const small: Partial<Settings> = { width: 640, height: 480, fps: 30 };

async function started(source: string, settings: Partial<Settings> = small): Promise<Camera> {
  const cameras = await open(`camera=${source}`, settings);
  opened.push(cameras);
  const camera = only(cameras);
  await camera.start();
  return camera;
}

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'perch-camera-'));
  folders.push(folder);
  return folder;
}

/** The processes of this test that are workers with a pipeline: the spare is the newest. */
function workerPids(): number[] {
  const pids = execFileSync('pgrep', ['-P', String(process.pid), '-f', 'worker.py'])
    .toString()
    .trim()
    .split('\n');
  return pids.map(Number).toSorted((a, b) => a - b);
}

/** The brightness of each pixel of a JPEG, 0 to 255. */
function grey(jpeg: Buffer | undefined): Buffer {
  return execFileSync('ffmpeg', ['-v', 'error', '-i', '-', '-f', 'rawvideo', '-pix_fmt', 'gray', '-'], {
    input: jpeg ?? Buffer.alloc(0),
  });
}

const start: Settings = { ...defaultSettings('camera', 0), ...small };

describe.each([
  ['the synthetic picture', 'test'],
  ['real footage', `file:${street}`],
])('a walk through changes on %s', (_, source) => {
  it('is one stream that decodes without a fault and ends as it was set', async () => {
    const camera = await started(source);
    const video = collect(camera.video);
    const main = collect(camera.main);
    await pictures(camera.video, 2, () => video.units.length > 0);
    let settings = start;
    let revision = 1;
    const outcomes: ApplyOutcome[] = [];
    const changes: Partial<Settings>[] = [
      { brightness: 60 },
      { width: 320, height: 240 },
      { fps: 15 },
      { bitrate: '500k' },
      { quality: 40 },
      { sharpness: 60 },
      { sharpness: -60 },
      { encoding: 'mjpeg' },
      { saturation: -100, contrast: 30, width: 800, height: 600 },
      { encoding: 'h265', quality: 60 },
      { auto_exposure: false, exposure_time: 2000, brightness: 0 },
      { encoding: 'h264' },
      {
        width: 960,
        height: 540,
        fps: 30,
        bitrate: '2M',
        quality: 80,
        contrast: 0,
        saturation: 0,
        sharpness: 0,
        auto_exposure: true,
      },
    ];
    for (const change of changes) {
      settings = { ...settings, ...change };
      revision++;
      outcomes.push(await camera.apply(settings, revision));
    }
    const { applied, appliedRevision } = await until(camera, (status) => status.appliedRevision === revision);
    expect(applied).toEqual(settings);
    expect(appliedRevision).toBe(revision);
    const kinds = outcomes.map(({ kind }) => kind);
    expect(kinds).toEqual([
      'set',
      'shown',
      'shown',
      'set',
      'shown',
      'set',
      'set',
      'shown',
      'shown',
      'shown',
      'set',
      'shown',
      'shown',
    ]);
    expect(camera.status()).toMatchObject({ state: 'live', measured: { restarts: 0 } });
    expect(camera.status().limits.width?.gapMs).toBeGreaterThan(0);
    await pictures(camera.video, 3);

    const units = video.end();
    const times = units.map(({ timeUs }) => timeUs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(units.every(({ codec }) => codec === 'h264')).toBe(true);
    const revisions = units.map((unit) => unit.revision);
    expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
    expect(revisions.at(-1)).toBe(revision);
    const decoded = await decode('h264', units);
    expect(decoded.problems).toBe('');
    expect(decoded).toMatchObject({ pictures: units.length, size: '960x540' });

    const codecs = main.end();
    for (const [at, unit] of codecs.entries()) {
      // Where the codec changes, decoding can start.
      if (unit.codec !== codecs[at - 1]?.codec) expect(unit.key).toBe(true);
    }
    expect(new Set(codecs.map(({ codec }) => codec))).toEqual(new Set(['h264', 'mjpeg', 'h265']));
    for (const [codec, format] of [
      ['h265', 'hevc'],
      ['mjpeg', 'mjpeg'],
    ] as const) {
      const own = codecs.filter((unit) => unit.codec === codec);
      expect(await decode(format, own)).toMatchObject({ problems: '', pictures: own.length });
    }
  });
});

describe('what is set', () => {
  it.each<[string, Partial<Settings>, (before: number, after: number) => boolean]>([
    ['brightness', { brightness: 60 }, (before, after) => after > before + 30],
    ['a short exposure', { auto_exposure: false, exposure_time: 1000 }, (before, after) => after < before - 30],
    ['contrast', { contrast: -100, brightness: -50 }, (before, after) => after < before - 20],
  ])('%s shows in the very picture that carries its revision', async (_, patch, changed) => {
    const camera = await started('test', { width: 320, height: 240 });
    const { units: seen, end } = collect(camera.video);
    await pictures(camera.video, 2, () => seen.length > 0);
    await camera.apply({ ...start, width: 320, height: 240, ...patch }, 2);
    await until(camera, ({ appliedRevision }) => appliedRevision === 2);
    const units = end();
    const { brightness } = await decode('h264', units);
    const at = units.findIndex(({ revision }) => revision === 2);
    expect(at).toBeGreaterThan(0);
    expect(changed(brightness[at - 1] ?? 0, brightness[at] ?? 0)).toBe(true);
    expect(units[at]?.timeUs).toBe(camera.status().appliedTimeUs);
  });

  it.each([
    ['larger', 1280, 720, 160],
    ['smaller', 640, 360, 80],
  ])('bars stay black on a %s frame, whatever the look', async (_, width, height, bar) => {
    const look: Partial<Settings> = { brightness: 80, contrast: -60, sharpness: 50 };
    const camera = await started(`file:${street}`, { width, height, fps: 10, ...look });
    const middle = async () => {
      const [unit] = await pictures(camera.jpeg, 1, ({ revision }) => revision === camera.status().appliedRevision);
      const image = grey(unit?.data);
      const row = image.subarray((height / 2) * width, (height / 2 + 1) * width);
      // Black is 0 in a JPEG, 16 in video. JPEGs round off what lies in the same square of 16 pixels as an edge.
      return { bars: [...row.subarray(0, bar - 16), ...row.subarray(width - bar + 16)], inside: row[width / 2] ?? 0 };
    };
    const bright = await middle();
    expect(Math.max(...bright.bars)).toBeLessThan(4);
    expect(bright.inside).toBeGreaterThan(80);
    // Also on the way from one shape to another and back.
    await camera.apply({ ...camera.status().applied, width: 768, height: 576 }, 2);
    expect(await camera.apply({ ...camera.status().applied, width, height }, 3)).toMatchObject({ kind: 'shown' });
    expect(Math.max(...(await middle()).bars)).toBeLessThan(4);
  });

  it('bitrate bites, downwards and upwards, at once', async () => {
    // Noise would take all it is given; the street at full quality is real and takes a lot.
    const camera = await started(`file:${street}`, { width: 1280, height: 720, fps: 10, quality: 95, bitrate: '3M' });
    const rate = async (revision: number) => {
      // A key frame and what the encoder saved up come first.
      await pictures(camera.video, 5, (unit) => unit.revision === revision);
      const units = await pictures(camera.video, 15, (unit) => unit.revision === revision);
      return (units.reduce((sum, { data }) => sum + data.length, 0) * 8 * 10) / units.length;
    };
    const settings = camera.status().applied;
    const high = await rate(1);
    await camera.apply({ ...settings, bitrate: '500k' }, 2);
    const low = await rate(2);
    await camera.apply({ ...settings, bitrate: '3M' }, 3);
    const again = await rate(3);
    expect(low).toBeLessThan(650_000);
    expect(high).toBeGreaterThan(2 * low);
    expect(again).toBeGreaterThan(2 * low);
  });

  it('quality says how much of the bitrate a picture would like', async () => {
    const camera = await started(`file:${street}`, { width: 640, height: 480, fps: 10, quality: 20, bitrate: '20M' });
    const size = async (revision: number) => {
      const units = await pictures(camera.video, 8, (unit) => unit.revision === revision);
      return units.reduce((sum, { data }) => sum + data.length, 0);
    };
    const coarse = await size(1);
    await camera.apply({ ...camera.status().applied, quality: 90 }, 2);
    expect(await size(2)).toBeGreaterThan(3 * coarse);
  });

  it('many at once: the newest wins, and the others resolve with it', async () => {
    const camera = await started('test');
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, at) => camera.apply({ ...start, brightness: at - 50 }, at + 2)),
    );
    expect(outcomes.every(({ kind }) => kind === 'set')).toBe(true);
    const { applied } = await until(camera, ({ appliedRevision }) => appliedRevision === 101);
    expect(applied.brightness).toBe(49);
  });
});

describe('listeners', () => {
  it('get JPEGs only while they listen', async () => {
    const camera = await started('test');
    const [unit] = await pictures(camera.jpeg, 1);
    expect(unit?.data.subarray(0, 2)).toEqual(Buffer.from([0xff, 0xd8]));
    expect(await decode('mjpeg', unit ? [unit] : [])).toMatchObject({ size: '640x480', problems: '' });
  });

  it('of H.264 find a key frame first after nobody wanted it', async () => {
    const camera = await started('test', { ...small, encoding: 'mjpeg' });
    await pictures(camera.main, 3, ({ codec }) => codec === 'mjpeg');
    const key = pictures(camera.video, 1, ({ key }) => key);
    camera.video.requestKeyFrame();
    expect((await key)[0]?.codec).toBe('h264');
  });

  it('of another encoding are not needed for the camera to be seen to live', async () => {
    const camera = await started('test', { ...small, encoding: 'mjpeg' });
    await pictures(camera.main, 5, ({ codec }) => codec === 'mjpeg');
    const { fps, pulse } = camera.status().measured;
    expect(fps).toBe(0);
    expect(pulse).toBeGreaterThan(0);
  });
});

describe('a worker that fails', () => {
  it('is replaced when it is killed: the same feed goes on, with a key frame, and time with it', async () => {
    const camera = await started('test');
    const { units, end } = collect(camera.video);
    await pictures(camera.video, 5, () => units.length > 0);
    process.kill(workerPids()[0] ?? 0, 'SIGKILL');
    await until(camera, ({ state }) => state === 'reconnecting');
    expect(camera.status().stateMessage).toMatch(/SIGKILL.*started again\.$/);
    const before = units.length;
    await until(camera, ({ state }) => state === 'live');
    await pictures(camera.video, 5);
    end();
    expect(units[before]?.key).toBe(true);
    const times = units.map(({ timeUs }) => timeUs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect((await decode('h264', units)).problems).toBe('');
    expect(camera.status().measured).toMatchObject({ restarts: 1 });
  });

  it('is replaced when it hangs', async () => {
    const camera = await started('test');
    await pictures(camera.video, 2);
    const hung = workerPids()[0] ?? 0;
    process.kill(hung, 'SIGSTOP');
    await until(camera, ({ state }) => state === 'reconnecting');
    expect(camera.status().stateMessage).toContain('stopped sending pictures');
    await until(camera, ({ state }) => state === 'live');
    expect(workerPids()).not.toContain(hung);
  });

  it('in the middle of a change: the change is taken back, and the answer and the event say so', async () => {
    const camera = await started('test');
    await pictures(camera.video, 2);
    const events: unknown[] = [];
    camera.on('rolledBack', (settings, fields) => events.push([settings, fields]));
    // As a driver that hangs on a new size does: the process stands still and no picture comes.
    process.kill(workerPids()[0] ?? 0, 'SIGSTOP');
    const outcome = await camera.apply({ ...start, width: 800, height: 600 }, 2);
    expect(outcome).toEqual({ kind: 'rolledBack', settings: start, fields: ['width', 'height'] });
    expect(events).toEqual([[start, ['width', 'height']]]);
    const { applied, appliedRevision } = await until(camera, ({ state }) => state === 'live');
    expect(applied).toEqual(start);
    expect(appliedRevision).toBe(1);
    const { units, end } = collect(camera.video);
    await pictures(camera.video, 3, () => units.length > 0);
    expect((await decode('h264', end())).size).toBe('640x480');
  });
});

describe('a file', () => {
  it('is shown as it is until somebody wants it otherwise', async () => {
    const cameras = await open(`camera=file:${street}`, 'none');
    opened.push(cameras);
    const camera = only(cameras);
    expect(camera.status().sizes[0]).toBe('768x576');
    await camera.start();
    expect(camera.status().applied).toMatchObject({ width: 768, height: 576, fps: 10 });
    const [unit] = await pictures(camera.video, 1, ({ key }) => key);
    expect(await decode('h264', unit ? [unit] : [])).toMatchObject({ size: '768x576' });
  });

  it('that is missing is said to be, and plays by itself when it comes', async () => {
    const path = join(emptyFolder(), 'street.avi');
    const camera = await started(`file:${path}`);
    expect(camera.status()).toMatchObject({
      state: 'missing',
      stateMessage: `There is no file ${path}. Put a video there and it plays by itself.`,
    });
    // A change meanwhile is kept for the first picture.
    expect(await camera.apply({ ...start, width: 320, height: 240 }, 2)).toEqual({ kind: 'kept' });
    copyFileSync(street, path);
    const { applied } = await until(camera, ({ state }) => state === 'live');
    expect(applied.width).toBe(320);
    expect(camera.status().appliedRevision).toBe(2);
  });

  it.each<[string, string | Buffer, RegExp]>([
    ['text', 'This is no video.\n'.repeat(100), /cannot be played: it is no video/],
    [
      'noise',
      Buffer.from(Array.from({ length: 9000 }, (_, at) => (at * 7919) % 251)),
      /cannot be played: it is no video/,
    ],
    ['nothing', '', /is empty/],
    ['a still picture', Buffer.from('ffd8ffe000104a464946', 'hex'), /still picture \(JPEG\), not a video/],
  ])('that is %s is refused in a sentence', async (_, content, sentence) => {
    const path = join(emptyFolder(), 'file.mp4');
    writeFileSync(path, content);
    const camera = await started(`file:${path}`);
    const { stateMessage } = await until(camera, ({ state }) => state === 'missing');
    expect(stateMessage).toMatch(sentence);
  });

  it('begins again without a seam', async () => {
    const path = join(emptyFolder(), 'short.mp4');
    execFileSync('ffmpeg', [
      '-v',
      'error',
      '-f',
      'lavfi',
      '-i',
      'testsrc=size=320x240:rate=25:duration=0.8',
      '-c:v',
      'libx264',
      path,
    ]);
    const camera = await started(`file:${path}`, { width: 320, height: 240, fps: 25 });
    const { units, end } = collect(camera.video);
    // A busy machine leaves pictures out before they are encoded: then a step is two or three pictures long. Twenty-one
    // in a row without that are more than the file has, so its seam is among them.
    const steps = () => units.slice(1).map(({ timeUs }, at) => (timeUs - (units[at]?.timeUs ?? 0)) / 40_000);
    const inARow = () => {
      let row = 0;
      return steps().map((step) => {
        row = Math.round(step) === 1 ? row + 1 : 0;
        return row;
      });
    };
    do await pictures(camera.video, 20, () => units.length > 0);
    while (Math.max(...inARow()) < 21);
    end();
    for (const step of steps()) expect(Math.abs(step - Math.round(step))).toBeLessThan(0.025);
    expect((await decode('h264', units)).problems).toBe('');
    expect(camera.status().measured.restarts).toBe(0);
  });
});

describe('the stamp for measurements', () => {
  it('says in the picture when it was taken', async () => {
    const cameras = await open('camera=test', small, true);
    opened.push(cameras);
    const camera = only(cameras);
    await camera.start();
    const [unit] = await pictures(camera.jpeg, 1);
    const gray = grey(unit?.data);
    const side = Math.floor(640 / 36);
    const middle = Math.floor(side / 2);
    const bits = Array.from({ length: 36 }, (_, at) => ((gray[middle * 640 + at * side + middle] ?? 0) > 128 ? 1 : 0));
    expect([bits.slice(0, 2), bits.slice(34)]).toEqual([
      [1, 0],
      [1, 0],
    ]);
    const ms = Number.parseInt(bits.slice(2, 34).join(''), 2);
    expect(ms).toBe(Math.floor((unit?.timeUs ?? 0) / 1000) % 2 ** 32);
  });
});

describe('start, stop and restart', () => {
  it('do what they say, and viewers stay', async () => {
    const camera = await started('test');
    const { units, end } = collect(camera.video);
    await camera.stop();
    expect(camera.status()).toMatchObject({ state: 'stopped', stateMessage: 'The camera is off.' });
    expect(await camera.apply({ ...start, fps: 15 }, 2)).toEqual({ kind: 'kept' });
    // What it could be set to follows what is wanted, not what it shows.
    expect(camera.limitsFor({ ...start, fps: 20 }).exposure_time).toMatchObject({ max: 50_000 });
    expect(camera.limitsFor({ ...start, fps: 999 }).exposure_time).toMatchObject({ max: 16_650 });
    await camera.start();
    expect(camera.status()).toMatchObject({ state: 'live', appliedRevision: 2, applied: { fps: 15 } });
    const before = units.length;
    await camera.restart();
    expect(camera.status().state).toBe('live');
    await pictures(camera.video, 3);
    expect(end().length).toBeGreaterThan(before);
    await camera.close();
  });
});

describe('several cameras', () => {
  it('play side by side, four at 640x480 and 15 a second, and no encoded picture is lost', async () => {
    const cameras = await open('a=test,b=test,c=test,d=test', { width: 640, height: 480, fps: 15 });
    opened.push(cameras);
    await Promise.all([...cameras.byName.values()].map((camera) => camera.start()));
    const streams = await Promise.all(
      [...cameras.byName.values()].map(async (camera) => {
        const { units, end } = collect(camera.video);
        await pictures(camera.video, 100, () => units.length > 0);
        expect(camera.status().measured.restarts).toBe(0);
        return end();
      }),
    );
    for (const units of streams) {
      // A machine that cannot keep up takes fewer pictures (`make bench` counts them), each at its place in the rate.
      const steps = units.slice(1).map(({ timeUs }, at) => timeUs - (units[at]?.timeUs ?? 0));
      expect(steps.filter((us) => Math.abs(us - Math.round(us / 66_667) * 66_667) > 1000 || us < 60_000)).toEqual([]);
      expect(await decode('h264', units)).toMatchObject({ problems: '', pictures: units.length, size: '640x480' });
      const numbers = await frameNumbers(units);
      expect(numbers).toHaveLength(units.length);
      expect(numbers.filter((number, at) => at > 0 && number !== 0 && number !== (numbers[at - 1] ?? 0) + 1)).toEqual(
        [],
      );
    }
  });
});
