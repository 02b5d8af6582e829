/** How commands get to the node that has the device, and answers back: request and reply over NATS. */
import type { Msg, NatsConnection } from '@nats-io/transport-node';
import type { Asker, Routed } from '../backplane.ts';

export interface LanesOptions {
  readonly nats: NatsConnection;
  /** This node. */
  readonly own: string;
  /** A command that came from another node. */
  readonly onCommand: (device: string, command: Routed) => void;
}

/** Commands under way to other nodes at the most; a device alone takes 512. */
const mostWaiting = 50_000;
/** The device's own node says after 30 s that there was no answer; a node that says nothing is waited for a little longer. */
const answerMs = 35_000;
const sweepMs = 1_000;
/** What an answer begins with: the device's own frame follows, or there is none. */
const outcomes = ['answer', 'gone', 'silent', 'busy'] as const;
/** Bytes NATS has not taken yet; beyond, commands are refused and pushes left out. */
const mostUnsent = 16 * 1024 * 1024;
/** After so many bytes NATS is asked whether it has them. */
const askAfter = 256 * 1024;

interface Waiting {
  readonly asker: Asker;
  readonly node: string;
  readonly at: number;
}

export class Lanes {
  readonly #options: LanesOptions;
  readonly #waiting = new Map<string, Waiting>();
  readonly #timer: NodeJS.Timeout;
  #made = 0;
  #unsent = 0;
  #asking = false;

  constructor(options: LanesOptions) {
    this.#options = options;
    const { nats, own } = options;
    const hear = (subject: string, take: (message: Msg) => void) =>
      nats.subscribe(subject, {
        callback: (error, message) => {
          if (!error) take(message);
        },
      });
    hear(`perch.ask.${own}`, (message) => this.#commanded(message));
    hear(`perch.answer.${own}.*`, (message) => this.#answered(message));
    this.#timer = setInterval(() => this.#sweep(), sweepMs);
    this.#timer.unref();
  }

  /** Commands that wait for an answer from another node. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Brings a command to the node that has the device; the asker hears what becomes of it. */
  ask(node: string, device: string, { frame, id, asker }: Routed): void {
    if (this.#waiting.size >= mostWaiting || this.#unsent > mostUnsent) {
      asker.lost('busy');
      return;
    }
    this.#made += 1;
    const number = this.#made.toString(36);
    this.#waiting.set(number, { asker, node, at: performance.now() });
    const { scope, signature } = asker;
    this.send(`perch.ask.${node}`, pack([Buffer.from(device), Buffer.from(scope), latin(id), signature], frame), {
      reply: `perch.answer.${this.#options.own}.${number}`,
    });
  }

  /** Sends to other nodes; left out when NATS is far behind. */
  send(subject: string, bytes: Uint8Array, options?: { readonly reply: string }): void {
    if (this.#unsent > mostUnsent) return;
    this.#unsent += bytes.length;
    this.#options.nats.publish(subject, bytes, options);
    if (this.#asking || this.#unsent < askAfter) return;
    this.#asking = true;
    const asked = this.#unsent;
    const taken = () => {
      this.#asking = false;
      this.#unsent -= asked;
    };
    this.#options.nats.flush().then(taken, taken);
  }

  /** Nothing more is heard of a node, or of any. */
  lost(node?: string): void {
    for (const [number, waiting] of this.#waiting) {
      if (node !== undefined && waiting.node !== node) continue;
      this.#waiting.delete(number);
      waiting.asker.lost('gone');
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.lost();
  }

  #commanded({ data, reply }: Msg): void {
    const parts = unpack(data, 4);
    if (!parts || reply === undefined) return;
    const [device, scope, id, signature, frame] = parts;
    const tell = (outcome: number, bytes?: Buffer) => {
      const answer = Buffer.allocUnsafe(1 + (bytes?.length ?? 0));
      answer[0] = outcome;
      bytes?.copy(answer, 1);
      this.send(reply, answer);
    };
    if (!device || !scope || !id || !signature || !frame) return;
    this.#options.onCommand(device.toString(), {
      frame,
      id: id.toString('latin1'),
      asker: {
        scope: scope.toString('latin1'),
        // A copy of its own: it is kept until the answer comes, and what it lies in is larger.
        signature: Buffer.from(signature),
        answer: (bytes) => tell(0, bytes),
        lost: (why) => tell(outcomes.indexOf(why)),
      },
    });
  }

  #answered({ subject, data }: Msg): void {
    const number = subject.slice(subject.lastIndexOf('.') + 1);
    const waiting = this.#waiting.get(number);
    if (!waiting) return;
    this.#waiting.delete(number);
    const outcome = outcomes[data[0] ?? 1] ?? 'gone';
    if (outcome === 'answer') waiting.asker.answer(view(data).subarray(1));
    // Without a first byte it is NATS itself that says: nobody is there.
    else waiting.asker.lost(outcome);
  }

  #sweep(): void {
    const late = performance.now() - answerMs;
    for (const [number, { asker, at }] of this.#waiting) {
      if (at > late) return;
      this.#waiting.delete(number);
      asker.lost('silent');
    }
  }
}

function latin(text: string): Buffer {
  return Buffer.from(text, 'latin1');
}

function view(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Parts with two bytes of length before each, then the rest as it is. */
function pack(parts: readonly Buffer[], rest: Buffer): Buffer {
  const length = parts.reduce((sum, part) => sum + 2 + part.length, rest.length);
  const whole = Buffer.allocUnsafe(length);
  let at = 0;
  for (const part of parts) {
    at = whole.writeUInt16BE(part.length, at);
    at += part.copy(whole, at);
  }
  rest.copy(whole, at);
  return whole;
}

/** The other way round; undefined when it does not fit. */
function unpack(bytes: Uint8Array, count: number): Buffer[] | undefined {
  const whole = view(bytes);
  const parts: Buffer[] = [];
  let at = 0;
  for (let part = 0; part < count; part += 1) {
    if (at + 2 > whole.length) return undefined;
    const end = at + 2 + whole.readUInt16BE(at);
    if (end > whole.length) return undefined;
    parts.push(whole.subarray(at + 2, end));
    at = end;
  }
  return [...parts, whole.subarray(at)];
}
