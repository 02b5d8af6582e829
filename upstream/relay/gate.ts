/** Where every WebSocket comes in: a Pi on `/`, people on `/control/:device`, the fleet page on `/api/events`. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { network } from '../../appliance/auth/brake.ts';
import type { Audit } from '../../appliance/command/audit.ts';
import { PerchError } from '../../appliance/errors.ts';
import { errorBody } from '../../appliance/http/answer.ts';
import { addressOf, bearerOf } from '../../appliance/http/caller.ts';
import { closeCodes, subprotocol } from '../link/wire.ts';
import { type Counts, countBy } from './counts.ts';
import { EventsConnection, type FleetEvents } from './events.ts';
import { FlappingBrake } from './flapping.ts';
import type { Fleet } from './fleet/fleet.ts';
import { admit, type GuardParts, speakingFor } from './guard.ts';
import { OperatorConnection } from './operator.ts';
import type { Person } from './people/people.ts';
import { PiConnection } from './pi.ts';
import { ConnectionSocket } from './socket.ts';

export interface GateParts extends GuardParts {
  readonly fleet: Fleet;
  readonly counts: Counts;
  readonly audit: Audit;
  readonly events: FleetEvents;
  /** Device by address, for those that cannot send a key. */
  readonly keyless: ReadonlyMap<string, string>;
}

export interface GateTuning {
  /** How long a connection may be silent before it is pinged, in ms; after twice that it is ended. */
  readonly pingMs?: number;
}

/** Looked at every so often, so silence lasts three of these at most: 18 s. Our own link pings by itself, more often. */
const defaultPingMs = 6_000;
/** The connections are looked after in so many parts, one after another, so that no moment is busy. */
const parts = 8;
/** A StatusResponse with a picture; a ControlCommand. What is larger is refused by its first bytes. */
const mostPiBytes = 384 * 1024;
const mostOperatorBytes = 64 * 1024;
/** So long are newcomers let in at a stretch, in ms. */
const letInMs = 3;
/** Connections of people and programs at the most. */
const mostOperators = 2_000;

interface Swept {
  /** Whose it is; a Pi's is nobody's. */
  readonly person?: Person;
  sweep(now: number, pingMs: number): void;
}

const handleProtocols = (offered: Set<string>) => (offered.has(subprotocol) ? subprotocol : false);
const common = { noServer: true, perMessageDeflate: false, clientTracking: false, handleProtocols } as const;

