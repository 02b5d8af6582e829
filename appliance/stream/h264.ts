/** H.264 as bytes: units of the Annex B stream, and what a sequence parameter set says. */

/** Types of NAL units that matter here (H.264 table 7-1). */
export const nal = { slice: 1, idr: 5, sei: 6, sps: 7, pps: 8, delimiter: 9, filler: 12 } as const;

/** The type of a NAL unit, 0 to 31; 0 for an empty one. */
export function nalType(unit: Uint8Array): number {
  return (unit[0] ?? 0) & 0x1f;
}

/**
 * Splits an Annex B byte stream at its start codes. The pieces are views of `data`, without
 * start codes and trailing zeros; bytes before the first start code are ignored.
 */
export function splitAnnexB(data: Buffer): Buffer[] {
  const units: Buffer[] = [];
  let start = -1;
  let at = data.indexOf(startCode);
  while (at !== -1) {
    if (start !== -1) addUnit(units, data, start, at);
    start = at + 3;
    at = data.indexOf(startCode, start);
  }
  if (start !== -1) addUnit(units, data, start, data.length);
  return units;
}

const startCode = Buffer.from([0, 0, 1]);

function addUnit(units: Buffer[], data: Buffer, from: number, to: number): void {
  let end = to;
  // A zero before a start code belongs to the start code or is padding (trailing_zero_8bits).
  while (end > from && data[end - 1] === 0) end -= 1;
  if (end > from) units.push(data.subarray(from, end));
}

/** The units with a four-byte length before each, as MP4 samples and packetizers take them. */
export function joinWithLengths(units: readonly Buffer[]): Buffer {
  const joined = Buffer.allocUnsafe(units.reduce((sum, unit) => sum + 4 + unit.length, 0));
  let at = 0;
  for (const unit of units) {
    at = joined.writeUInt32BE(unit.length, at);
    at += unit.copy(joined, at);
  }
  return joined;
}

/** What a sequence parameter set says. */
export interface Sps {
  readonly profile: number;
  /** The byte of constraint flags between profile and level. */
  readonly constraints: number;
  /** Ten times the level: 31 is level 3.1. */
  readonly level: number;
  /** Picture size in pixels, after cropping. */
  readonly width: number;
  readonly height: number;
  /** RFC 6381, for `MediaSource.isTypeSupported`: `avc1.42C01F`. */
  readonly codec: string;
  /**
   * Pictures a decoder may hold back to put them in order (VUI bitstream_restriction). 0 lets it show
   * each at once; undefined means it is not said, and some decoders then wait for several.
   */
  readonly reorderFrames: number | undefined;
  readonly maxDecFrameBuffering: number | undefined;
  readonly fullRange: boolean | undefined;
}

/** Profiles whose SPS carries chroma format and scaling lists (7.3.2.1.1). */
const highProfiles = new Set([100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135]);

/**
 * Reads a sequence parameter set (with its NAL header, as in the stream).
 * @returns undefined when it is damaged or not one
 */
