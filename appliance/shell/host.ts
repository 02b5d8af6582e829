/** The terminals: who may open one, how many there are, and coming back to one. */
import { EventEmitter } from 'node:events';
import type { WebSocket } from 'ws';
import { type KeptKey, keyId, keyMatches, makeKey } from '../auth/keys.ts';
import type { PasswordHash } from '../auth/password.ts';
import { PerchError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { PasswordGate } from './gate.ts';
import { type EndReason, type FromHost, type FromPage, readFromPage, type Size } from './protocol.ts';
import type { Pty } from './pty.ts';
import { type SessionTimes, ShellSession, type Viewer } from './session.ts';

/** Terminals at the most; one holds at most 0.4 MB here, and its shell some 4 MB. */
export const sessionsMost = 4;
/** How often it is looked whether the password was changed, in ms. */
const passwordCheckMs = 5_000;

/** Who asks, as far as it is known. */
export interface Visitor {
  /** For people: "Page at 192.168.1.7". */
  readonly who: string;
  readonly address: string;
}

/** An open terminal, for those who watch. */
export interface Opened {
  /** No secret. */
  readonly id: string;
  readonly who: string;
}

export interface ShellHostOptions {
  readonly gate: Pick<PasswordGate, 'confirm' | 'still'>;
  readonly log: Logger;
  readonly start: (size: Size) => Pty;
  /** What a new terminal shows first. */
  readonly greeting: () => Promise<string>;
  readonly times?: SessionTimes;
  readonly most?: number;
}

interface Entry extends Opened {
  readonly key: KeptKey;
  readonly session: ShellSession;
  readonly password: PasswordHash;
}

/** Emits `opened` and `closed`. */
export class ShellHost extends EventEmitter<{ opened: [Opened]; closed: [Opened, EndReason] }> {
  readonly #options: ShellHostOptions;
  readonly #entries = new Map<string, Entry>();
  /** Passwords being looked at for new terminals: they count as terminals. */
  #opening = 0;
  #check: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(options: ShellHostOptions) {
    super();
    this.#options = options;
  }

  /** The terminals that are open. */
  get opened(): readonly Opened[] {
    return [...this.#entries.values()].map(({ id, who }) => ({ id, who }));
  }

  /** Talks with one page, or whoever passes its frames on. The answer ends the terminal it shows: its login has ended. */
  serve(socket: WebSocket, visitor: Visitor): () => void {
    let session: ShellSession | undefined;
    let busy = false;
    const say = (frame: FromHost) => {
      if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(frame));
    };
    const viewer: Viewer = {
      output: (bytes) => socket.readyState === socket.OPEN && socket.send(bytes),
      say,
      close: () => {
        session = undefined;
        socket.close(1000);
      },
    };
    const enter = async (frame: FromPage & { type: 'open' | 'resume' }) => {
      const { entry, secret } =
        frame.type === 'open'
          ? await this.#open(frame, visitor)
          : { entry: await this.#resume(frame), secret: undefined };
      // The page may have gone while its password was looked at; nobody else knows a new terminal's secret.
      if (socket.readyState !== socket.OPEN) {
        if (secret !== undefined) void entry.session.end('alone');
        return;
      }
      session = entry.session;
      const { from, lost } = session.show(viewer, frame.type === 'open' ? 0 : frame.received, frame);
      say(secret === undefined ? { type: 'resumed', from, lost } : { type: 'opened', session: secret });
      session.go();
    };
    socket.on('message', (data, isBinary) => {
      const bytes = data as Buffer;
      if (isBinary) {
        if (session) session.type(bytes);
        else say(refusal(new PerchError('terminal_first')));
        return;
      }
      const frame = readFromPage(bytes.toString());
      if (typeof frame === 'string') {
        say(refusal(new PerchError('bad_message', { expected: 'frame of the terminal', reason: frame })));
        return;
      }
      if (frame.type === 'open' || frame.type === 'resume') {
        // One password at a time, and one terminal for each connection.
        if (busy || session) {
          say(refusal(new PerchError('busy')));
          return;
        }
        busy = true;
        enter(frame)
          .catch((error: unknown) => say(refusal(this.#known(error))))
          .finally(() => {
            busy = false;
          });
        return;
      }
      if (!session) {
        say(refusal(new PerchError('terminal_first')));
        return;
      }
      if (frame.type === 'resize') session.resize(frame);
      else if (frame.type === 'ack') session.shown(frame.received);
      else void session.end('asked');
    });
    socket.on('close', () => session?.leave(viewer));
    socket.on('error', () => socket.terminate());
    return () => void session?.end('asked');
  }

  /** Ends every terminal; resolves when nothing of them runs. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#check);
    const sessions = [...this.#entries.values()].map(({ session }) => session);
    await Promise.all(sessions.map((session) => session.end('stopped')));
  }

  async #open(
    { password, ...size }: FromPage & { type: 'open' },
    { who, address }: Visitor,
  ): Promise<{ readonly entry: Entry; readonly secret: string }> {
    const { gate, log, start, greeting, times, most = sessionsMost } = this.#options;
    const hash = await gate.confirm(password, address);
    // Only who knows the password learns how many there are.
    if (this.#entries.size + this.#opening >= most) throw new PerchError('too_many_terminals', { allowed: most });
    this.#opening += 1;
    let session: ShellSession;
    try {
      const text = await greeting();
      if (this.#closed) throw new PerchError('shutting_down');
      session = new ShellSession(start(size), text, times);
    } finally {
      this.#opening -= 1;
    }
    const { key: secret, kept } = makeKey('');
    const entry: Entry = { id: kept.id, key: kept, who, session, password: hash };
    this.#entries.set(entry.id, entry);
    session.on('ended', (reason) => {
      this.#entries.delete(entry.id);
      if (this.#entries.size === 0) clearInterval(this.#check);
      log.info({ who, address, terminal: entry.id, reason }, 'terminal closed');
      this.emit('closed', { id: entry.id, who }, reason);
    });
    log.info({ who, address, terminal: entry.id }, 'terminal opened');
    this.emit('opened', { id: entry.id, who });
    if (this.#entries.size === 1) this.#check = setInterval(() => void this.#endOfPassword(), passwordCheckMs).unref();
    return { entry, secret };
  }

  async #resume({ session: secret }: FromPage & { type: 'resume' }): Promise<Entry> {
    const entry = this.#entries.get(keyId('', secret) ?? '');
    if (!entry || !keyMatches(secret, entry.key)) throw new PerchError('terminal_gone');
    if (!(await this.#options.gate.still(entry.password))) {
      void entry.session.end('password');
      throw new PerchError('terminal_gone');
    }
    return entry;
  }

  /** Who opened a terminal with a password that is changed or reset is out. */
  async #endOfPassword(): Promise<void> {
    for (const { session, password } of this.#entries.values()) {
      if (!(await this.#options.gate.still(password))) void session.end('password');
    }
  }

  #known(error: unknown): PerchError {
    if (error instanceof PerchError) return error;
    this.#options.log.error({ err: error }, 'a terminal could not be opened');
    return new PerchError('terminal_away', { reason: 'the system gave none. The log says more.' });
  }
}

function refusal({ code, message, retryAfter }: PerchError): FromHost {
  return { type: 'refused', code, message, ...(retryAfter !== undefined && { retry_after: retryAfter }) };
}
