/** The last picture of each device, fetched over the link only for rows that are looked at. */
import { api } from './api.ts';

/** A picture older than this is fetched again while its row is on the screen, ms. */
const freshMs = 30_000;
/** A device that had none is asked again after, ms. */
const againMs = 15_000;
/** Fetched at a time: links are slow, and the controls share them. */
const atOnce = 2;
/** Pictures kept; those not looked at longest go first. */
const most = 80;

export interface Picture {
  /** A blob's address. */
  readonly url: string;
  /** When it was taken, ms since 1970. */
  readonly at: number;
}

export class Pictures {
  readonly #kept = new Map<string, Picture>();
  readonly #failedAt = new Map<string, number>();
  readonly #underway = new Set<string>();
  #wanted: readonly string[] = [];
  readonly #changed: (device: string) => void;

  /** `changed` hears of each picture that came. */
  constructor(changed: (device: string) => void) {
    this.#changed = changed;
  }

  get(device: string): Picture | undefined {
    return this.#kept.get(device);
  }

  /** A picture that came another way. */
  put(device: string, blob: Blob): void {
    const before = this.#kept.get(device);
    this.#kept.delete(device);
    this.#kept.set(device, { url: URL.createObjectURL(blob), at: Date.now() });
    // The image that shows it may still be decoding.
    if (before) setTimeout(() => URL.revokeObjectURL(before.url), 2_000);
    for (const [name, { url }] of this.#kept) {
      if (this.#kept.size <= most) break;
      this.#kept.delete(name);
      URL.revokeObjectURL(url);
    }
    this.#changed(device);
  }

  /** These are on the screen now, in this order; others need not be fetched any more. */
  want(devices: readonly string[]): void {
    this.#wanted = devices;
    this.#next();
  }

  #next(): void {
    if (document.hidden) return;
    const now = Date.now();
    for (const device of this.#wanted) {
      if (this.#underway.size >= atOnce) return;
      if (this.#underway.has(device)) continue;
      if (now - (this.#kept.get(device)?.at ?? 0) < freshMs) continue;
      if (now - (this.#failedAt.get(device) ?? 0) < againMs) continue;
      void this.#fetch(device);
    }
  }

  async #fetch(device: string): Promise<void> {
    this.#underway.add(device);
    const blob = await fetchPicture(device, '');
    this.#underway.delete(device);
    if (blob) this.put(device, blob);
    else this.#failedAt.set(device, Date.now());
    this.#next();
  }
}

/** A camera's picture of now; undefined when none comes. */
export async function fetchPicture(device: string, camera: string, signal?: AbortSignal): Promise<Blob | undefined> {
  try {
    const response = await fetch(api.snapshotAddress(device, camera), {
      cache: 'no-store',
      signal: signal ?? AbortSignal.timeout(20_000),
    });
    return response.ok ? await response.blob() : undefined;
  } catch {
    return undefined;
  }
}
