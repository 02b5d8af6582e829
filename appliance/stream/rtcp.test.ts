import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readRtcp } from './rtcp.ts';

const ssrc = 0x0a0b0c0d;
const report = '81c90007 00000001 0a0b0c0d 40 000102 00001234 00000b40 00000000 00000000'.replaceAll(' ', '');
const nack = '81cd0003 00000001 0a0b0c0d 0064 0005'.replaceAll(' ', '');
const pli = '81ce0002 00000001 0a0b0c0d'.replaceAll(' ', '');
const fir = '84ce0004 00000001 00000000 0a0b0c0d 01000000'.replaceAll(' ', '');
const remb = '8fce0005 00000001 00000000 52454d42 01020304 0a0b0c0d'.replaceAll(' ', '');

it.each([
  [
    'a receiver report',
    report,
    { keyFrameWanted: false, nacked: 0, report: { lost: 258, fractionLost: 0.25, jitter: 32 } },
  ],
  ['a NACK of one packet and two after it', nack, { keyFrameWanted: false, nacked: 3, report: undefined }],
  ['a PLI', pli, { keyFrameWanted: true, nacked: 0, report: undefined }],
  ['a FIR', fir, { keyFrameWanted: true, nacked: 0, report: undefined }],
  ['a bandwidth estimate, which is not for us', remb, { keyFrameWanted: false, nacked: 0, report: undefined }],
  [
    'several in one',
    report + nack + pli,
    { keyFrameWanted: true, nacked: 3, report: { lost: 258, fractionLost: 0.25, jitter: 32 } },
  ],
  [
    'a report about somebody else',
    report.replace('0a0b0c0d', '01010101'),
    { keyFrameWanted: false, nacked: 0, report: undefined },
  ],
  [
    'one cut short',
    (report + pli).slice(0, -8),
    { keyFrameWanted: false, nacked: 0, report: { lost: 258, fractionLost: 0.25, jitter: 32 } },
  ],
])('reads %s', (_what, hex, news) => {
  expect(readRtcp(Buffer.from(hex, 'hex'), ssrc)).toEqual(news);
});

it('never throws, whatever the bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
      readRtcp(Buffer.from(bytes), ssrc);
      readRtcp(Buffer.from([0x81, 0xc9, ...bytes]), ssrc);
      readRtcp(Buffer.from([0x81, 0xcd, 0, bytes.length >> 2, ...bytes]), ssrc);
    }),
    { numRuns: 3_000 },
  );
});
