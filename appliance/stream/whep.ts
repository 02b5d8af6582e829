/** Live video by WebRTC, joined by WHEP: an SDP offer in, an answer out, then RTP to the browser. */
import { randomInt, randomUUID } from 'node:crypto';
import type rtc from 'node-datachannel';
import { PerchError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { AccessUnit, Feed } from './feed.ts';
import { joinWithLengths, nal, nalType, splitAnnexB } from './h264.ts';
import { answerTo, type Offer, readOffer } from './offer.ts';
import { readRtcp } from './rtcp.ts';

export interface WhepOptions {
  /** The H.264 feed of a camera; throws PerchError `unknown_camera`. */
  readonly feed: (camera: string) => Feed;
  /** UDP ports, "50000-50100"; without it the system chooses. */
  readonly icePorts?: string | undefined;
  /** Viewers of one camera at the most. */
  readonly maxViewers: number;
  readonly log: Logger;
  /** Loads the WebRTC library; another one in tests. */
  readonly load?: () => Promise<Rtc>;
}

type Rtc = typeof rtc;

export interface WhepViewerStats {
  readonly id: string;
  readonly camera: string;
  /** For people: "Page at 192.168.1.7". */
  readonly who: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly connected: boolean;
  /** Of encoded video handed over for this viewer. */
  readonly bytes: number;
  readonly pictures: number;
  /** As the browser reports: packets that never came, and the part lost lately, 0 to 1. */
  readonly packetsLost: number;
  readonly fractionLost: number;
  /** Packets it asked for again, and key frames it asked for. */
  readonly nacks: number;
  readonly plis: number;
}

export interface WhepJoin {
  /** Last part of the WHEP resource's address; not to be guessed. */
  readonly id: string;
  readonly answerSdp: string;
  /**
   * A sample for the page's estimate of the camera's clock, to be sent as the headers `Perch-Clock-Us` and
   * `Perch-Took-Us`: the clock when the answer was ready, and how long making it took, both in µs.
   */
  readonly clockUs: number;
  readonly tookUs: number;
}

/** A join must be connected within this time (ms), or it is taken for given up. */
const connectWithin = 20_000;
/**
 * Browsers report by RTCP about once a second. One that has been silent for this long (ms) while pictures
 * were sent to it is gone: its tab was closed without a DELETE. (ICE alone notices after 29 s.)
 */
const goneAfter = 10_000;
/** The answer is sent with the candidates found by then (ms); host candidates take a few milliseconds. */
const gatherWithin = 1_500;
/** A browser on a bad network asks for key frames again and again; each costs all viewers bits. One per this time (ms). */
const keyFrameEvery = 500;
/**
 * Bytes of video in an RTP packet, so that the packet stays within 1200 bytes (VPNs, mobile networks):
 * 1200 - 12 RTP - 8 extension - 16 SRTP tag - 2 FU-A, rounded down.
 */
const payloadBytes = 1150;

/** Everyone who watches by WebRTC. Lives on the main thread: node-datachannel does not bear worker threads. */
export class WhepViewers {
  readonly #options: WhepOptions;
  readonly #ports: { portRangeBegin: number; portRangeEnd: number } | Record<string, never>;
  readonly #viewers = new Map<string, Viewer>();
  readonly #samples = new WeakMap<AccessUnit, Buffer>();
  readonly #keyFrames = new WeakMap<Feed, KeyFrames>();
  #watch: NodeJS.Timeout | undefined;
  #library: Promise<Rtc> | undefined;
  #closed = false;

  constructor(options: WhepOptions) {
    this.#options = options;
    const [begin, end] = (options.icePorts ?? '').split('-').map(Number);
    this.#ports = begin && end ? { portRangeBegin: begin, portRangeEnd: end } : {};
  }

  /**
   * Loads the library, so that the first viewer need not wait for it. Native code, and a package of its own on the disk:
   * when it is damaged the camera runs all the same, and is watched by MSE.
   */
  prepare(): void {
    this.#rtc().catch((error: unknown) => this.#options.log.error({ err: error }, 'there is no WebRTC'));
  }

  #rtc(): Promise<Rtc> {
    const load = this.#options.load ?? (async () => (await import('node-datachannel')).default);
    this.#library ??= load();
    return this.#library;
  }

  /**
   * Takes a viewer in. The answer is complete: nothing has to be trickled.
   * @throws PerchError `unknown_camera`, `bad_offer`, `no_webrtc`, `too_many_viewers`, `shutting_down`; nothing is left
   *   behind then
   */
  async join(camera: string, offerSdp: string, { who }: { readonly who: string }): Promise<WhepJoin> {
    const beganUs = clockUs();
    const rtc = await this.#rtc().catch((error: Error) => {
      throw new PerchError('no_webrtc', { reason: error.message.split('\n')[0] ?? '' });
    });
    if (this.#closed) throw new PerchError('shutting_down');
    const { maxViewers, log } = this.#options;
    const feed = this.#options.feed(camera);
    const offer = readOffer(offerSdp);
    if (this.viewers(camera).length >= maxViewers) throw new PerchError('too_many_viewers', { allowed: maxViewers });
    const viewer = new Viewer(rtc, {
      camera,
      who,
      feed,
      offer,
      ports: this.#ports,
      sample: (unit) => this.#sample(unit),
      wantKeyFrame: () => this.#keyFramesOf(feed).want(),
      onLeave: (why) => this.#remove(viewer, why),
    });
    this.#viewers.set(viewer.id, viewer);
    this.#watch ??= setInterval(() => this.#lookAfter(), 1_000).unref();
    try {
      const answerSdp = answerTo(offer, await viewer.answer());
      if (!this.#viewers.has(viewer.id)) throw new PerchError('shutting_down');
      log.info({ camera, who, viewer: viewer.id.slice(0, 8) }, 'viewer joined (WebRTC)');
      const nowUs = clockUs();
      return { id: viewer.id, answerSdp, clockUs: nowUs, tookUs: nowUs - beganUs };
    } catch (error) {
      viewer.leave('its offer could not be used');
      if (error instanceof PerchError) throw error;
      log.info({ camera, who, err: error }, 'an offer was refused by the WebRTC library');
      throw new PerchError('bad_offer', { reason: 'it cannot be answered' });
    }
  }

  /** Ends a viewer, as WHEP DELETE asks; false when there is none of this id (any more). */
  leave(id: string): boolean {
    const viewer = this.#viewers.get(id);
    viewer?.leave('it said goodbye');
    return viewer !== undefined;
  }

  /** Whether this id is a viewer's. */
  has(id: string): boolean {
    return this.#viewers.has(id);
  }

  /** Who watches this camera now; without a name, any camera. */
  viewers(camera?: string): WhepViewerStats[] {
    return [...this.#viewers.values()]
      .filter((one) => camera === undefined || one.camera === camera)
      .map((one) => one.stats());
  }

  /** Ends every viewer. Their sockets and threads are gone a moment later. */
  close(): void {
    this.#closed = true;
    for (const viewer of [...this.#viewers.values()]) viewer.leave('Perch is shutting down');
  }

  #remove(viewer: Viewer, why: string): void {
    if (!this.#viewers.delete(viewer.id)) return;
    if (this.#viewers.size === 0) {
      clearInterval(this.#watch);
      this.#watch = undefined;
    }
    const { camera, who, bytes, packetsLost } = viewer.stats();
    this.#options.log.info(
      { camera, who, viewer: viewer.id.slice(0, 8), why, bytes, packetsLost },
      'viewer left (WebRTC)',
    );
  }

  #lookAfter(): void {
    for (const viewer of [...this.#viewers.values()]) viewer.lookAfter();
  }

  #keyFramesOf(feed: Feed): KeyFrames {
    let known = this.#keyFrames.get(feed);
    if (!known) {
      known = new KeyFrames(feed);
      this.#keyFrames.set(feed, known);
    }
    return known;
  }

  /** A picture as the packetizers take it, made once for all viewers. */
  #sample(unit: AccessUnit): Buffer {
    let sample = this.#samples.get(unit);
    if (!sample) {
      const units = splitAnnexB(unit.data).filter((piece) => {
        const type = nalType(piece);
        return type !== nal.delimiter && type !== nal.filler;
      });
      sample = joinWithLengths(units);
      this.#samples.set(unit, sample);
    }
    return sample;
  }
}

/** Passes wishes for key frames on, no more often than `keyFrameEvery`; none is forgotten. */
class KeyFrames {
  readonly #feed: Feed;
  #last = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;

  constructor(feed: Feed) {
    this.#feed = feed;
  }

  want(): void {
    if (this.#timer) return;
    const wait = this.#last + keyFrameEvery - performance.now();
    if (wait > 0) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        this.want();
      }, wait).unref();
      return;
    }
    this.#last = performance.now();
    this.#feed.requestKeyFrame();
  }
}

