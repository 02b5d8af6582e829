/** A real `perch relay` as a process of its own, for end-to-end tests. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { WebSocket } from 'ws';
import { Statuses } from '../http/testing/server.ts';

const program = fileURLToPath(new URL('../../dist/perch.js', import.meta.url));
export const adminPassword = 'correct horse battery';

/** A device as `GET /api/devices/:name` tells of it. */
export interface DeviceRow {
  readonly name: string;
  readonly connected: boolean;
  readonly address?: string;
  readonly pending?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly cameras: readonly {
    readonly revision: number;
    readonly current_settings: Readonly<Record<string, unknown>>;
  }[];
}

export interface RelayOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Words before the command, such as nsenter. */
  readonly wrapper?: readonly string[];
  /** The built program, where it is not the usual one. */
  readonly script?: string;
}

export class RelayProcess {
  readonly process: ChildProcess;
  readonly data: string;
  readonly #script: string;
  /** The port it told. */
  readonly port: number;
  /** Where the test reaches it. */
  url: string;
  /** Of its admin, after `logIn`. */
  token = '';

  private constructor(process: ChildProcess, data: string, script: string, port: number) {
    this.process = process;
    this.data = data;
    this.#script = script;
    this.port = port;
    this.url = `http://127.0.0.1:${port}`;
  }

  /** Starts one on a free port of loopback, with a folder that goes with it. */
  static async start({ env = {}, wrapper = [], script = program }: RelayOptions = {}): Promise<RelayProcess> {
    const data = await mkdtemp(join(tmpdir(), 'perch-e2e-relay-'));
    const [command = '', ...rest] = [...wrapper, process.execPath, '--enable-source-maps', script, 'relay'];
    const child = spawn(command, rest, {
      env: {
        PATH: process.env.PATH,
        PERCH_RELAY_HOST: '127.0.0.1',
        PERCH_RELAY_PORT: '0',
        PERCH_RELAY_DATA: data,
        PERCH_RELAY_ADMIN_PASSWORD: adminPassword,
        ...env,
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    const port = await new Promise<number>((resolve, reject) => {
      createInterface({ input: child.stderr }).on('line', (line) => {
        said += `${line}\n`;
        const found = /^The relay is at \S+:(\d+)$/.exec(line)?.[1];
        if (found !== undefined) resolve(Number(found));
      });
      child.once('close', () => reject(new Error(`The relay ended at once: ${said}`)));
    });
    return new RelayProcess(child, data, script, port);
  }

  /** Makes a token of the admin, for what follows. */
  async logIn(): Promise<void> {
    const post = (path: string, body: unknown, headers = {}) =>
      fetch(`${this.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
    const login = await post('/api/session', { password: adminPassword });
    const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
    const made = await post('/api/tokens', { name: 'e2e', role: 'admin' }, { cookie });
    this.token = ((await made.json()) as { token: string }).token;
    if (!this.token) throw new Error(`no token: login ${login.status}, token ${made.status}`);
  }

  /** `perch relay ...` with the same folder; answers what it printed. */
  async say(...words: readonly string[]): Promise<string> {
    const env = { PATH: process.env.PATH, PERCH_RELAY_DATA: this.data };
    return (await promisify(execFile)(process.execPath, [this.#script, 'relay', ...words], { env })).stdout;
  }

  /** Registers a device as the README says; answers its key. */
  async addDevice(name: string): Promise<string> {
    return (await this.say('add-device', name)).trim().split('\n').at(-1) ?? '';
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly body: unknown }> {
    const answer = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === '' ? undefined : JSON.parse(text) };
  }

  async device(name: string): Promise<DeviceRow> {
    return (await this.call('GET', `/api/devices/${name}`)).body as DeviceRow;
  }

  /** Steers a device. `query` such as `?queue=1`. */
  operator(device: string, query = ''): Statuses {
    return new Statuses(this.#socket(`/control/${device}${query}`));
  }

  /** Resolves when the relay says of a device what is asked, now or later. */
  async until(device: string, test: (row: DeviceRow) => boolean): Promise<DeviceRow> {
    const events = this.#socket('/api/events');
    try {
      const found = new Promise<DeviceRow>((resolve, reject) => {
        events.on('error', reject);
        events.on('message', (data) => {
          const { devices } = JSON.parse(String(data)) as { devices: DeviceRow[] };
          const row = devices.find(({ name }) => name === device);
          if (row && test(row)) resolve(row);
        });
      });
      await once(events, 'open');
      const now = await this.device(device);
      return test(now) ? now : await found;
    } finally {
      events.terminate();
    }
  }

  /** Ends it as systemd would, and waits. */
  async stop(): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const closed = once(this.process, 'close');
      this.process.kill('SIGTERM');
      await closed;
    }
    await rm(this.data, { recursive: true, force: true });
    return this.process.exitCode;
  }

  #socket(path: string): WebSocket {
    return new WebSocket(`${this.url.replace('http', 'ws')}${path}`, [], {
      headers: { authorization: `Bearer ${this.token}` },
    });
  }
}
