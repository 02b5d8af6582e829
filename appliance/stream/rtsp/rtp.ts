/** RTP packets and RTCP sender reports (RFC 3550), framed for an RTSP connection. */

/** Bytes of RTP payload in a packet: with all headers it fits a VPN's 1280 byte packets. */
export const maxPayload = 1200;

/** One packet's payload: a few bytes of header, then a piece of the picture (not copied yet). */
export interface Payload {
  readonly prefix: readonly number[];
  /** Whole bytes put between the prefix and the data, such as JPEG's tables. */
  readonly extra?: Buffer;
  readonly data: Buffer;
}

const frameHeader = 4;
const rtpHeader = 12;

/** RTP time of a capture time: 90 kHz on the same clock, modulo 2^32. */
export function rtpTime(timeUs: number): number {
  return Math.floor((timeUs * 9) / 100) % 0x1_0000_0000;
}

/** Writes one stream's packets: numbers them and keeps the counts for its reports. */
export class RtpWriter {
  readonly #ssrc: number;
  readonly #payloadType: number;
  readonly #channel: number;
  #sequence: number;
  #packets = 0;
  #octets = 0;

  /** `channel` is the interleaved channel for RTP; reports go to the next one. */
  constructor(options: { ssrc: number; sequence: number; payloadType: number; channel: number }) {
    this.#ssrc = options.ssrc >>> 0;
    this.#sequence = options.sequence & 0xffff;
    this.#payloadType = options.payloadType;
    this.#channel = options.channel;
  }

  /** One picture's packets in one buffer, ready for the socket; the last carries the marker. */
  write(payloads: readonly Payload[], timeUs: number): Buffer {
    const sizes = payloads.map(({ prefix, extra, data }) => prefix.length + (extra?.length ?? 0) + data.length);
    const total = sizes.reduce((sum, size) => sum + size + frameHeader + rtpHeader, 0);
    const out = Buffer.allocUnsafe(total);
    const time = rtpTime(timeUs);
    let at = 0;
    for (const [index, { prefix, extra, data }] of payloads.entries()) {
      const size = sizes[index] ?? 0;
      const marker = index === payloads.length - 1 ? 0x80 : 0;
      out[at] = 0x24;
      out[at + 1] = this.#channel;
      out.writeUInt16BE(rtpHeader + size, at + 2);
      out[at + 4] = 0x80;
      out[at + 5] = marker | this.#payloadType;
      out.writeUInt16BE(this.#sequence, at + 6);
      out.writeUInt32BE(time, at + 8);
      out.writeUInt32BE(this.#ssrc, at + 12);
      at += frameHeader + rtpHeader;
      for (const byte of prefix) out[at++] = byte;
      if (extra) at += extra.copy(out, at);
      at += data.copy(out, at);
      this.#sequence = (this.#sequence + 1) & 0xffff;
      this.#packets += 1;
      this.#octets += size;
    }
    return out;
  }

  /**
   * A sender report: tells readers which wall-clock time (milliseconds since 1970) the capture
   * time `timeUs` was. With our name (SDES), as RFC 3550 wants every report to be.
   */
  report(timeUs: number, wallMs: number, name: string): Buffer {
    const cname = Buffer.from(name).subarray(0, 255);
    // One chunk: SSRC, then type 1, length, text and at least one zero up to a multiple of four.
    const chunk = 4 + Math.ceil((2 + cname.length + 1) / 4) * 4;
    const length = 28 + 4 + chunk;
    const out = Buffer.alloc(frameHeader + length);
    out[0] = 0x24;
    out[1] = this.#channel + 1;
    out.writeUInt16BE(length, 2);
    let at = frameHeader;
    out[at] = 0x80;
    out[at + 1] = 200;
    out.writeUInt16BE(28 / 4 - 1, at + 2);
    out.writeUInt32BE(this.#ssrc, at + 4);
    // NTP counts from 1900: 70 years and 17 leap days before 1970.
    const seconds = Math.floor(wallMs / 1000) + 2_208_988_800;
    out.writeUInt32BE(seconds % 0x1_0000_0000, at + 8);
    out.writeUInt32BE(Math.floor(((wallMs / 1000) % 1) * 0x1_0000_0000), at + 12);
    out.writeUInt32BE(rtpTime(timeUs), at + 16);
    out.writeUInt32BE(this.#packets >>> 0, at + 20);
    out.writeUInt32BE(this.#octets >>> 0, at + 24);
    at += 28;
    out[at] = 0x81;
    out[at + 1] = 202;
    out.writeUInt16BE((4 + chunk) / 4 - 1, at + 2);
    out.writeUInt32BE(this.#ssrc, at + 4);
    out[at + 8] = 1;
    out[at + 9] = cname.length;
    cname.copy(out, at + 10);
    return out;
  }
}

/** The wall-clock time of a capture time on CLOCK_MONOTONIC, both as they stand now. */
export function wallClock(timeUs: number): number {
  return Date.now() - (Number(process.hrtime.bigint() / 1000n) - timeUs) / 1000;
}
