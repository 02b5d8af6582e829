/** The connection of one Pi. There are thousands: no timer, no closure and no map of its own until it is needed. */
import type { WebSocket } from 'ws';
import { CommandType, decodeStatus, encodeCommand, encodeStatus } from '../../proto/index.ts';
import { closeCodes } from '../link/wire.ts';
import type { Counts } from './counts.ts';
import type { Asker, Backplane, Holder, Routed } from './fleet/backplane.ts';
import { readStatusAbout, readStatusHead } from './frame.ts';
import { type ConnectionSocket, listen } from './socket.ts';

/** What every Pi's connection shares. */
export interface PiParts {
  readonly backplane: Backplane;
  readonly counts: Counts;
}

/** Commands one device may get at once and a second, of everybody together; its door takes 60 a second of each asker. */
const burst = 4_000;
const perSecond = 2_000;
/** Commands waiting for their answers. */
const mostWaiting = 512;
/** Bytes waiting for a Pi that does not read: then it is not there, whatever TCP says. */
const mostBuffered = 512 * 1024;
/** An answer that takes longer will not come, in ms: a camera that starts again takes a few seconds. */
const answerMs = 30_000;
const sendOptions = { binary: true, compress: false } as const;

/** A command on its way: equal ids follow one another. */
interface Waiting {
  readonly asker: Asker;
  readonly at: number;
  next: Waiting | undefined;
}

export class PiConnection implements Holder {
  readonly device: string;
  readonly address: string;
  readonly #parts: PiParts;
  readonly #socket: ConnectionSocket;
  /** It names its askers in its answers and reports by itself; a peer of the first protocol does neither. */
  readonly #knowsAskers: boolean;
  #waiting: Map<string, Waiting> | undefined;
  #waitingCount = 0;
  #tokens = burst;
  #tokensAt = 0;
  #letGo: (() => void) | undefined;
  /** When something was heard of it, by `performance.now()`. */
  heardAt: number;

  constructor(socket: ConnectionSocket, device: string, address: string, knowsAskers: boolean, parts: PiParts) {
    this.#socket = socket;
    this.device = device;
    this.address = address;
    this.#knowsAskers = knowsAskers;
    this.#parts = parts;
    this.heardAt = performance.now();
  }

