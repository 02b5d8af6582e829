import { EventEmitter } from 'node:events';
import type { Logger } from '../../log.ts';
import type { Encoding } from '../../settings/table.ts';
import type { AccessUnit, Feed } from '../feed.ts';
import { HeldUnits } from './held.ts';
import { NotSendable } from './jpeg.ts';
import { RtspError } from './message.ts';
import { type Pictures, publish } from './publication.ts';
import type { UnitSender } from './sender.ts';
import { type RtspTarget, rtspTarget } from './target.ts';

export type PublishState =
  /** Not started, or closed. */
  | 'off'
  /** Waits for the camera's picture, or for the server's answer. */
  | 'connecting'
  | 'publishing'
  /** Failed; tries again by itself. */
  | 'waiting';

/** Plain data, safe to keep. */
export interface PublishStatus {
  readonly state: PublishState;
  /** The state in a sentence; while waiting, what went wrong. */
  readonly message: string;
  /** Where to, without credentials. */
  readonly address: string;
  /** Milliseconds since 1970; while publishing. */
  readonly since?: number;
  /** While publishing. */
  readonly codec?: Encoding;
  /** Times the server has taken the stream since start. */
  readonly connections: number;
  /** Pictures and bytes of the present or last connection. Skipped are those a slow server was not given. */
  readonly sent: number;
  readonly skipped: number;
  readonly bytes: number;
}

export interface RtspPublisherOptions {
  readonly feed: Feed;
  /** The server, `rtsp://[user:password@]host:8554[/folder]`; the camera's name is put behind. */
  readonly server: string;
  readonly camera: string;
  readonly log: Logger;
  /** Makes the server ready for this encoding before each announcement; must not reject. */
  readonly prepare?: (codec: Encoding) => Promise<void>;
}

const publishingIsOff = 'Publishing is off.';
/** A connection that lasted this long was a good one: the next failure is tried again quickly. */
const goodMs = 5_000;
const firstBackoffMs = 500;
const mostBackoffMs = 10_000;
/** How often pictures that cannot be sent are looked at again. */
const notSendableMs = 1_000;

/** Milliseconds to wait after failure number `failures` (from 1): full jitter, doubling to 10 s. `random` is 0 to 1. */
export function backoff(failures: number, random: number): number {
  return random * Math.min(mostBackoffMs, firstBackoffMs * 2 ** Math.min(failures - 1, 10));
}

/**
 * Publishes a feed to an RTSP server for as long as it is started: through size changes and dead
 * workers on the same connection, with a new announcement when the encoding changes, and again
 * and again when the server goes away. Emits `status` when its state or message change.
 */
export class RtspPublisher extends EventEmitter<{ status: [] }> {
  readonly #options: RtspPublisherOptions;
  readonly #target: RtspTarget;
  readonly #closing = new AbortController();
  readonly #pictures: Pictures;
  #running: Promise<void> | undefined;
  #endWait: (() => void) | undefined;
  #sender: UnitSender | undefined;
  #connections = 0;
  #status: Pick<PublishStatus, 'state' | 'message' | 'since' | 'codec'> = { state: 'off', message: publishingIsOff };

  /** @throws ConfigError when the address is none */
  constructor(options: RtspPublisherOptions) {
    super();
    this.#options = options;
    this.#target = rtspTarget(options.server, options.camera);
    this.#pictures = { taker: undefined, requestKeyFrame: () => options.feed.requestKeyFrame() };
  }

  /** The path's name on the server. */
  get path(): string {
    return this.#target.path;
  }

  status(): PublishStatus {
    const { sent, skipped, bytes } = this.#sender?.counts ?? { sent: 0, skipped: 0, bytes: 0 };
    return { ...this.#status, address: this.#target.uri, connections: this.#connections, sent, skipped, bytes };
  }

  start(): void {
    if (this.#running || this.#closing.signal.aborted) return;
    this.#running = this.#run();
  }

  /** The server was seen to be there: a wait is cut short. */
  retryNow(): void {
    this.#endWait?.();
  }

  /** Ends publishing for good; the server was told, and the connection is gone when this resolves. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
    this.#set({ state: 'off', message: publishingIsOff });
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    const { camera, log } = this.#options;
    const unsubscribe = this.#options.feed.subscribe((unit) => this.#pictures.taker?.(unit));
    let failures = 0;
    let held: HeldUnits | undefined;
    while (!signal.aborted) {
      held ??= await this.#keyFrame();
      if (!held) break;
      const begun = performance.now();
      try {
        const ending = await this.#publish(held);
        failures = 0;
        held = ending.kind === 'codec' ? ending.held : undefined;
        log.info({ camera, because: ending.kind }, 'rtsp: publication ended');
      } catch (error) {
        if (signal.aborted) break;
        held = undefined;
        failures = performance.now() - begun > goodMs ? 1 : failures + 1;
        const message = error instanceof RtspError ? error.message : 'Publishing failed. The log says more.';
        if (message !== this.#status.message) log.warn({ camera, err: error }, `rtsp: ${message}`);
        this.#set({ state: 'waiting', message });
        await this.#wait(error instanceof NotSendable ? notSendableMs : backoff(failures, Math.random()));
      }
    }
    unsubscribe();
  }

  #publish(held: HeldUnits): ReturnType<typeof publish> {
    const { camera, log, prepare } = this.#options;
    const { uri, server } = this.#target;
    if (this.#status.state !== 'waiting') this.#set({ state: 'connecting', message: `Connects to ${server}.` });
    return publish({
      target: this.#target,
      camera,
      pictures: this.#pictures,
      held,
      prepare,
      signal: this.#closing.signal,
      onPublishing: (codec, sender) => {
        this.#sender = sender;
        this.#connections += 1;
        log.info({ camera, codec, address: uri }, 'rtsp: publishing');
        this.#set({ state: 'publishing', message: `Published at ${uri}.`, since: Date.now(), codec });
      },
    });
  }

  /** The next key frame, and what follows it; undefined when closed meanwhile. */
  #keyFrame(): Promise<HeldUnits | undefined> {
    // A sentence about a failure stays until the next try has a result of its own.
    if (this.#status.state !== 'waiting')
      this.#set({ state: 'connecting', message: "Waits for the camera's picture." });
    return new Promise((resolve) => {
      const { signal } = this.#closing;
      const onAbort = () => resolve(undefined);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#pictures.taker = (unit: AccessUnit) => {
        if (!unit.key) return;
        signal.removeEventListener('abort', onAbort);
        const held = new HeldUnits(unit);
        this.#pictures.taker = (later) => held.add(later);
        resolve(held);
      };
      this.#pictures.requestKeyFrame();
    });
  }

  #wait(ms: number): Promise<void> {
    this.#pictures.taker = undefined;
    return new Promise((resolve) => {
      const { signal } = this.#closing;
      const end = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', end);
        this.#endWait = undefined;
        resolve();
      };
      const timer = setTimeout(end, ms);
      signal.addEventListener('abort', end);
      this.#endWait = end;
    });
  }

  #set(status: Pick<PublishStatus, 'state' | 'message' | 'since' | 'codec'>): void {
    const changed = status.state !== this.#status.state || status.message !== this.#status.message;
    this.#status = status;
    if (changed) this.emit('status');
  }
}
