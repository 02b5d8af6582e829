import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { readFragment } from '../page/player/fragment.ts';
import type { AccessUnit } from './feed.ts';
import { type Fragment, type Init, Muxer, mediaSegment } from './fmp4.ts';
import { TestSource } from './testing/source.ts';

/** Boxes as `path → payload`, so that a test says `boxes['moov/trak/tkhd']`. */
function boxesOf(data: Buffer, path = ''): Record<string, Buffer> {
  const found: Record<string, Buffer> = {};
  let at = 0;
  while (at < data.length) {
    const size = data.readUInt32BE(at);
    const name = path + data.toString('latin1', at + 4, at + 8);
    const payload = data.subarray(at + 8, at + size);
    if (size < 8 || at + size > data.length) throw new Error(`${name} has size ${size} of ${data.length - at}`);
    found[name] = payload;
    if (containers.has(name.split('/').at(-1) ?? '')) Object.assign(found, boxesOf(payload, `${name}/`));
    at += size;
  }
  return found;
}
const containers = new Set(['moov', 'trak', 'mdia', 'minf', 'dinf', 'stbl', 'mvex', 'moof', 'traf']);

const sps = Buffer.from('6742c01fda014016ec05a808080a000003000200000300791e306540', 'hex');
const otherSps = Buffer.from('6742001eab40501ec8', 'hex');
const pps = Buffer.from('68ce3c80', 'hex');
function unit(timeUs: number, key: boolean, parameters = sps): AccessUnit {
  const start = Buffer.from([0, 0, 0, 1]);
  const slice = Buffer.from(key ? '6588840a' : '419a0a', 'hex');
  const head = key ? [start, Buffer.from('0910', 'hex'), start, parameters, start, pps] : [];
  return { data: Buffer.concat([...head, start, slice]), key, timeUs, codec: 'h264', revision: 1 };
}

function take(muxer: Muxer, picture: AccessUnit): Fragment {
  const fragment = muxer.take(picture);
  if (!fragment) throw new Error('no fragment');
  return fragment;
}

describe('Muxer', () => {
  it('begins at a key frame and says what it needs', () => {
    const muxer = new Muxer();
    expect(muxer.take(unit(1, false))).toBeUndefined();
    const { init, key } = take(muxer, unit(2, true));
    expect(key).toBe(true);
    expect(init).toMatchObject({ codec: 'avc1.42C01F', width: 1280, height: 720 });
    const boxes = boxesOf(init.segment);
    expect(boxes['moov/trak/mdia/mdhd']?.readUInt32BE(12)).toBe(1_000_000);
    // An open duration is what makes players treat it as live.
    expect(boxes['moov/mvhd']?.readUInt32BE(16)).toBe(0);
    expect(boxes['moov/trak/tkhd']?.readUInt32BE(76)).toBe(1280 * 65536);
    expect(boxes['moov/trak/mdia/minf/stbl/stsd']?.includes(sps)).toBe(true);
  });

  it('keeps parameter sets and delimiters out of the samples', () => {
    const { segment } = take(new Muxer(), unit(2, true));
    expect(boxesOf(segment).mdat?.toString('hex')).toBe('000000046588840a');
  });

  it('makes media time the capture time, to the microsecond, far beyond 32 bits', () => {
    const muxer = new Muxer();
    for (const timeUs of [0, 1, 33_333, 2 ** 32 + 5, 31_536_000_000_000]) {
      const { segment } = take(muxer, unit(timeUs, true));
      const tfdt = boxesOf(segment)['moof/traf/tfdt'];
      expect(tfdt?.readUInt8(0)).toBe(1);
      expect(Number(tfdt?.readBigUInt64BE(4))).toBe(timeUs);
    }
  });

  it('points at the sample and marks key frames', () => {
    const muxer = new Muxer();
    for (const key of [true, false]) {
      const { segment } = take(muxer, unit(key ? 10 : 20, key));
      const trun = boxesOf(segment)['moof/traf/trun'];
      const offset = trun?.readUInt32BE(8) ?? 0;
      expect(segment.toString('latin1', offset - 4, offset)).toBe('mdat');
      expect(trun?.readUInt32BE(16)).toBe(segment.length - offset);
      expect(((trun?.readUInt32BE(20) ?? 0) & 0x1_0000) === 0).toBe(key);
    }
  });

  it('lets a picture last long enough that a late next one is no discontinuity', () => {
    const muxer = new Muxer();
    const durations = [0, 33_000, 66_000, 1_066_000, 1_099_000].map((timeUs, i) =>
      boxesOf(take(muxer, unit(timeUs, i === 0)).segment)['moof/traf/trun']?.readUInt32BE(12),
    );
    expect(durations).toEqual([250_000, 250_000, 250_000, 4_000_000, 3_600_000]);
  });

  it('makes a new init segment only when the parameter sets change', () => {
    const muxer = new Muxer();
    const first = take(muxer, unit(1, true)).init;
    expect(take(muxer, unit(2, true)).init).toBe(first);
    const second = take(muxer, unit(3, true, otherSps)).init;
    expect(second).toMatchObject({ width: 640, height: 480, codec: 'avc1.42001E' });
    expect(take(muxer, unit(4, false)).init).toBe(second);
  });

  it('muxes a picture once for all who play it, and passes over what is not H.264', () => {
    const muxer = new Muxer();
    const picture = unit(1, true);
    expect(muxer.take(picture)).toBe(muxer.take(picture));
    expect(muxer.take({ ...unit(2, true), codec: 'h265' })).toBeUndefined();
  });
});

