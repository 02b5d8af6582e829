/** The picture of one camera: live from MediaMTX where this browser reaches it, else one after the other over the link. */
import { LivePicture, unreachableBecause } from './live.ts';
import { fetchPicture, type Picture } from './pictures.ts';

/** Between one picture over the link and the next, ms: links are slow, and the controls share them. */
const pauseMs = 1_000;
/** MediaMTX is tried again after, ms. */
const liveAgainMs = 30_000;

export interface DevicePictureOptions {
  readonly device: string;
  readonly camera: string;
  readonly image: HTMLImageElement;
  readonly video: HTMLVideoElement;
  /** Where MediaMTX takes WHEP for this camera; undefined: nowhere known. */
  readonly whep: () => string | undefined;
  readonly connected: () => boolean;
  /** How it comes, when the last one came, or its size changed. */
  readonly changed: () => void;
}

export class DevicePicture {
  /** How it comes: 'live' from MediaMTX, 'link' one by one, or '' none yet. */
  by: '' | 'live' | 'link' = '';
  /** When the last one came, ms since 1970; 0: none yet. */
  at = 0;
  width = 16;
  height = 9;
  readonly #options: DevicePictureOptions;
  readonly #end = new AbortController();
  #live: LivePicture | undefined;
  #triedAt = Number.NEGATIVE_INFINITY;
  #url = '';
  #hurry: (() => void) | undefined;

  /** `kept` stands there until there is something newer. */
  constructor(options: DevicePictureOptions, kept: Picture | undefined) {
    this.#options = options;
    if (kept) {
      options.image.src = kept.url;
      this.at = kept.at;
      this.by = 'link';
    }
    void this.#follow();
    this.tend();
  }

  /** Something was changed: the next picture over the link is fetched now. */
  hurry(): void {
    this.#hurry?.();
  }

  /** Tries MediaMTX, again after a while; called now and then. */
  tend(): void {
    const { video, whep, connected, changed } = this.#options;
    if (this.#live || performance.now() - this.#triedAt < liveAgainMs || document.hidden || !connected()) return;
    const address = whep();
    if (address === undefined || unreachableBecause(address, location) !== '') return;
    this.#triedAt = performance.now();
    this.#live = new LivePicture(video, address, {
      frame: () => {
        this.by = 'live';
        this.at = Date.now();
        this.width = video.videoWidth || this.width;
        this.height = video.videoHeight || this.height;
        changed();
      },
      ended: () => {
        this.#live = undefined;
        this.#triedAt = performance.now();
        this.by = this.at === 0 ? '' : 'link';
        changed();
        this.hurry();
      },
    });
  }

  stop(): void {
    this.#end.abort();
    this.#live?.close();
    this.hurry();
    if (this.#url !== '') URL.revokeObjectURL(this.#url);
    this.#options.image.removeAttribute('src');
  }

  /** For as long as there is nothing better. */
  async #follow(): Promise<void> {
    const { device, camera, connected } = this.#options;
    const { signal } = this.#end;
    while (!signal.aborted) {
      if (this.by !== 'live' && connected() && !document.hidden) {
        const blob = await fetchPicture(device, camera, signal);
        if (signal.aborted) return;
        if (blob) this.#show(blob);
      }
      await new Promise<void>((resolve) => {
        this.#hurry = resolve;
        setTimeout(resolve, pauseMs);
      });
    }
  }

  #show(blob: Blob): void {
    const { image, changed } = this.#options;
    const before = this.#url;
    this.#url = URL.createObjectURL(blob);
    image.onload = () => {
      if (before !== '') URL.revokeObjectURL(before);
      this.width = image.naturalWidth || 16;
      this.height = image.naturalHeight || 9;
      changed();
    };
    image.src = this.#url;
    this.at = Date.now();
    if (this.by !== 'live') this.by = 'link';
    changed();
  }
}
