import type { AccessUnit } from '../feed.ts';

/** More than a key frame's second at any usual bitrate. */
const mostBytes = 2 * 1024 * 1024;

/**
 * The pictures from the newest key frame on, kept while a connection is being made: it begins
 * with them and nothing is missing. Empty when they grew too many; then a new key frame is due.
 */
export class HeldUnits {
  /** The key frame it began with. */
  readonly first: AccessUnit;
  #units: AccessUnit[];
  #bytes: number;

  constructor(first: AccessUnit) {
    this.first = first;
    this.#units = [first];
    this.#bytes = first.data.length;
  }

  add(unit: AccessUnit): void {
    if (unit.key) {
      this.#units = [];
      this.#bytes = 0;
    } else if (this.#units.length === 0) return;
    this.#bytes += unit.data.length;
    this.#units.push(unit);
    // A single picture may be as large as it likes.
    if (this.#bytes > mostBytes && this.#units.length > 1) this.#units = [];
  }

  get units(): readonly AccessUnit[] {
    return this.#units;
  }
}
