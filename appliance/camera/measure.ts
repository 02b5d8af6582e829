/** What a stream delivers, measured over its last seconds. */

const windowUs = 3_000_000;

export class StreamMeter {
  readonly #pictures: { timeUs: number; bytes: number }[] = [];

  add(timeUs: number, bytes: number): void {
    this.#pictures.push({ timeUs, bytes });
    this.#forget(timeUs);
  }

  /** Begins anew, as after a pause. */
  reset(): void {
    this.#pictures.length = 0;
  }

  /** Pictures and bits per second up to `nowUs` (CLOCK_MONOTONIC). */
  read(nowUs: number): { fps: number; bitrate: number } {
    this.#forget(nowUs);
    const first = this.#pictures[0];
    const last = this.#pictures.at(-1);
    if (first === undefined || last === undefined || last.timeUs <= first.timeUs) return { fps: 0, bitrate: 0 };
    const seconds = (last.timeUs - first.timeUs) / 1e6;
    // The first picture opens the span and is not in it.
    const bytes = this.#pictures.reduce((sum, picture) => sum + picture.bytes, 0) - first.bytes;
    return {
      fps: Math.round(((this.#pictures.length - 1) / seconds) * 10) / 10,
      bitrate: Math.round((bytes * 8) / seconds),
    };
  }

  #forget(nowUs: number): void {
    while (this.#pictures[0] !== undefined && this.#pictures[0].timeUs < nowUs - windowUs) this.#pictures.shift();
  }
}

/**
 * The quality that keeps JPEGs below a bitrate: each is a picture of its own, so only a coarser one is smaller. `present`
 * is the quality that gave `bitrate`; the answer is between 5 and `wanted`, and moves up in small steps, so that it does
 * not swing.
 */
export function jpegQualityWithin(present: number, wanted: number, bitrate: number, ceiling: number): number {
  if (bitrate > ceiling) return Math.max(5, Math.min(present - 2, Math.floor(present * (ceiling / bitrate) ** 0.7)));
  if (bitrate < ceiling * 0.8) return Math.min(wanted, present + 3);
  return Math.min(wanted, present);
}

/** Now on CLOCK_MONOTONIC, in µs: the clock of every picture's time. */
export function monotonicUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
