/**
 * H.264 as fragmented MP4 for Media Source Extensions: one fragment a picture, so that none waits
 * for a later one. Media time is the camera's clock: the time of a picture in seconds, times
 * 1,000,000, is its `timeUs`.
 */
import type { AccessUnit } from './feed.ts';
import { joinWithLengths, nal, nalType, parseSps, type Sps, splitAnnexB } from './h264.ts';

/** Ticks a second: media time counts microseconds. */
const timescale = 1_000_000;

/** What a player needs before fragments, and when to send it anew. */
export interface Init {
  /** RFC 6381 codec string. */
  readonly codec: string;
  readonly width: number;
  readonly height: number;
  readonly segment: Buffer;
}

/** One picture, ready to be sent; the same object for everyone. */
export interface Fragment {
  /** The init segment it belongs to: a player that has another one needs this first. */
  readonly init: Init;
  readonly key: boolean;
  readonly timeUs: number;
  /** moof and mdat. */
  readonly segment: Buffer;
}

/**
 * Turns one feed's pictures into fragments. Everyone who plays the feed shares one muxer: a picture is
 * muxed once, however many play it.
 */
export class Muxer {
  #init: Init | undefined;
  #parameters: Buffer = Buffer.alloc(0);
  #sequence = 0;
  #last: { unit: AccessUnit; fragment: Fragment | undefined } | undefined;
  #intervalUs = 0;

  /** The fragment of a picture; undefined before the first key frame, and for what is not H.264. */
  take(unit: AccessUnit): Fragment | undefined {
    if (this.#last?.unit === unit) return this.#last.fragment;
    if (this.#last) {
      const passed = unit.timeUs - this.#last.unit.timeUs;
      if (passed > 0) this.#intervalUs = Math.max(passed, this.#intervalUs * 0.9);
    }
    const fragment = unit.codec === 'h264' ? this.#mux(unit) : undefined;
    this.#last = { unit, fragment };
    return fragment;
  }

  #mux(unit: AccessUnit): Fragment | undefined {
    const units = splitAnnexB(unit.data);
    if (unit.key) this.#takeParameters(units);
    const init = this.#init;
    if (!init) return undefined;
    const sample = joinWithLengths(units.filter((piece) => !leftOut.has(nalType(piece))));
    this.#sequence = (this.#sequence + 1) >>> 0;
    const segment = mediaSegment(this.#sequence, unit.timeUs, this.#durationUs(), unit.key, sample);
    return { init, key: unit.key, timeUs: unit.timeUs, segment };
  }

  #takeParameters(units: readonly Buffer[]): void {
    const sps = units.filter((unit) => nalType(unit) === nal.sps);
    const pps = units.filter((unit) => nalType(unit) === nal.pps);
    const parameters = joinWithLengths([...sps, ...pps]);
    if (this.#init && (parameters.length === 0 || parameters.equals(this.#parameters))) return;
    const first = sps[0];
    const parsed = first && parseSps(first);
    if (!parsed || pps.length === 0) return;
    this.#parameters = parameters;
    this.#init = {
      codec: parsed.codec,
      width: parsed.width,
      height: parsed.height,
      segment: initSegment(parsed, sps, pps),
    };
  }