  /** It is there: the newest connection of its device. */
  begin(): void {
    const socket = this.#socket;
    listen(socket, this);
    this.#letGo = this.#parts.backplane.hold(this.device, this);
    if (!this.#knowsAskers) this.#askStatus();
  }

  deliver({ frame, id, asker }: Routed): void {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) {
      asker.lost('gone');
      return;
    }
    if (this.#waitingCount >= mostWaiting || !this.#mayTake()) {
      asker.lost('busy');
      return;
    }
    // Whoever gives no id has no answer of his own, unless the Pi says whom it answers.
    if (id !== '' || this.#knowsAskers) this.#await(id, asker);
    this.#parts.counts.commands += 1;
    if (this.#knowsAskers) socket.send(Buffer.concat([frame, asker.signature]), sendOptions);
    else socket.send(frame, sendOptions);
    if (socket.bufferedAmount > mostBuffered) {
      this.#parts.counts.tooSlow += 1;
      this.end(closeCodes.tooSlow, 'Too slow in reading: too much waits for you.');
    }
  }

  replaced(byAddress: string): void {
    this.end(closeCodes.replaced, `It came from ${byAddress}.`);
  }

  /** Tells the Pi and ends. Whoever waits for it is told when the socket is closed. */
  end(code: number, reason: string): void {
    this.#socket.close(code, reason);
    // A peer that does not answer the goodbye has nothing more to say either.
    setTimeout(endNow, 2_000, this.#socket).unref();
  }

  /** Looks after it now and then: `now` by `performance.now()`. */
  sweep(now: number, pingMs: number): void {
    const silent = now - this.heardAt;
    if (silent > 2 * pingMs) this.#socket.terminate();
    else if (silent > pingMs * 0.9) this.#socket.ping();
    if (this.#waitingCount === 0 || !this.#waiting) return;
    for (const [id, first] of this.#waiting) {
      if (now - first.at < answerMs) break;
      this.#waiting.delete(id);
      for (let each: Waiting | undefined = first; each; each = each.next) {
        this.#waitingCount -= 1;
        each.asker.lost('silent');
      }
    }
  }

  /** A frame from the Pi. */
  receive(frame: Buffer, isBinary: boolean): void {
    this.heardAt = performance.now();
    // What still comes from a connection that was given up is not this device's word any more.
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const head = isBinary ? readStatusHead(frame) : undefined;
    if (!head) {
      this.#parts.counts.badFrames += 1;
      this.end(1007, isBinary ? 'This is not a StatusResponse.' : 'Send StatusResponses as binary frames.');
      return;
    }
    if (head.id === '' && head.asker === '') {
      this.#parts.counts.pushes += 1;
      this.#remember(frame);
      this.#parts.backplane.publish(this.device, frame);
      return;
    }
    const asker = this.#take(head.id, head.asker);
    if (!asker) {
      this.#parts.counts.strays += 1;
      return;
    }
    this.#parts.counts.answers += 1;
    // A peer that tells nothing unasked is known by its answers.
    if (!this.#knowsAskers) this.#remember(frame);
    asker.answer(frame);
  }

  closed(): void {
    this.#letGo?.();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#waitingCount = 0;
    for (const first of waiting?.values() ?? []) {
      for (let each: Waiting | undefined = first; each; each = each.next) each.asker.lost('gone');
    }
  }

  #mayTake(): boolean {
    const now = performance.now();
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#tokensAt) * perSecond) / 1000);
    this.#tokensAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  #await(id: string, asker: Asker): void {
    this.#waiting ??= new Map();
    this.#waitingCount += 1;
    const entry: Waiting = { asker, at: performance.now(), next: undefined };
    let last = this.#waiting.get(id);
    if (!last) {
      this.#waiting.set(id, entry);
      return;
    }
    while (last.next) last = last.next;
    last.next = entry;
  }

  /** Takes whom an answer is for: the asker it names, else whoever asked first with this id. */
  #take(id: string, scope: string): Asker | undefined {
    const first = this.#waiting?.get(id);
    let before: Waiting | undefined;
    let found = first;
    while (found && scope !== '' && found.asker.scope !== scope) {
      before = found;
      found = found.next;
    }
    if (!found) return undefined;
    this.#waitingCount -= 1;
    if (before) before.next = found.next;
    else if (found.next) this.#waiting?.set(id, found.next);
    else this.#waiting?.delete(id);
    return found.asker;
  }

  #remember(frame: Buffer): void {
    const { camera, whole } = readStatusAbout(frame);
    if (camera === undefined) return;
    // A copy of its own: what arrives is a view into 64 kB that were read at once.
    const copy = Buffer.allocUnsafeSlow(frame.length);
    frame.copy(copy);
    this.#parts.backplane.remember(this.device, camera, copy, whole);
  }

  /** A peer of the first protocol does not report by itself. */
  #askStatus(): void {
    const id = 'relay-status';
    const asker: Asker = {
      scope: id,
      signature: Buffer.alloc(0),
      answer: (frame) => {
        // Nobody asked but the relay: for everyone else it is news.
        const { request_id: _, ...status } = decodeStatus(frame);
        this.#parts.backplane.publish(this.device, Buffer.from(encodeStatus(status)));
      },
      lost: () => {},
    };
    const frame = Buffer.from(encodeCommand({ command: CommandType.GET_STATUS, request_id: id }));
    this.deliver({ frame, id, asker });
  }
}

function endNow(socket: WebSocket): void {
  socket.terminate();
}
