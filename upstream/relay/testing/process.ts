/** A real relay as a process of its own, as `perch relay` starts it. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { WebSocket } from 'ws';
import { Statuses } from '../../../appliance/http/testing/server.ts';
import { password } from './relay.ts';

const built = fileURLToPath(new URL('../../../dist/perch.js', import.meta.url));

export interface RelayProcessOptions {
  /** Nobody is admin yet; otherwise `admin` is, with the tests' password. */
  readonly unclaimed?: boolean;
  /** Where another one has saved. */
  readonly folder?: string;
  readonly port?: number;
  /** The address to listen on. */
  readonly host?: string;
  /** Words before the command, such as nsenter. */
  readonly wrapper?: readonly string[];
  /** `dist/perch.js` of another tree. */
  readonly program?: string;
  /** More variables, such as PERCH_RELAY_NATS. */
  readonly env?: NodeJS.ProcessEnv;
}

/** A device as `GET /api/devices/:name` tells of it. */
export interface ToldDevice {
  readonly name: string;
  readonly connected: boolean;
  readonly address?: string;
  readonly pending?: Readonly<Record<string, { readonly settings: Readonly<Record<string, unknown>> }>>;
  readonly cameras: readonly {
    readonly revision: number;
    readonly current_settings: Readonly<Record<string, unknown>>;
  }[];
}

export class RelayProcess {
  readonly process: ChildProcess;
  readonly folder: string;
  /** Resolves when the process is gone. */
  readonly ended: Promise<unknown>;
  /** Where the test reaches it: http://127.0.0.1:PORT */
  url: string;
  readonly #program: string;
  #token: Promise<string> | undefined;

  private constructor(process: ChildProcess, folder: string, url: string, program: string) {
    this.process = process;
    this.folder = folder;
    this.url = url;
    this.#program = program;
    this.ended = once(process, 'close');
  }

  static async start(options: RelayProcessOptions = {}): Promise<RelayProcess> {
    const { unclaimed = false, folder = '', port = 0, host = '127.0.0.1', program = built } = options;
    const data = folder || (await mkdtemp(join(tmpdir(), 'perch-relay-')));
    const words = [...(options.wrapper ?? []), process.execPath, '--enable-source-maps', program, 'relay'];
    const child = spawn(words[0] ?? '', words.slice(1), {
      env: {
        PATH: process.env.PATH,
        PERCH_RELAY_PORT: String(port),
        PERCH_RELAY_HOST: host,
        PERCH_RELAY_DATA: data,
        PERCH_RELAY_CONFIG: '',
        PERCH_RELAY_LOG_LEVEL: 'warn',
        ...(!unclaimed && { PERCH_RELAY_ADMIN_PASSWORD: password }),
        ...options.env,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    const listens = new Promise<string>((resolve, reject) => {
      child.stderr?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        const found = /The relay is at http:\/\/localhost:(\d+)/.exec(said)?.[1];
        if (found) resolve(found);
      });
      child.once('close', () => reject(new Error(`The relay ended at once: ${said}`)));
    });
    return new RelayProcess(child, data, `http://127.0.0.1:${await listens}`, program);
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** A request as its admin; a body is sent as JSON. */
  async call(method: string, path: string, body?: unknown): Promise<Response> {
    this.#token ??= this.#makeToken();
    const token = await this.#token;
    return fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  /** Registers a device and answers its key. */
  async register(name: string): Promise<string> {
    return ((await (await this.call('POST', '/api/devices', { name })).json()) as { key: string }).key;
  }

  /** `perch relay ...` at a shell beside it; answers what it printed. */
  async say(...words: readonly string[]): Promise<string> {
    const env = { PATH: process.env.PATH, PERCH_RELAY_DATA: this.folder, PERCH_RELAY_CONFIG: '' };
    return (await promisify(execFile)(process.execPath, [this.#program, 'relay', ...words], { env })).stdout;
  }

  async device(name: string): Promise<ToldDevice> {
    return (await (await this.call('GET', `/api/devices/${name}`)).json()) as ToldDevice;
  }

  /** Steers a device. `query` such as `?queue=1`. */
  async operator(device: string, query = ''): Promise<Statuses> {
    const statuses = new Statuses(await this.#socket(`/control/${device}${query}`));
    await statuses.opened;
    return statuses;
  }

  /** Resolves when the relay tells of a device what is asked for, now or later. */
  async until(device: string, test: (told: ToldDevice) => boolean): Promise<ToldDevice> {
    const events = await this.#socket('/api/events');
    try {
      const found = new Promise<ToldDevice>((resolve, reject) => {
        events.on('error', reject);
        events.on('message', (data) => {
          const { devices } = JSON.parse(String(data)) as { devices: ToldDevice[] };
          const told = devices.find(({ name }) => name === device);
          if (told && test(told)) resolve(told);
        });
      });
      await once(events, 'open');
      const now = await this.device(device);
      return test(now) ? now : await found;
    } finally {
      events.terminate();
    }
  }

  /** Ends it and waits; `keep` leaves the folder for the next one. */
  async stop({ keep = false } = {}): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const closed = once(this.process, 'close');
      this.process.kill('SIGTERM');
      await closed;
    }
    if (!keep) await rm(this.folder, { recursive: true, force: true });
  }

  async #socket(path: string): Promise<WebSocket> {
    this.#token ??= this.#makeToken();
    const headers = { authorization: `Bearer ${await this.#token}` };
    return new WebSocket(`${this.url.replace('http', 'ws')}${path}`, [], { headers });
  }

  async #makeToken(): Promise<string> {
    const json = { 'content-type': 'application/json' };
    const login = await fetch(`${this.url}/api/session`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ name: 'admin', password }),
    });
    const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
    const made = await fetch(`${this.url}/api/tokens`, {
      method: 'POST',
      headers: { ...json, cookie },
      body: JSON.stringify({ name: 'test', role: 'admin' }),
    });
    return ((await made.json()) as { token: string }).token;
  }
}
