/**
 * Live video over a WebSocket, for Media Source Extensions: a text frame with the codec string, an init
 * segment, then one fragment a picture. Text and init come again whenever the parameter sets change.
 */
import type { WebSocket } from 'ws';
import { PerchError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { AccessUnit, Feed } from './feed.ts';
import { type Init, Muxer } from './fmp4.ts';

export interface MseOptions {
  /** Viewers of one camera at the most; further ones are turned away with close code 1013. */
  readonly maxViewers: number;
  readonly log: Logger;
}

export interface MseViewerStats {
  readonly id: string;
  readonly camera: string;
  readonly who: string;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly bytes: number;
  /** Pictures left out because this viewer was too slow. */
  readonly skipped: number;
}

/** Bytes waiting in Perch for one viewer before it skips to the next key frame: one second at 4 Mbit/s. */
const mostWaiting = 512 * 1024;
/**
 * A ping travels behind everything that waits in Perch and in the kernel. Not answered for this long (ms),
 * pictures on their way are older than this: more of them would only make it worse.
 */
const slowAfter = 1_500;
/** Not answered for this long (ms), nobody is there. */
const goneAfter = 15_000;
const pingEvery = 1_000;
/** Key frames cost everybody bits: a viewer gets one for the asking once in this time (ms). */
const keyFrameEvery = 1_000;

/** Everyone who watches by MSE. */
export class MseViewers {
  readonly #options: MseOptions;
  readonly #viewers = new Set<Viewer>();
  readonly #muxers = new WeakMap<Feed, Muxer>();
  #nextId = 1;
  #watch: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: MseOptions) {
    this.#options = options;
  }

  /**
   * Sends a camera's feed to a WebSocket until it closes. Slow ones skip to a key frame, and none holds
   * another up. It may send text: "clock" is answered with "clock <µs>", the camera's clock; "key" asks for a
   * key frame. Anything else is ignored.
   */
  serve(feed: Feed, socket: WebSocket, { camera, who }: { readonly camera: string; readonly who: string }): void {
    const refusal = this.#closed
      ? new PerchError('shutting_down')
      : this.viewers(camera).length >= this.#options.maxViewers
        ? new PerchError('too_many_viewers', { allowed: this.#options.maxViewers })
        : undefined;
    // Without a listener an error on the socket would end the process.
    socket.on('error', (error) => this.#options.log.debug({ camera, err: error }, 'MSE socket failed'));
    if (refusal || socket.readyState !== socket.OPEN) {
      socket.close(1013, refusal?.message.slice(0, 120));
      return;
    }
    let muxer = this.#muxers.get(feed);
    if (!muxer) {
      muxer = new Muxer();
      this.#muxers.set(feed, muxer);
    }
    const viewer = new Viewer(`mse-${this.#nextId++}`, camera, who, feed, muxer, socket);
    this.#viewers.add(viewer);
    this.#watch ??= setInterval(() => this.#lookAfter(), pingEvery).unref();
    socket.on('pong', () => viewer.answered());
    socket.on('message', (data, binary) => {
      if (!binary) viewer.hear(data.toString());
    });
    socket.on('close', () => {
      viewer.end();
      this.#viewers.delete(viewer);
      if (this.#viewers.size === 0) {
        clearInterval(this.#watch);
        this.#watch = undefined;
      }
      this.#options.log.info({ camera, who, viewer: viewer.id }, 'viewer left (MSE)');
    });
    this.#options.log.info({ camera, who, viewer: viewer.id }, 'viewer joined (MSE)');
    viewer.begin();
  }

  /** Who watches this camera now; without a name, any camera. */
  viewers(camera?: string): MseViewerStats[] {
    return [...this.#viewers].filter((one) => camera === undefined || one.camera === camera).map((one) => one.stats());
  }

  /** Sends everybody away. */
  close(): void {
    this.#closed = true;
    for (const viewer of this.#viewers) viewer.dismiss();
  }

  #lookAfter(): void {
    for (const viewer of this.#viewers) viewer.lookAfter();
  }
}

class Viewer {
  readonly id: string;
  readonly camera: string;
  readonly #who: string;
  readonly #feed: Feed;
  readonly #muxer: Muxer;
  readonly #socket: WebSocket;
  readonly #since = Date.now();
  #unsubscribe = () => {};
  #init: Init | undefined;
  #waitsForKey = true;
  #pingedAt: number | undefined;
  #keyAskedAt = Number.NEGATIVE_INFINITY;
  #bytes = 0;
  #skipped = 0;

  constructor(id: string, camera: string, who: string, feed: Feed, muxer: Muxer, socket: WebSocket) {
    this.id = id;
    this.camera = camera;
    this.#who = who;
    this.#feed = feed;
    this.#muxer = muxer;
    this.#socket = socket;
  }

  begin(): void {
    this.#unsubscribe = this.#feed.subscribe((unit) => this.#take(unit));
    this.#feed.requestKeyFrame();
  }

  end(): void {
    this.#unsubscribe();
  }

  dismiss(): void {
    this.end();
    this.#socket.close(1001, new PerchError('shutting_down').message.slice(0, 120));
  }

  answered(): void {
    this.#pingedAt = undefined;
  }

  hear(text: string): void {
    if (text === 'clock') this.#send(`clock ${process.hrtime.bigint() / 1000n}`);
    if (text === 'key' && performance.now() - this.#keyAskedAt > keyFrameEvery) {
      this.#keyAskedAt = performance.now();
      this.#feed.requestKeyFrame();
    }
  }

  lookAfter(): void {
    if (this.#pingedAt === undefined) {
      this.#pingedAt = performance.now();
      if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
    } else if (performance.now() - this.#pingedAt > goneAfter) this.#socket.terminate();
    else if (this.#waitsForKey && !this.#slow()) this.#feed.requestKeyFrame();
  }

  stats(): MseViewerStats {
    const { id, camera } = this;
    return { id, camera, who: this.#who, since: this.#since, bytes: this.#bytes, skipped: this.#skipped };
  }

  #slow(): boolean {
    const { bufferedAmount } = this.#socket;
    if (this.#waitsForKey && bufferedAmount > mostWaiting / 8) return true;
    if (bufferedAmount > mostWaiting) return true;
    return this.#pingedAt !== undefined && performance.now() - this.#pingedAt > slowAfter;
  }

  #take(unit: AccessUnit): void {
    const fragment = this.#muxer.take(unit);
    if (!fragment || this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#slow()) {
      this.#waitsForKey = true;
      this.#skipped += 1;
      return;
    }
    if (this.#waitsForKey && !fragment.key) {
      if (this.#init) this.#skipped += 1;
      // It was asked for when this viewer joined; when it fell behind, now is the time.
      if (this.#init) this.#feed.requestKeyFrame();
      return;
    }
    this.#waitsForKey = false;
    if (this.#init !== fragment.init) {
      this.#init = fragment.init;
      this.#send(fragment.init.codec);
      this.#send(fragment.init.segment);
    }
    this.#send(fragment.segment);
  }

  #send(data: string | Buffer): void {
    this.#bytes += data.length;
    // Failures arrive as 'error' and 'close' on the socket.
    this.#socket.send(data, () => {});
  }
}
