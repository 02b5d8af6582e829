/** Who follows which device on this node. */
import type { Watcher } from './backplane.ts';

export class Watchers {
  readonly #watchers = new Map<string, Set<Watcher>>();
  readonly #onFirst: (device: string) => void;
  readonly #onLast: (device: string) => void;

  /** `onFirst` and `onLast` hear when a device begins and ceases to be followed. */
  constructor(onFirst: (device: string) => void = () => {}, onLast: (device: string) => void = () => {}) {
    this.#onFirst = onFirst;
    this.#onLast = onLast;
  }

  push(device: string, frame: Buffer): void {
    for (const watcher of this.#watchers.get(device) ?? []) watcher.push(frame);
  }

  watch(device: string, watcher: Watcher): () => void {
    let own = this.#watchers.get(device);
    if (!own) {
      own = new Set();
      this.#watchers.set(device, own);
      this.#onFirst(device);
    }
    own.add(watcher);
    return () => {
      own.delete(watcher);
      if (own.size > 0 || this.#watchers.get(device) !== own) return;
      this.#watchers.delete(device);
      this.#onLast(device);
    };
  }
}
