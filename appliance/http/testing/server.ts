/** A whole web server for tests: every part real but the camera, whose pictures the test decides. */
import { EventEmitter } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { decodeStatus, type WireStatus } from '../../../proto/index.ts';
import { Auth } from '../../auth/auth.ts';
import type { ApplyOutcome, Camera, CameraEvents, CameraStatus } from '../../camera/types.ts';
import { Audit } from '../../command/audit.ts';
import { CommandDoor } from '../../command/door.ts';
import { createLog } from '../../log.ts';
import { Profiles } from '../../settings/profiles.ts';
import { SavedSettings } from '../../settings/saved.ts';
import { defaultSettings, type Limits, type Settings } from '../../settings/table.ts';
import { Feed } from '../../stream/feed.ts';
import { MseViewers } from '../../stream/mse.ts';
import { WhepViewers } from '../../stream/whep.ts';
import { createHttp, type Http, type HttpTuning } from '../http.ts';
import type { HttpConfig, HttpParts } from '../parts.ts';

export const password = 'correct horse battery';

/** A camera that takes every setting at once and shows what the test pushes. */
export class PlainCamera extends EventEmitter<CameraEvents> implements Camera {
  readonly name: string;
  readonly index: number;
  readonly video = plainFeed();
  readonly main = plainFeed();
  /** Hears `demand`, true or false, when the first viewer of JPEG comes and the last one goes. */
  readonly demand = new EventEmitter<{ demand: [boolean] }>();
  readonly jpeg = plainFeed((wanted) => this.demand.emit('demand', wanted));
  outcome: () => Promise<ApplyOutcome> = async () => ({ kind: 'set' });
  limits: Limits = {
    exposure_time: { available: false, reason: 'This camera chooses it by itself.' },
    fps: { available: true, max: 30 },
  };
  state: CameraStatus['state'] = 'live';
  #applied: Settings;
  #revision = 1;

  constructor(name: string, index: number) {
    super();
    this.name = name;
    this.index = index;
    this.#applied = defaultSettings(name, index);
  }

  status(): CameraStatus {
    return {
      name: this.name,
      index: this.index,
      source: 'test',
      sourceLabel: 'Synthetic picture',
      state: this.state,
      stateMessage: this.state === 'live' ? 'Live.' : 'The camera is off.',
      limits: this.limits,
      sizes: ['1280x720', '640x480'],
      applied: this.#applied,
      appliedRevision: this.#revision,
      appliedTimeUs: 0,
      measured: {
        fps: 29.9,
        pulse: 29.9,
        bitrate: 2_000_000,
        width: 1280,
        height: 720,
        restarts: 2,
        lastRestart: 'It was unplugged.',
        recentRestarts: [{ at: 1_790_000_000_000, why: 'It was unplugged.' }],
        missed: 3,
        encodeMs: 21.5,
      },
    };
  }

  limitsFor(): Limits {
    return this.limits;
  }

  async apply(desired: Settings, revision: number): Promise<ApplyOutcome> {
    const outcome = await this.outcome();
    if (outcome.kind === 'rolledBack') {
      this.emit('rolledBack', outcome.settings, outcome.fields);
      return outcome;
    }
    this.#applied = desired;
    this.#revision = revision;
    this.emit('status');
    return outcome;
  }

  async start(): Promise<void> {
    this.#become('live');
  }
  async stop(): Promise<void> {
    this.#become('stopped');
  }
  async restart(): Promise<void> {
    this.#become('live');
  }
  async close(): Promise<void> {}

  #become(state: CameraStatus['state']): void {
    this.state = state;
    this.emit('status');
  }
}

function plainFeed(demandChanged: (wanted: boolean) => void = () => {}): Feed {
  return new Feed({ keyFrameWanted() {}, demandChanged }, () => {});
}

export interface TestServerOptions {
  readonly config?: Partial<HttpConfig>;
  readonly tuning?: HttpTuning;
  /** Kept folder, to start again where another server stopped. */
  readonly folder?: string;
  readonly cameras?: readonly Camera[];
  readonly parts?: Partial<HttpParts>;
  /** Nobody has claimed it. */
  readonly unclaimed?: boolean;
}

/** A running server and somebody who is logged in. */
export class TestServer {
  readonly folder: string;
  readonly http: Http;
  readonly auth: Auth;
  readonly door: CommandDoor;
  readonly cameras: ReadonlyMap<string, Camera>;
  readonly mse: MseViewers;
  readonly whep: WhepViewers;
  /** The ports that were given. */
  readonly port: number;
  readonly httpsPort: number;
  /** Session cookie, as a browser sends it. */
  readonly cookie: string;
  readonly #end: () => Promise<void>;

