/** One terminal: a shell, the last of what it printed, and at most one page that shows it. */
import { EventEmitter } from 'node:events';
import { endSession } from './processes.ts';
import type { EndReason, FromHost, Size } from './protocol.ts';
import type { Pty } from './pty.ts';
import { Scrollback } from './scrollback.ts';

/** The page that shows a terminal. */
export interface Viewer {
  output(bytes: Buffer): void;
  say(frame: FromHost): void;
  /** Nothing more comes. */
  close(): void;
}

/** Times in ms. */
export interface SessionTimes {
  /** Neither typed in nor printing anything for so long: it was left open. */
  readonly idleMs: number;
  /** Not typed in for so long, whatever it prints: nobody sits there. */
  readonly unattendedMs: number;
  /** So long before either, the page says so. */
  readonly warnMs: number;
  /** Without a page for so long: it is not coming back. */
  readonly aloneMs: number;
}

export const usualTimes: SessionTimes = {
  idleMs: 15 * 60_000,
  // An upgrade of the whole system that somebody only watches takes an hour on a Zero 2 W.
  unattendedMs: 2 * 3_600_000,
  warnMs: 60_000,
  aloneMs: 5 * 60_000,
};

/** Output kept for a page that comes back: some thousand lines. */
export const scrollbackMost = 256 * 1024;
/** Output under way to a page that it has not shown yet: above `much` the shell waits, until `little` is left. */
const much = 128 * 1024;
const little = 32 * 1024;
/** Keys that no program reads: more than anybody types or pastes. */
const keysMost = 256 * 1024;

const sentences: Readonly<Record<EndReason, string>> = {
  exit: 'The shell has ended.',
  asked: 'The terminal is closed.',
  idle: 'The terminal was left open and has been closed.',
  alone: 'The terminal had no page for a while and has been closed.',
  password: 'The password was changed, so this terminal has been closed.',
  elsewhere: 'This terminal is shown on another page now.',
  stopped: 'The terminal service is stopping.',
};

/** Emits `ended` once, when nothing of it runs any more. */
export class ShellSession extends EventEmitter<{ ended: [EndReason] }> {
  readonly #pty: Pty;
  readonly #times: SessionTimes;
  readonly #scrollback = new Scrollback(scrollbackMost);
  #viewer: Viewer | undefined;
  /** Places in the output, in bytes since it began: sent to the page, and shown there. */
  #sent = 0;
  #shown = 0;
  #paused = false;
  #typedAt = performance.now();
  #printedAt = performance.now();
  #aloneAt: number | undefined;
  #warned = false;
  #ending: EndReason | undefined;
  #ended: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `greeting` is shown before anything the shell prints. */
  constructor(pty: Pty, greeting: string, times: SessionTimes = usualTimes) {
    super();
    this.#pty = pty;
    this.#times = times;
    this.#scrollback.add(Buffer.from(greeting.replaceAll('\n', '\r\n')));
    pty.onOutput((output) => {
      this.#printedAt = performance.now();
      this.#scrollback.add(output);
      this.#pump();
    });
    pty.onExit(() => void this.end('exit'));
    this.#aloneAt = performance.now();
    this.#watch();
  }

  get pid(): number {
    return this.#pty.pid;
  }

  /** Bytes kept of it and on their way. */
  get held(): number {
    return this.#scrollback.end - this.#scrollback.start;
  }

  /** Shows it to a page that has `received` bytes already; a page that showed it before is told so. Answers where it goes on. */
  show(viewer: Viewer, received: number, size: Size): { readonly from: number; readonly lost: number } {
    this.#leave('elsewhere');
    const { start, end } = this.#scrollback;
    // Not all that is kept: what comes before the shell heeds the pause must push out nothing that was not sent.
    const first = Math.max(start, end - much);
    const known = received >= first && received <= end;
    const from = known ? received : first > 0 ? this.#scrollback.lineAfter(first) : 0;
    this.#viewer = viewer;
    this.#aloneAt = undefined;
    this.#sent = from;
    this.#shown = from;
    this.#typedAt = performance.now();
    this.#pty.resize(size);
    return { from, lost: known ? 0 : Math.max(0, from - Math.min(received, from)) };
  }

