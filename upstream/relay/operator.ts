/** The connection of somebody who steers one device: commands in, answers and pushes out. */
import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import type { Audit } from '../../appliance/command/audit.ts';
import { PerchError } from '../../appliance/errors.ts';
import { CommandType, decodeCommand, encodeStatus, type WireStatus } from '../../proto/index.ts';
import { closeCodes } from '../link/wire.ts';
import { leaveFor, lostError } from './ask.ts';
import { type Counts, countBy } from './counts.ts';
import type { Asker, Watcher } from './fleet/backplane.ts';
import type { Fleet } from './fleet/fleet.ts';
import { type CommandHead, readCommandHead } from './frame.ts';
import type { Person } from './people/people.ts';
import { mayDo } from './people/records.ts';
import { signature } from './signature.ts';
import { type ConnectionSocket, listen } from './socket.ts';

export interface OperatorParts {
  readonly fleet: Fleet;
  readonly counts: Counts;
  readonly audit: Audit;
}

/** Commands at once and a second of one connection. A dragged slider sends 20 a second. */
const burst = 4_000;
const perSecond = 2_000;
/** Refusals within a second after which nothing more is read until that second is over. */
const refusalsPerSecond = 1_000;
/** Bytes waiting for somebody who does not read; then the connection is ended. */
const mostBuffered = 1024 * 1024;
const sendOptions = { binary: true, compress: false } as const;
const looking: ReadonlySet<number> = new Set([CommandType.GET_STATUS, CommandType.GET_SNAPSHOT]);

export class OperatorConnection implements Watcher {
  readonly device: string;
  readonly person: Person;
  /** Within which this connection's request_ids are unique. */
  readonly scope: string;
  readonly signature: Buffer;
  readonly #socket: ConnectionSocket;
  readonly #stream: Socket;
  readonly #parts: OperatorParts;
  /** Settings for a device that is away wait for it instead of being refused. */
  readonly #queues: boolean;
  #tokens = burst;
  #tokensAt = 0;
  #refusals = 0;
  #corked = false;
  #changes = 0;
  #unwatch = () => {};
  heardAt: number;

  constructor(
    socket: ConnectionSocket,
    stream: Socket,
    about: { readonly device: string; readonly person: Person; readonly scope: string; readonly queues: boolean },
    parts: OperatorParts,
  ) {
    this.#socket = socket;
    this.#stream = stream;
    this.device = about.device;
    this.person = about.person;
    this.scope = about.scope;
    this.signature = signature(about.person.who, about.scope);
    this.#queues = about.queues;
    this.#parts = parts;
    this.heardAt = performance.now();
  }

  /** Tells what is known of the device, then follows it. */
  begin(): void {
    const socket = this.#socket;
    listen(socket, this);
    const { backplane } = this.#parts.fleet;
    this.#unwatch = backplane.watch(this.device, this);
    if (!backplane.presence(this.device)?.connected) {
      this.tellAway();
      return;
    }
    for (const { whole, newest } of backplane.recall(this.device).values()) {
      if (whole && whole !== newest) this.send(whole);
      this.send(newest);
    }
  }

  /** The device is not connected: what was last known of each camera, as of one that is away. */
  tellAway(): void {
    const { fleet } = this.#parts;
    const cameras = [...fleet.backplane.recall(this.device).keys()];
    for (const camera of cameras.length > 0 ? cameras : ['']) {
      const status = fleet.lastKnown(this.device, camera);
      this.tell({ ...status, success: true, message: status.state_message ?? '' });
    }
  }

  push(frame: Buffer): void {
    this.send(frame);
  }

  tell(status: WireStatus): void {
    this.send(encodeStatus(status));
  }

