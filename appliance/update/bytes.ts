/** Bytes of a stream taken in order, as many at a time as are wanted; never more than a chunk is kept. */

/** The stream ended before what was wanted. */
export class TooShort extends Error {
  override name = 'TooShort';
}

export class Bytes {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #kept: Buffer = Buffer.alloc(0);

  constructor(from: AsyncIterable<Uint8Array>) {
    this.#chunks = from[Symbol.asyncIterator]();
  }

  /**
   * Exactly so many bytes; for few.
   * @throws TooShort
   */
  async take(count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const part of this.stream(count)) parts.push(part);
    return Buffer.concat(parts);
  }

  /**
   * Exactly so many bytes, as they come.
   * @throws TooShort
   */
  async *stream(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0; ) {
      if (this.#kept.length === 0 && !(await this.#more())) throw new TooShort(`${left} bytes are missing`);
      const part = this.#kept.subarray(0, left);
      this.#kept = this.#kept.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  /** Whether nothing follows. */
  async ended(): Promise<boolean> {
    while (this.#kept.length === 0) if (!(await this.#more())) return true;
    return false;
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    if (done) return false;
    this.#kept = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return true;
  }
}
