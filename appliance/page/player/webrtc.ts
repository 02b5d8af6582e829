/** The picture by WebRTC, joined by WHEP: the fastest way where UDP passes. */
import { rtpToTimeUs } from './clock.ts';
import { address, makeVideo, type Session, type SessionOptions, sentenceOf, watchFrames } from './session.ts';

/** A join that does not connect within this time (ms) never will: UDP is blocked. */
const connectWithin = 10_000;
/** ICE says "disconnected" on short losses too; without a picture for this long (ms) it is believed. */
const lostAfter = 2_000;
/**
 * A server that ended or was started anew cannot say so, and a browser takes seconds to notice: after this
 * long (ms) without a picture it is asked, this often, whether this viewer is still served.
 */
const askAfter = 1_500;
const askEvery = 1_000;

export class WebRtcSession implements Session {
  readonly transport = 'webrtc';
  readonly element = makeVideo();
  readonly #options: SessionOptions;
  /** Stays the same for the whole session, whatever changes on the server. */
  readonly connection: RTCPeerConnection;
  readonly #abort = new AbortController();
  readonly #startedAt = performance.now();
  #unwatch = () => {};
  #resource: string | undefined;
  #lastFrameAt = 0;
  #disconnectedAt: number | undefined;
  #asking = false;
  #askedAt = 0;
  #unanswered = 0;
  #over = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.connection = new RTCPeerConnection({ bundlePolicy: 'max-bundle' });
    this.connection.addEventListener('connectionstatechange', () => this.#stateChanged());
    this.connection.addEventListener('track', ({ receiver, streams, track }) => {
      this.element.srcObject = streams[0] ?? new MediaStream([track]);
      this.#watch(receiver);
      this.element.play().catch(() => {});
    });
    this.#join().catch((error: unknown) => {
      if (this.#over) return;
      this.#end(error instanceof WhepRefusal ? error.message : 'The camera cannot be reached.', false);
    });
  }

  /** Whether this browser can do it. */
  static get supported(): boolean {
    return typeof RTCPeerConnection !== 'undefined';
  }

  get healthy(): boolean {
    return !this.#over && this.connection.connectionState === 'connected';
  }

  tend(): void {
    if (this.#over) return;
    const now = performance.now();
    if (!this.#lastFrameAt && !this.healthy && now - this.#startedAt > connectWithin) {
      this.#end('WebRTC cannot get through to the camera.', false);
    } else if (this.#disconnectedAt !== undefined && !document.hidden) {
      if (now - Math.max(this.#disconnectedAt, this.#lastFrameAt) > lostAfter)
        this.#end('The connection was lost.', false);
    } else if (this.#lastFrameAt && now - this.#lastFrameAt > askAfter && now - this.#askedAt > askEvery) {
      this.#ask().catch(() => {});
    } else if (this.element.paused && this.element.srcObject) this.element.play().catch(() => {});
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    this.#unwatch();
    this.#abort.abort();
    this.connection.close();
    // Without it the server would notice by silence only, seconds later. `keepalive` outlives the page.
    if (this.#resource) {
      fetch(this.#resource, { method: 'DELETE', keepalive: true, credentials: 'include' }).catch(() => {});
    }
  }

  async #join(): Promise<void> {
    const transceiver = this.connection.addTransceiver('video', { direction: 'recvonly' });
    const { receiver } = transceiver;
    // Show each picture when it is there. The server says so too (playout-delay); this is for browsers that do not read that.
    if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = 0;
    const offer = await this.connection.createOffer();
    await this.connection.setLocalDescription(offer);
    const { base, camera, clock } = this.#options;
    const url = address(base, `/whep/${encodeURIComponent(camera)}`);
    const sent = performance.now();
    // Sent without waiting for candidates: the answer has the server's, and checks go from here to there.
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/sdp' },
      body: this.connection.localDescription?.sdp ?? offer.sdp ?? '',
      credentials: 'include',
      signal: this.#abort.signal,
    });
    const received = performance.now();
    if (!response.ok) throw new WhepRefusal(await sentenceOf(response));
    const location = response.headers.get('Location');
    if (location) this.#resource = new URL(location, url).href;
    // Making the answer takes the server longer than the way there and back: that part is not in doubt.
    const took = Number(response.headers.get('Perch-Took-Us')) / 1000;
    clock.sample(sent + took, received, Number(response.headers.get('Perch-Clock-Us')));
    const sdp = await response.text();
    if (this.#over) return;
    await this.connection.setRemoteDescription({ type: 'answer', sdp });
  }

  /** Is anybody there? The camera may just be off, and then the connection stays. */
  async #ask(): Promise<void> {
    if (!this.#resource || this.#asking || document.hidden) return;
    this.#asking = true;
    this.#askedAt = performance.now();
    const patience = new AbortController();
    const timer = setTimeout(() => patience.abort(), 3_000);
    try {
      const { signal } = patience;
      const { status } = await fetch(this.#resource, { credentials: 'include', cache: 'no-store', signal });
      this.#unanswered = 0;
      if (status === 410) this.#end('The camera ended the connection.', false);
    } catch {
      this.#unanswered += 1;
      if (this.#unanswered >= 2) this.#end('The camera cannot be reached.', false);
    } finally {
      clearTimeout(timer);
      this.#asking = false;
    }
  }

  #watch(receiver: RTCRtpReceiver): void {
    this.#unwatch();
    this.#unwatch = watchFrames(
      this.element,
      this.#options.clock,
      (metadata) => {
        const stamp = metadata ? metadata.rtpTimestamp : receiver.getSynchronizationSources()[0]?.rtpTimestamp;
        const nowUs = this.#options.clock.at(performance.now());
        return stamp === undefined || nowUs === undefined ? undefined : rtpToTimeUs(stamp, nowUs);
      },
      (frame) => {
        this.#lastFrameAt = performance.now();
        this.#options.events.frame(frame);
      },
    );
  }

  #stateChanged(): void {
    const { connectionState } = this.connection;
    if (connectionState === 'failed') this.#end('The connection was lost.', false);
    // The server ended it: a browser says "closed" only for that.
    else if (connectionState === 'closed') this.#end('The camera ended the connection.', false);
    this.#disconnectedAt = connectionState === 'disconnected' ? performance.now() : undefined;
  }

  #end(sentence: string, final: boolean): void {
    if (this.#over) return;
    this.close();
    this.#options.events.ended(sentence, final);
  }
}

class WhepRefusal extends Error {}
