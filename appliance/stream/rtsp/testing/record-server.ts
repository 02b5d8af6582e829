/** The GStreamer RTSP server of record_server.py, driven from a test. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('record_server.py', import.meta.url));

/** A line the server said. */
export interface ServerEvent {
  readonly event: string;
  readonly port?: number;
  readonly codec?: string;
  readonly width?: number;
  readonly height?: number;
  /** Mean brightness, 0 to 255. */
  readonly light?: number;
  /** Milliseconds since the server began to play. */
  readonly pts?: number;
  /** Wall clock of the newest packet, milliseconds since 1970. */
  readonly wall?: number | null;
  readonly message?: string;
}

export interface ServerOptions {
  readonly port?: number;
  readonly user?: string;
  readonly password?: string;
  readonly login?: 'basic' | 'digest';
  /** PEM file of certificate and key. */
  readonly cert?: string;
}

export class RecordServer {
  readonly events: ServerEvent[] = [];
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #waiting = new Set<() => void>();
  #port = 0;

  private constructor(options: ServerOptions) {
    const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
    this.#child = spawn('/usr/bin/python3', [script, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.events.push(JSON.parse(line) as ServerEvent);
      for (const check of this.#waiting) check();
    });
  }

  /** Resolves when it listens. */
  static async start(options: ServerOptions = {}): Promise<RecordServer> {
    const server = new RecordServer(options);
    const { port } = await server.until(({ event }) => event === 'listening');
    server.#port = port ?? 0;
    return server;
  }

  get port(): number {
    return this.#port;
  }

  get frames(): ServerEvent[] {
    return this.events.filter(({ event }) => event === 'frame');
  }

  count(event: string): number {
    return this.events.filter((one) => one.event === event).length;
  }

  /** Resolves with the first event from number `from` on that fits. */
  until(fits: (event: ServerEvent) => boolean, from = 0): Promise<ServerEvent> {
    return new Promise((resolve) => {
      let at = from;
      const check = () => {
        for (; at < this.events.length; at += 1) {
          const event = this.events[at];
          if (!event || !fits(event)) continue;
          this.#waiting.delete(check);
          resolve(event);
          return;
        }
      };
      this.#waiting.add(check);
      check();
    });
  }

  /** Resolves when `count` more frames that fit have come. */
  async framesMore(count: number, fits: (frame: ServerEvent) => boolean = () => true): Promise<ServerEvent> {
    const from = this.events.length;
    let left = count;
    return this.until((event) => {
      if (event.event === 'frame' && fits(event)) left -= 1;
      return left <= 0;
    }, from);
  }

  /** Stops reading, as a server does whose machine hangs; `thaw` lets it go on. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }

  /** Ends it without a word to anyone. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }
}
