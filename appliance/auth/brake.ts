/** Slows down whoever guesses passwords, without shutting the owner out. */
import { isIPv6 } from 'node:net';

/** Wrong passwords an address may try before it has to wait. */
const freeTries = 5;
/** The first wait and the longest one, in ms: it doubles from try to try. */
const firstWaitMs = 2_000;
const longestWaitMs = 60_000;
/** An address that was quiet this long begins anew. */
export const forgetMs = 15 * 60_000;
/** Addresses remembered at the most; the one that was quiet longest is forgotten first. */
const addressesMost = 1_000;
/**
 * All addresses together: so many wrong passwords at once, then one in so many ms. Guessing from many addresses stays
 * below 44,000 tries a day, and the wait of one more visitor stays below 2 s.
 */
const overallTries = 40;
const overallRefillMs = 2_000;
/** Addresses somebody logged in from are not held up by guessing elsewhere. */
const trustedMost = 100;

interface Tries {
  readonly failed: number;
  readonly lastAt: number;
}

/**
 * Counts tries in memory only: a restart forgets them, and costs a guesser more than it wins. All times in ms of a
 * clock that only goes forward.
 */
export class LoginBrake {
  readonly #now: () => number;
  readonly #tries = new Map<string, Tries>();
  readonly #trusted = new Set<string>();
  #overall = overallTries;
  #overallAt: number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#overallAt = now();
  }

  /**
   * Asks whether this address may try a password now. Yes (0) counts as a wrong try until `succeeded` is called, so a
   * thousand tries at once are braked too; otherwise the ms to wait, which further asking does not prolong.
   */
  admit(address: string): number {
    const now = this.#now();
    const key = network(address);
    const known = this.#tries.get(key);
    const failed = known && now - known.lastAt < forgetMs ? known.failed : 0;
    if (known && failed >= freeTries) {
      const wait = Math.min(longestWaitMs, firstWaitMs * 2 ** (failed - freeTries)) - (now - known.lastAt);
      if (wait > 0) return wait;
    }
    if (!this.#trusted.has(key)) {
      const refilled = (now - this.#overallAt) / overallRefillMs;
      this.#overall = Math.min(overallTries, this.#overall + refilled);
      this.#overallAt = now;
      if (this.#overall < 1) return (1 - this.#overall) * overallRefillMs;
      this.#overall -= 1;
    }
    this.#tries.delete(key);
    this.#tries.set(key, { failed: failed + 1, lastAt: now });
    if (this.#tries.size > addressesMost) forgetOldest(this.#tries);
    return 0;
  }

  /** The password was right: the address begins anew, and guessing elsewhere no longer holds it up. */
  succeeded(address: string): void {
    const key = network(address);
    this.#tries.delete(key);
    if (!this.#trusted.has(key)) this.#overall = Math.min(overallTries, this.#overall + 1);
    this.#trusted.delete(key);
    this.#trusted.add(key);
    if (this.#trusted.size > trustedMost) forgetOldest(this.#trusted);
  }

  /** The try was not a try: nothing was compared, because the device was too busy. */
  withdrawn(address: string): void {
    const key = network(address);
    const known = this.#tries.get(key);
    if (known) this.#tries.set(key, { ...known, failed: Math.max(0, known.failed - 1) });
    if (!this.#trusted.has(key)) this.#overall = Math.min(overallTries, this.#overall + 1);
  }

  /** How many addresses are remembered. */
  get remembered(): number {
    return this.#tries.size;
  }
}

/** One household or machine: an IPv4 address, or the /64 an IPv6 host can choose addresses from at will. */
export function network(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.replace(/%.*$/, '').split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros =
    tail === undefined ? [] : Array.from({ length: Math.max(0, 8 - before.length - after.length) }, () => '0');
  const groups = [...before, ...zeros, ...after].slice(0, 4).map((group) => Number.parseInt(group, 16).toString(16));
  return `${groups.join(':')}::/64`;
}

function forgetOldest(entries: { keys(): Iterator<string>; delete(key: string): boolean }): void {
  const oldest = entries.keys().next();
  if (!oldest.done) entries.delete(oldest.value);
}

/** "3 seconds", "1 minute": a wait as the sentence says it, never shorter than it is. */
export function waitInWords(ms: number): string {
  const seconds = Math.max(1, Math.ceil(ms / 1000));
  if (seconds >= 60) return seconds > 60 ? `${Math.ceil(seconds / 60)} minutes` : '1 minute';
  return seconds === 1 ? '1 second' : `${seconds} seconds`;
}
