/** Which nodes of the fleet are alive: each says so every second, and one that is silent is dead. */
import type { NatsConnection } from '@nats-io/transport-node';

/** Times in ms. */
export interface NodesTuning {
  readonly beatMs?: number;
  /** Silence after which a node is dead. Its event loop may be busy for a moment. */
  readonly deadMs?: number;
}

export interface NodesOptions {
  readonly nats: NatsConnection;
  /** This node. */
  readonly own: string;
  readonly tuning?: NodesTuning | undefined;
  /** A node was taken for dead; or was, and is not. */
  readonly onChange: (node: string, alive: boolean) => void;
}

const subject = 'perch.nodes';
const defaultBeatMs = 1_000;
const defaultDeadMs = 5_000;

export class Nodes {
  readonly #options: NodesOptions;
  readonly #deadMs: number;
  /** When each was heard last, by `performance.now()`. */
  readonly #heard = new Map<string, number>();
  /** Since when each is dead, in ms since 1970. */
  readonly #dead = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;
  #checkedAt = performance.now();
  #linked = true;

  constructor(options: NodesOptions) {
    this.#options = options;
    const { beatMs = defaultBeatMs, deadMs = defaultDeadMs } = options.tuning ?? {};
    this.#deadMs = deadMs;
    options.nats.subscribe(`${subject}.*`, {
      callback: (error, message) => {
        if (!error) this.#hear(message.subject.slice(subject.length + 1), message.string());
      },
    });
    this.#say('who');
    this.#timer = setInterval(() => this.#check(beatMs), beatMs);
  }

  /** One that was never heard is given the time to speak. */
  alive(node: string): boolean {
    if (node === this.#options.own) return true;
    if (this.#dead.has(node)) return false;
    if (!this.#heard.has(node)) this.#heard.set(node, performance.now());
    return true;
  }

  /** Since when a node is dead, in ms since 1970. */
  deadSince(node: string): number | undefined {
    return this.#dead.get(node);
  }

  /** Whether it falls to this node to write down what a dead one cannot: one of them does. */
  get first(): boolean {
    for (const node of this.#heard.keys()) if (node < this.#options.own) return false;
    return true;
  }

  /** Nodes other than this one. */
  get others(): number {
    return this.#heard.size;
  }

  /** NATS is there or away. While it is away nobody dies: nobody could be heard. */
  linked(linked: boolean): void {
    this.#linked = linked;
    if (!linked) return;
    this.#pardon();
    this.#say('who');
  }

  close(): void {
    clearInterval(this.#timer);
    if (this.#linked) this.#say('bye');
  }

  #hear(node: string, word: string): void {
    if (word === 'who') this.#say('here');
    if (word === 'bye') {
      this.#die(node);
      return;
    }
    this.#heard.set(node, performance.now());
    if (this.#dead.delete(node)) this.#options.onChange(node, true);
  }

  #check(beatMs: number): void {
    const now = performance.now();
    const late = now - this.#checkedAt > 2 * beatMs + 500;
    this.#checkedAt = now;
    if (!this.#linked) return;
    this.#say('here');
    // It was this node that slept: what the others said meanwhile is still to be read.
    if (late) this.#pardon();
    for (const [node, at] of this.#heard) if (now - at > this.#deadMs) this.#die(node);
  }

  #die(node: string): void {
    if (!this.#heard.delete(node)) return;
    this.#dead.set(node, Date.now());
    this.#options.onChange(node, false);
  }

  #pardon(): void {
    const now = performance.now();
    for (const node of this.#heard.keys()) this.#heard.set(node, now);
  }

  #say(word: 'here' | 'who' | 'bye'): void {
    if (!this.#options.nats.isClosed()) this.#options.nats.publish(`${subject}.${this.#options.own}`, word);
  }
}
