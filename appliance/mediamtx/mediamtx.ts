/** Every camera at a MediaMTX: published there by RTSP, its path kept by the API, and what it says of readers. */
import { EventEmitter } from 'node:events';
import type { CameraStatus } from '../camera/types.ts';
import type { Logger } from '../log.ts';
import type { Encoding } from '../settings/table.ts';
import type { Feed } from '../stream/feed.ts';
import { type PublishStatus, RtspPublisher } from '../stream/rtsp/publisher.ts';
import { type RtspTarget, rtspTarget } from '../stream/rtsp/target.ts';
import { type Addresses, addresses, isLoopback } from './addresses.ts';
import { ApiError, type GlobalConf, MediaMtxApi, type Path } from './api.ts';
import { pathStep, wantedPath } from './path.ts';
import { type PathStatus, pathStatus } from './readers.ts';

export type ApiState =
  /** No address configured, or stopped. */
  | 'off'
  /** Not answered yet. */
  | 'asking'
  | 'ok'
  /** The last request failed; it is tried again. */
  | 'failed';

/** One camera at MediaMTX; plain data for the API and the page. */
export interface MediaMtxStatus {
  readonly publish: PublishStatus;
  readonly api: { readonly state: ApiState; readonly message: string; readonly version?: string };
  /** While the API answers. */
  readonly path?: PathStatus;
  /** Where the camera can be seen. */
  readonly addresses: Addresses;
  /** The addresses' host is this machine: a page opened elsewhere shows the name it was opened by instead. */
  readonly loopback: boolean;
}

/** What is needed of a camera. */
interface PublishedCamera {
  readonly name: string;
  readonly main: Feed;
  status(): Pick<CameraStatus, 'applied'>;
}

export interface MediaMtxOptions {
  readonly cameras: readonly PublishedCamera[];
  /** PERCH_MEDIAMTX_RTSP; undefined: nothing is published. */
  readonly rtsp: string | undefined;
  /** PERCH_MEDIAMTX_API; undefined: only published. */
  readonly api: string | undefined;
  readonly log: Logger;
}

const pollMs = 5_000;
/** While it does not answer: it may be starting, and readers wait. */
const retryMs = 2_000;
/** After publishing began or ended, MediaMTX has something new to say; and readers it had to drop come back. */
const soonMs = 300;
const busyMs = 5_000;

interface Place {
  readonly camera: PublishedCamera;
  readonly target: RtspTarget;
  readonly publisher: RtspPublisher;
  /** The encoding the path was last made for. */
  codec: Encoding | undefined;
  /** The path is as wanted, as far as we know. */
  kept: boolean;
  /** What went wrong with this path alone. */
  trouble: string | undefined;
  path: Path | undefined;
  /** Changes of the path, one after the other. */
  queue: Promise<void>;
}

const notAsked = 'MediaMTX is not asked now.';

/** Emits `status` with a camera's name when what `status()` says of it has changed (bytes alone do not count). */
export class MediaMtx extends EventEmitter<{ status: [camera: string] }> {
  readonly #places = new Map<string, Place>();
  readonly #log: Logger;
  readonly #api: MediaMtxApi | undefined;
  readonly #rtsp: string | undefined;
  readonly #stopping = new AbortController();
  #running = false;
  #state: ApiState = 'off';
  #message: string;
  #version: string | undefined;
  /** MediaMTX's start time: another one means that it was restarted and knows nothing of us. */
  #started: string | undefined;
  #conf: GlobalConf | undefined;
  #timer: NodeJS.Timeout | undefined;
  #busyUntil = 0;
  #polling: Promise<void> = Promise.resolve();

  /** @throws ConfigError when an address is none */
  constructor({ cameras, rtsp, api, log }: MediaMtxOptions) {
    super();
    this.#log = log;
    this.#api = api === undefined || rtsp === undefined ? undefined : new MediaMtxApi(api);
    this.#message = this.#api ? notAsked : 'PERCH_MEDIAMTX_API is not set: MediaMTX is not asked.';
    this.#rtsp = rtsp;
    for (const camera of cameras) this.attach(camera);
  }

