import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Encoding } from '../../settings/table.ts';
import { NotSendable, packJpeg, readJpeg } from './jpeg.ts';
import { h264Type, h265Type, packH264, packH265, splitNals } from './nal.ts';
import { maxPayload, type Payload, RtpWriter, rtpTime } from './rtp.ts';
import { describe as describeStream } from './sdp.ts';
import { type Clip, makeClip } from './testing/footage.ts';

const clips = new Map<Encoding, Clip>();
beforeAll(() => {
  for (const codec of ['h264', 'h265', 'mjpeg'] as const) clips.set(codec, makeClip(codec, 640, 480, { pictures: 2 }));
});
function key(codec: Encoding): Buffer {
  const data = clips.get(codec)?.pictures[0]?.data;
  if (!data) throw new Error('there is no clip');
  return data;
}

const bytesOf = ({ prefix, extra, data }: Payload) =>
  Buffer.concat([Buffer.from(prefix), extra ?? Buffer.alloc(0), data]);

/** What a receiver puts together again: RFC 6184 section 5.8, RFC 7798 section 4.4.3. */
function unpack(payloads: readonly Payload[], codec: 'h264' | 'h265'): Buffer[] {
  const nals: Buffer[] = [];
  for (const payload of payloads.map(bytesOf)) {
    const [first = 0, second = 0, third = 0] = payload;
    const fragment = codec === 'h264' ? (first & 31) === 28 : ((first >> 1) & 63) === 49;
    if (!fragment) {
      nals.push(payload);
      continue;
    }
    const head = codec === 'h264' ? second : third;
    const body = payload.subarray(codec === 'h264' ? 2 : 3);
    const begin = codec === 'h264' ? [(first & 0xe0) | (head & 31)] : [(first & 0x81) | ((head & 63) << 1), second];
    if (head & 0x80) nals.push(Buffer.concat([Buffer.from(begin), body]));
    else nals.push(Buffer.concat([nals.pop() ?? Buffer.alloc(0), body]));
  }
  return nals;
}

describe('NAL units', () => {
  it('are found behind start codes of three and four bytes, without padding', () => {
    const data = Buffer.from([0, 0, 0, 1, 0x67, 1, 0, 0, 1, 0x68, 2, 0, 0, 0, 0, 1, 0x65, 3, 4, 0, 0]);
    expect(splitNals(data).map((nal) => [...nal])).toEqual([
      [0x67, 1],
      [0x68, 2],
      [0x65, 3, 4],
    ]);
    expect(splitNals(Buffer.from([1, 2, 3]))).toEqual([]);
    expect(splitNals(Buffer.alloc(0))).toEqual([]);
  });

  it.each([
    ['h264', packH264, (nal: Buffer) => h264Type(nal) !== 9],
    ['h265', packH265, (nal: Buffer) => h265Type(nal) !== 35],
  ] as const)('%s: a receiver gets them all back, from packets of at most 1200 bytes', (codec, pack, kept) => {
    for (const { data } of clips.get(codec)?.pictures ?? []) {
      const payloads = pack(data);
      expect(Math.max(...payloads.map((payload) => bytesOf(payload).length))).toBeLessThanOrEqual(maxPayload);
      expect(unpack(payloads, codec)).toEqual(splitNals(data).filter(kept));
    }
  });

  it('of any size come back whole', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 3, max: 5000 }),
        fc.constantFrom('h264' as const, 'h265' as const),
        (size, codec) => {
          const nal = Buffer.alloc(size, 0x55);
          nal[0] = codec === 'h264' ? 0x65 : 0x26;
          nal[1] = 1;
          const data = Buffer.concat([Buffer.from([0, 0, 1]), nal]);
          expect(unpack(codec === 'h264' ? packH264(data) : packH265(data), codec)).toEqual([nal]);
        },
      ),
    );
  });

  it('are never packed badly, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
        expect(packH264(Buffer.from(data))).toBeInstanceOf(Array);
        expect(packH265(Buffer.from(data))).toBeInstanceOf(Array);
      }),
    );
  });
});

