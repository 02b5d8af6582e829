/**
 * The link: this device's own connection to the relay. It dials, stays, comes back by itself, and
 * nothing here ever waits for it.
 */
import { readFile } from 'node:fs/promises';
import { WebSocket } from 'ws';
import { Conversation } from '../../appliance/command/conversation.ts';
import type { Door, Origin } from '../../appliance/command/types.ts';
import { type Config, relayAddresses } from '../../appliance/config.ts';
import type { Logger } from '../../appliance/log.ts';
import type { WireCommand } from '../../proto/index.ts';
import { longestMs, retryDelay } from './backoff.ts';
import { addresses, gained, stillHas } from './network.ts';
import { closeProblem, dialProblem, refusedProblem } from './reasons.ts';
import { closeCodes, subprotocol } from './wire.ts';

export type LinkConfig = Pick<Config, 'relay_url' | 'relay_key' | 'relay_ca' | 'relay_cert' | 'relay_cert_key'>;

export interface LinkOptions {
  readonly config: LinkConfig;
  readonly door: Door;
  /** The cameras there are, by name, in their order. */
  readonly cameras: () => readonly string[];
  readonly log: Logger;
  readonly tuning?: LinkTuning;
}

export interface LinkTuning {
  /** How often the relay must show that it is there, in ms; two of these are how long silence lasts at most. */
  readonly beatMs?: number;
  /** How often the addresses and the clock are looked at while there is no connection, in ms. */
  readonly lookMs?: number;
  /** How long a dial may take, in ms. */
  readonly handshakeMs?: number;
  /** Ms since 1970. */
  readonly now?: () => number;
  readonly random?: () => number;
}

/** `off`: not configured. `clock`: waits until the clock is right. `waiting`: until the next try. */
export type LinkState = 'off' | 'clock' | 'connecting' | 'connected' | 'waiting';

/** A snapshot for the page, `/api/health` and the metrics. */
export interface LinkStatus {
  readonly state: LinkState;
  /** The state in a sentence. */
  readonly message: string;
  /** Since when it is so, in ms since 1970. */
  readonly since: number;
  /** The relay's address, without anything secret. */
  readonly url?: string;
  /** Why the last connection or try ended, in a sentence; stays until the next one ends. */
  readonly lastError?: string;
  /** There and back, in ms, as measured by the last ping. */
  readonly roundTripMs?: number;
  /** When the next try is, in ms since 1970; while waiting. */
  readonly nextTryAt?: number;
  /** Connections made since the start. */
  readonly connections: number;
}

export interface Link {
  start(): void;
  /** Says goodbye and resolves when nothing is left of it. */
  stop(): Promise<void>;
  status(): LinkStatus;
}

/** Two beats of silence end a connection; more often than the relay asks, so that it need not. */
const defaultBeatMs = 5_000;
const defaultLookMs = 1_000;
/** A dial that takes longer than this has failed. */
const defaultHandshakeMs = 8_000;
/** A connection that held so long was a good one: the next tries begin anew. */
const goodMs = 10_000;
/** Commands are small; whatever is larger is none. */
const mostBytes = 64 * 1024;
/** Nothing of Perch is older. A Pi has no clock of its own: before this it has not learnt the time yet. */
const earliest = Date.UTC(2026, 0, 1);
/** How long the relay has to answer the goodbye, in ms. */
const goodbyeMs = 500;

/** Prepares the link; without `relay_url` it stays off. */
export function createLink(options: LinkOptions): Link {
  const { relay_url: urls } = options.config;
  return urls === undefined ? noLink : new Dialler(options, relayAddresses(urls));
}

const noLink: Link = {
  start() {},
  async stop() {},
  status: () => ({ state: 'off', message: 'No relay is configured.', since: 0, connections: 0 }),
};

class Dialler implements Link {
  readonly #options: LinkOptions;
  readonly #urls: readonly string[];
  /** The relay in use, or dialled, or to be dialled next. */
  #url: URL;
  readonly #now: () => number;
  readonly #beatMs: number;
  #state: LinkState = 'waiting';
  #since: number;
  #lastError: string | undefined;
  #roundTripMs: number | undefined;
  #nextTryAt = 0;
  #connections = 0;
  #failed = 0;
  #tried = 0;
  /** The relay's end names no subprotocol: it is one of the first protocol. */
  #plain = false;
  #socket: WebSocket | undefined;
  #timer: NodeJS.Timeout | undefined;
  #known: ReadonlySet<string> = new Set();
  #stopped = true;

