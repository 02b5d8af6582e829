/** A real relay as a process of its own, as `perch relay` starts it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { password } from './relay.ts';

const program = fileURLToPath(new URL('../../../dist/perch.js', import.meta.url));

export class RelayProcess {
  readonly process: ChildProcess;
  readonly folder: string;
  /** http://127.0.0.1:PORT */
  readonly url: string;
  #token: Promise<string> | undefined;

  private constructor(process: ChildProcess, folder: string, url: string) {
    this.process = process;
    this.folder = folder;
    this.url = url;
  }

  /** Its admin is `admin` with the tests' password; with `unclaimed` it has none yet. */
  static async start({
    unclaimed = false,
    folder = '',
    port = 0,
    env = {} as NodeJS.ProcessEnv,
  } = {}): Promise<RelayProcess> {
    const data = folder || (await mkdtemp(join(tmpdir(), 'perch-relay-')));
    const child = spawn(process.execPath, ['--enable-source-maps', program, 'relay'], {
      env: {
        PATH: process.env.PATH,
        PERCH_RELAY_PORT: String(port),
        PERCH_RELAY_HOST: '127.0.0.1',
        PERCH_RELAY_DATA: data,
        PERCH_RELAY_CONFIG: '',
        PERCH_RELAY_LOG_LEVEL: 'warn',
        ...(!unclaimed && { PERCH_RELAY_ADMIN_PASSWORD: password }),
        ...env,
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
    return new RelayProcess(child, data, `http://127.0.0.1:${await listens}`);
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

  /** Ends it and waits; `keep` leaves the folder for the next one. */
  async stop({ keep = false } = {}): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const closed = once(this.process, 'close');
      this.process.kill('SIGTERM');
      await closed;
    }
    if (!keep) await rm(this.folder, { recursive: true, force: true });
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
