import type { WireSettings, WireStatus } from '../../../proto/index.ts';
import { type ControlValue, type FieldName, toWire } from './values.ts';

/** Values on their way, by field. */
export type Changes = ReadonlyMap<FieldName, ControlValue>;

export interface SenderEvents {
  sent(changes: Changes): void;
  answered(changes: Changes, status: WireStatus): void;
  /** No answer came: the connection is gone, or it took too long. */
  failed(changes: Changes, error: Error): void;
}

/**
 * Thins out what a dragged slider says: at most one command per interval, the newest value of each
 * field in it, and the last value always goes. While two commands are unanswered the next one waits,
 * so that a slow link is not filled with values nobody wants any more.
 */
export class Sender {
  readonly #send: (settings: WireSettings) => Promise<WireStatus>;
  readonly #events: SenderEvents;
  readonly #intervalMs: number;
  #queue = new Map<FieldName, ControlValue>();
  readonly #underway = new Set<Changes>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** `intervalMs`: least time between two commands, 50 for at most 20 in a second. */
  constructor(send: (settings: WireSettings) => Promise<WireStatus>, events: SenderEvents, intervalMs = 50) {
    this.#send = send;
    this.#events = events;
    this.#intervalMs = intervalMs;
  }

  /** Sends these values now, or with the next command. */
  push(changes: Changes): void {
    for (const [name, value] of changes) this.#queue.set(name, value);
    this.#next();
  }

  /** Whether a value of this field waits or is unanswered. */
  busy(name: FieldName): boolean {
    if (this.#queue.has(name)) return true;
    for (const changes of this.#underway) if (changes.has(name)) return true;
    return false;
  }

  /** Whether anything waits or is unanswered. */
  get idle(): boolean {
    return this.#queue.size === 0 && this.#underway.size === 0;
  }

  /** Forgets what waits. */
  close(): void {
    this.#queue.clear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #next(): void {
    if (this.#timer !== undefined || this.#queue.size === 0 || this.#underway.size >= 2) return;
    const changes: Changes = this.#queue;
    this.#queue = new Map();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#next();
    }, this.#intervalMs);
    void this.#deliver(changes);
  }

  async #deliver(changes: Changes): Promise<void> {
    this.#underway.add(changes);
    this.#events.sent(changes);
    const settings: WireSettings = {};
    for (const [name, value] of changes) Object.assign(settings, toWire(name, value));
    try {
      const status = await this.#send(settings);
      this.#underway.delete(changes);
      this.#events.answered(changes, status);
    } catch (error) {
      this.#underway.delete(changes);
      this.#events.failed(changes, error instanceof Error ? error : new Error(String(error)));
    }
    this.#next();
  }
}
