import { describe, expect, it } from 'vitest';
import { defaultSettings, type Settings } from '../settings/table.ts';
import { rateFactor } from './encoders.ts';
import { parseCaps } from './footage.ts';
import { fitted, limitsOf } from './limits.ts';
import { balance, type LookField, sharpening } from './look.ts';
import { describeMachine, type Machine } from './machine.ts';
import { jpegQualityWithin, StreamMeter } from './measure.ts';
import { type Demand, describePipeline, type Pipeline, startOrder } from './pipeline.ts';
import { planChange } from './plan.ts';
import { firstSettings, sizesOf, within } from './sizes.ts';
import { fileSource, testSource } from './source.ts';

const all: ReadonlySet<LookField> = new Set(['brightness', 'contrast', 'saturation', 'sharpness', 'exposure']);
const defaults = defaultSettings('camera', 0);
const elements = (...names: string[]) => new Map(names.map((name) => [name, [] as string[]]));
const laptop = describeMachine(undefined, elements('x264enc', 'x265enc', 'jpegenc'));
const pi4 = describeMachine('Raspberry Pi 4 Model B Rev 1.5', elements('v4l2h264enc', 'x264enc', 'x265enc', 'jpegenc'));

describe('the machine', () => {
  it.each([
    ['Raspberry Pi 4 Model B Rev 1.5', ['v4l2h264enc', 'x264enc', 'jpegenc'], { h264: 'v4l2h264enc', maxWidth: 1920 }],
    ['Raspberry Pi 3 Model B Plus Rev 1.3', ['v4l2h264enc', 'x264enc'], { h264: 'v4l2h264enc', encodings: ['h264'] }],
    // Its driver has no encoder; should an element of the name be there, it is none for pictures.
    ['Raspberry Pi 5 Model B Rev 1.0', ['v4l2h264enc', 'x264enc', 'x265enc'], { h264: 'x264enc' }],
    ['Raspberry Pi Zero 2 W Rev 1.0', ['v4l2h264enc', 'x265enc'], { maxWidth: 1280, encodings: ['h264'] }],
    [undefined, ['x264enc', 'x265enc', 'jpegenc'], { h264: 'x264enc', encodings: ['h264', 'h265', 'mjpeg'] }],
  ])('%s has its encoder', (model, names, expected) => {
    expect(describeMachine(model, elements(...names))).toMatchObject(expected);
  });
});

describe('the look in software', () => {
  it.each<[string, Partial<Settings>, Record<string, string>]>([
    ['nothing changed leaves the picture alone', {}, { contrast: '1', brightness: '0', saturation: '1' }],
    ['contrast turns about the middle', { contrast: 100 }, { contrast: '2', brightness: '-0.4294', saturation: '1' }],
    ['brightness lifts', { brightness: 50 }, { contrast: '1', brightness: '0.2147', saturation: '1' }],
    ['no saturation is grey', { saturation: -100 }, { contrast: '1', brightness: '0', saturation: '0' }],
    [
      'a quarter of the exposure halves',
      { auto_exposure: false, exposure_time: 5000 },
      { contrast: '0.5', brightness: '0', saturation: '0.5' },
    ],
    ['exposure counts only by hand', { exposure_time: 50 }, { contrast: '1', brightness: '0', saturation: '1' }],
    [
      'the default time by hand shows',
      { auto_exposure: false },
      { contrast: '0.7071', brightness: '0', saturation: '0.7071' },
    ],
  ])('%s', (_, patch, expected) => {
    expect(balance({ ...defaults, ...patch }, all)).toEqual(expected);
  });

  it('keeps out of what the device does itself', () => {
    expect(balance({ ...defaults, brightness: 50, contrast: 20 }, new Set())).toEqual(balance(defaults, all));
  });

  it('stays within what the elements take', () => {
    for (const contrast of [-100, 100]) {
      for (const brightness of [-100, 100]) {
        const far = balance({ ...defaults, contrast, brightness, auto_exposure: false, exposure_time: 1_000_000 }, all);
        expect(Number(far.contrast)).toBeLessThanOrEqual(2);
        expect(Math.abs(Number(far.brightness))).toBeLessThanOrEqual(1);
      }
    }
    expect(sharpening(100)).toMatchObject({ sharpen: '0.3' });
    expect(sharpening(-100)).toMatchObject({ sharpness: '0.5' });
  });
});

describe('quality', () => {
  it('is a rate factor that gets finer', () => {
    const factors = [0, 25, 50, 75, 99].map(rateFactor);
    expect(factors).toEqual(factors.toSorted((a, b) => b - a));
    expect(rateFactor(75)).toBe(22);
  });
});

