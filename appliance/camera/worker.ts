/** One worker process: orders in, encoded pictures and events out. See worker.py for the two sides of the pipe. */
import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Logger } from '../log.ts';

const script = fileURLToPath(new URL('./worker.py', import.meta.url));
const headBytes = 15;

/** Properties of named elements, as GStreamer writes their values. */
export type Properties = Readonly<Record<string, Readonly<Record<string, string>>>>;

export type Step =
  | { readonly set: Properties }
  | { readonly replace: string; readonly with: string }
  | {
      readonly attach: string;
      readonly name: string;
      readonly branch: string;
      readonly outputs: Readonly<Record<string, number>>;
    }
  | { readonly detach: string; readonly from: string };

export interface StartOrder {
  readonly launch: string;
  readonly set: Properties;
  /** Done before it plays. */
  readonly steps: readonly Step[];
  /** Sink element → stream number its pictures carry. */
  readonly outputs: Readonly<Record<string, number>>;
  /** Element behind the decoder of a file that is played over and over. */
  readonly loop?: string;
  /** Element at whose entrance the capture time is drawn into each picture; for measurements. */
  readonly stamp?: string;
}

export interface ChangeOrder {
  /** Counts up; pictures carry the newest that they show. */
  readonly change: number;
  readonly steps: readonly Step[];
  /** Elements that a picture must enter before the change counts as shown. */
  readonly confirm: readonly string[];
  /** Pictures to let pass before that: what a device had under way. */
  readonly skip?: number;
}

export interface LookOrder {
  readonly launch: string;
  readonly set: Properties;
  /** Element whose first picture is looked at. */
  readonly at: string;
  /** How long it may take to come, in ms. */
  readonly ms: number;
}

/** One encoded picture as it left the worker. */
export interface Unit {
  readonly stream: number;
  readonly key: boolean;
  readonly change: number;
  /** Capture time, CLOCK_MONOTONIC, µs. */
  readonly timeUs: number;
  readonly data: Buffer;
}

/** What went wrong in the pipeline, in GStreamer's words. */
export interface PipelineError {
  readonly element: string;
  readonly message: string;
  readonly debug: string;
  readonly domain: string;
  readonly code: number;
}

export interface WorkerListener {
  unit(unit: Unit): void;
  error(error: PipelineError): void;
  /** The source has come to its end. */
  ended(): void;
  /** A stream's format, as GStreamer writes caps. */
  caps(stream: number, caps: string): void;
  /** The process is gone; nothing comes after this. */
  exit(why: string): void;
}

interface Waiting {
  readonly resolve: (answer: Readonly<Record<string, unknown>>) => void;
  readonly reject: (error: Error) => void;
}

/** A running worker. It is ready for orders when `ready` resolves, and can be given orders before. */
export class Worker {
  readonly pid: number | undefined;
  /** Resolves when the process stands; rejects when it ended before. */
  readonly ready: Promise<void>;
  /** Resolves when the process is gone. */
  readonly gone: Promise<void>;
  readonly #child: ChildProcess;
  readonly #log: Logger;
  readonly #waiting = new Map<number, Waiting>();
  #listener: WorkerListener | undefined;
  #nextId = 1;
  #markReady: () => void = () => undefined;
  #ended: string | undefined;