  /** Sends what the page has room for; call once after `show`, when the page was told where it goes on. */
  go(): void {
    this.#pump();
    this.#watch();
  }

  /** The page is gone; the shell runs on. */
  leave(viewer: Viewer): void {
    if (this.#viewer === viewer) this.#leave(undefined);
  }

  /** Keys were typed. */
  type(keys: Buffer): void {
    this.#typedAt = performance.now();
    this.#calm();
    if (this.#ending) return;
    if (this.#pty.waiting + keys.length > keysMost) {
      this.#viewer?.say({
        type: 'notice',
        message:
          'The program reads nothing, so what was typed last is left out. Ctrl-C or closing the terminal ends it.',
      });
      return;
    }
    this.#pty.write(keys);
  }

  resize(size: Size): void {
    if (!this.#ending) this.#pty.resize(size);
  }

  /** The page has shown so many bytes; more than were sent is no number to believe. */
  shown(received: number): void {
    if (received <= this.#shown || received > this.#sent) return;
    this.#shown = received;
    this.#pump();
  }

  /** Ends it and everything that runs in it; resolves when nothing does. */
  end(reason: EndReason): Promise<void> {
    this.#ended ??= this.#end(reason);
    return this.#ended;
  }

  async #end(reason: EndReason): Promise<void> {
    this.#ending = reason;
    clearTimeout(this.#timer);
    // What was printed last is still on its way.
    this.#pump();
    this.#leave(reason);
    // A paused one would never hear that its other end is gone.
    this.#pty.resume();
    await endSession(this.#pty.pid);
    this.emit('ended', reason);
  }

  #leave(reason: EndReason | undefined): void {
    const viewer = this.#viewer;
    this.#viewer = undefined;
    if (viewer && reason) {
      viewer.say({ type: 'ended', reason, message: sentences[reason] });
      viewer.close();
    }
    if (this.#ending) return;
    this.#aloneAt = performance.now();
    // Nobody is waited for: programs run on, and what is too old of their output is forgotten.
    this.#flow(false);
    this.#watch();
  }

  #pump(): void {
    const viewer = this.#viewer;
    if (!viewer) return;
    const { end } = this.#scrollback;
    const to = Math.min(end, this.#shown + much);
    if (to > this.#sent) {
      viewer.output(this.#scrollback.between(this.#sent, to));
      this.#sent = to;
    }
    if (end - this.#shown >= much) this.#flow(true);
    else if (end - this.#shown <= little) this.#flow(false);
  }

  #flow(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (paused) this.#pty.pause();
    else this.#pty.resume();
  }

  #calm(): void {
    if (!this.#warned) return;
    this.#warned = false;
    this.#viewer?.say({ type: 'notice', message: '' });
  }

  /** Looks whether its time is over, and looks again when that may be. */
  #watch(): void {
    clearTimeout(this.#timer);
    if (this.#ending) return;
    const { idleMs, unattendedMs, warnMs, aloneMs } = this.#times;
    const now = performance.now();
    const aloneLeft = this.#aloneAt === undefined ? Number.POSITIVE_INFINITY : this.#aloneAt + aloneMs - now;
    const idleLeft = Math.min(
      Math.max(this.#typedAt, this.#printedAt) + idleMs - now,
      this.#typedAt + unattendedMs - now,
    );
    if (aloneLeft <= 0) return void this.end('alone');
    if (idleLeft <= 0) return void this.end('idle');
    if (idleLeft > warnMs) this.#calm();
    else if (!this.#warned && this.#viewer) {
      this.#warned = true;
      const seconds = Math.ceil(idleLeft / 1000);
      this.#viewer.say({
        type: 'notice',
        message: `Nobody types here: the terminal is closed in ${seconds} s. Any key keeps it open.`,
      });
    }
    const next = Math.min(aloneLeft, idleLeft > warnMs ? idleLeft - warnMs : idleLeft);
    // A timer may come a little early, by another clock.
    this.#timer = setTimeout(() => this.#watch(), next + 5);
  }
}
