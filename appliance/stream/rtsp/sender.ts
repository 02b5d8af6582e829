import type { Encoding } from '../../settings/table.ts';
import type { AccessUnit } from '../feed.ts';
import { RtspError } from './message.ts';
import { RtpWriter, wallClock } from './rtp.ts';
import { kinds } from './sdp.ts';

/** Where a sender's bytes go; an `RtspConnection`. */
export interface Outlet {
  readonly backlog: number;
  write(data: Buffer, taken?: () => void): void;
}

/** A server this far behind is given no more until it has caught up. */
const slowBytes = 256 * 1024;
const slowMs = 500;
/** Never more than this waits in memory, whatever the bitrate; one picture may come on top. */
const mostBytes = 4 * 1024 * 1024;
/** Nothing at all taken for this long: the connection is of no use any more. */
const stallMs = 10_000;
/** RFC 3550's usual interval of reports. The second comes sooner: some readers miss one that is ahead of all pictures. */
const reportMs = 5_000;
const secondReportMs = 500;

export interface SenderOptions {
  readonly codec: Encoding;
  readonly outlet: Outlet;
  /** Interleaved channel for RTP. */
  readonly channel: number;
  /** Our name in reports. */
  readonly name: string;
  readonly ssrc: number;
  readonly sequence: number;
  /** Asks the camera for a picture to go on from. */
  readonly requestKeyFrame: () => void;
  /** Milliseconds that go on evenly; a test may give its own. */
  readonly now?: () => number;
}

/**
 * Sends one encoding's pictures. When the server does not take them fast enough, it skips whole
 * pictures up to a key frame, so that what arrives can always be decoded and memory is bounded.
 */
export class UnitSender {
  readonly #options: SenderOptions;
  readonly #writer: RtpWriter;
  readonly #now: () => number;
  #needsKey = true;
  #asked = false;
  #reportDue = Number.NEGATIVE_INFINITY;
  /** When the server last took everything or a part of what was waiting. */
  #takenAt: number;
  #sent = 0;
  #skipped = 0;
  #bytes = 0;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#takenAt = this.#now();
    const { ssrc, sequence, channel, codec } = options;
    this.#writer = new RtpWriter({ ssrc, sequence, channel, payloadType: kinds[codec].payloadType });
  }

  get counts(): { readonly sent: number; readonly skipped: number; readonly bytes: number } {
    return { sent: this.#sent, skipped: this.#skipped, bytes: this.#bytes };
  }

  /**
   * Sends a picture, or skips it.
   * @throws NotSendable when RTP cannot carry pictures like this one
   */
  send(unit: AccessUnit): void {
    const { codec, outlet, name } = this.#options;
    const now = this.#now();
    if (outlet.backlog === 0) this.#takenAt = now;
    const slow = outlet.backlog > slowBytes && now - this.#takenAt > slowMs;
    if (slow || outlet.backlog > mostBytes) {
      this.#needsKey = true;
      this.#asked = false;
      this.#skipped += 1;
      return;
    }
    if (this.#needsKey && !unit.key) {
      // Once it has caught up: asked any earlier, the key frame would be skipped too.
      if (!this.#asked) this.#options.requestKeyFrame();
      this.#asked = true;
      this.#skipped += 1;
      return;
    }
    const payloads = kinds[codec].pack(unit.data);
    if (payloads.length === 0) {
      // Damaged: nothing of it can be shown.
      this.#skipped += 1;
      return;
    }
    const packets = this.#writer.write(payloads, unit.timeUs);
    this.#needsKey = false;
    this.#asked = false;
    if (now >= this.#reportDue) {
      this.#reportDue = now + (this.#sent === 0 ? secondReportMs : reportMs);
      // Ahead of the picture it speaks of: readers have the wall clock from the first one on.
      outlet.write(this.#writer.report(unit.timeUs, wallClock(unit.timeUs), name));
    }
    outlet.write(packets, () => {
      this.#takenAt = this.#now();
    });
    this.#sent += 1;
    this.#bytes += packets.length;
  }

  /** Why the connection is of no use any more, when the server takes nothing at all. To be asked every second or so. */
  stalled(): RtspError | undefined {
    if (this.#options.outlet.backlog === 0) this.#takenAt = this.#now();
    if (this.#now() - this.#takenAt < stallMs) return undefined;
    return new RtspError(`The server takes no more data: nothing went out for ${stallMs / 1000} s.`);
  }
}