  /**
   * How long a picture is said to last. The next one's time is not known yet; a longer duration than
   * the truth is cut by the next picture, but a gap of more than twice the duration makes a browser
   * drop everything up to the next key frame (coded frame processing, "need random access point"),
   * and one past its end stalls. So: four times the longest interval of late, 0.25 s to 5 s.
   */
  #durationUs(): number {
    return Math.min(Math.max(Math.round(this.#intervalUs * 4), 250_000), 5_000_000);
  }
}

/** Parameter sets are in the init segment; delimiters and filler carry nothing. */
const leftOut: ReadonlySet<number> = new Set([nal.sps, nal.pps, nal.delimiter, nal.filler]);

/** ftyp and moov for these parameter sets. The duration is left open: players take that for live. */
function initSegment(sps: Sps, spsUnits: readonly Buffer[], ppsUnits: readonly Buffer[]): Buffer {
  const { width, height } = sps;
  const avcC = box(
    'avcC',
    bytes(1, sps.profile, sps.constraints, sps.level, 0xff, 0xe0 | spsUnits.length),
    ...spsUnits.flatMap((unit) => [u16(unit.length), unit]),
    bytes(ppsUnits.length),
    ...ppsUnits.flatMap((unit) => [u16(unit.length), unit]),
    // 14496-15 5.3.3.1.2: profiles from High on also say chroma format and bit depth (4:2:0, 8 bit).
    ...([100, 110, 122, 144].includes(sps.profile) ? [bytes(0xfc | 1, 0xf8, 0xf8, 0)] : []),
  );
  const avc1 = box(
    'avc1',
    zeros(6),
    u16(1),
    zeros(16),
    u16(width),
    u16(height),
    u32(0x0048_0000, 0x0048_0000, 0),
    u16(1),
    zeros(32),
    u16(0x18),
    u16(0xffff),
    avcC,
  );
  const stbl = box(
    'stbl',
    full('stsd', 0, 0, u32(1), avc1),
    full('stts', 0, 0, u32(0)),
    full('stsc', 0, 0, u32(0)),
    full('stsz', 0, 0, u32(0, 0)),
    full('stco', 0, 0, u32(0)),
  );
  const dinf = box('dinf', full('dref', 0, 0, u32(1), full('url ', 0, 1)));
  const minf = box('minf', full('vmhd', 0, 1, zeros(8)), dinf, stbl);
  const mdhd = full('mdhd', 0, 0, u32(0, 0, timescale, 0), u16(0x55c4), u16(0));
  const hdlr = full('hdlr', 0, 0, u32(0), Buffer.from('vide'), zeros(12), Buffer.from('camera\0'));
  const tkhd = full(
    'tkhd',
    0,
    7,
    u32(0, 0, 1, 0, 0, 0, 0, 0, 0),
    matrix,
    // Width and height as 16.16 fixed point.
    u32(width * 65536, height * 65536),
  );
  const mvhd = full(
    'mvhd',
    0,
    0,
    u32(0, 0, timescale, 0, 0x0001_0000),
    u16(0x0100),
    zeros(10),
    matrix,
    zeros(24),
    u32(2),
  );
  const moov = box(
    'moov',
    mvhd,
    box('trak', tkhd, box('mdia', mdhd, hdlr, minf)),
    box('mvex', full('trex', 0, 0, u32(1, 1, 0, 0, 0))),
  );
  return Buffer.concat([box('ftyp', Buffer.from('iso6'), u32(0), Buffer.from('iso6avc1mp41')), moov]);
}

/** One picture as moof and mdat; times in microseconds, `sample` with length-prefixed units. */
export function mediaSegment(
  sequence: number,
  timeUs: number,
  durationUs: number,
  key: boolean,
  sample: Buffer,
): Buffer {
  // 14496-12 8.8.3.1: depends on nothing and can be started from, or depends on others and cannot.
  const flags = key ? 0x0200_0000 : 0x0101_0000;
  const trun = (dataOffset: number) => full('trun', 0, 0x701, u32(1, dataOffset, durationUs, sample.length, flags));
  const moof = (dataOffset: number) =>
    box(
      'moof',
      full('mfhd', 0, 0, u32(sequence)),
      box('traf', full('tfhd', 0, 0x02_0000, u32(1)), full('tfdt', 1, 0, u64(timeUs)), trun(dataOffset)),
    );
  const head = moof(moof(0).length + 8);
  return Buffer.concat([head, u32(sample.length + 8), Buffer.from('mdat'), sample]);
}

/** No rotation, no scaling. */
const matrix = u32(0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000);

function box(type: string, ...parts: readonly Buffer[]): Buffer {
  const size = parts.reduce((sum, part) => sum + part.length, 8);
  return Buffer.concat([u32(size), Buffer.from(type, 'latin1'), ...parts], size);
}

function full(type: string, version: number, flags: number, ...parts: readonly Buffer[]): Buffer {
  return box(type, u32(((version << 24) | flags) >>> 0), ...parts);
}

function bytes(...values: readonly number[]): Buffer {
  return Buffer.from(values);
}

function zeros(count: number): Buffer {
  return Buffer.alloc(count);
}

function u16(value: number): Buffer {
  const buffer = Buffer.allocUnsafe(2);
  buffer.writeUInt16BE(value);
  return buffer;
}

function u32(...values: readonly number[]): Buffer {
  const buffer = Buffer.allocUnsafe(4 * values.length);
  for (const [i, value] of values.entries()) buffer.writeUInt32BE(value >>> 0, 4 * i);
  return buffer;
}

function u64(value: number): Buffer {
  const buffer = Buffer.allocUnsafe(8);
  buffer.writeBigUInt64BE(BigInt(Math.max(0, Math.round(value))));
  return buffer;
}