interface ViewerParts {
  readonly camera: string;
  readonly who: string;
  readonly feed: Feed;
  readonly offer: Offer;
  readonly ports: Record<string, number>;
  readonly sample: (unit: AccessUnit) => Buffer;
  readonly wantKeyFrame: () => void;
  readonly onLeave: (why: string) => void;
}

class Viewer {
  readonly id = randomUUID();
  readonly camera: string;
  readonly #parts: ViewerParts;
  readonly #since = Date.now();
  readonly #ssrc = randomInt(1, 0xffff_ffff);
  readonly #connection: rtc.PeerConnection;
  readonly #track: rtc.Track;
  readonly #packets: rtc.RtpPacketizationConfig;
  readonly #startedAt = performance.now();
  #unsubscribe = () => {};
  #gone = false;
  #open = false;
  #waitsForKey = true;
  #lastHeardAt = performance.now();
  #lastSentAt = Number.NEGATIVE_INFINITY;
  #bytes = 0;
  #pictures = 0;
  #packetsLost = 0;
  #fractionLost = 0;
  #nacks = 0;
  #plis = 0;

  constructor(rtc: Rtc, parts: ViewerParts) {
    this.#parts = parts;
    this.camera = parts.camera;
    const { offer } = parts;
    this.#connection = new rtc.PeerConnection(`viewer-${this.id.slice(0, 8)}`, {
      iceServers: [],
      disableAutoNegotiation: true,
      ...parts.ports,
    });
    const video = new rtc.Video(offer.mid, 'SendOnly');
    video.addH264Codec(offer.payloadType, offer.fmtp);
    video.addSSRC(this.#ssrc, 'perch', 'perch', 'video');
    if (offer.playoutDelayId !== undefined) {
      video.parseSdpLine(`a=extmap:${offer.playoutDelayId} http://www.webrtc.org/experiments/rtp-hdrext/playout-delay`);
    }
    this.#packets = new rtc.RtpPacketizationConfig(this.#ssrc, 'perch', offer.payloadType, 90_000);
    if (offer.playoutDelayId !== undefined) {
      // 0 and 0: show each picture when it is there. Without it browsers hold some 30 ms back.
      this.#packets.playoutDelayId = offer.playoutDelayId;
      this.#packets.playoutDelayMin = 0;
      this.#packets.playoutDelayMax = 0;
    }
    this.#track = this.#connection.addTrack(video);
    const packetizer = new rtc.H264RtpPacketizer('Length', this.#packets, payloadBytes);
    packetizer.addToChain(new rtc.RtcpSrReporter(this.#packets));
    packetizer.addToChain(new rtc.RtcpNackResponder(1024));
    this.#track.setMediaHandler(packetizer);
    this.#track.onMessage((packet) => this.#hear(packet));
    this.#track.onOpen(() => this.#begin());
    this.#connection.onStateChange((state) => {
      if (state === 'failed' || state === 'closed') this.leave(`the connection ${state}`);
    });
  }

  /** Answers the offer, with all candidates. Rejects when the library cannot use it. */
  answer(): Promise<string> {
    return new Promise((resolve, reject) => {
      const finish = () => {
        clearTimeout(timer);
        if (this.#gone) return reject(new PerchError('shutting_down'));
        const description = this.#connection.localDescription();
        if (description) resolve(description.sdp);
        else reject(new Error('there is no local description'));
      };
      const timer = setTimeout(finish, gatherWithin);
      this.#connection.onGatheringStateChange((state) => {
        if (state === 'complete') finish();
      });
      try {
        this.#connection.setRemoteDescription(this.#parts.offer.sdp, 'offer');
        this.#connection.setLocalDescription('answer');
        // The encoder is warm by the time the connection stands.
        this.#unsubscribe = this.#parts.feed.subscribe((unit) => this.#take(unit));
        this.#parts.feed.requestKeyFrame();
      } catch (error) {
        clearTimeout(timer);
        reject(error as Error);
      }
    });
  }

  leave(why: string): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#unsubscribe();
    this.#parts.onLeave(why);
    this.#track.close();
    this.#connection.close();
  }

  lookAfter(): void {
    const now = performance.now();
    if (!this.#open) {
      if (now - this.#startedAt > connectWithin) this.leave('it never connected');
      return;
    }
    if (this.#waitsForKey) this.#parts.feed.requestKeyFrame();
    // Silence only counts while there is something to report on.
    if (now - this.#lastSentAt > 2_000) this.#lastHeardAt = Math.max(this.#lastHeardAt, now - goneAfter / 2);
    if (now - this.#lastHeardAt > goneAfter) this.leave('it went silent');
  }

  stats(): WhepViewerStats {
    return {
      id: this.id,
      camera: this.camera,
      who: this.#parts.who,
      since: this.#since,
      connected: this.#open,
      bytes: this.#bytes,
      pictures: this.#pictures,
      packetsLost: this.#packetsLost,
      fractionLost: this.#fractionLost,
      nacks: this.#nacks,
      plis: this.#plis,
    };
  }

  #begin(): void {
    if (this.#gone) return;
    this.#open = true;
    this.#lastHeardAt = performance.now();
    // Not through the brake: the key frame of the join went by before the connection stood.
    this.#parts.feed.requestKeyFrame();
  }

  #hear(packet: Buffer): void {
    this.#lastHeardAt = performance.now();
    const news = readRtcp(packet, this.#ssrc);
    this.#nacks += news.nacked;
    if (news.report) {
      this.#packetsLost = news.report.lost;
      this.#fractionLost = news.report.fractionLost;
    }
    if (news.keyFrameWanted) {
      this.#plis += 1;
      this.#parts.wantKeyFrame();
    }
  }

  #take(unit: AccessUnit): void {
    if (!this.#open || this.#gone || unit.codec !== 'h264') return;
    if (this.#waitsForKey && !unit.key) return;
    this.#waitsForKey = false;
    const sample = this.#parts.sample(unit);
    if (sample.length === 0) return;
    this.#packets.timestamp = rtpTime(unit.timeUs);
    this.#lastSentAt = performance.now();
    try {
      this.#track.sendMessageBinary(sample);
      this.#bytes += sample.length;
      this.#pictures += 1;
    } catch {
      // One that could not be sent is a gap like any other: on from the next key frame, which `lookAfter` asks for.
      this.#waitsForKey = true;
      if (this.#track.isClosed()) this.leave('its track was closed');
    }
  }
}

/** The clock of `AccessUnit.timeUs`, now. */
function clockUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}

/**
 * Capture time as RTP timestamp: 90 kHz, modulo 2^32, nothing else added. Rounded up, so that the time
 * read back from it (to 11 µs) is never before the capture: pages compare it with `applied_time_us`.
 */
export function rtpTime(timeUs: number): number {
  return Math.ceil((timeUs * 9) / 100) % 0x1_0000_0000;
}