export function parseSps(unit: Uint8Array): Sps | undefined {
  if (nalType(unit) !== nal.sps || unit.length < 5) return undefined;
  const [, profile = 0, constraints = 0, level = 0] = unit;
  const bits = new BitReader(withoutEmulation(unit.subarray(4)));
  try {
    bits.ue();
    let chroma = 1;
    let separatePlanes = false;
    if (highProfiles.has(profile)) {
      chroma = bits.ue();
      if (chroma === 3) separatePlanes = bits.flag();
      bits.ue();
      bits.ue();
      bits.skip(1);
      if (bits.flag()) skipScalingLists(bits, chroma === 3 ? 12 : 8);
    }
    bits.ue();
    const orderType = bits.ue();
    if (orderType === 0) bits.ue();
    else if (orderType === 1) {
      bits.skip(1);
      bits.se();
      bits.se();
      const cycle = bits.ue();
      if (cycle > 255) return undefined;
      for (let i = 0; i < cycle; i += 1) bits.se();
    }
    bits.ue();
    bits.skip(1);
    const widthUnits = bits.ue() + 1;
    const heightUnits = bits.ue() + 1;
    const framesOnly = bits.flag();
    if (!framesOnly) bits.skip(1);
    bits.skip(1);
    const crop = bits.flag() ? [bits.ue(), bits.ue(), bits.ue(), bits.ue()] : [0, 0, 0, 0];
    const [left = 0, right = 0, top = 0, bottom = 0] = crop;
    const cropX = separatePlanes || chroma === 0 || chroma === 3 ? 1 : 2;
    const cropY = (separatePlanes || chroma !== 1 ? 1 : 2) * (framesOnly ? 1 : 2);
    const width = widthUnits * 16 - (left + right) * cropX;
    const height = heightUnits * 16 * (framesOnly ? 1 : 2) - (top + bottom) * cropY;
    // The largest level allows 16384 pixels a side.
    if (width < 1 || height < 1 || width > 16384 || height > 16384) return undefined;
    const vui = bits.flag() ? parseVui(bits) : {};
    const codec = `avc1.${[profile, constraints, level].map(hexByte).join('')}`;
    return {
      profile,
      constraints,
      level,
      width,
      height,
      codec,
      reorderFrames: vui.reorderFrames,
      maxDecFrameBuffering: vui.maxDecFrameBuffering,
      fullRange: vui.fullRange,
    };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function hexByte(value: number): string {
  return value.toString(16).toUpperCase().padStart(2, '0');
}

interface Vui {
  reorderFrames?: number;
  maxDecFrameBuffering?: number;
  fullRange?: boolean;
}

/** Annex E.1.1. */
function parseVui(bits: BitReader): Vui {
  const vui: Vui = {};
  if (bits.flag() && bits.read(8) === 255) bits.skip(32);
  if (bits.flag()) bits.skip(1);
  if (bits.flag()) {
    bits.skip(3);
    vui.fullRange = bits.flag();
    if (bits.flag()) bits.skip(24);
  }
  if (bits.flag()) {
    bits.ue();
    bits.ue();
  }
  if (bits.flag()) bits.skip(65);
  const nalHrd = bits.flag();
  if (nalHrd) skipHrd(bits);
  const vclHrd = bits.flag();
  if (vclHrd) skipHrd(bits);
  if (nalHrd || vclHrd) bits.skip(1);
  bits.skip(1);
  if (bits.flag()) {
    bits.skip(1);
    bits.ue();
    bits.ue();
    bits.ue();
    bits.ue();
    vui.reorderFrames = bits.ue();
    vui.maxDecFrameBuffering = bits.ue();
  }
  return vui;
}

function skipHrd(bits: BitReader): void {
  const count = bits.ue() + 1;
  if (count > 32) throw new RangeError('cpb_cnt');
  bits.skip(8);
  for (let i = 0; i < count; i += 1) {
    bits.ue();
    bits.ue();
    bits.skip(1);
  }
  bits.skip(20);
}

function skipScalingLists(bits: BitReader, lists: number): void {
  for (let list = 0; list < lists; list += 1) {
    if (!bits.flag()) continue;
    let last = 8;
    let next = 8;
    for (let i = 0; i < (list < 6 ? 16 : 64); i += 1) {
      if (next !== 0) next = (last + bits.se() + 256) % 256;
      last = next === 0 ? last : next;
    }
  }
}

/** Takes the emulation prevention bytes (00 00 03) out. */
function withoutEmulation(data: Uint8Array): Uint8Array {
  const clean = new Uint8Array(data.length);
  let length = 0;
  let zeros = 0;
  for (const byte of data) {
    if (zeros >= 2 && byte === 3) {
      zeros = 0;
      continue;
    }
    zeros = byte === 0 ? zeros + 1 : 0;
    clean[length] = byte;
    length += 1;
  }
  return clean.subarray(0, length);
}

/** Reads bits, most significant first; past the end it throws RangeError. */
class BitReader {
  readonly #data: Uint8Array;
  #at = 0;

  constructor(data: Uint8Array) {
    this.#data = data;
  }

  flag(): boolean {
    const byte = this.#data[this.#at >> 3];
    if (byte === undefined) throw new RangeError('the parameter set ends early');
    const bit = (byte >> (7 - (this.#at & 7))) & 1;
    this.#at += 1;
    return bit === 1;
  }

  read(count: number): number {
    let value = 0;
    for (let i = 0; i < count; i += 1) value = value * 2 + (this.flag() ? 1 : 0);
    return value;
  }

  skip(count: number): void {
    this.#at += count;
  }

  /** Unsigned Exp-Golomb. */
  ue(): number {
    let zeros = 0;
    while (!this.flag()) {
      zeros += 1;
      if (zeros > 32) throw new RangeError('not an Exp-Golomb code');
    }
    return 2 ** zeros - 1 + this.read(zeros);
  }

  /** Signed Exp-Golomb. */
  se(): number {
    const code = this.ue();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }
}
