/** A whole relay for tests, with Pis and operators that the test plays. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClientOptions, WebSocket } from 'ws';
import { type Answer, Statuses } from '../../../appliance/http/testing/server.ts';
import { createLog } from '../../../appliance/log.ts';
import { decodeCommand, encodeStatus, type WireCommand, type WireStatus } from '../../../proto/index.ts';
import { subprotocol } from '../../link/wire.ts';
import { loadRelayConfig, type RelayConfig } from '../config.ts';
import type { GateTuning } from '../gate.ts';
import type { Role } from '../people/records.ts';
import { type Relay, startRelay } from '../relay.ts';

export const password = 'correct horse battery';

export interface TestRelayOptions {
  readonly config?: Partial<RelayConfig>;
  readonly tuning?: GateTuning;
  /** Kept folder, to start again where another relay stopped. */
  readonly folder?: string;
  readonly unclaimed?: boolean;
}

/** A running relay and its admin. */
export class TestRelay {
  readonly folder: string;
  readonly relay: Relay;
  /** A token of the admin. */
  readonly token: string;

  private constructor(folder: string, relay: Relay, token: string) {
    this.folder = folder;
    this.relay = relay;
    this.token = token;
  }

  static async start(options: TestRelayOptions = {}): Promise<TestRelay> {
    const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'perch-relay-')));
    const config: RelayConfig = {
      ...loadRelayConfig({
        PERCH_RELAY_PORT: '0',
        PERCH_RELAY_HOST: '127.0.0.1',
        PERCH_RELAY_DATA: folder,
        ...(!options.unclaimed && { PERCH_RELAY_ADMIN_PASSWORD: password }),
      }),
      ...options.config,
    };
    const relay = await startRelay({
      config,
      log: createLog('silent'),
      ...(options.tuning && { tuning: options.tuning }),
    });
    const token = options.unclaimed ? '' : (await relay.people.createToken('test', 'admin')).token;
    return new TestRelay(folder, relay, token);
  }

  /** Ends it; `keep` leaves the folder for another one. */
  async close({ keep = false } = {}): Promise<void> {
    await this.relay.close();
    if (!keep) await rm(this.folder, { recursive: true, force: true });
  }

  get port(): number {
    return this.relay.port;
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** Registers a device and answers its key. */
  async register(name: string): Promise<string> {
    return (await this.relay.fleet.devices.add(name)).key;
  }

  async tokenFor(role: Role): Promise<string> {
    return (await this.relay.people.createToken(role, role)).token;
  }

  /** Connects as a Pi; `plain` as one of the first protocol, which names no subprotocol. */
  pi(key: string | undefined, { plain = false, path = '/', headers = {} as Record<string, string> } = {}): Pi {
    return new Pi(`${this.url}${path}`, plain ? [] : [subprotocol], {
      headers: { ...(key !== undefined && { authorization: `Bearer ${key}` }), ...headers },
    });
  }

  /** Connects to steer a device. `query` such as `?queue=1`. */
  operator(device: string, query = '', token = this.token, headers: Record<string, string> = {}): Statuses {
    return new Statuses(
      new WebSocket(`${this.url}/control/${device}${query}`, [], {
        headers: { authorization: `Bearer ${token}`, ...headers },
      }),
    );
  }

  /** A request with the admin's token. */
  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(`http://127.0.0.1:${this.port}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
  }

  /** Resolves when the relay knows that a device is there, or away. */
  async untilConnected(device: string, connected = true): Promise<void> {
    const { backplane } = this.relay.fleet;
    if ((backplane.presence(device)?.connected ?? false) === connected) return;
    await new Promise<void>((resolve) => {
      const end = backplane.onPresence((name, presence) => {
        if (name !== device || (presence?.connected ?? false) !== connected) return;
        end();
        resolve();
      });
    });
  }
}

/** A Pi played by the test: frames in order, each taken once. */
export class Pi {
  readonly socket: WebSocket;
  readonly opened: Promise<void>;
  /** Close code, or the HTTP status of a refused handshake, and the reason. */
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #frames: Buffer[] = [];
  readonly #takers: ((frame: Buffer) => void)[] = [];

  constructor(url: string, protocols: string[], options: ClientOptions) {
    this.socket = new WebSocket(url, protocols, { perMessageDeflate: false, ...options });
    this.socket.on('message', (data) => {
      const taker = this.#takers.shift();
      if (taker) taker(data as Buffer);
      else this.#frames.push(data as Buffer);
    });
    this.socket.on('error', () => {});
    this.opened = new Promise((resolve, reject) => {
      this.socket.on('open', () => resolve());
      this.socket.on('unexpected-response', (_request, { statusCode }) => reject(new Error(`refused: ${statusCode}`)));
    });
    this.opened.catch(() => {});
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }));
      this.socket.on('unexpected-response', (_request, response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += String(chunk);
        });
        response.on('end', () => resolve({ code: response.statusCode ?? 0, reason: text }));
      });
    });
  }

  /** The next frame, past or coming. */
  frame(): Promise<Buffer> {
    const first = this.#frames.shift();
    return first ? Promise.resolve(first) : new Promise((resolve) => this.#takers.push(resolve));
  }

  /** Frames that came and were not taken. */
  get waiting(): number {
    return this.#frames.length;
  }

  async command(): Promise<WireCommand> {
    return decodeCommand(await this.frame());
  }

  send(status: WireStatus): Buffer {
    const bytes = Buffer.from(encodeStatus(status));
    this.socket.send(bytes);
    return bytes;
  }

  /** Answers a command as the appliance does: with its id and its asker. */
  answer(command: WireCommand, status: WireStatus = { success: true }): Buffer {
    const { request_id, asker } = command;
    return this.send({
      ...status,
      ...(request_id !== undefined && { request_id }),
      ...(asker !== undefined && { asker }),
    });
  }

  async end(): Promise<void> {
    this.socket.close();
    await this.closed;
  }
}