  /** One more camera, found later. */
  attach(camera: PublishedCamera): void {
    const server = this.#rtsp;
    if (server === undefined || this.#places.has(camera.name) || this.#stopping.signal.aborted) return;
    const place: Place = {
      camera,
      target: rtspTarget(server, camera.name),
      publisher: new RtspPublisher({
        feed: camera.main,
        server,
        camera: camera.name,
        log: this.#log,
        prepare: (codec) => this.#prepare(place, codec),
      }),
      codec: undefined,
      kept: false,
      trouble: undefined,
      path: undefined,
      queue: Promise.resolve(),
    };
    place.publisher.on('status', () => {
      this.emit('status', camera.name);
      this.#askSoon();
    });
    this.#places.set(camera.name, place);
    if (this.#running) place.publisher.start();
  }

  start(): void {
    if (this.#running || this.#stopping.signal.aborted) return;
    this.#running = true;
    for (const { publisher } of this.#places.values()) publisher.start();
    if (!this.#api) return;
    this.#tell('asking', `Asks ${this.#api.address}.`);
    this.#next(0);
  }

  /** Ends publishing; MediaMTX keeps the paths, and the readers with them. Cannot be started again. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await Promise.all([...this.#places.values()].map(({ publisher }) => publisher.close()));
    await this.#polling;
    if (this.#api) this.#tell('off', notAsked);
  }

  /** What is known of a camera now; undefined for one that is not known here, or when nothing is published. */
  status(camera: string): MediaMtxStatus | undefined {
    const place = this.#places.get(camera);
    if (!place) return undefined;
    const { publisher, target, trouble } = place;
    const publish = publisher.status();
    const codec = publish.codec ?? this.#encoding(place);
    const failed = this.#state === 'ok' && trouble !== undefined;
    return {
      publish,
      api: {
        state: failed ? 'failed' : this.#state,
        message: failed ? trouble : this.#message,
        ...(this.#version === undefined ? {} : { version: this.#version }),
      },
      ...(place.path ? { path: pathStatus(target.path, place.path, place.kept && codec !== 'mjpeg') } : {}),
      addresses: addresses(target, this.#conf, codec),
      loopback: isLoopback(target.host),
    };
  }

  #encoding({ codec, camera }: Place): Encoding {
    return codec ?? camera.status().applied.encoding;
  }

  #askSoon(): void {
    this.#busyUntil = performance.now() + busyMs;
    if (!this.#timer) return;
    clearTimeout(this.#timer);
    this.#next(soonMs);
  }

  #next(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#polling = this.#poll().finally(() => {
        if (this.#stopping.signal.aborted) return;
        const busy = performance.now() < this.#busyUntil;
        this.#next(this.#state !== 'ok' ? retryMs : busy ? soonMs : pollMs);
      });
    }, ms);
  }

  async #poll(): Promise<void> {
    const api = this.#api;
    const { signal } = this.#stopping;
    if (!api || signal.aborted) return;
    const before = this.#snapshot();
    try {
      const { started, version } = await api.info(signal);
      if (this.#state !== 'ok' || started !== this.#started) {
        for (const place of this.#places.values()) place.kept = false;
        this.#conf = await api.globalConf(signal);
        this.#started = started;
        this.#version = version?.trim();
      }
      for (const place of this.#places.values()) {
        const known = new Set(place.path?.readers?.map(({ id }) => id));
        place.path = await api.path(place.target.path, signal);
        // MediaMTX cannot ask for one itself: without it a new reader waits for the next key frame.
        if (place.path?.readers?.some(({ id }) => !known.has(id))) place.camera.main.requestKeyFrame();
        // A path that is always available always exists: somebody has removed it.
        if (!place.path && this.#encoding(place) !== 'mjpeg') place.kept = false;
        if (place.kept) continue;
        await this.#keep(place, this.#encoding(place));
        if (place.kept) place.path = await api.path(place.target.path, signal);
        place.publisher.retryNow();
      }
      this.#tell('ok', 'MediaMTX answers.');
    } catch (error) {
      if (signal.aborted) return;
      for (const place of this.#places.values()) place.path = undefined;
      this.#tell('failed', this.#sentence(error));
    }
    const after = this.#snapshot();
    for (const name of this.#places.keys()) if (before.get(name) !== after.get(name)) this.emit('status', name);
  }

  /** Before each announcement: MediaMTX may have been restarted, and the encoding may be a new one. */
  async #prepare(place: Place, codec: Encoding): Promise<void> {
    if (this.#api) await this.#keep(place, codec);
  }

  /** Makes the path as it should be for this encoding; what goes wrong is kept for the status. */
  #keep(place: Place, codec: Encoding): Promise<void> {
    place.codec = codec;
    place.queue = place.queue.then(async () => {
      const api = this.#api;
      const { signal } = this.#stopping;
      if (!api) return;
      const name = place.target.path;
      const wanted = wantedPath(codec);
      try {
        const step = pathStep(await api.pathConf(name, signal), wanted);
        if (step === 'add') await api.addPath(name, wanted, signal);
        if (step === 'patch') await api.patchPath(name, wanted, signal);
        if (step !== 'none') this.#log.info({ path: name, codec, step }, 'mediamtx: path made ready');
        place.kept = true;
        place.trouble = undefined;
      } catch (error) {
        place.kept = false;
        if (signal.aborted) return;
        const trouble = this.#sentence(error);
        if (trouble !== place.trouble) this.#log.warn({ path: name, err: error }, `mediamtx: ${trouble}`);
        place.trouble = trouble;
      }
    });
    return place.queue;
  }

  #sentence(error: unknown): string {
    if (error instanceof ApiError) return error.message;
    this.#log.error({ err: error }, 'mediamtx: asking failed');
    return 'Asking MediaMTX failed. The log says more.';
  }

  /** What counts as a change, by camera. */
  #snapshot(): Map<string, string> {
    return new Map(
      [...this.#places].map(([name, place]) => {
        const { api, path, addresses: known } = this.status(name) ?? {};
        return [name, JSON.stringify([api, known, place.trouble, path && { ...path, bytesIn: 0, bytesOut: 0 }])];
      }),
    );
  }

  #tell(state: ApiState, message: string): void {
    if (state === 'failed' && message !== this.#message) this.#log.warn(`mediamtx: ${message}`);
    if (state === 'ok' && this.#state !== 'ok') this.#log.info({ version: this.#version }, 'mediamtx: answers');
    this.#state = state;
    this.#message = message;
  }
}