  private constructor(
    fields: Omit<TestServer, 'close' | 'url' | 'origin' | 'call' | 'socket'> & { end: () => Promise<void> },
  ) {
    this.folder = fields.folder;
    this.http = fields.http;
    this.auth = fields.auth;
    this.door = fields.door;
    this.cameras = fields.cameras;
    this.mse = fields.mse;
    this.whep = fields.whep;
    this.port = fields.port;
    this.httpsPort = fields.httpsPort;
    this.cookie = fields.cookie;
    this.#end = fields.end;
  }

  static async start(options: TestServerOptions = {}): Promise<TestServer> {
    const log = createLog('silent');
    const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'perch-http-')));
    const saved = await SavedSettings.open(join(folder, 'cameras.json'), log, () => door.saved());
    const audit = new Audit(join(folder, 'audit.jsonl'), log);
    const door: CommandDoor = new CommandDoor({ saved, audit, log });
    const list = options.cameras ?? [new PlainCamera('front', 0), new PlainCamera('garage', 1)];
    const cameras = new Map(list.map((camera) => [camera.name, camera]));
    for (const camera of list) door.attach(camera);
    const auth = await Auth.open({ path: join(folder, 'auth.json'), log });
    const profiles = await Profiles.open(join(folder, 'profiles.json'), log);
    const mse = new MseViewers({ maxViewers: 50, log });
    const whep = new WhepViewers({
      feed: (name) => (cameras.get(name) as Camera).video,
      maxViewers: 50,
      log,
    });
    const config: HttpConfig = {
      host: '127.0.0.1',
      port: 0,
      http: true,
      https: false,
      https_port: 0,
      tls_cert: undefined,
      tls_key: undefined,
      data: folder,
      origins: [],
      max_viewers: 50,
      ...options.config,
    };
    const http = createHttp(
      {
        config,
        log,
        door,
        cameras,
        auth,
        profiles,
        whep,
        mse,
        notices: () => auth.notices,
        saved: (name) => saved.savedRevision(name),
        pageFolder: join(folder, 'page'),
        ...options.parts,
      },
      options.tuning,
    );
    const end = async () => {
      mse.close();
      whep.close();
      await http.close();
      await Promise.all([saved.close(), auth.close(), profiles.close(), audit.flush()]);
    };
    try {
      const addresses = await http.listen();
      const port = addresses.find(({ protocol }) => protocol === 'http')?.port ?? 0;
      const httpsPort = addresses.find(({ protocol }) => protocol === 'https')?.port ?? 0;
      const value = options.unclaimed
        ? ''
        : await (auth.claimed ? auth.login(password, '127.0.0.1') : auth.claim(password, '127.0.0.1'));
      const cookie = `perch_session=${value}`;
      return new TestServer({ folder, http, auth, door, cameras, mse, whep, port, httpsPort, cookie, end });
    } catch (error) {
      await end();
      throw error;
    }
  }

  /** Ends it; `keep` leaves the folder for another one. */
  async close({ keep = false } = {}): Promise<void> {
    await this.#end();
    if (!keep) await rm(this.folder, { recursive: true, force: true });
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  url(path: string): string {
    return `${this.origin}${path}`;
  }

  /** A request with the session cookie, as the page makes it; `body` is sent as JSON. */
  async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await fetch(this.url(path), {
      method,
      headers: {
        cookie: this.cookie,
        origin: this.origin,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json');
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : undefined };
  }

  /** A WebSocket with the session cookie. */
  socket(path: string, headers: Record<string, string> = {}, protocols: string[] = []): Statuses {
    return new Statuses(
      new WebSocket(`ws://127.0.0.1:${this.port}${path}`, protocols, {
        headers: { cookie: this.cookie, origin: this.origin, ...headers },
      }),
    );
  }
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape.
  readonly body: any;
}

/** What arrives at a control WebSocket, in order. */
export class Statuses {
  readonly socket: WebSocket;
  readonly received: WireStatus[] = [];
  readonly #waiting = new Set<() => void>();
  /** Close code, once it is closed; an HTTP status when the handshake was refused. */
  readonly closed: Promise<number>;
  readonly opened: Promise<void>;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data, isBinary) => {
      if (isBinary) this.received.push(decodeStatus(data as Buffer));
      for (const look of this.#waiting) look();
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', (code) => resolve(code));
      socket.on('unexpected-response', (_request, response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      socket.on('error', () => {});
    });
    this.opened = new Promise((resolve, reject) => {
      socket.on('open', () => resolve());
      socket.on('unexpected-response', (_request, response) =>
        reject(new Error(`refused with ${response.statusCode}`)),
      );
    });
    // Who waits for it hears of it; nobody has to.
    this.opened.catch(() => {});
  }

  /** The first status, past or coming, that is so. */
  until(test: (status: WireStatus) => boolean): Promise<WireStatus> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.received.find(test);
        if (!found) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }
}
