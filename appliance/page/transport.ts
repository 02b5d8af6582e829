/** The control WebSocket: commands out, answers and pushes in, and back again by itself when it breaks. */
import { CommandType, decodeStatus, encodeCommand, type WireCommand, type WireStatus } from '../../proto/index.ts';
import type { PanelTransport } from './panel/index.ts';
import { retryDelay } from './retry.ts';

export type LinkState = 'connecting' | 'open' | 'waiting';

/** When a question went out, when its answer came (both `performance.now()`), and the camera's clock between them. */
export interface ClockSample {
  readonly sentMs: number;
  readonly receivedMs: number;
  readonly clockUs: number;
}

interface Pending {
  readonly command: WireCommand;
  readonly resolve: (status: WireStatus) => void;
  readonly reject: (error: Error) => void;
  readonly timer: ReturnType<typeof setTimeout>;
  /** Undefined while it has not gone out. */
  sentMs: number | undefined;
}

const starts: ReadonlySet<number | undefined> = new Set([CommandType.START_STREAM, CommandType.RESTART_CAMERA]);

/** Times in milliseconds. */
const answerMs = 10_000;
/** Answered with the first picture, which a camera may take 12 s for. */
const startAnswerMs = 20_000;
const heartbeatMs = 10_000;
/** The first answers come while the page is busy being loaded: what they say of the clock is soon asked again. */
const earlyMs = [1000, 2000];

const unreachable = 'The camera does not answer. Nothing was changed; the page connects again by itself.';
const unanswered = 'The camera does not answer. Whether it was changed shows as soon as it does.';

/** One connection to `/api/control`, shared by everything on the page. */
export class ControlTransport implements PanelTransport {
  readonly #connect: () => WebSocket;
  readonly #pending = new Map<string, Pending>();
  readonly #pushListeners = new Set<(status: WireStatus) => void>();
  readonly #openListeners = new Set<() => void>();
  readonly #stateListeners = new Set<(state: LinkState, retryInMs: number) => void>();
  readonly #clockListeners = new Set<(sample: ClockSample) => void>();
  /** Apart from other pages' ids: a repeated command is recognised by it. */
  readonly #prefix = randomText(6);
  #socket: WebSocket | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #heartbeat: ReturnType<typeof setTimeout> | undefined;
  #count = 0;
  #tries = 0;
  #closed = false;
  #state: LinkState = 'connecting';

  /** `connect` opens a socket; the default goes to this page's own camera. */
  constructor(connect: () => WebSocket = controlSockets()) {
    this.#connect = connect;
  }

  get state(): LinkState {
    return this.#state;
  }

  /** Connects, and stays connected until `close`. */
  open(): void {
    this.#closed = false;
    clearTimeout(this.#retry);
    this.#retry = undefined;
    if (this.#socket) return;
    this.#setState('connecting', 0);
    const socket = this.#connect();
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    socket.addEventListener('open', () => this.#onOpen(socket));
    socket.addEventListener('message', (event: MessageEvent<unknown>) => this.#onMessage(event.data));
    socket.addEventListener('close', () => this.#onClose(socket));
  }

  /** Tries now instead of at the next retry: the network came back, or the page is seen again. */
  hurry(): void {
    if (this.#state === 'waiting' && !this.#closed) this.open();
  }

  /** Ends the connection for good; what is unanswered is refused. */
  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#drop(new Error(unreachable));
    this.#socket?.close();
  }

  send(command: WireCommand): Promise<WireStatus> {
    this.#count += 1;
    const id = `${this.#prefix}-${this.#count}`;
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(new Error(unreachable));
        return;
      }
      const timer = setTimeout(
        () => {
          const said = this.#pending.get(id)?.sentMs !== undefined;
          this.#pending.delete(id);
          reject(new Error(said ? unanswered : unreachable));
          // A socket that answers nothing is dead, whatever it says of itself.
          this.#socket?.close();
        },
        starts.has(command.command) ? startAnswerMs : answerMs,
      );
      this.#pending.set(id, {
        command: { ...command, request_id: id },
        resolve,
        reject,
        timer,
        sentMs: undefined,
      });
      this.#transmit(id);
    });
  }

