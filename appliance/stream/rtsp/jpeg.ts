/** JPEG pictures as RTP payloads (RFC 2435), with their quantization tables in-band. */
import { createHash } from 'node:crypto';
import { RtspError } from './message.ts';
import { maxPayload, type Payload } from './rtp.ts';

/** RFC 2435 has one byte each for width and height, in blocks of 8. */
const maxSide = 255 * 8;

/**
 * A picture that cannot go by RTP as it is; the sentence says why and what to choose instead.
 * Other pictures of the same camera may.
 */
export class NotSendable extends RtspError {
  override name = 'NotSendable';
}

/** What RFC 2435 needs to know of a JPEG picture. */
export interface Jpeg {
  readonly width: number;
  readonly height: number;
  /** 0: chroma halved across (4:2:2). 1: halved both ways (4:2:0). */
  readonly type: 0 | 1;
  /** MCUs between restart markers; 0 without. */
  readonly restart: number;
  /** Luma then chroma table, 64 bytes each, in zigzag order. */
  readonly tables: Buffer;
  readonly scan: Buffer;
}

/**
 * Takes a JPEG picture apart; undefined when it is damaged.
 * @throws NotSendable when RFC 2435 cannot carry pictures like this one
 */
export function readJpeg(data: Buffer): Jpeg | undefined {
  if (data.length < 4 || data.readUInt16BE(0) !== 0xffd8) return undefined;
  const quantization = new Map<number, Buffer>();
  let frame: (Pick<Jpeg, 'width' | 'height' | 'type'> & { luma: number; chroma: number }) | undefined;
  let restart = 0;
  let at = 2;
  while (at + 4 <= data.length) {
    const marker = data.readUInt16BE(at);
    if (marker === 0xffff) {
      at += 1;
      continue;
    }
    const end = at + 2 + data.readUInt16BE(at + 2);
    const segment = data.subarray(at + 4, end);
    if (marker >> 8 !== 0xff || end > data.length || end < at + 4) break;
    if (marker === 0xffdb) readQuantization(segment, quantization);
    else if (marker === 0xffc4) checkHuffman(segment);
    else if (marker === 0xffc0 || marker === 0xffc1) frame = readFrame(segment);
    else if (marker > 0xffc1 && marker <= 0xffcf && marker !== 0xffc8 && marker !== 0xffcc)
      throw new NotSendable('MJPEG over RTSP cannot carry progressive JPEG pictures. Choose h264.');
    else if (marker === 0xffdd && segment.length >= 2) restart = segment.readUInt16BE(0);
    else if (marker === 0xffda) {
      const luma = frame && quantization.get(frame.luma);
      const chroma = frame && quantization.get(frame.chroma);
      if (!frame || !luma || !chroma) break;
      const stop = data.lastIndexOf(Buffer.from([0xff, 0xd9]));
      const { width, height, type } = frame;
      const scan = data.subarray(end, stop > end ? stop : data.length);
      return { width, height, type, restart, tables: Buffer.concat([luma, chroma]), scan };
    }
    at = end;
  }
  return undefined;
}

function readQuantization(segment: Buffer, tables: Map<number, Buffer>): void {
  for (let at = 0; at + 65 <= segment.length; at += 65) {
    const head = segment.readUInt8(at);
    if (head >> 4 !== 0) throw new NotSendable('MJPEG over RTSP cannot carry 16 bit JPEG tables. Choose h264.');
    tables.set(head & 15, segment.subarray(at + 1, at + 65));
  }
}

function readFrame(segment: Buffer): Pick<Jpeg, 'width' | 'height' | 'type'> & { luma: number; chroma: number } {
  const [precision, , , , , components] = segment;
  if (segment.length < 15 || precision !== 8 || components !== 3)
    throw new NotSendable('MJPEG over RTSP carries pictures in colour with 8 bits only. Choose h264.');
  const height = segment.readUInt16BE(1);
  const width = segment.readUInt16BE(3);
  if (width > maxSide || height > maxSide)
    throw new NotSendable(
      `MJPEG over RTSP carries pictures up to ${maxSide}x${maxSide}, and this one is ${width}x${height}. Choose a smaller size, or h264.`,
    );
  const sampling = segment[7];
  const evenChroma = segment[10] === 0x11 && segment[13] === 0x11;
  if (!evenChroma || (sampling !== 0x21 && sampling !== 0x22))
    throw new NotSendable('MJPEG over RTSP carries 4:2:0 and 4:2:2 colour only. Choose h264.');
  return { width, height, type: sampling === 0x22 ? 1 : 0, luma: segment[8] ?? 0, chroma: segment[11] ?? 0 };
}

/**
 * Readers rebuild the Huffman tables from the standard (ITU-T T.81 annex K.3): a picture with
 * its own cannot be decoded by them. These are the standard ones' hashes, by class and number.
 */
const standardHuffman = new Set<string>([
  'beea46687f17f3c8dcbd9f162934ce4a3ea6e417',
  'd32723456155fea1f116b799120f479434f3aff3',
  'afa3ed5915e0d377cff76d524a81ab3a3769a782',
  '739e6ba8b22ab863ec4d62bc2e8226f486fd1d00',
]);

function checkHuffman(segment: Buffer): void {
  let at = 0;
  while (at + 17 <= segment.length) {
    const counts = segment.subarray(at + 1, at + 17);
    const end = at + 17 + counts.reduce((sum, count) => sum + count, 0);
    const hash = createHash('sha1').update(segment.subarray(at, end)).digest('hex');
    if (!standardHuffman.has(hash))
      throw new NotSendable('MJPEG over RTSP carries JPEG with the standard Huffman tables only. Choose h264.');
    at = end;
  }
}

/**
 * A JPEG picture as RTP payloads; none when it is damaged.
 * @throws NotSendable when RFC 2435 cannot carry pictures like this one
 */
export function packJpeg(data: Buffer): Payload[] {
  const jpeg = readJpeg(data);
  if (!jpeg) return [];
  if (jpeg.scan.length >= 0x100_0000)
    throw new NotSendable('MJPEG over RTSP carries pictures up to 16 MB. Choose a lower quality.');
  // Quantization 255: the tables come with each picture, in its first packet.
  const quantization = 255;
  const size = [quantization, Math.ceil(jpeg.width / 8), Math.ceil(jpeg.height / 8)];
  const type = jpeg.restart > 0 ? jpeg.type + 64 : jpeg.type;
  // Packets do not begin at restart markers: F and L set, count 0x3fff, as RFC 2435 section 3.1.7 has it.
  const restart = jpeg.restart > 0 ? [jpeg.restart >> 8, jpeg.restart & 255, 0xff, 0xff] : [];
  const tables = Buffer.concat([Buffer.from([0, 0, 0, jpeg.tables.length]), jpeg.tables]);
  const payloads: Payload[] = [];
  let at = 0;
  do {
    const extra = at === 0 ? tables : undefined;
    const room = maxPayload - 8 - restart.length - (extra?.length ?? 0);
    const prefix = [0, (at >> 16) & 255, (at >> 8) & 255, at & 255, type, ...size, ...restart];
    const piece = jpeg.scan.subarray(at, at + room);
    payloads.push(extra ? { prefix, extra, data: piece } : { prefix, data: piece });
    at += room;
  } while (at < jpeg.scan.length);
  return payloads;
}