describe('JPEG', () => {
  it('is taken apart', () => {
    const jpeg = readJpeg(key('mjpeg'));
    expect(jpeg).toMatchObject({ width: 640, height: 480, type: 1, restart: 0 });
    expect(jpeg?.tables).toHaveLength(128);
  });

  it('carries its tables in the first packet and its offsets in each', () => {
    const data = key('mjpeg');
    const payloads = packJpeg(data).map(bytesOf);
    const scan = readJpeg(data)?.scan ?? Buffer.alloc(0);
    const [first = Buffer.alloc(0), ...rest] = payloads;
    // Offset 0, type 1, Q 255, 80x60 blocks; then the table header of 128 bytes (RFC 2435 section 3.1).
    expect([...first.subarray(0, 12)]).toEqual([0, 0, 0, 0, 1, 255, 80, 60, 0, 0, 0, 128]);
    const pieces = [first.subarray(12 + 128), ...rest.map((payload) => payload.subarray(8))];
    expect(Buffer.concat(pieces).equals(scan)).toBe(true);
    let offset = 0;
    for (const [index, payload] of payloads.entries()) {
      expect(payload.length).toBeLessThanOrEqual(maxPayload);
      expect(payload.readUIntBE(1, 3)).toBe(offset);
      offset += pieces[index]?.length ?? 0;
    }
  });

  it('is none when it is damaged', () => {
    const data = key('mjpeg');
    expect(packJpeg(Buffer.alloc(0))).toEqual([]);
    expect(packJpeg(data.subarray(0, 300))).toEqual([]);
    expect(packJpeg(data.subarray(2))).toEqual([]);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          packJpeg(Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xdb]), Buffer.from(bytes)]));
        } catch (error) {
          expect(error).toBeInstanceOf(NotSendable);
        }
      }),
    );
  });

  /** The test picture with one byte of a segment changed. */
  function changed(marker: number, offset: number, value: number): Buffer {
    const data = Buffer.from(key('mjpeg'));
    data[data.indexOf(Buffer.from([0xff, marker])) + 4 + offset] = value;
    return data;
  }

  it.each([
    ['wider than 2040', () => changed(0xc0, 3, 0x0a), 'carries pictures up to 2040x2040, and this one is 2688x480'],
    ['grey', () => changed(0xc0, 5, 1), 'in colour with 8 bits only'],
    ['4:4:4', () => changed(0xc0, 7, 0x11), '4:2:0 and 4:2:2 colour only'],
    ['with tables of 16 bits', () => changed(0xdb, 0, 0x10), '16 bit JPEG tables'],
    ['with Huffman tables of its own', () => changed(0xc4, 20, 0x7f), 'standard Huffman tables only'],
  ])('is refused with a sentence when it is %s', (_name, picture, sentence) => {
    expect(() => packJpeg(picture())).toThrow(NotSendable);
    expect(() => packJpeg(picture())).toThrow(sentence);
  });
});

describe('RtpWriter', () => {
  const payload = (size: number): Payload => ({ prefix: [1, 2], data: Buffer.alloc(size, 9) });

  it('frames packets for the connection, numbers them and marks the last', () => {
    const writer = new RtpWriter({ ssrc: 0x01020304, sequence: 0xffff, payloadType: 96, channel: 4 });
    const out = writer.write([payload(3), payload(1)], 1_000_000);
    expect(out.toString('hex')).toBe(
      '24040011' +
        '8060ffff' +
        '00015f90' +
        '01020304' +
        '0102090909' +
        '2404000f' +
        '80e00000' +
        '00015f90' +
        '01020304' +
        '010209',
    );
  });

  it('reports which wall clock a capture time was', () => {
    const writer = new RtpWriter({ ssrc: 7, sequence: 0, payloadType: 96, channel: 0 });
    writer.write([payload(98), payload(98)], 0);
    const report = writer.report(2_000_000, Date.UTC(2024, 0, 1) + 250, 'door');
    expect(report.readUInt8(1)).toBe(1);
    expect(report.readUInt16BE(2)).toBe(report.length - 4);
    // 1 January 2024 in seconds since 1900, and a quarter.
    expect(report.readUInt32BE(12)).toBe(3_913_056_000);
    expect(report.readUInt32BE(16)).toBe(0x40000000);
    expect(report.readUInt32BE(20)).toBe(180_000);
    expect([report.readUInt32BE(24), report.readUInt32BE(28)]).toEqual([2, 200]);
    expect(report.toString('latin1', 42, 46)).toBe('door');
    expect(report.length % 4).toBe(0);
  });

  it('keeps RTP time whole through its end', () => {
    expect(rtpTime(2 ** 32 / 0.09 + 100)).toBe(9);
    expect(rtpTime(10 ** 13)).toBe(((10 ** 13 * 9) / 100) % 2 ** 32);
  });
});

describe('announcement', () => {
  it('names the parameters of H.264', () => {
    const sdp = describeStream('h264', key('h264'), 'door');
    expect(sdp).toMatch(/^m=video 0 RTP\/AVP 96\r$/m);
    const [, sps = '', pps = ''] = /sprop-parameter-sets=([^,]+),(\S+)/.exec(sdp) ?? [];
    expect([h264Type(Buffer.from(sps, 'base64')), h264Type(Buffer.from(pps, 'base64'))]).toEqual([7, 8]);
    expect(sdp).toContain(`profile-level-id=${Buffer.from(sps, 'base64').toString('hex', 1, 4)}`);
  });

  it('names the parameters of H.265', () => {
    const sdp = describeStream('h265', key('h265'), 'door');
    const sets = /sprop-vps=(\S+);sprop-sps=(\S+);sprop-pps=(\S+)/.exec(sdp)?.slice(1) ?? [];
    expect(sets.map((set) => h265Type(Buffer.from(set, 'base64')))).toEqual([32, 33, 34]);
  });

  it('needs none for MJPEG, nor when a key frame has none', () => {
    expect(describeStream('mjpeg', key('mjpeg'), 'door')).toContain('m=video 0 RTP/AVP 26');
    expect(describeStream('h264', Buffer.from([0, 0, 1, 0x65, 1]), 'door')).not.toContain('sprop');
    expect(describeStream('h265', Buffer.alloc(0), 'a\r\nb=x')).toContain('s=a  b=x');
  });
});
