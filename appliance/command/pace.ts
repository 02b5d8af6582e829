/** How fast one client may command: a token bucket, and what waits for the next token. */

/** Commands a client may send at once after a pause. */
const burst = 40;
/** Commands per second after that: a dragged slider sends 20. */
const perSecond = 60;
/** Clients remembered; the ones longest unseen are forgotten first. */
const most = 2_000;

interface Bucket {
  tokens: number;
  at: number;
}

/** Token buckets by client. */
export class Pace {
  readonly #buckets = new Map<string, Bucket>();
  readonly #now: () => number;

  /** `now` in milliseconds, for tests. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Takes a token; answers 0, or how many milliseconds until there is one. */
  take(client: string): number {
    const now = this.#now();
    const old = this.#buckets.get(client);
    const tokens = old ? Math.min(burst, old.tokens + ((now - old.at) * perSecond) / 1000) : burst;
    const granted = tokens >= 1;
    // Set anew so that the map's order is the order of last use.
    this.#buckets.delete(client);
    this.#buckets.set(client, { tokens: granted ? tokens - 1 : tokens, at: now });
    if (this.#buckets.size > most) {
      const oldest = this.#buckets.keys().next().value;
      if (oldest !== undefined) this.#buckets.delete(oldest);
    }
    return granted ? 0 : Math.ceil(((1 - tokens) * 1000) / perSecond);
  }

  /** The limit in words, for whoever ran into it. */
  static readonly inWords = `${perSecond} commands a second`;
}