describe('readFragment, the page’s side', () => {
  it('finds time and kind', () => {
    for (const key of [true, false]) {
      const segment = mediaSegment(7, 1_681_605_099, 250_000, key, Buffer.from('0000000165', 'hex'));
      expect(readFragment(new Uint8Array(segment).buffer)).toEqual({ time: 1681.605099, key });
    }
  });

  it('takes nothing else for a fragment', () => {
    const { init } = take(new Muxer(), unit(1, true));
    expect(readFragment(new Uint8Array(init.segment).buffer)).toBeUndefined();
    expect(readFragment(new ArrayBuffer(0))).toBeUndefined();
    expect(readFragment(new TextEncoder().encode('\0\0\0\x20moofrubbish, and more rubbish').buffer)).toBeUndefined();
  });
});

describe('with a real encoder', () => {
  let source: TestSource | undefined;
  afterEach(async () => {
    await source?.close();
    source = undefined;
  });

  it('ffprobe decodes every picture, across a change of size', async () => {
    source = new TestSource({ width: 320, height: 240 });
    const { video } = source;
    const muxer = new Muxer();
    const pieces: { init: Init; segments: Buffer[]; times: number[] }[] = [];
    await new Promise<void>((resolve) => {
      let pictures = 0;
      const end = video.subscribe((picture) => {
        const { init, segment, timeUs } = take(muxer, picture);
        if (pieces.at(-1)?.init !== init) pieces.push({ init, segments: [], times: [] });
        pieces.at(-1)?.segments.push(segment);
        pieces.at(-1)?.times.push(timeUs);
        pictures += 1;
        if (pictures === 10) source?.tell('size 480 360');
        if (pieces.length === 2 && pieces[1]?.segments.length === 10) {
          end();
          resolve();
        }
      });
    });
    for (const { init, segments, times } of pieces) {
      const shown = await probe(Buffer.concat([init.segment, ...segments]));
      expect(shown.errors).toBe('');
      expect(shown.frames.map(({ width, height }) => [width, height])).toEqual(
        segments.map(() => [init.width, init.height]),
      );
      expect(shown.frames.map(({ pts }) => pts)).toEqual(times);
    }
  });
});

async function probe(data: Buffer) {
  const args = '-v error -show_entries frame=pts,width,height -of json -'.split(' ');
  const child = spawn('ffprobe', args);
  let out = '';
  let errors = '';
  child.stdout.on('data', (text) => {
    out += text;
  });
  child.stderr.on('data', (text) => {
    errors += text;
  });
  child.stdin.end(data);
  await once(child, 'close');
  const { frames } = JSON.parse(out) as { frames: { pts: number; width: number; height: number }[] };
  return { frames, errors };
}