  /** `urls`: at least one, each a relay of the same fleet. */
  constructor(options: LinkOptions, urls: readonly string[]) {
    this.#options = options;
    this.#urls = urls;
    this.#url = new URL(urls[0] ?? '');
    this.#now = options.tuning?.now ?? Date.now;
    this.#beatMs = options.tuning?.beatMs ?? defaultBeatMs;
    this.#since = this.#now();
  }

  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#dial();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const socket = this.#socket;
    if (!socket || socket.readyState === socket.CLOSED) return;
    await new Promise<void>((resolve) => {
      const late = setTimeout(() => socket.terminate(), goodbyeMs);
      socket.on('close', () => {
        clearTimeout(late);
        resolve();
      });
      if (socket.readyState === socket.CONNECTING) socket.terminate();
      else socket.close(1001, 'Perch is shutting down.');
    });
  }

  status(): LinkStatus {
    return {
      state: this.#state,
      message: this.#message(),
      since: this.#since,
      url: `${this.#url.protocol}//${this.#url.host}${this.#url.pathname}`,
      connections: this.#connections,
      ...(this.#lastError !== undefined && { lastError: this.#lastError }),
      ...(this.#state === 'connected' && this.#roundTripMs !== undefined && { roundTripMs: this.#roundTripMs }),
      ...(this.#state === 'waiting' && { nextTryAt: this.#nextTryAt }),
    };
  }

  #message(): string {
    switch (this.#state) {
      case 'connected':
        return `Connected to the relay at ${this.#url.host}.`;
      case 'connecting':
        return `Connecting to the relay at ${this.#url.host}.`;
      case 'clock':
        return `Waits until the clock is right: it says ${new Date(this.#now()).toISOString().slice(0, 10)}, and the relay's certificate cannot be judged by that.`;
      default:
        return `Not connected to the relay. ${this.#lastError ?? ''}`.trim();
    }
  }

  #become(state: LinkState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#since = this.#now();
  }

  #dial(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    if (this.#url.protocol === 'wss:' && this.#now() < earliest) {
      if (this.#state !== 'clock') this.#options.log.warn('the link waits until the clock is right');
      this.#become('clock');
      this.#timer = setTimeout(() => this.#dial(), this.#options.tuning?.lookMs ?? defaultLookMs);
      return;
    }
    this.#become('connecting');
    this.#known = addresses();
    this.#open().catch((error: Error) => this.#failedWith(error.message));
  }

  async #open(): Promise<void> {
    const { relay_key: key, relay_ca, relay_cert, relay_cert_key } = this.#options.config;
    // Read for each dial: files that were renewed or mended are taken up without a restart.
    const [ca, cert, certKey] = await Promise.all([
      read(relay_ca, 'relay_ca'),
      read(relay_cert, 'relay_cert'),
      read(relay_cert_key, 'relay_cert_key'),
    ]);
    if (this.#stopped) return;
    const socket = new WebSocket(this.#url, this.#plain ? [] : [subprotocol], {
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
      handshakeTimeout: this.#options.tuning?.handshakeMs ?? defaultHandshakeMs,
      perMessageDeflate: false,
      maxPayload: mostBytes,
      ...(ca !== undefined && { ca }),
      ...(cert !== undefined && { cert }),
      ...(certKey !== undefined && { key: certKey }),
    });
    this.#socket = socket;
    let problem: string | undefined;
    let retryAfterMs = 0;
    let openedAt: number | undefined;

    // A dial into a dead network would hang on after the network is back.
    const look = setInterval(() => {
      const present = addresses();
      if (!gained(this.#known, present)) return;
      problem = 'The network changed while dialling.';
      this.#failed = -1;
      socket.terminate();
    }, this.#options.tuning?.lookMs ?? defaultLookMs);

    socket.on('unexpected-response', (_request, response) => {
      retryAfterMs = 1000 * (Number(response.headers['retry-after']) || 0);
      void sentenceOf(response).then((said) => {
        problem = refusedProblem(response.statusCode ?? 0, said);
        // A refusal for a wrong key does not change by asking often.
        if (response.statusCode === 401) this.#failed = Math.max(this.#failed, 4);
        socket.terminate();
      });
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.message === 'Server sent no subprotocol') this.#plain = true;
      else problem ??= dialProblem(error, this.#url, this.#now());
    });
    socket.on('open', () => {
      clearInterval(look);
      openedAt = performance.now();
      this.#connections += 1;
      this.#become('connected');
      this.#roundTripMs = undefined;
      this.#options.log.info({ relay: this.#url.host }, 'connected to the relay');
      this.#talk(socket);
    });
    socket.on('close', (code, reason) => {
      clearInterval(look);
      if (this.#stopped) return;
      if (openedAt === undefined) {
        if (this.#plain && problem === undefined) {
          // At once, this time without naming a subprotocol.
          void this.#open().catch((error: Error) => this.#failedWith(error.message));
          return;
        }
        // It may have become a relay that does.
        this.#plain = false;
        this.#failedWith(problem ?? closeProblem(code, ''), retryAfterMs);
        return;
      }
      if (performance.now() - openedAt > goodMs) this.#failed = 0;
      const refused = code === closeCodes.replaced || code === closeCodes.revoked || code === closeCodes.tooSlow;
      this.#failedWith(
        this.#silence ?? problem ?? closeProblem(code, reason.toString()),
        // Two devices with one key would otherwise push each other out many times a second.
        refused ? longestMs / 2 : 0,
      );
      this.#silence = undefined;
    });
  }

  /** Why this end gave the connection up, where it did. */
  #silence: string | undefined;

  #talk(socket: WebSocket): void {
    const { door, cameras, log } = this.#options;
    const conversation = new Conversation({ socket, door, cameras, log, originOf });
    let heard = true;
    let pingedAt = 0;
    socket.on('pong', () => {
      heard = true;
      if (pingedAt > 0) this.#roundTripMs = Math.round((performance.now() - pingedAt) * 10) / 10;
      pingedAt = 0;
    });
    socket.on('message', () => {
      heard = true;
    });
    socket.on('ping', () => {
      heard = true;
    });
    const localAddress = localAddressOf(socket);
    const beat = () => {
      const present = addresses();
      if (!stillHas(localAddress, present)) {
        this.#silence = `This device no longer has the address ${localAddress} it was connected from.`;
        socket.terminate();
        return;
      }
      if (!heard && !conversation.busy) {
        this.#silence = `Nothing was heard from the relay for ${Math.round((2 * this.#beatMs) / 1000)} seconds. Is the VPN up?`;
        socket.terminate();
        return;
      }
      heard = false;
      pingedAt = performance.now();
      socket.ping();
    };
    pingedAt = performance.now();
    socket.ping();
    const beats = setInterval(beat, this.#beatMs);
    socket.on('close', () => clearInterval(beats));
    conversation.begin();
  }

  #failedWith(reason: string, atLeastMs = 0): void {
    if (this.#stopped) return;
    if (reason !== this.#lastError || this.#state === 'connected') {
      this.#options.log.warn({ relay: this.#url.host, reason }, 'no connection to the relay');
    }
    this.#lastError = reason;
    // Any relay of the fleet will do: the next one is tried.
    this.#tried += 1;
    this.#url = new URL(this.#urls[this.#tried % this.#urls.length] ?? '');
    const delay = this.#failed < 0 ? 0 : atLeastMs + retryDelay(this.#failed, this.#options.tuning?.random);
    this.#failed += 1;
    this.#nextTryAt = this.#now() + delay;
    this.#become('waiting');
    this.#wait(performance.now() + delay, atLeastMs === 0);
  }

  /** Waits for the next try, or for an address that was not there: the network, or the VPN, is back. */
  #wait(until: number, early: boolean): void {
    const left = until - performance.now();
    const look = this.#options.tuning?.lookMs ?? defaultLookMs;
    this.#timer = setTimeout(
      () => {
        const present = addresses();
        if (early && gained(this.#known, present)) {
          this.#failed = 0;
          this.#dial();
          return;
        }
        this.#known = present;
        if (performance.now() >= until - 1) this.#dial();
        else this.#wait(until, early);
      },
      Math.max(0, Math.min(left, look)),
    );
  }
}

