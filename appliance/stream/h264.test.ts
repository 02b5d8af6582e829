import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { joinWithLengths, nalType, parseSps, splitAnnexB } from './h264.ts';

describe('splitAnnexB', () => {
  it('cuts at short and long start codes and leaves padding out', () => {
    const stream = Buffer.from('0000000167aabb00000001 68cc 000000 000001 65dd000003ee0000'.replaceAll(' ', ''), 'hex');
    expect(splitAnnexB(stream).map((unit) => unit.toString('hex'))).toEqual(['67aabb', '68cc', '65dd000003ee']);
  });

  it.each([
    ['nothing', ''],
    ['no start code', '0102030405'],
    ['only a start code', '00000001'],
  ])('finds no unit in %s', (_what, hex) => {
    expect(splitAnnexB(Buffer.from(hex, 'hex'))).toEqual([]);
  });

  it('gives back what was joined', () => {
    const unit = fc
      .uint8Array({ minLength: 1, maxLength: 50 })
      // A unit has no start code inside and does not end with zero (7.4.1).
      .map((bytes) => Buffer.from(bytes.map((byte) => byte || 1)));
    fc.assert(
      fc.property(fc.array(unit, { minLength: 1, maxLength: 8 }), (units) => {
        const stream = Buffer.concat(units.flatMap((one) => [Buffer.from([0, 0, 0, 1]), one]));
        expect(splitAnnexB(stream)).toEqual(units);
      }),
    );
  });
});

it('joins units with their lengths', () => {
  expect(joinWithLengths([Buffer.from('67aa', 'hex'), Buffer.from('68', 'hex')]).toString('hex')).toBe(
    '0000000267aa0000000168',
  );
});

describe('parseSps', () => {
  // Written by x264 (tune zerolatency), by a Raspberry Pi's encoder style (no VUI) and cropped 1080p.
  it.each([
    {
      name: 'x264 constrained baseline 1280x720',
      hex: '6742c01fd9005005bb0110000003001000000303c0f183264 8'.replaceAll(' ', ''),
      width: 1280,
      height: 720,
      codec: 'avc1.42C01F',
      reorderFrames: 0,
    },
    {
      name: 'x264 high 1920x1080, cropped from 1088, bitstream restriction',
      hex: '67640028acd940780227e5c05a808080a0000003002000000781e30632c0',
      width: 1920,
      height: 1080,
      codec: 'avc1.640028',
      reorderFrames: 2,
    },
    {
      name: 'baseline 640x480 without VUI',
      hex: '6742001eab40501ec8',
      width: 640,
      height: 480,
      codec: 'avc1.42001E',
      reorderFrames: undefined,
    },
  ])('reads $name', ({ hex, width, height, codec, reorderFrames }) => {
    expect(parseSps(Buffer.from(hex, 'hex'))).toMatchObject({ width, height, codec, reorderFrames });
  });

  it('never throws, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        const sps = parseSps(Uint8Array.from([0x67, ...bytes]));
        if (sps) expect(sps.width * sps.height).toBeGreaterThan(0);
      }),
      { numRuns: 5_000 },
    );
  });

  it('refuses other units', () => {
    expect(parseSps(Buffer.from('68ce3c80', 'hex'))).toBeUndefined();
    expect(nalType(Buffer.from('68ce3c80', 'hex'))).toBe(8);
  });
});
