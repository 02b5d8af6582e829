/**
 * The records of one kind, in a JetStream KV bucket and followed by every node: whoever opens them
 * has them all, and hears each change in the order the bucket has it. Changes are compare-and-set.
 */
import { JetStreamApiCodes, JetStreamApiError, type JetStreamClient } from '@nats-io/jetstream';
import type { KV, KvWatchEntry } from '@nats-io/kv';
import { headers, type MsgHdrs, type QueuedIterator } from '@nats-io/transport-node';
import type { Logger } from '../../../../appliance/log.ts';

/** Hears a record as it is now; undefined: it is gone. `revision` only grows, over all records of the bucket. */
export type RecordListener = (key: string, value: Uint8Array | undefined, revision: number) => void;

/** A bucket of NATS. */
export interface Bucket {
  readonly name: string;
  readonly jetstream: JetStreamClient;
  /** Opens it; makes it where it is not there, or not any more. */
  readonly open: () => Promise<KV>;
  /** NATS is out of reach now. */
  readonly away: () => boolean;
}

export interface RecordsOptions {
  readonly bucket: Bucket;
  /** What the keys of these records begin with. */
  readonly kind: string;
  readonly log: Logger;
  readonly onRecord: RecordListener;
}

/** How long NATS has to answer, in ms. */
const answerMs = 5_000;
/** When following failed, it is tried again after so many ms. */
const againMs = 500;
/** A key that no name can have: whoever writes it and sees it come back has seen all that was before. */
const marker = '=sync';

export class Records {
  readonly #options: RecordsOptions;
  readonly #revisions = new Map<string, number>();
  #newest = 0;
  #kv: KV | undefined;
  #watch: QueuedIterator<KvWatchEntry> | undefined;
  #round = 0;
  #closed = false;

  private constructor(options: RecordsOptions) {
    this.#options = options;
  }

  /** Resolves once `onRecord` has heard of every record there is. */
  static async open(options: RecordsOptions): Promise<Records> {
    const records = new Records(options);
    await records.#follow();
    return records;
  }

  /** 0 for a key that never was. */
  revision(key: string): number {
    return this.#revisions.get(key) ?? 0;
  }

  /**
   * Writes a record (undefined: takes it away) and resolves with its revision once NATS keeps it.
   * With `expected` only if that is still the newest revision; undefined is the answer when it is not.
   * @throws Error when NATS does not answer
   */
  async write(key: string, value: Uint8Array | undefined, expected?: number): Promise<number | undefined> {
    const { jetstream, away } = this.#options.bucket;
    if (away()) throw new Error('NATS is out of reach');
    try {
      const { seq } = await jetstream.publish(this.#subject(key), value ?? new Uint8Array(), {
        timeout: answerMs,
        ...(expected !== undefined && { expect: { lastSubjectSequence: expected } }),
        ...(value === undefined && { headers: deletion() }),
      });
      this.#take(key, value, seq);
      return seq;
    } catch (error) {
      if (isConflict(error)) return undefined;
      throw error;
    }
  }

  /** Looks at one record again, after somebody else was faster. */
  async refresh(key: string): Promise<void> {
    const entry = await this.#kv?.get(this.#key(key));
    if (!entry) {
      // Not even a trace of it is left.
      this.#revisions.delete(key);
      this.#options.onRecord(key, undefined, this.#newest);
    } else this.#take(key, entry.operation === 'PUT' ? entry.value : undefined, entry.revision);
  }

  /** NATS was away: looks at everything again. Keeps trying until it is done or closed. */
  async resync(): Promise<void> {
    const round = this.#round + 1;
    this.#round = round;
    while (!this.#closed && this.#round === round) {
      try {
        await this.#follow(round);
        return;
      } catch (error) {
        this.#options.log.debug({ kind: this.#options.kind, err: error }, 'records cannot be followed yet');
        await new Promise((resolve) => setTimeout(resolve, againMs).unref());
      }
    }
  }

  close(): void {
    this.#closed = true;
    this.#watch?.stop();
  }

  async #follow(round = this.#round): Promise<void> {
    const { bucket, kind } = this.#options;
    const before = this.#watch;
    this.#watch = undefined;
    before?.stop();
    const kv = await bucket.open();
    this.#kv = kv;
    const known = await kv.put(this.#key(marker), '');
    const watch = await kv.watch({ key: `${kind}.>` });
    if (this.#closed || this.#round !== round) {
      watch.stop();
      return;
    }
    this.#watch = watch;
    // Smaller than what was there before: the bucket was made anew, and its revisions with it.
    if (known < this.#newest) {
      for (const key of this.#revisions.keys()) this.#revisions.set(key, 0);
      this.#newest = 0;
    }
    await new Promise<void>((resolve, reject) => {
      this.#listen(watch, known, resolve).then(() => {
        reject(new Error('NATS ended the watch'));
        if (this.#watch === watch && !this.#closed) void this.resync();
      }, reject);
    });
  }

  async #listen(watch: QueuedIterator<KvWatchEntry>, until: number, onComplete: () => void): Promise<void> {
    let seen: Set<string> | undefined = new Set();
    for await (const entry of watch) {
      const key = fromKey(entry.key.slice(this.#options.kind.length + 1));
      if (key !== undefined) {
        seen?.add(key);
        this.#take(key, entry.operation === 'PUT' ? entry.value : undefined, entry.revision);
      }
      this.#newest = Math.max(this.#newest, entry.revision);
      if (!seen || entry.revision < until) continue;
      for (const each of this.#revisions.keys()) if (!seen.has(each)) this.#take(each, undefined, until);
      seen = undefined;
      onComplete();
    }
  }

  #take(key: string, value: Uint8Array | undefined, revision: number): void {
    if (revision <= this.revision(key)) return;
    this.#revisions.set(key, revision);
    this.#options.onRecord(key, value, revision);
  }

  #key(key: string): string {
    return `${this.#options.kind}.${key === marker ? marker : toKey(key)}`;
  }

  #subject(key: string): string {
    return `$KV.${this.#options.bucket.name}.${this.#key(key)}`;
  }
}

/** What makes a message of a KV bucket a deletion. */
function deletion(): MsgHdrs {
  const made = headers();
  made.set('KV-Operation', 'DEL');
  return made;
}

function isConflict(error: unknown): boolean {
  return (
    error instanceof JetStreamApiError &&
    (error.code === JetStreamApiCodes.StreamWrongLastSequence ||
      error.code === JetStreamApiCodes.StreamWrongLastSequenceUnknown)
  );
}

/** A name as one part of a NATS subject: what may not stand there is written as `=` and two hex digits a byte. */
export function toKey(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9_-]/gu, (character) =>
    [...Buffer.from(character)].map((byte) => `=${byte.toString(16).padStart(2, '0')}`).join(''),
  );
}

/** The other way round; undefined for what `toKey` never makes. */
export function fromKey(key: string): string | undefined {
  if (!/^(?:[A-Za-z0-9_-]|=[0-9a-f]{2})+$/.test(key)) return undefined;
  return decodeURIComponent(key.replaceAll('=', '%'));
}