describe('limits', () => {
  const source = testSource();
  const limits = (settings: Partial<Settings>, machine: Machine = laptop) =>
    limitsOf(source, machine, { ...defaults, ...settings }, {});

  it.each([
    ['exposure ends with the frame', limits({ fps: 50 }).exposure_time, { max: 20_000 }],
    ['a long frame allows a long exposure', limits({ fps: 1 }).exposure_time, { max: 1_000_000 }],
    ['the board encodes 1080p at 30', limits({ width: 1920, height: 1080 }, pi4).fps, { max: 30 }],
    ['and more of smaller ones', limits({ width: 640, height: 480 }, pi4).fps, { max: 60 }],
    [
      'detection is not there',
      limits({}).ai_enabled,
      { available: false, reason: 'Detection is not installed on this device.' },
    ],
    ['encodings are the machine’s', limits({}).encoding, { choices: ['h264', 'h265', 'mjpeg'] }],
  ])('%s', (_, found, expected) => {
    expect(found).toMatchObject(expected);
  });

  it('tells a measured gap', () => {
    expect(limitsOf(source, laptop, defaults, { fps: 64 }).fps).toMatchObject({ available: true, gapMs: 64 });
  });

  it('brings settings within, and leaves others alone', () => {
    expect(fitted(defaults, source, laptop)).toEqual(defaults);
    expect(
      fitted({ ...defaults, width: 5001, height: 4001, fps: 200, exposure_time: 900_000, encoding: 'mjpeg' }, source, {
        ...pi4,
        encodings: ['h264'],
      }),
    ).toMatchObject({ width: 1920, height: 1080, fps: 30, exposure_time: 33_300, encoding: 'h264' });
  });

  it('offers a recording’s own size first, then parts of it, then common sizes', () => {
    const sizes = (width: number, height: number) => sizesOf(fileSource('a.mp4', { width, height, fps: 25 }), laptop);
    expect(sizes(768, 576).slice(0, 6)).toEqual(['768x576', '576x432', '512x384', '384x288', '256x192', '192x144']);
    expect(sizes(768, 576).slice(6)).toEqual(sizesOf(source, laptop));
    expect(sizes(1280, 720)).toEqual(expect.arrayContaining(['640x360', '1920x1080']));
    expect(sizes(1280, 720).filter((size) => size === '960x540')).toHaveLength(1);
    // More than is encoded: the part that is.
    expect(sizes(3840, 2160)[0]).toBe('1920x1080');
    expect(sizes(1080, 1920)[0]).toBe('540x960');
  });

  it.each<[string, readonly [number, number, number], Partial<Settings>]>([
    ['its own', [768, 576, 10], { width: 768, height: 576, fps: 10 }],
    ['no more than 720p at 30', [1920, 1080, 60], { width: 1280, height: 720, fps: 30 }],
    ['upright 720p', [1080, 1920, 29.97], { width: 720, height: 1280, fps: 30 }],
    ['the shape of an old camera', [1600, 1200, 15], { width: 960, height: 720, fps: 15 }],
    ['the usual rate where the file says none', [640, 360, 0], { width: 640, height: 360, fps: 30 }],
    ['something that moves', [640, 360, 0.2], { fps: 1 }],
  ])('a camera that nobody has set starts with %s', (_, [width, height, fps], expected) => {
    expect(firstSettings(defaults, { native: { width, height, fps } })).toMatchObject(expected);
  });

  it('a source that makes its picture as wanted starts with the table’s defaults', () => {
    expect(firstSettings(defaults, source)).toEqual(defaults);
  });

  it('offers sizes, best first', () => {
    expect(sizesOf(source, laptop).slice(0, 5)).toEqual(['1920x1080', '1280x720', '960x540', '800x600', '640x480']);
    const zero = describeMachine('Raspberry Pi Zero 2 W Rev 1.0', elements('v4l2h264enc'));
    expect(sizesOf(source, zero)[0]).toBe('1280x720');
  });
});

