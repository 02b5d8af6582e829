/** Who changed what and when: one JSON line each in a bounded file. */
import { appendFile, mkdir, readFile, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Logger } from '../log.ts';

export interface AuditEntry {
  readonly who: string;
  /** Empty when it is about none of them. */
  readonly camera: string;
  readonly action: string;
  /** Name of the Wi-Fi network it is about. */
  readonly network?: string;
  /** Per field: what it was and what it became. */
  readonly changes?: Readonly<Record<string, readonly [from: unknown, to: unknown]>>;
  readonly revision?: number;
  /** Present when it did not go well. */
  readonly problem?: string;
}

/** A dragged slider becomes one line: the same person on the same fields within this time is one change. */
const mergeWindowMs = 5_000;
/**
 * Lines about settings, of which there may be many, are written this late; all others, such as who opened a terminal,
 * with the end of their window. A card wears by each write: 40 kB of file system for a line.
 */
const settingsWithinMs = 120_000;
/** With the one older file beside it, this bounds what the log takes of the card. */
const maxBytes = 1_000_000;

/** A line of the log; `time` as ISO 8601. */
export type AuditLine = AuditEntry & { readonly time: string };

/** Where a part writes down what somebody did. */
export interface AuditBook {
  record(entry: AuditEntry): void;
}

/** The audit log. `record` never waits and never throws; the disk is written within two minutes. */
export class Audit implements AuditBook {
  readonly #path: string;
  readonly #log: Logger;
  /** Of the window that is open. */
  #pending: AuditLine[] = [];
  #window: NodeJS.Timeout | undefined;
  /** Of windows that are closed. */
  #unwritten: AuditLine[] = [];
  #delay: NodeJS.Timeout | undefined;
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
    this.#window ??= setTimeout(() => this.#closeWindow(), mergeWindowMs).unref();
  }

  #closeWindow(): void {
    clearTimeout(this.#window);
    this.#window = undefined;
    const lines = this.#pending;
    this.#pending = [];
    for (const line of lines) this.#log.info({ audit: line }, 'change');
    this.#unwritten.push(...lines);
    if (lines.some(({ changes }) => changes === undefined)) void this.flush();
    else if (lines.length > 0) this.#delay ??= setTimeout(() => void this.flush(), settingsWithinMs).unref();
  }

  /** Writes what is not written yet. */
  flush(): Promise<void> {
    if (this.#pending.length > 0) this.#closeWindow();
    clearTimeout(this.#delay);
    this.#delay = undefined;
    const lines = this.#unwritten;
    this.#unwritten = [];
    if (lines.length > 0) this.#writing = this.#writing.then(() => this.#append(lines));
    return this.#writing;
  }

  /** The newest lines, newest first; one that cannot be read is left out. */
  async recent(most: number): Promise<AuditLine[]> {
    await this.flush();
    const files = [`${this.#path}.1`, this.#path].map((path) => readFile(path, 'utf8').catch(() => ''));
    const lines = (await Promise.all(files)).flatMap((text) => text.split('\n')).filter((text) => text !== '');
    return lines.slice(-most).reverse().flatMap(readLine);
  }

  async #append(lines: readonly AuditLine[]): Promise<void> {
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

function readLine(text: string): AuditLine[] {
  try {
    return [JSON.parse(text) as AuditLine];
  } catch {
    // Power was cut while it was written.
    return [];
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
