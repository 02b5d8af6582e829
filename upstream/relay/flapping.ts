/** Holds back a device that connects again and again, and strangers who try keys. */

/** Connections a device may make at once, and then one in so many ms. */
const burst = 8;
const refillMs = 3_000;
/** Names and addresses remembered; the one unseen longest is forgotten first. */
const most = 20_000;

export class FlappingBrake {
  readonly #now: () => number;
  readonly #burst: number;
  readonly #refillMs: number;
  readonly #buckets = new Map<string, { readonly tokens: number; readonly at: number }>();

  /** `now` in ms of a clock that only goes forward. */
  constructor(now: () => number = () => performance.now(), options = { burst, refillMs }) {
    this.#now = now;
    this.#burst = options.burst;
    this.#refillMs = options.refillMs;
  }

  /** Counts a connection; answers 0, or how many ms to wait, which asking does not prolong. */
  take(name: string): number {
    const now = this.#now();
    const left = this.#left(name, now);
    if (left < 1) return Math.ceil((1 - left) * this.#refillMs);
    this.#buckets.delete(name);
    this.#buckets.set(name, { tokens: left - 1, at: now });
    if (this.#buckets.size > most) {
      const oldest = this.#buckets.keys().next();
      if (!oldest.done) this.#buckets.delete(oldest.value);
    }
    return 0;
  }

  /** How many ms to wait, without counting. */
  wait(name: string): number {
    const left = this.#left(name, this.#now());
    return left < 1 ? Math.ceil((1 - left) * this.#refillMs) : 0;
  }

  /** Names that are remembered. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Forgets those that have calmed down. */
  sweep(): void {
    const calm = this.#now() - this.#burst * this.#refillMs;
    for (const [name, { at }] of this.#buckets) {
      if (at > calm) break;
      this.#buckets.delete(name);
    }
  }

  #left(name: string, now: number): number {
    const bucket = this.#buckets.get(name);
    return bucket ? Math.min(this.#burst, bucket.tokens + (now - bucket.at) / this.#refillMs) : this.#burst;
  }
}
