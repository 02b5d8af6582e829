/** What a stream delivers, measured over its last seconds. */

const usualWindowUs = 3_000_000;

/** Measures by when pictures arrive: of a worker that cannot keep up they come late, and come all the same. */
export class StreamMeter {
  readonly #windowUs: number;
  readonly #pictures: { timeUs: number; bytes: number }[] = [];

  /** @param windowUs over so much time, in µs */
  constructor(windowUs = usualWindowUs) {
    this.#windowUs = windowUs;
  }

  /** A picture arrived at `timeUs` (CLOCK_MONOTONIC). */
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
    while (this.#pictures[0] !== undefined && this.#pictures[0].timeUs < nowUs - this.#windowUs) this.#pictures.shift();
  }
}

/** A gap longer than this is an outage, which is told as one, and no missed pictures; in µs. */
const outageUs = 2_000_000;

/**
 * What is missing between pictures and how long they take. A camera that gives fewer pictures than it is asked for, as
 * they do in the dark, misses none: what is missing is told by the gap that was usual until then.
 */
export class DeliveryMeter {
  #lastUs = 0;
  #usualUs = 0;
  #missed = 0;
  #encodeUs: number | undefined;

  /** A picture captured at `timeUs` arrived at `nowUs`, both on CLOCK_MONOTONIC; `fps` are wanted. */
  add(timeUs: number, nowUs: number, fps: number): void {
    const gapUs = timeUs - this.#lastUs;
    const outage = this.#lastUs === 0 || gapUs <= 0 || gapUs > outageUs;
    this.#lastUs = timeUs;
    if (!outage) {
      // Never less than what is wanted: a camera may send two at once.
      this.#usualUs = Math.max(this.#usualUs, 1e6 / fps);
      this.#missed += Math.max(0, Math.round(gapUs / this.#usualUs) - 1);
      // Half a second to get used to another rate, and a single long gap changes little.
      this.#usualUs += (Math.min(gapUs, 2 * this.#usualUs) - this.#usualUs) / 16;
    }
    const tookUs = nowUs - timeUs;
    this.#encodeUs = this.#encodeUs === undefined ? tookUs : this.#encodeUs + (tookUs - this.#encodeUs) / 16;
  }

  /** Begins anew after a pause; what was missed stays counted. */
  reset(): void {
    this.#lastUs = 0;
    this.#usualUs = 0;
    this.#encodeUs = undefined;
  }

  read(): { missed: number; encodeMs?: number } {
    return {
      missed: this.#missed,
      ...(this.#encodeUs !== undefined && { encodeMs: Math.round(this.#encodeUs / 100) / 10 }),
    };
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
