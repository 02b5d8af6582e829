/**
 * What systemd hears of Perch (`Type=notify`): ready, how it is, still alive. Node cannot send to a socket of datagrams,
 * so systemd's own small program does: 7 ms of processor time and nothing that stays, three times a minute. A helper that
 * stays would cost 10 MB of a Zero 2 W's 512.
 */
import { execFile } from 'node:child_process';
import type { Logger } from '../log.ts';

/** What a camera is, for the question whether to go on. */
export interface Pulse {
  readonly name: string;
  readonly state: string;
  /** Pictures per second, measured. */
  readonly fps: number;
}

/** A camera that is meant to give pictures and has given none for so long is a reason to start anew, in ms. */
const patienceMs = 120_000;

/**
 * Decides whether the watchdog is fed: while pictures flow, or none are meant to. Pictures that stopped, on every camera
 * that should give some, and that supervision did not bring back within its patience, end it; a camera that never gave
 * one since the start does not: a new start would change nothing there, and the page must stay.
 */
export class Heartbeat {
  /** When each camera was last seen to give pictures. */
  readonly #flowed = new Map<string, number>();

  /** `now` in ms, of any clock that only goes forward. */
  feed(cameras: readonly Pulse[], now: number): boolean {
    const wanted = cameras.filter(({ state }) => state !== 'stopped' && state !== 'missing');
    for (const { name, state, fps } of cameras) {
      if (state === 'live' && fps > 0) this.#flowed.set(name, now);
      // Stopped or unplugged on purpose: what was before says nothing any more.
      else if (!wanted.some((each) => each.name === name)) this.#flowed.delete(name);
    }
    const last = wanted.map(({ name }) => this.#flowed.get(name)).filter((at) => at !== undefined);
    return last.length === 0 || last.some((at) => now - at <= patienceMs);
  }
}

/** One line about the cameras, for `systemctl status`. */
export function statusLine(cameras: readonly Pulse[]): string {
  const each = cameras.map(
    ({ name, state, fps }) => `${name} ${state}${state === 'live' ? ` ${Math.round(fps)}/s` : ''}`,
  );
  return each.length === 0 ? 'no camera' : each.join(', ');
}

export interface NotifyOptions {
  readonly cameras: () => readonly Pulse[];
  readonly log: Logger;
  readonly env?: NodeJS.ProcessEnv;
  /** Sends such lines; systemd-notify. */
  readonly send?: (lines: readonly string[]) => Promise<void>;
  readonly now?: () => number;
}

/** Tells systemd; does nothing where nobody listens (`NOTIFY_SOCKET` is not set). */
export class Notify {
  readonly #options: NotifyOptions;
  readonly #heartbeat = new Heartbeat();
  readonly #send: (lines: readonly string[]) => Promise<void>;
  readonly #listening: boolean;
  readonly #everyMs: number;
  #timer: NodeJS.Timeout | undefined;
  #starved = false;

  constructor(options: NotifyOptions) {
    this.#options = options;
    const env = options.env ?? process.env;
    this.#listening = env.NOTIFY_SOCKET !== undefined && env.NOTIFY_SOCKET !== '';
    // A third of what systemd waits, so that one feeding may be late and one lost.
    this.#everyMs = Number(env.WATCHDOG_USEC ?? 60_000_000) / 3000;
    this.#send = options.send ?? sendBySystemd;
  }

  /** Serving: systemd's start is over. */
  async ready(): Promise<void> {
    if (!this.#listening) return;
    this.#timer = setInterval(() => void this.beat(), this.#everyMs).unref();
    await this.#say('READY=1', `STATUS=${statusLine(this.#options.cameras())}`);
  }

  /** Feeds the watchdog, when all is as it should be. */
  async beat(): Promise<void> {
    const { cameras, log, now = () => performance.now() } = this.#options;
    const pulse = cameras();
    const fed = this.#heartbeat.feed(pulse, now());
    if (!fed && !this.#starved) log.error({ cameras: pulse }, 'pictures do not come back: waiting to be started anew');
    this.#starved = !fed;
    await this.#say(...(fed ? ['WATCHDOG=1'] : []), `STATUS=${statusLine(pulse)}`);
  }

  /** Ending. */
  async stopping(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#listening) await this.#say('STOPPING=1', 'STATUS=Ending.');
  }

  async #say(...lines: string[]): Promise<void> {
    await this.#send(lines).catch((error: unknown) => this.#options.log.warn({ err: error }, 'systemd was not told'));
  }
}

/** systemd-notify waits until systemd has taken it in, so that it knows the sender is ours. */
function sendBySystemd(lines: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile('systemd-notify', [...lines], { timeout: 10_000 }, (error) => (error ? reject(error) : resolve()));
  });
}
