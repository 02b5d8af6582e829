/** Plays patterns on a light: each edge by the time since the pattern began, so that late timers add up to nothing. */
import type { Pattern } from './table.ts';

/** Something that can be lit: a pin, the board's own LED, or nothing but the page. */
export interface Light {
  /** For people: "GPIO 17", "the board's own LED". */
  readonly name: string;
  /** @throws Error when the hardware does not take it */
  write(on: boolean): void;
  /** Dark, and left as it was found. Never throws. */
  close(): void;
}

/** Whether a pattern is lit so many ms after it began, and for how many more ms that stays so. */
export function lightAt(pattern: Pattern, atMs: number): { readonly on: boolean; readonly forMs: number } {
  const cycle = pattern.reduce((sum, each) => sum + each, 0);
  if (pattern.length < 2 || cycle === 0) return { on: pattern.length > 0, forMs: Number.POSITIVE_INFINITY };
  let left = atMs % cycle;
  for (const [at, each] of pattern.entries()) {
    if (left < each) return { on: at % 2 === 0, forMs: each - left };
    left -= each;
  }
  return { on: true, forMs: pattern[0] ?? 0 };
}

export interface PlayerOptions {
  readonly light: Light;
  /** The light failed: it is not written any more. */
  readonly onFailed: (error: Error) => void;
}

/** One pattern at a time on one light; wakes up only at its edges, and never while it stays on. */
export class Player {
  readonly #options: PlayerOptions;
  #pattern: Pattern = [];
  /** By the monotonic clock, in ms. */
  #began = 0;
  #lit: boolean | undefined;
  #timer: NodeJS.Timeout | undefined;
  #failed = false;

  constructor(options: PlayerOptions) {
    this.#options = options;
  }

  /** Plays from its beginning; the pattern that plays already goes on. */
  play(pattern: Pattern): void {
    if (pattern === this.#pattern && this.#lit !== undefined) return;
    this.#pattern = pattern;
    this.#began = performance.now();
    this.#next();
  }

  /** Ms since the present pattern began. */
  get playedMs(): number {
    return performance.now() - this.#began;
  }

  /** Ends; the light is dark and free. */
  stop(): void {
    clearTimeout(this.#timer);
    this.#failed = true;
    this.#options.light.close();
  }

  #next(): void {
    clearTimeout(this.#timer);
    const { on, forMs } = lightAt(this.#pattern, this.playedMs);
    this.#write(on);
    if (forMs === Number.POSITIVE_INFINITY || this.#failed) return;
    // Rounded up: a timer that is early by a fraction would only have to wait for the rest.
    this.#timer = setTimeout(() => this.#next(), Math.ceil(forMs));
    this.#timer.unref();
  }

  #write(on: boolean): void {
    if (on === this.#lit || this.#failed) return;
    this.#lit = on;
    try {
      this.#options.light.write(on);
    } catch (error) {
      this.#failed = true;
      this.#options.onFailed(error as Error);
    }
  }
}