describe('plans', () => {
  const nobody: Demand = { video: false, jpeg: false };
  const pipeline = (patch: Partial<Settings>, demand = nobody, machine = laptop): Pipeline =>
    describePipeline({ ...defaults, ...patch }, testSource(), machine, demand);
  const plan = (from: Partial<Settings>, to: Partial<Settings>, machine = laptop) => {
    const result = planChange(pipeline(from, nobody, machine), pipeline({ ...from, ...to }, nobody, machine), 7);
    if (result.kind !== 'steps') throw new Error('rebuild');
    return result;
  };
  const kinds = (steps: readonly object[]) => steps.map((step) => Object.keys(step)[0]);

  it('nothing changed touches nothing', () => {
    expect(plan({}, {})).toMatchObject({ steps: [], confirm: [], brief: false });
    expect(plan({}, { ai_enabled: true, cameraName: 'other' })).toMatchObject({ steps: [] });
  });

  it.each<[string, Partial<Settings>, Partial<Settings>, string[], string[], boolean]>([
    ['brightness', {}, { brightness: 10 }, ['set'], ['look'], false],
    ['bitrate', {}, { bitrate: '1M' }, ['set'], ['video_encoder'], false],
    ['size', {}, { width: 640, height: 480 }, ['set'], ['caps'], true],
    ['rate', {}, { fps: 15 }, ['set'], ['caps'], true],
    ['quality', {}, { quality: 50 }, ['replace'], ['video_encoder'], true],
    ['sharpness in', {}, { sharpness: 10 }, ['replace'], ['sharp'], false],
    ['sharpness', { sharpness: 10 }, { sharpness: 20 }, ['set'], ['sharp_scale'], false],
    ['sharpness out', { sharpness: 10 }, { sharpness: 0 }, ['replace'], ['sharp'], false],
    ['size while sharp', { sharpness: 10 }, { width: 640, height: 480 }, ['set'], ['caps', 'sharp_caps'], true],
    ['h265', {}, { encoding: 'h265' }, ['set', 'attach'], ['main'], true],
    ['back to h264', { encoding: 'h265' }, { encoding: 'h264' }, ['set', 'detach'], [], true],
    ['h265 to mjpeg', { encoding: 'h265' }, { encoding: 'mjpeg' }, ['detach', 'attach', 'set'], ['main'], true],
    ['quality of mjpeg', { encoding: 'mjpeg' }, { quality: 30 }, ['set', 'replace'], ['main'], false],
  ])('%s', (_, from, to, steps, confirm, brief) => {
    const made = plan(from, to);
    expect(kinds(made.steps)).toEqual(steps);
    expect(made.confirm).toEqual(confirm);
    expect(made.brief).toBe(brief);
  });

  it('touches only the one property that differs', () => {
    expect(plan({}, { saturation: -100 }).steps).toEqual([{ set: { look: { saturation: '0' } } }]);
  });

  it('makes a preset of all of them one plan: size before the encoder that is exchanged', () => {
    const made = plan(
      {},
      { width: 640, height: 480, fps: 15, bitrate: '800k', quality: 40, contrast: 20, sharpness: 5 },
    );
    expect(kinds(made.steps)).toEqual(['set', 'replace', 'replace']);
    expect(made.steps[0]).toMatchObject({ set: { caps: {}, look: {} } });
    expect(made.steps[2]).toMatchObject({ replace: 'video_encoder', with: expect.stringContaining('bitrate="800"') });
  });

  it('exchanges the hardware encoder for a new size, not for a new bitrate or quality', () => {
    expect(kinds(plan({}, { width: 640, height: 480 }, pi4).steps)).toEqual(['set', 'replace']);
    expect(kinds(plan({}, { bitrate: '1M', quality: 10 }, pi4).steps)).toEqual(['set']);
  });

  it('gives a picture of another shape its bars last, and enlarges it last', () => {
    const street = fileSource('street.avi', { width: 768, height: 576, fps: 10 });
    const described = (width: number, height: number) =>
      describePipeline({ ...defaults, width, height, sharpness: 5 }, street, laptop, nobody);
    const [small, large] = [described(640, 360), described(1280, 720)];
    expect(small.properties.caps?.caps).toContain('width=480,height=360');
    expect(large.properties.caps?.caps).toContain('width=768,height=576');
    expect(large.properties.frame?.caps).toContain('width=1280,height=720');
    expect(large.segments.sharp.live.sharp_caps?.caps).toContain('width=768,height=576');
    const order = startOrder(large, 2, false).launch;
    expect(order.indexOf('name=look')).toBeLessThan(order.indexOf('name=frame'));
    const grown = planChange(large, described(1920, 1080), 7);
    expect(grown).toMatchObject({ kind: 'steps', confirm: ['frame'], brief: true });
    // What is made as wanted needs none.
    expect(startOrder(pipeline({}), 2, false).launch).not.toContain('name=frame');
  });

  it('opens and closes branches with their listeners', () => {
    const open = planChange(pipeline({}), pipeline({}, { video: true, jpeg: true }), 7);
    expect(open).toMatchObject({ steps: [{ set: { jpeg_valve: { drop: 'false' } } }], brief: false, confirm: [] });
    // H.264 is needed by nobody when recorders get h265 and no browser looks.
    expect(pipeline({ encoding: 'h265' }).properties.video_valve).toEqual({ drop: 'true' });
    expect(pipeline({ encoding: 'h265' }, { video: true, jpeg: false }).properties.video_valve).toEqual({
      drop: 'false',
    });
    expect(pipeline({}).properties.video_valve).toEqual({ drop: 'false' });
  });

  it('writes paths beside the pipeline, never into it', () => {
    const path = '/tmp/a "quoted" ! fakesink \\ name.mp4';
    const order = startOrder(describePipeline(defaults, fileSource(path), laptop, nobody), 2, false);
    expect(order.launch).not.toContain('quoted');
    expect(order.set.source).toEqual({ location: path });
    expect(order.loop).toBe('loop');
  });

  it('tells the hardware encoder what it insists on', () => {
    const order = startOrder(pipeline({}, nobody, pi4), 2, false);
    expect(order.set.caps?.caps).toContain('colorimetry=bt709,interlace-mode=progressive');
    const [encoder] = order.steps;
    expect(encoder).toMatchObject({ replace: 'video_encoder' });
    const text = JSON.stringify(encoder);
    for (const part of ['v4l2h264enc', 'video_bitrate=2000000', 'repeat_sequence_header=1', 'level=(string)3.1']) {
      expect(text).toContain(part);
    }
  });
});

