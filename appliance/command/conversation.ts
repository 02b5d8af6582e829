/**
 * One peer on a WebSocket: commands in, statuses out, changes pushed. Bounded both ways: a peer that
 * reads slowly is not read from, and hears of a camera's changes together once it has caught up.
 */
import type { WebSocket } from 'ws';
import { decodeCommand, encodeStatus, type WireCommand, type WireStatus } from '../../proto/index.ts';
import { PerchError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Door, Origin, Push } from './types.ts';

export interface ConversationOptions {
  readonly socket: WebSocket;
  readonly door: Door;
  readonly log: Logger;
  /** The cameras there are, by name, in their order. */
  readonly cameras: () => readonly string[];
  /** Who a command comes from. */
  readonly originOf: (command: WireCommand) => Origin;
  /** Pushes this peer does not need, such as those of its own changes. */
  readonly skip?: (push: Push) => boolean;
}

/** Bytes waiting for a slow peer: above it nothing more is read from it and pushes are merged, until half is gone. */
const mostWaiting = 128 * 1024;
/** Commands of one peer under way at once; further ones wait in the network. */
const mostUnderWay = 64;

/** What was pushed while a peer was too slow to be told: told together when it has caught up. */
interface Missed {
  changedBy: string | undefined;
  message: string | undefined;
  readonly fields: Set<string>;
}

interface Frame {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

/** Talks with the peer from `begin` on; ends by itself when the socket closes. */
export class Conversation {
  readonly #options: ConversationOptions;
  readonly #missed = new Map<string, Missed>();
  #unsubscribe = () => {};
  /** Frames that came in one piece of the network's with others: at most 64 kB, since reading stops meanwhile. */
  #unread: Frame[] = [];
  #underWay = 0;
  #regulating = false;

  constructor(options: ConversationOptions) {
    this.#options = options;
  }

  /** Tells the state of every camera, then listens. */
  begin(): void {
    const { socket, door, cameras } = this.#options;
    socket.on('message', (data, isBinary) => {
      this.#unread.push({ data: data as Buffer, isBinary });
      this.#regulate();
    });
    socket.on('close', () => {
      this.#unsubscribe();
      this.#unread = [];
      this.#missed.clear();
    });
    this.#unsubscribe = door.subscribe((push) => this.#push(push));
    for (const camera of cameras()) this.#tell(camera, {});
  }

  /** While so many commands are under way the peer is not read from, so its silence means nothing. */
  get busy(): boolean {
    return this.#underWay >= mostUnderWay;
  }

  async #take({ data, isBinary }: Frame): Promise<void> {
    const { door, log, originOf } = this.#options;
    this.#underWay += 1;
    try {
      const command = readCommand(data, isBinary);
      if (command instanceof PerchError) {
        this.#send(refusal(command));
        return;
      }
      const answer = await door.execute(command, originOf(command));
      const { request_id: id, asker } = command;
      this.#send({ ...answer, ...(id !== undefined && { request_id: id }), ...(asker !== undefined && { asker }) });
    } catch (error) {
      // The door never rejects; this is for what cannot be.
      log.error({ err: error }, 'a command failed');
      this.#send(refusal(new PerchError('internal')));
    } finally {
      this.#underWay -= 1;
      this.#regulate();
    }
  }

  #push(push: Push): void {
    if (this.#options.skip?.(push)) return;
    const { camera, status } = push;
    if (this.#options.socket.bufferedAmount > mostWaiting || this.#missed.has(camera)) {
      const missed = this.#missed.get(camera) ?? { changedBy: undefined, message: undefined, fields: new Set() };
      missed.changedBy = status.changed_by ?? missed.changedBy;
      missed.message = status.message ?? missed.message;
      for (const field of status.changed_fields ?? []) missed.fields.add(field);
      this.#missed.set(camera, missed);
      return;
    }
    this.#send(status);
  }

  /** The whole state of a camera as it is now. */
  #tell(camera: string, about: WireStatus): void {
    const status = this.#options.door.status(camera);
    if (status) this.#send({ success: true, message: status.state_message ?? '', ...status, ...about });
  }

  #send(status: WireStatus): void {
    const { socket } = this.#options;
    if (socket.readyState !== socket.OPEN) return;
    // The callback comes when the bytes have left Perch; failures come as 'error' and 'close' too.
    socket.send(encodeStatus(status), { binary: true }, () => this.#regulate());
    this.#regulate();
  }

  /** Carries out what was read as far as there is room for answers, reads on, and tells what was missed. */
  #regulate(): void {
    const { socket } = this.#options;
    // A frame that is answered at once comes back here from within.
    if (this.#regulating || socket.readyState !== socket.OPEN) return;
    this.#regulating = true;
    while (this.#hasRoom()) {
      const frame = this.#unread.shift();
      if (!frame) break;
      void this.#take(frame);
    }
    this.#regulating = false;
    if (!this.#hasRoom() || this.#unread.length > 0) socket.pause();
    else socket.resume();
    if (socket.bufferedAmount <= mostWaiting / 2) this.#tellMissed();
  }

  #hasRoom(): boolean {
    return this.#underWay < mostUnderWay && this.#options.socket.bufferedAmount <= mostWaiting;
  }

  #tellMissed(): void {
    const [next] = this.#missed;
    if (next === undefined) return;
    const [camera, { changedBy, message, fields }] = next;
    this.#missed.delete(camera);
    this.#tell(camera, {
      ...(changedBy !== undefined && { changed_by: changedBy }),
      ...(message !== undefined && { message }),
      ...(fields.size > 0 && { changed_fields: [...fields] }),
    });
  }
}

/** A command from a frame, or what is wrong with it. */
export function readCommand(data: Buffer, isBinary: boolean): WireCommand | PerchError {
  const bad = (reason: string) => new PerchError('bad_message', { expected: 'ControlCommand', reason });
  if (!isBinary) return bad('send it as a binary frame');
  try {
    return decodeCommand(data);
  } catch (error) {
    return bad((error as Error).message);
  }
}

function refusal(error: PerchError): WireStatus {
  return { success: false, message: error.message, timestamp: Date.now(), error_code: error.code };
}