  onPush(listener: (status: WireStatus) => void): () => void {
    return listen(this.#pushListeners, listener);
  }

  onOpen(listener: () => void): () => void {
    return listen(this.#openListeners, listener);
  }

  /** Hears how the connection stands and, while waiting, how long until the next try. */
  onState(listener: (state: LinkState, retryInMs: number) => void): () => void {
    return listen(this.#stateListeners, listener);
  }

  onClock(listener: (sample: ClockSample) => void): () => void {
    return listen(this.#clockListeners, listener);
  }

  #transmit(id: string): void {
    const pending = this.#pending.get(id);
    if (!pending || this.#socket?.readyState !== WebSocket.OPEN) return;
    pending.sentMs = performance.now();
    // A copy: the type of a socket's bytes wants its own buffer.
    this.#socket.send(new Uint8Array(encodeCommand(pending.command)));
  }

  #onOpen(socket: WebSocket): void {
    if (socket !== this.#socket) return;
    this.#tries = 0;
    this.#setState('open', 0);
    // Commands are idempotent by their id: what was not answered is simply said again.
    for (const id of this.#pending.keys()) this.#transmit(id);
    for (const listener of this.#openListeners) listener();
    this.#beatLater(0);
  }

  #beatLater(beats: number): void {
    clearTimeout(this.#heartbeat);
    this.#heartbeat = setTimeout(() => {
      this.#beat();
      this.#beatLater(beats + 1);
    }, earlyMs[beats] ?? heartbeatMs);
  }

  #beat(): void {
    this.send({ command: CommandType.GET_STATUS }).then(
      (status) => {
        // An answer to a question nobody else hears is as good as a push.
        if (status.success !== false) for (const listener of this.#pushListeners) listener(withoutId(status));
      },
      () => undefined,
    );
  }

  #onMessage(data: unknown): void {
    if (!(data instanceof ArrayBuffer)) return;
    let status: WireStatus;
    try {
      status = decodeStatus(new Uint8Array(data));
    } catch {
      return;
    }
    const receivedMs = performance.now();
    const pending = this.#pending.get(status.request_id ?? '');
    if (pending && status.request_id !== undefined) {
      this.#pending.delete(status.request_id);
      clearTimeout(pending.timer);
      const { sentMs } = pending;
      if (status.clock_us !== undefined && sentMs !== undefined && pending.command.command === CommandType.GET_STATUS) {
        const sample = { sentMs, receivedMs, clockUs: status.clock_us };
        for (const listener of this.#clockListeners) listener(sample);
      }
      pending.resolve(status);
      return;
    }
    for (const listener of this.#pushListeners) listener(status);
  }

  #onClose(socket: WebSocket): void {
    if (socket !== this.#socket) return;
    this.#socket = undefined;
    clearTimeout(this.#heartbeat);
    if (this.#closed) return;
    const delay = retryDelay(this.#tries);
    this.#tries += 1;
    this.#setState('waiting', delay);
    this.#retry = setTimeout(() => this.open(), delay);
  }

  #drop(error: Error): void {
    clearTimeout(this.#heartbeat);
    for (const { reject, timer, sentMs } of this.#pending.values()) {
      clearTimeout(timer);
      reject(sentMs === undefined ? error : new Error(unanswered));
    }
    this.#pending.clear();
  }

  #setState(state: LinkState, retryInMs: number): void {
    this.#state = state;
    for (const listener of this.#stateListeners) listener(state, retryInMs);
  }
}

/**
 * Opens sockets under one name, so that after a reconnect the camera knows this page again, and a command that is
 * said again is recognised by its id. The name lives as long as the page: a duplicated tab must not share it, for
 * nobody is told of what he changed himself.
 */
function controlSockets(): () => WebSocket {
  const name = `page-${randomText(10)}`;
  return () => {
    const url = new URL(`/api/control?client=${name}`, location.href);
    url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    return new WebSocket(url, 'camera_control.v1');
  };
}

/** Letters and digits; plain http has no randomUUID. */
function randomText(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(36).padStart(2, '0')).join(
    '',
  );
}

function withoutId({ request_id: _, ...status }: WireStatus): WireStatus {
  return status;
}

function listen<T>(listeners: Set<T>, listener: T): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
