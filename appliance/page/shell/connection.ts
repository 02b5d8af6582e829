/** A page's connection to its terminal: opens it with the password, and comes back to it when the connection breaks. */
import type { FromHost, FromPage, Size } from '../../shell/protocol.ts';
import { retryDelay } from '../retry.ts';

/** `asking`: for the password. `away`: the connection broke, the terminal runs on. */
export type ShellState = 'asking' | 'opening' | 'open' | 'away';

export interface ShellListener {
  /** How it stands now, with a sentence where there is something to say. */
  state(state: ShellState, sentence: string, wrong: boolean): void;
  /** Something to know while it is open; empty when that is over. */
  notice(sentence: string): void;
  output(bytes: Uint8Array): void;
  /** What follows begins anew: what was shown before is not what the terminal shows. */
  reset(): void;
}

/** Where the secret of a running terminal is kept, so that a reload finds it again: as long as this tab lives. */
const keptUnder = 'perch-terminal';
/** Keys in one frame, in bytes: the server takes 64 kB. */
const piece = 32 * 1024;
/** Shown output is reported when it is so much more, in bytes; the server has 128 kB under way at the most. */
const reportEvery = 8 * 1024;

const lost = 'The connection is lost. The terminal runs on; connecting again…';
const unreachable = 'The camera does not answer. Check that it has power and that this device is on its network.';

export class ShellConnection {
  readonly #listener: ShellListener;
  readonly #size: () => Size;
  #socket: WebSocket | undefined;
  #session: string | undefined = kept();
  #received = 0;
  #shown = 0;
  #reported = 0;
  #tries = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #open = false;

  /** `size`: of the screen, now. */
  constructor(listener: ShellListener, size: () => Size) {
    this.#listener = listener;
    this.#size = size;
  }

  /** Comes back to the terminal of this tab, or asks for the password. */
  begin(): void {
    if (this.#session === undefined) this.#listener.state('asking', '', false);
    else this.#resume();
  }

  /** A new terminal. */
  open(password: string): void {
    this.#listener.state('opening', '', false);
    this.#connect(() => ({ type: 'open', password, ...this.#size() }));
  }

  type(keys: string): void {
    if (!this.#open) return;
    const bytes = new TextEncoder().encode(keys);
    for (let at = 0; at < bytes.length; at += piece) this.#socket?.send(bytes.slice(at, at + piece));
  }

  resize(size: Size): void {
    if (this.#open) this.#say({ type: 'resize', ...size });
  }

  /** So many more bytes are shown. */
  showed(bytes: number): void {
    this.#shown += bytes;
    if (this.#shown - this.#reported < reportEvery && this.#shown < this.#received) return;
    this.#reported = this.#shown;
    if (this.#open) this.#say({ type: 'ack', received: this.#shown });
  }

  /** Ends the terminal and what runs in it. */
  end(): void {
    if (this.#open) this.#say({ type: 'end' });
    else this.#over('The terminal is closed.', false);
  }

  /** Tries now instead of later: the page is seen again, or the network is back. */
  hurry(): void {
    if (this.#retry === undefined) return;
    clearTimeout(this.#retry);
    this.#resume();
  }

  #resume(): void {
    const session = this.#session;
    this.#retry = undefined;
    if (session === undefined) return;
    this.#listener.state('away', this.#tries === 0 ? 'Coming back to the terminal…' : lost, false);
    this.#connect(() => ({ type: 'resume', session, received: this.#received, ...this.#size() }));
  }

  #connect(first: () => FromPage): void {
    this.#socket?.close();
    const url = new URL('/api/shell', location.href);
    url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    this.#open = false;
    const own = (run: () => void) => () => {
      if (this.#socket === socket) run();
    };
    socket.addEventListener(
      'open',
      own(() => this.#say(first())),
    );
    socket.addEventListener(
      'close',
      own(() => this.#closed()),
    );
    socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (this.#socket !== socket) return;
      if (typeof data === 'string') this.#told(JSON.parse(data) as FromHost);
      else {
        const bytes = new Uint8Array(data as ArrayBuffer);
        this.#received += bytes.length;
        this.#listener.output(bytes);
      }
    });
  }

  #told(frame: FromHost): void {
    switch (frame.type) {
      case 'opened':
        this.#keep(frame.session);
        this.#goOn(0);
        this.#listener.reset();
        this.#listener.state('open', '', false);
        break;
      case 'resumed':
        if (frame.from === 0 || frame.lost > 0) this.#listener.reset();
        this.#goOn(frame.from);
        this.#listener.state('open', '', false);
        this.#listener.notice(frame.lost > 0 ? 'What the terminal printed long ago is not kept.' : '');
        break;
      case 'refused':
        // A frame of an open terminal was refused; it runs on.
        if (this.#open) this.#listener.notice(frame.message);
        // The camera's terminals may be away for a moment: a running one is not given up for that.
        else if (this.#session === undefined || frame.code === 'terminal_gone') this.#over(frame.message, true);
        break;
      case 'notice':
        this.#listener.notice(frame.message);
        break;
      case 'ended':
        this.#over(frame.message, false);
        break;
    }
  }

  #goOn(from: number): void {
    this.#open = true;
    this.#tries = 0;
    this.#received = from;
    this.#shown = from;
    this.#reported = from;
  }

  #over(sentence: string, wrong: boolean): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    this.#keep(undefined);
    this.#open = false;
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
    this.#listener.notice('');
    this.#listener.state('asking', sentence, wrong);
  }

  #closed(): void {
    this.#open = false;
    this.#socket = undefined;
    if (this.#session === undefined) {
      this.#listener.state('asking', unreachable, true);
      return;
    }
    this.#listener.state('away', lost, false);
    this.#retry = setTimeout(() => this.#resume(), retryDelay(this.#tries));
    this.#tries += 1;
  }

  #say(frame: FromPage): void {
    this.#socket?.send(JSON.stringify(frame));
  }

  #keep(session: string | undefined): void {
    this.#session = session;
    this.#received = 0;
    try {
      if (session === undefined) sessionStorage.removeItem(keptUnder);
      else sessionStorage.setItem(keptUnder, session);
    } catch {
      // A private window may refuse: a reload then begins anew.
    }
  }
}

function kept(): string | undefined {
  try {
    return sessionStorage.getItem(keptUnder) ?? undefined;
  } catch {
    return undefined;
  }
}
