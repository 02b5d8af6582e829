/** A WHEP viewer without a browser: it counts what it gets and can complain like one. */
import { EventEmitter } from 'node:events';
import rtc from 'node-datachannel';

/** An RTP packet as it came. */
export interface Packet {
  readonly size: number;
  readonly payloadType: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly marker: boolean;
  readonly ssrc: number;
  /** One-byte header extensions by number. */
  readonly extensions: ReadonlyMap<number, Buffer>;
  readonly payload: Buffer;
}

export class TestPeer extends EventEmitter<{ packet: [Packet]; open: []; closed: [] }> {
  readonly connection: rtc.PeerConnection;
  readonly track: rtc.Track;
  packets = 0;

  constructor() {
    super();
    this.connection = new rtc.PeerConnection('peer', { iceServers: [], disableAutoNegotiation: true });
    const video = new rtc.Video('0', 'RecvOnly');
    video.addH264Codec(102, 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f');
    video.parseSdpLine('a=extmap:5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay');
    this.track = this.connection.addTrack(video);
    this.track.onMessage((data) => {
      if ((data.readUInt8(1) & 0x7f) >= 72 && (data.readUInt8(1) & 0x7f) <= 79) return;
      this.packets += 1;
      if (this.listenerCount('packet') > 0) this.emit('packet', readPacket(data));
    });
    this.track.onOpen(() => this.emit('open'));
    this.connection.onStateChange((state) => {
      if (state === 'closed' || state === 'disconnected' || state === 'failed') this.emit('closed');
    });
  }

  /**
   * An offer without candidates, as the player sends it: the server is reached first. (With candidates the
   * server's DTLS can come before its answer, and this library fails then; browsers wait.)
   */
  offer(): Promise<string> {
    return new Promise((resolve) => {
      this.connection.onGatheringStateChange((state) => {
        if (state === 'complete')
          resolve((this.connection.localDescription()?.sdp ?? '').replaceAll(/a=candidate:.*\r\n/g, ''));
      });
      this.connection.setLocalDescription('offer');
    });
  }

  answer(sdp: string): void {
    this.connection.setRemoteDescription(sdp, 'answer');
  }

  /** Picture Loss Indication (RFC 4585 6.3.1). */
  sendPli(ssrc: number): void {
    const packet = Buffer.from('81ce00020000000100000000', 'hex');
    packet.writeUInt32BE(ssrc, 8);
    this.track.sendMessageBinary(packet);
  }

  /** Asks for one packet again (RFC 4585 6.2.1). */
  sendNack(ssrc: number, sequence: number): void {
    const packet = Buffer.from('81cd0003000000010000000000000000', 'hex');
    packet.writeUInt32BE(ssrc, 8);
    packet.writeUInt16BE(sequence, 12);
    this.track.sendMessageBinary(packet);
  }

  /** A receiver report without blocks: a sign of life. */
  sendReport(): void {
    this.track.sendMessageBinary(Buffer.from('80c9000100000001', 'hex'));
  }

  close(): void {
    this.track.close();
    this.connection.close();
  }
}

/** The type of NAL unit that a packet's payload begins or carries (RFC 6184: single, FU-A). */
export function payloadNal({ payload }: Packet): { type: number; start: boolean } {
  const type = (payload[0] ?? 0) & 0x1f;
  if (type !== 28) return { type, start: true };
  const header = payload[1] ?? 0;
  return { type: header & 0x1f, start: (header & 0x80) !== 0 };
}

function readPacket(data: Buffer): Packet {
  const extensions = new Map<number, Buffer>();
  let at = 12 + 4 * (data.readUInt8(0) & 0x0f);
  if ((data.readUInt8(0) & 0x10) !== 0) {
    const end = at + 4 + 4 * data.readUInt16BE(at + 2);
    for (let item = at + 4; item < end; ) {
      const head = data.readUInt8(item);
      if (head === 0) item += 1;
      else {
        const length = (head & 0x0f) + 1;
        extensions.set(head >> 4, data.subarray(item + 1, item + 1 + length));
        item += 1 + length;
      }
    }
    at = end;
  }
  return {
    size: data.length,
    payloadType: data.readUInt8(1) & 0x7f,
    marker: (data.readUInt8(1) & 0x80) !== 0,
    sequence: data.readUInt16BE(2),
    timestamp: data.readUInt32BE(4),
    ssrc: data.readUInt32BE(8),
    extensions,
    payload: data.subarray(at),
  };
}
