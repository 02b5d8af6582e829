/**
 * The camera's clock as seen from here. Samples are question and answer pairs: sent, received (both
 * `performance.now()` in milliseconds), and the camera's clock in microseconds when it answered.
 */

interface Sample {
  readonly at: number;
  readonly roundTrip: number;
  /** Camera microseconds minus local microseconds. */
  readonly offsetUs: number;
}

/** Samples older than this (ms) are forgotten: clocks drift by up to 0.1 ms a second. */
const memory = 60_000;
const most = 32;

/** Estimates the offset between the camera's monotonic clock and `performance.now()`. */
export class CameraClock {
  #samples: Sample[] = [];

  /** True once there was a sample. */
  get known(): boolean {
    return this.#samples.length > 0;
  }

  /** How wrong the estimate can be at the most, in ms: half the best round trip. */
  get errorMs(): number {
    const best = this.#best();
    return best ? best.roundTrip / 2 : Number.POSITIVE_INFINITY;
  }

  /**
   * Takes a sample; those that cannot be true are ignored.
   * @param sent when the question left, ms of `performance.now()`
   * @param received when the answer came
   * @param clockUs the camera's clock in the answer, µs
   */
  sample(sent: number, received: number, clockUs: number): void {
    const roundTrip = received - sent;
    if (!(roundTrip >= 0) || !Number.isFinite(clockUs) || clockUs <= 0) return;
    const offsetUs = clockUs - ((sent + received) / 2) * 1000;
    const best = this.#best();
    // The camera's machine started anew: what was known of its clock is void.
    if (best && Math.abs(offsetUs - best.offsetUs) > 1000 * (roundTrip + best.roundTrip + 1000)) this.#samples = [];
    this.#samples.push({ at: received, roundTrip, offsetUs });
    const fresh = this.#samples.filter(({ at }) => received - at <= memory);
    this.#samples = fresh.slice(-most);
  }

  /** The camera's clock at a local time (ms of `performance.now()`), in µs; undefined until known. */
  at(localMs: number): number | undefined {
    const best = this.#best();
    return best && localMs * 1000 + best.offsetUs;
  }

  /** The sample with the shortest round trip had the least room for error. */
  #best(): Sample | undefined {
    let best: Sample | undefined;
    for (const sample of this.#samples) if (!best || sample.roundTrip <= best.roundTrip) best = sample;
    return best;
  }
}

/**
 * Capture time of a picture from its RTP timestamp (90 kHz, 32 bit): the one nearest to the camera's
 * present. The stamp wraps every 13 hours, so "near" is unambiguous.
 */
export function rtpToTimeUs(rtpTimestamp: number, cameraNowUs: number): number {
  const now = Math.round(cameraNowUs * 0.09);
  const ahead = (rtpTimestamp - now) | 0;
  return (now + ahead) / 0.09;
}