export class Gate {
  readonly #parts: GateParts;
  readonly #pingMs: number;
  readonly #piServer = new WebSocketServer({ ...common, WebSocket: ConnectionSocket, maxPayload: mostPiBytes });
  readonly #operatorServer = new WebSocketServer({
    ...common,
    WebSocket: ConnectionSocket,
    maxPayload: mostOperatorBytes,
  });
  readonly #eventServer = new WebSocketServer({ ...common, maxPayload: 1024 });
  /** Every open connection, dealt into parts. */
  readonly #open: readonly Set<Swept>[] = Array.from({ length: parts }, () => new Set<Swept>());
  readonly #sockets = new Set<WebSocket>();
  readonly #pis = new Map<string, PiConnection>();
  readonly #operators = new Map<string, Set<OperatorConnection>>();
  /** WebSockets that knock and were not looked at yet. */
  readonly #arrivals: { readonly request: IncomingMessage; readonly stream: Duplex; readonly head: Buffer }[] = [];
  #operatorCount = 0;
  #made = 0;
  #turn = 0;
  readonly #flapping = new FlappingBrake();
  /** Wrong keys of one network: 60 at once, then 5 a second. */
  readonly #strangers = new FlappingBrake(undefined, { burst: 60, refillMs: 200 });
  /** Tells this run of the relay from every other. */
  readonly #run = randomBytes(6).toString('base64url');
  readonly #timer: NodeJS.Timeout;
  readonly #forget: (() => void)[];

  constructor(gateParts: GateParts, { pingMs = defaultPingMs }: GateTuning = {}) {
    this.#parts = gateParts;
    this.#pingMs = pingMs;
    this.#timer = setInterval(() => this.#sweep(), pingMs / parts);
    const { fleet, people } = gateParts;
    this.#forget = [
      fleet.devices.onRevoked((device) => this.#pis.get(device)?.end(closeCodes.revoked, 'The key was revoked.')),
      people.onEnded((client) => this.#endClient(client)),
      fleet.backplane.onPresence((device, presence) => {
        if (presence?.connected) return;
        for (const operator of this.#operators.get(device) ?? []) operator.tellAway();
      }),
    ];
  }

  get pis(): number {
    return this.#pis.size;
  }

  get operators(): number {
    return this.#operatorCount;
  }

  /** Takes the server's WebSockets. */
  attach(server: Server): void {
    server.on('upgrade', (request, stream, head) => {
      stream.on('error', ignore);
      this.#arrivals.push({ request, stream, head });
      if (this.#arrivals.length === 1) setImmediate(() => this.#letIn());
    });
  }

  /** After a restart thousands come within a second: whoever is in already is heard between them. */
  #letIn(): void {
    const until = performance.now() + letInMs;
    let count = 0;
    for (const { request, stream, head } of this.#arrivals) {
      if (count > 0 && performance.now() > until) break;
      count += 1;
      if (stream.destroyed) continue;
      try {
        this.#upgrade(request, stream, head);
      } catch (error) {
        turnAway(stream, error instanceof PerchError ? error : new PerchError('internal'));
        countBy(this.#parts.counts.turnedAway, error instanceof PerchError ? error.code : 'internal');
      }
    }
    this.#arrivals.splice(0, count);
    if (this.#arrivals.length > 0) setImmediate(() => this.#letIn());
  }

  /** Says goodbye to everyone; resolves when they are gone, or have had their time. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    for (const forget of this.#forget) forget();
    for (const { stream } of this.#arrivals.splice(0)) stream.destroy();
    for (const socket of this.#sockets) socket.close(1001, 'The relay is restarting.');
    const late = setTimeout(() => {
      for (const socket of this.#sockets) socket.terminate();
    }, 1_000);
    while (this.#sockets.size > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    clearTimeout(late);
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const address = `ws://relay${request.url ?? '/'}`;
    if (!URL.canParse(address)) throw new PerchError('bad_request', { reason: 'That is no address.' });
    const url = new URL(address);
    if (url.pathname === '/') {
      this.#admitPi(request, url, stream, head);
      return;
    }
    const [, first, name, more] = url.pathname.split('/');
    if (first === 'control' && name && more === undefined) {
      this.#admitOperator(request, url, decoded(name), stream, head);
      return;
    }
    if (url.pathname === '/api/events') {
      const person = admit(request, this.#parts);
      this.#checkRoom();
      this.#eventServer.handleUpgrade(request, stream, head, (socket) => {
        const connection = new EventsConnection(socket, person, this.#parts.events);
        this.#register(socket, connection);
        this.#countOperator(socket);
        connection.begin();
      });
      return;
    }
    throw new PerchError('not_found', { value: `WS ${url.pathname.slice(0, 80)}` });
  }

  #admitPi(request: IncomingMessage, url: URL, stream: Duplex, head: Buffer): void {
    const address = addressOf(request);
    const device = this.#deviceOf(request, url, address);
    const wait = this.#flapping.take(device);
    if (wait > 0) {
      const seconds = Math.ceil(wait / 1000);
      throw new PerchError('connects_too_often', { device, wait: `${seconds} s`, retryAfter: seconds });
    }
    this.#piServer.handleUpgrade(request, stream, head, (socket) => {
      const knowsAskers = socket.protocol === subprotocol;
      const { fleet, counts } = this.#parts;
      const connection = new PiConnection(socket, device, address, knowsAskers, { backplane: fleet.backplane, counts });
      this.#register(socket, connection);
      this.#pis.set(device, connection);
      socket.on('close', () => {
        if (this.#pis.get(device) === connection) this.#pis.delete(device);
      });
      connection.begin();
      // Revoked while it was being let in.
      if (!fleet.devices.has(device)) connection.end(closeCodes.revoked, 'The key was revoked.');
      else fleet.desired.bring(device);
    });
  }

  #deviceOf(request: IncomingMessage, url: URL, address: string): string {
    const { fleet, keyless } = this.#parts;
    const from = network(address);
    const wait = this.#strangers.wait(from);
    if (wait > 0) {
      throw new PerchError('too_many', { allowed: '5 wrong keys a second', wait: 'a second', retryAfter: 1 });
    }
    // A peer that cannot send a header, such as a plain client of the first protocol, may put its key into the URL.
    const key = bearerOf(request) ?? url.searchParams.get('key') ?? undefined;
    const device = key === undefined ? keyless.get(address) : fleet.devices.verify(key);
    if (device === undefined || !fleet.devices.has(device)) {
      this.#strangers.take(from);
      throw new PerchError('unknown_key');
    }
    return device;
  }

  #admitOperator(request: IncomingMessage, url: URL, device: string, stream: Duplex, head: Buffer): void {
    const person = speakingFor(request, admit(request, this.#parts));
    this.#parts.fleet.devices.check(device);
    this.#checkRoom();
    // A client that names itself is the same one when it comes back: what it sends again is not carried out twice.
    const client = url.searchParams.get('client');
    if (client !== null && !/^[\w.-]{1,64}$/.test(client)) {
      const allowed = '1 to 64 letters, digits, dots, - and _';
      throw new PerchError('bad_value', { field: 'client', value: JSON.stringify(client.slice(0, 80)), allowed });
    }
    this.#made += 1;
    const scope = client === null ? `${this.#run}.${this.#made}` : `${person.client}/${client}`;
    const queues = url.searchParams.get('queue') === '1';
    this.#operatorServer.handleUpgrade(request, stream, head, (socket) => {
      const about = { device, person, scope, queues };
      const connection = new OperatorConnection(socket, stream as Socket, about, this.#parts);
      this.#register(socket, connection);
      this.#countOperator(socket);
      const own = this.#operators.get(device) ?? new Set();
      this.#operators.set(device, own);
      own.add(connection);
      socket.on('close', () => {
        own.delete(connection);
        if (own.size === 0 && this.#operators.get(device) === own) this.#operators.delete(device);
      });
      connection.begin();
    });
  }

  #checkRoom(): void {
    if (this.#operatorCount >= mostOperators) {
      throw new PerchError('too_many_connections', { allowed: mostOperators, retryAfter: 5 });
    }
  }

  #countOperator(socket: WebSocket): void {
    this.#operatorCount += 1;
    socket.on('close', () => {
      this.#operatorCount -= 1;
    });
  }

  #register(socket: WebSocket, connection: Swept): void {
    this.#made += 1;
    const part = this.#open[this.#made % parts] ?? new Set();
    part.add(connection);
    this.#sockets.add(socket);
    socket.on('close', () => {
      part.delete(connection);
      this.#sockets.delete(socket);
    });
  }

  #sweep(): void {
    this.#turn = (this.#turn + 1) % parts;
    const now = performance.now();
    for (const connection of this.#open[this.#turn] ?? []) {
      connection.sweep(now, this.#pingMs);
      if (connection.person) this.#parts.people.noteUse(connection.person.client);
    }
    if (this.#turn !== 0) return;
    this.#flapping.sweep();
    this.#strangers.sweep();
  }

  #endClient(client: string): void {
    for (const part of this.#open) {
      for (const connection of part) {
        if (connection instanceof PiConnection) continue;
        const own = connection as OperatorConnection | EventsConnection;
        if (own.person.client === client) own.end(closeCodes.revoked, 'Logged out, or the rights were changed.');
      }
    }
  }
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

/** Answers a handshake that is refused. */
function turnAway(stream: Duplex, error: PerchError): void {
  const body = JSON.stringify(errorBody(error));
  const lines = [
    `HTTP/1.1 ${error.status} Refused`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
    ...(error.retryAfter === undefined ? [] : [`retry-after: ${error.retryAfter}`]),
  ];
  stream.end(`${lines.join('\r\n')}\r\n\r\n${body}`, () => stream.destroy());
}

function ignore(): void {}