  send(frame: Uint8Array): void {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) return;
    // What is sent within one turn of the event loop leaves in one piece.
    if (!this.#corked) {
      this.#corked = true;
      this.#stream.cork();
      setImmediate(uncork, this);
    }
    socket.send(frame, sendOptions);
    if (socket.bufferedAmount > mostBuffered) {
      this.#parts.counts.tooSlow += 1;
      this.end(closeCodes.tooSlow, 'Too slow in reading: too much waits for you.');
    }
  }

  uncork(): void {
    this.#corked = false;
    this.#stream.uncork();
  }

  end(code: number, reason: string): void {
    this.#socket.close(code, reason);
    setTimeout(endNow, 2_000, this.#socket).unref();
  }

  sweep(now: number, pingMs: number): void {
    const silent = now - this.heardAt;
    if (silent > 2 * pingMs && !this.#socket.isPaused) this.#socket.terminate();
    else if (silent > pingMs * 0.9) this.#socket.ping();
    this.noteChanges();
  }

  closed(): void {
    this.#unwatch();
    this.noteChanges();
  }

  receive(frame: Buffer, isBinary: boolean): void {
    this.heardAt = performance.now();
    const head = isBinary ? readCommandHead(frame) : undefined;
    if (!head) {
      const reason = isBinary ? 'its bytes do not fit together' : 'send it as a binary frame';
      this.refuse('', new PerchError('bad_message', { expected: 'ControlCommand', reason }));
      return;
    }
    if (!this.#mayAsk()) {
      this.#holdBack(head.id);
      return;
    }
    const changes = !looking.has(head.command);
    if (changes && !mayDo(this.person.role, 'operator')) {
      this.refuse(head.id, new PerchError('not_allowed', { allowed: 'operator', role: this.person.role }));
      return;
    }
    if (changes) this.#changes += 1;
    // A command that may have to wait for the device is kept until it is answered.
    const kept = this.#queues && head.command === CommandType.UPDATE_SETTINGS ? Buffer.from(frame) : undefined;
    const asker = new Ask(this, head, kept);
    if (!this.#parts.fleet.backplane.deliver(this.device, { frame, id: head.id, asker })) {
      if (kept) this.queue(kept, head.id);
      else this.refuseAway(head, frame);
    }
  }

  /** The settings wait for the device; answered once they are kept. `sent`: they may have got there. */
  queue(frame: Buffer, id: string, sent = false): void {
    this.#queue(frame, id, sent).catch((error: unknown) =>
      this.refuse(id, error instanceof PerchError ? error : new PerchError('internal')),
    );
  }

  async #queue(frame: Buffer, id: string, sent: boolean): Promise<void> {
    const { fleet } = this.#parts;
    const { settings = {} } = readWhole(frame);
    const request = sent && id !== '' ? { id: idText(id), scope: this.scope } : undefined;
    const pending = await leaveFor(fleet, this.device, settings, this.person, request);
    this.tell({ ...pending, ...(id !== '' && { request_id: idText(id) }) });
    fleet.backplane.publish(this.device, Buffer.from(encodeStatus({ ...pending, changed_by: this.person.who })));
  }

  refuse(id: string, error: PerchError): void {
    countBy(this.#parts.counts.refused, error.code);
    this.tell({
      success: false,
      message: error.message,
      timestamp: Date.now(),
      error_code: error.code,
      ...(error.field !== undefined && { error_field: error.field }),
      ...(id !== '' && { request_id: idText(id) }),
    });
  }

  /** The device is away; whoever asks for its status learns what was last known. */
  refuseAway(head: CommandHead, frame: Buffer): void {
    const { fleet } = this.#parts;
    const error = fleet.away(this.device);
    if (head.command !== CommandType.GET_STATUS) {
      this.refuse(head.id, error);
      return;
    }
    let camera = '';
    try {
      camera = readWhole(frame).settings?.cameraName ?? '';
    } catch {
      // Then it is the first one.
    }
    countBy(this.#parts.counts.refused, error.code);
    this.tell({
      ...fleet.lastKnown(this.device, camera),
      success: false,
      message: error.message,
      error_code: error.code,
      ...(head.id !== '' && { request_id: idText(head.id) }),
    });
  }

  /** One line in the log for all that was sent since the last. */
  noteChanges(): void {
    if (this.#changes === 0) return;
    const action = this.#changes === 1 ? '1 command' : `${this.#changes} commands`;
    this.#parts.audit.record({ who: this.person.who, camera: this.device, action });
    this.#changes = 0;
  }

  #mayAsk(): boolean {
    const now = performance.now();
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#tokensAt) * perSecond) / 1000);
    this.#tokensAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /**
   * Too many: refused, and from a number of refusals on neither read nor answered until a second is
   * over. What was read already by then is dropped, so that the refusals themselves are no flood.
   */
  #holdBack(id: string): void {
    this.#refusals += 1;
    if (this.#refusals <= refusalsPerSecond) {
      const allowed = `${perSecond} commands a second`;
      this.refuse(id, new PerchError('too_many', { allowed, wait: 'a second' }));
    } else {
      countBy(this.#parts.counts.refused, 'too_many');
    }
    if (this.#refusals !== refusalsPerSecond) return;
    this.#socket.pause();
    setTimeout(goOn, 1_000, this).unref();
  }

  /** The second is over. */
  goOn(): void {
    this.#refusals = 0;
    this.heardAt = performance.now();
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.resume();
  }
}

/** One command of an operator. */
class Ask implements Asker {
  readonly #operator: OperatorConnection;
  readonly #head: CommandHead;
  readonly #kept: Buffer | undefined;

  constructor(operator: OperatorConnection, head: CommandHead, kept: Buffer | undefined) {
    this.#operator = operator;
    this.#head = head;
    this.#kept = kept;
  }

  get scope(): string {
    return this.#operator.scope;
  }

  get signature(): Buffer {
    return this.#operator.signature;
  }

  answer(frame: Buffer): void {
    this.#operator.send(frame);
  }

  lost(why: 'gone' | 'silent' | 'busy'): void {
    const { device } = this.#operator;
    // Whether it got there is not known: it is brought again as the same request, which the device knows then.
    if (this.#kept && why !== 'busy') this.#operator.queue(this.#kept, this.#head.id, true);
    else this.#operator.refuse(this.#head.id, lostError(device, why));
  }
}

/** @throws PerchError bad_message */
function readWhole(frame: Buffer) {
  try {
    return decodeCommand(frame);
  } catch (error) {
    throw new PerchError('bad_message', { expected: 'ControlCommand', reason: (error as Error).message });
  }
}

/** An id as text again: it is handled as bytes, one character each. */
function idText(id: string): string {
  return Buffer.from(id, 'latin1').toString('utf8');
}

function uncork(connection: OperatorConnection): void {
  connection.uncork();
}

function goOn(connection: OperatorConnection): void {
  connection.goOn();
}

function endNow(socket: WebSocket): void {
  socket.terminate();
}
