/** Who changed what and when: one JSON line each in a bounded file. */
import { appendFile, mkdir, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Logger } from '../log.ts';

export interface AuditEntry {
  readonly who: string;
  readonly camera: string;
  readonly action: string;
  /** Per field: what it was and what it became. */
  readonly changes?: Readonly<Record<string, readonly [from: unknown, to: unknown]>>;
  readonly revision?: number;
  /** Present when it did not go well. */
  readonly problem?: string;
}

/** A dragged slider becomes one line: the same person on the same fields within this time is one change. */
const mergeWindowMs = 5_000;
/** With the one older file beside it, this bounds what the log takes of the card. */
const maxBytes = 1_000_000;

type Line = AuditEntry & { readonly time: string };

/** The audit log. `record` never waits and never throws; the disk is written every few seconds. */
export class Audit {
  readonly #path: string;
  readonly #log: Logger;
  #pending: Line[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> = Promise.resolve();

  constructor(path: string, log: Logger) {
    this.#path = path;
    this.#log = log;
  }

  record(entry: AuditEntry): void {
    const last = this.#pending.at(-1);
    if (last && continues(last, entry)) {
      this.#pending[this.#pending.length - 1] = { ...last, ...entry, changes: joined(last, entry), time: last.time };
    } else {
      this.#pending.push({ time: new Date().toISOString(), ...entry });
    }
    this.#timer ??= setTimeout(() => void this.flush(), mergeWindowMs).unref();
  }

  /** Writes what is pending. */
  flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = this.#pending;
    this.#pending = [];
    if (lines.length > 0) this.#writing = this.#writing.then(() => this.#append(lines));
    return this.#writing;
  }

  async #append(lines: readonly Line[]): Promise<void> {
    for (const line of lines) this.#log.info({ audit: line }, 'change');
    try {
      await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
      const size = await stat(this.#path).then(
        (found) => found.size,
        () => 0,
      );
      if (size > maxBytes) await rename(this.#path, `${this.#path}.1`);
      await appendFile(this.#path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''), { mode: 0o600 });
    } catch (error) {
      this.#log.error({ err: error }, 'audit log could not be written');
    }
  }
}

function continues(last: AuditEntry, entry: AuditEntry): boolean {
  const fields = (each: AuditEntry) => Object.keys(each.changes ?? {}).join();
  return (
    last.who === entry.who &&
    last.camera === entry.camera &&
    last.action === entry.action &&
    entry.problem === undefined &&
    last.problem === undefined &&
    entry.changes !== undefined &&
    fields(last) === fields(entry)
  );
}

function joined(last: AuditEntry, entry: AuditEntry): NonNullable<AuditEntry['changes']> {
  return Object.fromEntries(
    Object.entries(entry.changes ?? {}).map(([field, [from, to]]) => [field, [last.changes?.[field]?.[0] ?? from, to]]),
  );
}
