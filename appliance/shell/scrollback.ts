/** The last output of a terminal, in bounded memory: what a slow reader still has to get, and one that comes back. */
export class Scrollback {
  readonly #most: number;
  #pieces: Buffer[] = [];
  #start = 0;
  #end = 0;

  /** Keeps `most` bytes, and at the most one piece more. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Where what is kept begins, in bytes since the session began. */
  get start(): number {
    return this.#start;
  }

  /** Bytes of output since the session began. */
  get end(): number {
    return this.#end;
  }

  add(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#end += piece.length;
    for (;;) {
      const first = this.#pieces[0];
      if (!first || this.#end - this.#start - first.length < this.#most) return;
      this.#pieces.shift();
      this.#start += first.length;
    }
  }

  /** What lies between two places, both since the session began; `from` is not before `start`. */
  between(from: number, to: number): Buffer {
    const found: Buffer[] = [];
    let at = this.#start;
    for (const piece of this.#pieces) {
      if (at >= to) break;
      if (at + piece.length > from) found.push(piece.subarray(Math.max(0, from - at), to - at));
      at += piece.length;
    }
    return found.length === 1 && found[0] ? found[0] : Buffer.concat(found);
  }

  /** The first beginning of a line at or after a place, or that place: half a line may be half an escape sequence. */
  lineAfter(from: number): number {
    const newline = this.between(from, this.#end).indexOf(0x0a);
    return newline < 0 ? from : from + newline + 1;
  }
}
