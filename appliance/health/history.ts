/**
 * A day of figures, minute by minute, in memory that does not grow: for each series a ring of 1,440 places with the
 * mean, the least and the most of that minute, 16 bits each (8.6 kB a series). A minute that was not measured is a gap
 * and stays one. A Pi starts without knowing the time: when the clock is set, what was measured until then moves along.
 */
import { gunzipSync, gzipSync } from 'node:zlib';
import { seriesOf } from './series.ts';

const minuteMs = 60_000;
const minutesKept = 1440;
/** Bounds what cameras that come and go can take: 64 series are 550 kB. */
const mostSeries = 64;
/** No 16-bit value of ours: a gap. */
const gap = -32_768;
const kinds = ['mean', 'min', 'max'] as const;

type Ring = Readonly<Record<(typeof kinds)[number], Int16Array>>;
interface Minute {
  sum: number;
  count: number;
  min: number;
  max: number;
}

/** Points of one series, oldest first; null is a gap. A count has no least and most. */
export interface Points {
  readonly unit: string;
  readonly mean: readonly (number | null)[];
  readonly min?: readonly (number | null)[];
  readonly max?: readonly (number | null)[];
}

export interface Past {
  /** The first point's time, in ms since 1970; the others follow every `stepMs`. */
  readonly from: number;
  readonly stepMs: number;
  readonly series: Readonly<Record<string, Points>>;
}

/** As it is saved: the keys in order, and their values, packed and compressed. */
export interface SavedHistory {
  readonly keys: readonly string[];
  readonly rows: string;
}

export class History {
  readonly #rings = new Map<string, Ring>();
  /** The minute since 1970 that stands in each place; 0 is none. */
  readonly #minutes = new Int32Array(minutesKept);
  /** 1: measured by this run, by a clock that may still be set. */
  readonly #own = new Uint8Array(minutesKept);
  #present = 0;
  readonly #collecting = new Map<string, Minute>();
  /** What was saved lies in the future: the clock is not set yet. */
  #ahead: SavedHistory | undefined;