/** The relay says who asks; a central server of the first protocol does not, and is one asker. */
function originOf({ asked_by: askedBy, asker }: WireCommand): Origin {
  return {
    who: askedBy ? `${askedBy.slice(0, 80)} (Central)` : 'Central',
    client: asker ? `relay:${asker.slice(0, 128)}` : 'relay',
  };
}

async function read(path: string | undefined, key: string): Promise<string | undefined> {
  if (path === undefined) return undefined;
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    const reason = error.code === 'ENOENT' ? 'there is no such file' : error.message;
    throw new Error(`${key} names ${path}, which cannot be read: ${reason}.`);
  });
}

/** The sentence in an error answer of the relay. */
async function sentenceOf(response: import('node:http').IncomingMessage): Promise<string | undefined> {
  let text = '';
  try {
    for await (const chunk of response) {
      text += String(chunk);
      if (text.length > 4096) break;
    }
    const body = JSON.parse(text) as { error?: { message?: unknown } };
    return typeof body.error?.message === 'string' ? body.error.message.slice(0, 300) : undefined;
  } catch {
    return undefined;
  }
}

/** `ws` keeps the TCP socket to itself; its address tells whether the interface it went out by is still there. */
function localAddressOf(socket: WebSocket): string | undefined {
  return (socket as unknown as { _socket?: { localAddress?: string } })._socket?.localAddress;
}
