/** H.264 (RFC 6184) and H.265 (RFC 7798) pictures as RTP payloads. */
import { maxPayload, type Payload } from './rtp.ts';

const startCode = Buffer.from([0, 0, 1]);

/** The NAL units of an Annex B picture, without start codes and padding. */
export function splitNals(data: Buffer): Buffer[] {
  const nals: Buffer[] = [];
  let start = data.indexOf(startCode);
  while (start >= 0) {
    start += startCode.length;
    const next = data.indexOf(startCode, start);
    // The zero of a four byte start code, and trailing padding, are not part of the unit before.
    let end = next < 0 ? data.length : next;
    while (end > start && data[end - 1] === 0) end -= 1;
    if (end > start) nals.push(data.subarray(start, end));
    start = next;
  }
  return nals;
}

/** nal_unit_type of H.264. */
export function h264Type(nal: Buffer): number {
  return (nal[0] ?? 0) & 0x1f;
}

/** nal_unit_type of H.265. */
export function h265Type(nal: Buffer): number {
  return ((nal[0] ?? 0) >> 1) & 0x3f;
}

/** H.264: a NAL unit a packet where it fits, fragments (FU-A) where it does not. Delimiters and filler stay here. */
export function packH264(data: Buffer): Payload[] {
  return splitNals(data)
    .filter((nal) => h264Type(nal) !== 9 && h264Type(nal) !== 12)
    .flatMap((nal) => {
      if (nal.length <= maxPayload) return [{ prefix: [], data: nal }];
      const first = nal[0] ?? 0;
      return fragments(nal.subarray(1), [(first & 0xe0) | 28], first & 0x1f);
    });
}

/** H.265 likewise, with its fragments of type 49. */
export function packH265(data: Buffer): Payload[] {
  return splitNals(data)
    .filter((nal) => nal.length > 2 && h265Type(nal) !== 35 && h265Type(nal) !== 38)
    .flatMap((nal) => {
      if (nal.length <= maxPayload) return [{ prefix: [], data: nal }];
      const [first = 0, second = 0] = nal;
      return fragments(nal.subarray(2), [(first & 0x81) | (49 << 1), second], h265Type(nal));
    });
}

function fragments(body: Buffer, indicator: readonly number[], type: number): Payload[] {
  const size = maxPayload - indicator.length - 1;
  const parts: Payload[] = [];
  for (let at = 0; at < body.length; at += size) {
    const start = at === 0 ? 0x80 : 0;
    const end = at + size >= body.length ? 0x40 : 0;
    parts.push({ prefix: [...indicator, start | end | type], data: body.subarray(at, at + size) });
  }
  return parts;
}
