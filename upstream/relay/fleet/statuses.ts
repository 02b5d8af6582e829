/** The last statuses of every camera, in memory. */
import type { LastStatus } from './backplane.ts';

/** Cameras of one device whose last status is kept; a device has a handful. */
const mostCameras = 16;
const nothing: ReadonlyMap<string, LastStatus> = new Map();

export class Statuses {
  readonly #statuses = new Map<string, Map<string, LastStatus>>();
  readonly #listeners = new Set<(device: string) => void>();

  /** False: the device has too many cameras, so nothing is kept. */
  remember(device: string, camera: string, frame: Buffer, whole: boolean): boolean {
    let own = this.#statuses.get(device);
    if (!own) {
      own = new Map();
      this.#statuses.set(device, own);
    }
    const before = own.get(camera);
    if (!before && own.size >= mostCameras) return false;
    const kept = whole ? frame : before?.whole;
    own.set(camera, { newest: frame, ...(kept && { whole: kept }) });
    for (const listener of this.#listeners) listener(device);
    return true;
  }

  onStatus(listener: (device: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  recall(device: string): ReadonlyMap<string, LastStatus> {
    return this.#statuses.get(device) ?? nothing;
  }

  entries(): Iterable<readonly [string, ReadonlyMap<string, LastStatus>]> {
    return this.#statuses;
  }

  forget(device: string): void {
    this.#statuses.delete(device);
  }
}
