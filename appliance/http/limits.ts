/** How much of this machine strangers and friends can take. */
import type { Server, Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { network } from '../auth/brake.ts';
import { PerchError } from '../errors.ts';
import { plainAddress } from './address.ts';

/** WebSockets at the most: every camera's viewers and a control connection for each, several times over. */
export const webSocketsMost = 256;
/**
 * TCP connections at the most, and from one address; a proxy or a VPN gateway counts as one. An idle one costs about
 * 20 kB for at most 20 s; a script that sends a thousand requests at once is served.
 */
const connectionsMost = 1536;
const connectionsPerAddress = 1100;

/** A body must come within so long, in ms. */
export const bodyMs = 30_000;

/**
 * Options of Node's server. Headers must come within 10 s and a body within 30 s of the connection or the previous
 * answer; idle connections are closed after 20 s. Checked every 5 s.
 */
export const serverOptions = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 10_000,
  requestTimeout: bodyMs,
  keepAliveTimeout: 20_000,
  connectionsCheckingInterval: 5_000,
};

/**
 * Ends requests whose body does not come in time, in place of `requestTimeout`, which knows no exception: a route with
 * `slowBody` looks after its own, for those who are logged in.
 */
export function limitBodies(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    const { 'content-length': length, 'transfer-encoding': coding } = request.headers;
    if ((length === undefined || length === '0') && coding === undefined) return;
    if (request.routeOptions.config.slowBody && request.identity) return;
    const late = setTimeout(() => request.raw.destroy(), bodyMs);
    for (const over of ['end', 'close'] as const) request.raw.once(over, () => clearTimeout(late));
  });
}

/** Turns connections away beyond what one address, or all together, may have. */
export function limitConnections(server: Server, mostPerAddress = connectionsPerAddress): void {
  server.maxConnections = connectionsMost;
  const counts = new Map<string, number>();
  server.on('connection', (socket: Socket) => {
    const from = network(plainAddress(socket.remoteAddress));
    const count = (counts.get(from) ?? 0) + 1;
    if (count > mostPerAddress) {
      socket.destroy();
      return;
    }
    counts.set(from, count);
    socket.once('close', () => {
      const left = (counts.get(from) ?? 1) - 1;
      if (left > 0) counts.set(from, left);
      else counts.delete(from);
    });
  });
}

/**
 * Requests of one address within a second. Those who are logged in have room for a slider dragged wildly (the door
 * merges those); strangers have room for loading the page.
 */
const knownPerSecond = 2_000;
const strangersPerSecond = 200;

/** Counts requests by address, a second at a time; what is remembered is gone with the second. */
export class RequestPace {
  readonly #now: () => number;
  readonly #counts = new Map<string, number>();
  #second = 0;

  /** `now` in ms. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** @throws PerchError too_many when this request is one too many */
  check(address: string, known: boolean): void {
    const second = Math.floor(this.#now() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#counts.clear();
    }
    const from = `${known ? 'known' : 'stranger'} ${network(address)}`;
    const count = (this.#counts.get(from) ?? 0) + 1;
    this.#counts.set(from, count);
    const allowed = known ? knownPerSecond : strangersPerSecond;
    if (count > allowed) {
      throw new PerchError('too_many', { allowed: `${allowed} a second`, wait: 'a second', retryAfter: 1 });
    }
  }
}

/**
 * What a session or token has open, to be closed when it ends: WebSockets, MJPEG streams, WebRTC viewers.
 */
export class Openings {
  readonly #open = new Map<string, Set<() => void>>();

  /** Registers something open; the returned function takes it out again. */
  add(client: string, close: () => void): () => void {
    let own = this.#open.get(client);
    if (!own) {
      own = new Set();
      this.#open.set(client, own);
    }
    const entry = () => close();
    own.add(entry);
    return () => {
      if (own.delete(entry) && own.size === 0 && this.#open.get(client) === own) this.#open.delete(client);
    };
  }

  /** Closes everything of this session or token. */
  end(client: string): void {
    const own = this.#open.get(client);
    this.#open.delete(client);
    for (const close of own ?? []) close();
  }
}
