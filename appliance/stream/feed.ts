import type { Encoding } from '../settings/table.ts';

/** One encoded picture. */
export interface AccessUnit {
  /** Annex B with its parameter sets before every key frame (h264, h265), or a JFIF image (mjpeg). */
  readonly data: Buffer;
  /** Decoding can start here. */
  readonly key: boolean;
  /**
   * Capture time in microseconds on this machine's CLOCK_MONOTONIC, the clock of `process.hrtime`:
   * it goes on evenly when a worker is replaced, so viewers never see time jump.
   */
  readonly timeUs: number;
  readonly codec: Encoding;
  /** The newest settings revision this picture shows. */
  readonly revision: number;
}

export type AccessUnitListener = (unit: AccessUnit) => void;

export interface FeedSource {
  /** Somebody needs a picture to start from. Called once until the next key frame comes, or again after a second. */
  keyFrameWanted(): void;
  /** The first listener came, or the last one went: nothing needs to be encoded for nobody. */
  demandChanged(wanted: boolean): void;
}

/** A request that no key frame followed in this time (ms) got lost, in an encoder being swapped for example. */
const keyFrameLost = 1_000;

/**
 * One encoded stream of a camera, fanned out to whoever listens. It outlives workers: listeners
 * stay subscribed while the process behind it is replaced.
 */
export class Feed {
  readonly #listeners = new Set<AccessUnitListener>();
  readonly #source: FeedSource;
  readonly #onError: (error: unknown) => void;
  /** `performance.now()` of the request that is under way. */
  #keyFrameAskedAt: number | undefined;

  /** `onError` hears what a listener throws; the others are served all the same. */
  constructor(source: FeedSource, onError: (error: unknown) => void) {
    this.#source = source;
    this.#onError = onError;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Hands every listener a picture, in order. Listeners must not block. */
  push(unit: AccessUnit): void {
    if (unit.key) this.#keyFrameAskedAt = undefined;
    for (const listener of this.#listeners) {
      try {
        listener(unit);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  /** Listens from now on; the returned function ends it and may be called twice. */
  subscribe(listener: AccessUnitListener): () => void {
    const own: AccessUnitListener = (unit) => listener(unit);
    this.#listeners.add(own);
    if (this.#listeners.size === 1) this.#source.demandChanged(true);
    return () => {
      if (this.#listeners.delete(own) && this.#listeners.size === 0) this.#source.demandChanged(false);
    };
  }

  /** Asks for a key frame; requests are merged until one comes. */
  requestKeyFrame(): void {
    const now = performance.now();
    if (this.#keyFrameAskedAt !== undefined && now - this.#keyFrameAskedAt < keyFrameLost) return;
    this.#keyFrameAskedAt = now;
    this.#source.keyFrameWanted();
  }

  /** The process behind the feed was replaced: a pending request went with it. */
  sourceReplaced(): void {
    this.#keyFrameAskedAt = undefined;
    if (this.#listeners.size > 0) this.requestKeyFrame();
  }
}