  /** Adds the values of a moment, in ms since 1970, by the keys of series.ts. */
  add(now: number, values: ReadonlyMap<string, number>): void {
    const minute = Math.floor(now / minuteMs);
    if (minute !== this.#present) this.#close();
    this.#present = minute;
    for (const [key, value] of values) {
      if (seriesOf(key) === undefined || !Number.isFinite(value)) continue;
      const collected = this.#collecting.get(key);
      if (collected === undefined) this.#collecting.set(key, { sum: value, count: 1, min: value, max: value });
      else {
        collected.sum += value;
        collected.count += 1;
        collected.min = Math.min(collected.min, value);
        collected.max = Math.max(collected.max, value);
      }
    }
  }

  /** The clock was set by so many ms and is `now`: what this run has measured moves along. */
  shift(byMs: number, now: number): void {
    this.#close();
    this.#present = 0;
    const by = Math.round(byMs / minuteMs);
    const moved = [...this.#rows()]
      .filter((at) => this.#own[at] === 1)
      .map((at) => ({ minute: (this.#minutes[at] ?? 0) + by, values: this.#take(at) }));
    for (const { minute, values } of moved) {
      if (minute <= 0) continue;
      const at = this.#place(minute, true);
      for (const [ring, three] of values) for (const [n, kind] of kinds.entries()) ring[kind][at] = three[n] ?? gap;
    }
    if (this.#ahead !== undefined) this.restore(this.#ahead, now);
  }

  /** The last `hours`, in at most `most` points: several minutes become one, with the least and the most of them. */
  read(now: number, hours: number, most: number): Past {
    const span = Math.min(minutesKept, Math.ceil(hours * 60));
    const step = Math.ceil(span / most);
    const points = Math.floor(span / step);
    const last = Math.floor(now / minuteMs / step) * step + step;
    const first = last - points * step;
    const series = [...this.#rings].map(
      ([key, ring]) => [key, this.#pointsOf(key, ring, first, points, step)] as const,
    );
    return {
      from: first * minuteMs,
      stepMs: step * minuteMs,
      series: Object.fromEntries(series.filter((entry): entry is [string, Points] => entry[1] !== undefined)),
    };
  }

  /** The sum of a count over the last minutes, the one under way included; undefined when nothing was measured. */
  sum(key: string, now: number, minutes: number): number | undefined {
    const present = Math.floor(now / minuteMs);
    const past = Array.from({ length: minutes }, (_, back) => this.#at(key, present - back, 'mean'));
    const collected = this.#present === present ? this.#collecting.get(key)?.sum : undefined;
    const known = [...past, collected].filter((value) => value !== undefined);
    return known.length === 0 ? undefined : known.reduce((sum, value) => sum + value, 0);
  }

  /** What is to be saved; undefined while the clock is not set, for it would replace a better one. */
  toSaved(now: number): SavedHistory | undefined {
    if (this.#ahead !== undefined) return undefined;
    const oldest = Math.floor(now / minuteMs) - minutesKept;
    const rows = [...this.#rows()].filter((at) => (this.#minutes[at] ?? 0) > oldest);
    const kept = [...this.#rings].filter(([, { mean }]) => rows.some((at) => mean[at] !== gap));
    const bytes = Buffer.alloc(rows.length * (4 + kept.length * 6));
    let to = 0;
    for (const at of rows) to = bytes.writeInt32LE(this.#minutes[at] ?? 0, to);
    // Series by series, so that what is alike stands together: half the size when compressed.
    for (const [, ring] of kept) {
      for (const kind of kinds) for (const at of rows) to = bytes.writeInt16LE(ring[kind][at] ?? gap, to);
    }
    return { keys: kept.map(([key]) => key), rows: gzipSync(bytes).toString('base64') };
  }

  /**
   * Takes in what was saved before, as far as it is of the last day; minutes of this run stay.
   * @throws when it is nothing that was saved by `toSaved`
   */
  restore(saved: SavedHistory, now: number): void {
    const bytes = gunzipSync(Buffer.from(saved.rows, 'base64'));
    const rows = bytes.length / (4 + saved.keys.length * 6);
    if (!Number.isInteger(rows) || rows > minutesKept) throw new Error('not a history of this length');
    const minutes = Array.from({ length: rows }, (_, row) => bytes.readInt32LE(row * 4));
    const present = Math.floor(now / minuteMs);
    this.#ahead = minutes.some((minute) => minute > present + 1) ? saved : undefined;
    if (this.#ahead !== undefined) return;
    const places = minutes.map((minute) => {
      const taken = this.#minutes[minute % minutesKept] === minute;
      return minute <= present - minutesKept || taken ? undefined : this.#place(minute, false);
    });
    let from = rows * 4;
    for (const key of saved.keys) {
      const ring = seriesOf(key) && this.#ring(key);
      for (const kind of kinds) {
        for (const at of places) {
          if (ring !== undefined && at !== undefined) ring[kind][at] = bytes.readInt16LE(from);
          from += 2;
        }
      }
    }
  }

  /** What lies in the future is given up: this clock is the true one after all. */
  trustClock(): void {
    this.#ahead = undefined;
  }

  /** Ends the minute under way. */
  #close(): void {
    if (this.#collecting.size > 0) {
      const at = this.#place(this.#present, true);
      for (const [key, { sum, count, min, max }] of this.#collecting) {
        const spec = seriesOf(key);
        const ring = this.#ring(key);
        if (spec === undefined || ring === undefined) continue;
        const kept = (value: number) => Math.max(gap + 1, Math.min(32_767, Math.round(value / spec.step)));
        ring.mean[at] = kept(spec.kind === 'count' ? sum : sum / count);
        ring.min[at] = kept(min);
        ring.max[at] = kept(max);
      }
    }
    this.#collecting.clear();
  }

  /** The places that hold a minute, oldest first. */
  #rows(): readonly number[] {
    return Array.from(this.#minutes.keys())
      .filter((at) => this.#minutes[at] !== 0)
      .sort((a, b) => (this.#minutes[a] ?? 0) - (this.#minutes[b] ?? 0));
  }

  /** The place of a minute, emptied of an older one; of the same one when the clock has gone back over it. */
  #place(minute: number, own: boolean): number {
    const at = minute % minutesKept;
    for (const ring of this.#rings.values()) for (const kind of kinds) ring[kind][at] = gap;
    this.#minutes[at] = minute;
    this.#own[at] = own ? 1 : 0;
    return at;
  }

  #take(at: number): readonly (readonly [Ring, readonly number[]])[] {
    const values = [...this.#rings.values()].map((ring) => [ring, kinds.map((kind) => ring[kind][at] ?? gap)] as const);
    for (const ring of this.#rings.values()) for (const kind of kinds) ring[kind][at] = gap;
    this.#minutes[at] = 0;
    this.#own[at] = 0;
    return values;
  }

  #ring(key: string): Ring | undefined {
    const present = this.#rings.get(key);
    if (present !== undefined || this.#rings.size >= mostSeries) return present;
    const empty = () => new Int16Array(minutesKept).fill(gap);
    const ring = { mean: empty(), min: empty(), max: empty() };
    this.#rings.set(key, ring);
    return ring;
  }

  #at(key: string, minute: number, kind: (typeof kinds)[number]): number | undefined {
    const at = minute % minutesKept;
    const kept = this.#minutes[at] === minute ? this.#rings.get(key)?.[kind][at] : undefined;
    return kept === undefined || kept === gap ? undefined : kept * (seriesOf(key)?.step ?? 1);
  }

  /** Undefined when there is nothing but gaps. */
  #pointsOf(key: string, ring: Ring, first: number, points: number, step: number): Points | undefined {
    const spec = seriesOf(key);
    if (spec === undefined) return undefined;
    const lines: Record<(typeof kinds)[number], (number | null)[]> = { mean: [], min: [], max: [] };
    for (let point = 0; point < points; point++) {
      const found = { mean: [] as number[], min: [] as number[], max: [] as number[] };
      for (let minute = first + point * step; minute < first + (point + 1) * step; minute++) {
        const at = minute % minutesKept;
        if (this.#minutes[at] !== minute || ring.mean[at] === gap) continue;
        for (const kind of kinds) found[kind].push(ring[kind][at] ?? gap);
      }
      const value = (numbers: readonly number[], of: (numbers: readonly number[]) => number) =>
        // Steps are tenths and the like: more digits are noise of the arithmetic.
        numbers.length === 0 ? null : Math.round(of(numbers) * spec.step * 10) / 10;
      const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
      lines.mean.push(value(found.mean, spec.kind === 'count' ? sum : (all) => sum(all) / all.length));
      lines.min.push(value(found.min, (all) => Math.min(...all)));
      lines.max.push(value(found.max, (all) => Math.max(...all)));
    }
    if (lines.mean.every((each) => each === null)) return undefined;
    return spec.kind === 'count' ? { unit: spec.unit, mean: lines.mean } : { unit: spec.unit, ...lines };
  }
}
