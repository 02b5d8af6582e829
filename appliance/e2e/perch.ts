/** A real Perch as a process of its own, for end-to-end tests: built, started, claimed, stopped. */
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';

const program = fileURLToPath(new URL('../../dist/perch.js', import.meta.url));
/** A real street scene, 768x576 at 10 pictures a second; Debian's opencv-doc ships it. */
export const streetScene = '/usr/share/doc/opencv-doc/examples/data/vtest.avi';
export const password = 'correct horse battery';

export type LogLine = Readonly<Record<string, unknown>> & { readonly msg?: string };

/** A running Perch. Emits `log` with each line it logs. */
export class Perch extends EventEmitter<{ log: [LogLine] }> {
  readonly process: ChildProcess;
  readonly data: string;
  /** Everything it wrote, for whoever has to find out what went wrong. */
  readonly lines: LogLine[] = [];
  stderr = '';
  url = '';
  secureUrl = '';
  /** An API token, when it was claimed. */
  token = '';

  private constructor(process: ChildProcess, data: string) {
    super();
    this.process = process;
    this.data = data;
  }

  /**
   * Starts one on free ports and waits until it serves. Without `data` it gets a folder that goes with it.
   * `wrapper` is a command that runs it, such as nsenter; `script` the program, and its word.
   */
  static async start(
    env: NodeJS.ProcessEnv = {},
    data?: string,
    wrapper: readonly string[] = [],
    script: readonly [file: string, word: string] = [program, 'serve'],
  ): Promise<Perch> {
    if (!existsSync(script[0])) throw new Error('dist/perch.js is not built. Run: make build');
    const folder = data ?? (await mkdtemp(join(tmpdir(), 'perch-e2e-')));
    const [command = '', ...rest] = [...wrapper, process.execPath, '--enable-source-maps', ...script];
    const child = spawn(command, rest, {
      env: {
        PATH: process.env.PATH,
        PERCH_PORT: '0',
        PERCH_HTTPS_PORT: '0',
        PERCH_HOST: '127.0.0.1',
        PERCH_DATA: folder,
        PERCH_CONFIG: '',
        PERCH_ADMIN_PASSWORD: password,
        PERCH_CAMERAS: 'camera=test',
        PERCH_LOG_LEVEL: 'debug',
        ...env,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const perch = new Perch(child, folder);
    child.stderr?.on('data', (chunk: Buffer) => {
      perch.stderr += chunk.toString();
    });
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
      const parsed = JSON.parse(line) as LogLine;
      perch.lines.push(parsed);
      perch.emit('log', parsed);
    });
    const ended = once(child, 'close').then(() => {
      throw new Error(`Perch ended at once: ${perch.stderr}`);
    });
    const running = await Promise.race([perch.logged('Perch is running'), ended]);
    ended.catch(() => {});
    const urls = running.urls as string[];
    perch.url = (urls.find((url) => url.startsWith('http:')) ?? '').replace('localhost', '127.0.0.1');
    perch.secureUrl = (urls.find((url) => url.startsWith('https:')) ?? '').replace('localhost', '127.0.0.1');
    if (running.claimed && perch.url !== '') perch.token = await perch.#makeToken();
    return perch;
  }

  /** The first line, from now or before, with this message. */
  async logged(message: string): Promise<LogLine> {
    for (;;) {
      // Lines come several at a time: each wake-up looks at all of them.
      const found = this.lines.find(({ msg }) => msg === message);
      if (found) return found;
      await once(this, 'log');
    }
  }

  /** A request with the token. A body is sent as JSON. */
  fetch(path: string, { body, ...init }: Omit<RequestInit, 'body'> & { body?: unknown } = {}): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      ...init,
      headers: {
        authorization: `Bearer ${this.token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...init.headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
  }

  /** Changes settings by REST; gives the answer's body. */
  async patch(camera: string, settings: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
    const answer = await this.fetch(`/api/cameras/${camera}/settings`, { method: 'PATCH', body: settings });
    return (await answer.json()) as Record<string, unknown>;
  }

  /** What GET /api/cameras says of one camera. */
  async camera(name: string): Promise<Record<string, unknown>> {
    const { cameras } = (await (await this.fetch('/api/cameras')).json()) as { cameras: { name: string }[] };
    const found = cameras.find((camera) => camera.name === name);
    if (!found) throw new Error(`no camera ${name}`);
    return found as unknown as Record<string, unknown>;
  }

  /** Asks for a camera again and again until it is as `holds` says; gives what it was then. */
  async until(
    name: string,
    holds: (camera: Readonly<Record<string, unknown>>) => boolean,
  ): Promise<Readonly<Record<string, unknown>>> {
    // Every push of the door is a moment when something may have become true.
    const { hostname, port } = new URL(this.url);
    const pushes = new WebSocket(`ws://${hostname}:${port}/api/control`, {
      headers: { authorization: `Bearer ${this.token}` },
    });
    try {
      for (;;) {
        const pushed = once(pushes, 'message');
        const camera = await this.camera(name);
        if (holds(camera)) {
          pushed.catch(() => {});
          return camera;
        }
        await pushed;
      }
    } finally {
      pushes.terminate();
    }
  }

  /** Ends it as systemd would, and waits. `keepData` leaves the folder for the next start. */
  async stop({ keepData = false, signal = 'SIGTERM' as NodeJS.Signals } = {}): Promise<number | null> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const closed = once(this.process, 'close');
      this.process.kill(signal);
      await closed;
    }
    if (!keepData) await rm(this.data, { recursive: true, force: true });
    return this.process.exitCode;
  }

  /** Chooses the password of one that was started without, at `url`. */
  async claim(password: string): Promise<void> {
    this.token = await this.#makeToken('claim', password);
  }

  async #makeToken(by = 'session', secret = password): Promise<string> {
    const login = await fetch(`${this.url}/api/${by}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ password: secret }),
    });
    const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
    const made = await fetch(`${this.url}/api/tokens`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie },
      body: JSON.stringify({ name: 'e2e' }),
    });
    const { token } = (await made.json()) as { token: string };
    if (!token) throw new Error(`no token: login ${login.status}, token ${made.status}`);
    return token;
  }
}

/** The processes below this one, by pid and command. */
export async function childrenOf(pid: number): Promise<{ pid: number; command: string }[]> {
  const { readdir, readFile } = await import('node:fs/promises');
  const found: { pid: number; command: string }[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => '');
    // The command in parentheses may hold anything; the parent is the second field after it.
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    if (parent !== pid) continue;
    const command = (await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ').trim();
    found.push({ pid: Number(name), command });
  }
  return found;
}