describe('sizes', () => {
  it.each<[string, readonly [number, number], readonly [number, number], readonly [number, number]]>([
    ['bars at the sides', [768, 576], [640, 360], [480, 360]],
    ['bars above and below', [1920, 1080], [640, 480], [640, 360]],
    ['never enlarged', [320, 240], [1920, 1080], [320, 240]],
    ['no bar for a rounded pixel', [1366, 768], [1280, 720], [1280, 720]],
    ['upright', [1080, 1920], [1280, 720], [406, 720]],
    ['a line stays a picture', [4000, 2], [640, 480], [640, 2]],
  ])('%s', (_, picture, frame, expected) => {
    expect(within(picture, frame)).toEqual(expected);
  });
});

describe('what a file shows', () => {
  it('is read from the caps of its first picture', () => {
    expect(
      parseCaps('video/x-raw, format=(string)I420, width=(int)768, height=(int)576, framerate=(fraction)10/1'),
    ).toEqual({ width: 768, height: 576, fps: 10 });
    // PAL for wide screens; NTSC's rate.
    expect(
      parseCaps(
        'video/x-raw, width=(int)720, height=(int)576, pixel-aspect-ratio=(fraction)64/45, framerate=(fraction)30000/1001',
      ),
    ).toEqual({ width: 1024, height: 576, fps: 29.97 });
    expect(parseCaps('video/x-raw, width=(int)64, height=(int)48, framerate=(fraction)0/1')).toMatchObject({ fps: 0 });
    expect(parseCaps('')).toBeUndefined();
  });
});

describe('what a stream delivers', () => {
  it('is measured between its first and last picture', () => {
    const meter = new StreamMeter();
    expect(meter.read(0)).toEqual({ fps: 0, bitrate: 0 });
    for (let at = 0; at <= 50; at++) meter.add(at * 100_000, 1250);
    expect(meter.read(5_000_000)).toEqual({ fps: 10, bitrate: 100_000 });
    expect(meter.read(60_000_000)).toEqual({ fps: 0, bitrate: 0 });
  });
});

describe('the quality of JPEGs', () => {
  it.each([
    ['stays where there is room', 75, 75, 1e6, 2e6, 75],
    ['falls fast above the bitrate', 75, 75, 4e6, 2e6, 46],
    ['falls at least a little', 75, 75, 2.01e6, 2e6, 73],
    ['rises slowly below', 40, 75, 1e6, 2e6, 43],
    ['rests just below', 40, 75, 1.8e6, 2e6, 40],
    ['has a floor', 6, 75, 50e6, 2e6, 5],
    ['follows what is wanted', 75, 30, 1.9e6, 2e6, 30],
  ])('%s', (_, present, wanted, bitrate, ceiling, expected) => {
    expect(jpegQualityWithin(present, wanted, bitrate, ceiling)).toBe(expected);
  });
});