  constructor(log: Logger) {
    this.#log = log;
    // -I: nothing in the environment of whoever starts Perch may reach into the worker.
    const child = spawn('/usr/bin/python3', ['-I', script], {
      stdio: ['pipe', 'pipe', 'pipe'],
      // Every streaming thread would keep freed memory to itself: 69 MB instead of 65 after 120 changes.
      env: { ...process.env, MALLOC_ARENA_MAX: '1' },
    });
    this.#child = child;
    this.pid = child.pid;
    let failReady: (error: Error) => void = () => undefined;
    this.ready = new Promise<void>((resolve, reject) => {
      this.#markReady = resolve;
      failReady = reject;
    });
    this.ready.catch(() => undefined);
    this.gone = new Promise<void>((resolve) => {
      const end = (why: string) => {
        if (this.#ended !== undefined) return;
        this.#ended = why;
        failReady(new Error(why));
        for (const { reject } of this.#waiting.values()) reject(new Error(why));
        this.#waiting.clear();
        this.#listener?.exit(why);
        resolve();
      };
      child.on('error', (error) => end(`could not be started: ${error.message}`));
      child.on('exit', (code, signal) => end(signal ? `was ended by ${signal}` : `ended with code ${code}`));
    });
    const frames = new FrameReader((type, body) => this.#frame(type, body));
    child.stdout?.on('data', (chunk: Buffer) => frames.push(chunk));
    // Writing to a process that has just died is its exit's matter, not an error of its own.
    child.stdin?.on('error', () => undefined);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      for (const line of text.split('\n')) if (line.trim() !== '') this.#log.debug({ worker: this.pid }, line);
    });
  }

  /** Undefined while it runs, then why it does not any more. */
  get ended(): string | undefined {
    return this.#ended;
  }

  /** Who hears what this worker says from now on. */
  listen(listener: WorkerListener): void {
    this.#listener = listener;
  }

  /**
   * Builds the pipeline and plays it.
   * @throws Error with GStreamer's words when it cannot be built
   */
  async start(order: StartOrder): Promise<void> {
    await this.#order({ op: 'start', ...order });
  }

  /** Resolves when every step is done; pictures that show it follow. */
  async change(order: ChangeOrder): Promise<void> {
    await this.#order({ op: 'change', ...order });
  }

  /** Asks these encoders for a key frame. */
  key(elements: readonly string[]): void {
    this.#write({ op: 'key', elements });
  }

  /** Which of these GStreamer elements exist, with the names of their properties where those are asked for. */
  async inspect(
    elements: readonly string[],
    properties: readonly string[],
  ): Promise<ReadonlyMap<string, readonly string[]>> {
    const answer = await this.#order({ op: 'inspect', elements, properties });
    return new Map(Object.entries(answer.elements as Record<string, string[]>));
  }

  /**
   * Plays a pipeline up to its first picture and no further. Resolves with the caps of that picture, empty where none
   * came. For a worker that does not play.
   */
  async look(order: LookOrder): Promise<string> {
    const answer = await this.#order({ op: 'look', ...order });
    return String(answer.caps);
  }

  /** Ends the process at once, also one that hangs; it is gone when this resolves. */
  async end(): Promise<void> {
    if (this.#ended === undefined) this.#child.kill('SIGKILL');
    await this.gone;
  }

  #order(order: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    if (this.#ended !== undefined) return Promise.reject(new Error(this.#ended));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#write({ ...order, id });
    });
  }

  #write(order: Readonly<Record<string, unknown>>): void {
    if (this.#ended === undefined) this.#child.stdin?.write(`${JSON.stringify(order)}\n`);
  }

  #frame(type: number, body: Buffer): void {
    if (type === 0x41) {
      this.#listener?.unit({
        stream: body.readUInt8(0),
        key: (body.readUInt8(1) & 1) === 1,
        change: body.readUInt32BE(2),
        timeUs: Number(body.readBigInt64BE(6) / 1000n),
        data: body.subarray(headBytes - 1),
      });
      return;
    }
    this.#event(JSON.parse(body.toString('utf8')) as Readonly<Record<string, unknown>>);
  }

  #event(event: Readonly<Record<string, unknown>>): void {
    switch (event.event) {
      case 'ready':
        this.#markReady();
        return;
      case 'done':
      case 'failed': {
        const id = Number(event.id);
        const waiting = this.#waiting.get(id);
        this.#waiting.delete(id);
        if (event.event === 'done') waiting?.resolve(event);
        else waiting?.reject(new Error(String(event.message)));
        return;
      }
      case 'error':
        this.#listener?.error(event as unknown as PipelineError);
        return;
      case 'eos':
        this.#listener?.ended();
        return;
      case 'caps':
        this.#listener?.caps(Number(event.stream), String(event.caps));
        return;
    }
  }
}

/** Cuts a byte stream into the worker's frames, whatever way it was chopped up on its way. */
export class FrameReader {
  readonly #take: (type: number, body: Buffer) => void;
  #chunks: Buffer[] = [];
  #held = 0;
  #wanted = 4;

  constructor(take: (type: number, body: Buffer) => void) {
    this.#take = take;
  }

  push(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    if (this.#held < this.#wanted) return;
    let all = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks);
    this.#wanted = 4;
    while (all.length >= 4) {
      const length = all.readUInt32BE(0);
      if (all.length < 4 + length) {
        this.#wanted = 4 + length;
        break;
      }
      this.#take(all.readUInt8(4), all.subarray(5, 4 + length));
      all = all.subarray(4 + length);
    }
    this.#chunks = all.length > 0 ? [all] : [];
    this.#held = all.length;
  }
}

/**
 * Workers on demand, with one more kept ready: starting Python and GStreamer takes the greater part of bringing a
 * picture back, and a worker knows nothing of a camera until it is told.
 */
export class Workers {
  readonly #log: Logger;
  #spare: Worker | undefined;
  #closed = false;

  constructor(log: Logger) {
    this.#log = log;
  }

  take(): Worker {
    const spare = this.#spare;
    this.#spare = undefined;
    return spare && spare.ended === undefined ? spare : new Worker(this.#log);
  }

  /** Back to be the spare, by whoever only asked it something. */
  giveBack(worker: Worker): void {
    if (this.#spare === undefined && !this.#closed) this.#spare = worker;
    else void worker.end();
  }

  /** One for something else than a camera; the spare stays where it is. */
  extra(): Worker {
    return new Worker(this.#log);
  }

  /** Makes sure that one is ready for the next who needs it. Called when pictures flow: starting it costs time. */
  prepare(): void {
    if (!this.#closed && this.#spare?.ended !== undefined) this.#spare = undefined;
    if (!this.#closed && this.#spare === undefined) this.#spare = new Worker(this.#log);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#spare?.end();
  }
}
