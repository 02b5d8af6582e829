/** `WS /api/control`: ControlCommands in, StatusResponses out, and a push of every change. */
import type { FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import { decodeCommand, encodeStatus, type WireCommand, type WireStatus } from '../../proto/index.ts';
import type { Door, Origin, Push } from '../command/types.ts';
import { PerchError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { identityOf } from './guard.ts';
import type { Openings } from './limits.ts';
import type { HttpParts } from './parts.ts';

export const controlProtocol = 'camera_control.v1';

/** Bytes waiting for a slow client: above it nothing more is read from it and pushes are merged, until half is gone. */
const mostWaiting = 128 * 1024;
/** Commands of one connection under way at once; further ones wait in the network. */
const mostUnderWay = 64;

let connections = 0;

/** Adds the route. `pingMs`: how often a client must show that it is there. */
export function controlRoutes(app: FastifyInstance, parts: HttpParts, openings: Openings, pingMs: number): void {
  app.get('/api/control', { websocket: true }, (socket, request) => {
    const { who, client } = identityOf(request);
    connections += 1;
    const origin = { who, client: `${client}/${chosenName(request.query) ?? connections}` };
    const connection = new ControlConnection(socket, origin, [...parts.cameras.keys()], parts.door, parts.log);
    const keepAlive = setInterval(() => connection.ping(), pingMs);
    const closed = openings.add(client, () => socket.close(1008, 'Logged out.'));
    socket.on('close', () => {
      clearInterval(keepAlive);
      closed();
      connection.end();
    });
    connection.begin();
  });
}

/**
 * `/api/control?client=NAME`: a page that connects again under its name is the same client, so what it says again is
 * recognised by request_id.
 */
function chosenName(query: unknown): string | undefined {
  const name = (query as { client?: unknown }).client;
  return typeof name === 'string' && /^[\w-]{8,40}$/.test(name) ? name : undefined;
}

/** What was pushed while a client was too slow to be told: told together when it has caught up. */
interface Missed {
  changedBy: string | undefined;
  message: string | undefined;
  readonly fields: Set<string>;
}

interface Frame {
  readonly data: Buffer;
  readonly isBinary: boolean;
}

class ControlConnection {
  readonly #socket: WebSocket;
  readonly #origin: Origin;
  readonly #cameras: readonly string[];
  readonly #door: Door;
  readonly #log: Logger;
  readonly #missed = new Map<string, Missed>();
  #unsubscribe = () => {};
  /** Frames that came in one piece of the network's with others: at most 64 kB, since reading stops meanwhile. */
  #unread: Frame[] = [];
  #underWay = 0;
  #regulating = false;
  #alive = true;

  constructor(socket: WebSocket, origin: Origin, cameras: readonly string[], door: Door, log: Logger) {
    this.#socket = socket;
    this.#origin = origin;
    this.#cameras = cameras;
    this.#door = door;
    this.#log = log;
  }

  begin(): void {
    this.#socket.on('pong', () => {
      this.#alive = true;
    });
    this.#socket.on('message', (data, isBinary) => {
      this.#alive = true;
      this.#unread.push({ data: data as Buffer, isBinary });
      this.#regulate();
    });
    this.#unsubscribe = this.#door.subscribe((push) => this.#push(push));
    for (const camera of this.#cameras) this.#tell(camera, {});
  }

  end(): void {
    this.#unsubscribe();
    this.#unread = [];
    this.#missed.clear();
  }

  /** A client that has not answered the last ping is gone, or will never catch up. */
  ping(): void {
    // While its commands are under way we do not read its answers.
    if (!this.#alive && this.#underWay < mostUnderWay) {
      this.#socket.terminate();
      return;
    }
    this.#alive = false;
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.ping();
  }

  async #take({ data, isBinary }: Frame): Promise<void> {
    this.#underWay += 1;
    try {
      const command = readCommand(data, isBinary);
      // The door never rejects; `finally` is for what cannot be.
      this.#send(
        command instanceof PerchError ? refusal(command) : await this.#door.execute(command, this.#origin),
        command instanceof PerchError ? undefined : command.request_id,
      );
    } catch (error) {
      this.#log.error({ err: error }, 'a command failed');
      this.#send(refusal(new PerchError('internal')), undefined);
    } finally {
      this.#underWay -= 1;
      this.#regulate();
    }
  }

  #push({ camera, status, client }: Push): void {
    // What this client changed itself it learns from the answer; what becomes of it is pushed without a client.
    if (client === this.#origin.client) return;
    if (this.#socket.bufferedAmount > mostWaiting || this.#missed.has(camera)) {
      const missed = this.#missed.get(camera) ?? { changedBy: undefined, message: undefined, fields: new Set() };
      missed.changedBy = status.changed_by ?? missed.changedBy;
      missed.message = status.message ?? missed.message;
      for (const field of status.changed_fields ?? []) missed.fields.add(field);
      this.#missed.set(camera, missed);
      return;
    }
    this.#send(status, undefined);
  }

  /** The whole state of a camera as it is now. */
  #tell(camera: string, about: WireStatus): void {
    const status = this.#door.status(camera);
    if (status) this.#send({ success: true, message: status.state_message ?? '', ...status, ...about }, undefined);
  }

  #send(status: WireStatus, requestId: string | undefined): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    const answer = requestId === undefined ? status : { ...status, request_id: requestId };
    // The callback comes when the bytes have left Perch; failures come as 'error' and 'close' too.
    this.#socket.send(encodeStatus(answer), { binary: true }, () => this.#regulate());
    this.#regulate();
  }

  /** Carries out what was read as far as there is room for answers, reads on, and tells what was missed. */
  #regulate(): void {
    // A frame that is answered at once comes back here from within.
    if (this.#regulating || this.#socket.readyState !== this.#socket.OPEN) return;
    this.#regulating = true;
    while (this.#hasRoom()) {
      const frame = this.#unread.shift();
      if (!frame) break;
      void this.#take(frame);
    }
    this.#regulating = false;
    if (!this.#hasRoom() || this.#unread.length > 0) this.#socket.pause();
    else this.#socket.resume();
    if (this.#socket.bufferedAmount <= mostWaiting / 2) this.#tellMissed();
  }

  #hasRoom(): boolean {
    return this.#underWay < mostUnderWay && this.#socket.bufferedAmount <= mostWaiting;
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
