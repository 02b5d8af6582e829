/** What a viewer's browser reports by RTCP (RFC 3550, 4585, 5104). */
export interface RtcpNews {
  /** It cannot go on without a key frame (PLI or FIR). */
  readonly keyFrameWanted: boolean;
  /** Packets it asked for again. */
  readonly nacked: number;
  /** The newest report block about what we send, where there is one. */
  readonly report: { readonly lost: number; readonly fractionLost: number; readonly jitter: number } | undefined;
}

/** Reads a compound RTCP packet; what is damaged or unknown is passed over. */
export function readRtcp(packet: Buffer, ssrc: number): RtcpNews {
  let keyFrameWanted = false;
  let nacked = 0;
  let report: RtcpNews['report'];
  let at = 0;
  while (at + 4 <= packet.length) {
    const count = packet.readUInt8(at) & 0x1f;
    const type = packet.readUInt8(at + 1);
    const end = at + 4 * (packet.readUInt16BE(at + 2) + 1);
    if (packet.readUInt8(at) >> 6 !== 2 || end > packet.length) break;
    if (type === 206 && (count === 1 || count === 4)) keyFrameWanted = true;
    if (type === 205 && count === 1) {
      for (let item = at + 12; item + 4 <= end; item += 4) nacked += 1 + ones(packet.readUInt16BE(item + 2));
    }
    if (type === 200 || type === 201) {
      const blocks = at + (type === 200 ? 28 : 8);
      for (let block = blocks; block + 24 <= end && block < blocks + 24 * count; block += 24) {
        if (packet.readUInt32BE(block) !== ssrc) continue;
        report = {
          fractionLost: packet.readUInt8(block + 4) / 256,
          lost: packet.readIntBE(block + 5, 3),
          // In units of the 90 kHz clock.
          jitter: packet.readUInt32BE(block + 12) / 90,
        };
      }
    }
    at = end;
  }
  return { keyFrameWanted, nacked, report };
}

function ones(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}
