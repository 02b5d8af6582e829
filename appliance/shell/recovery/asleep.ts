/**
 * perch-recovery runs only while somebody needs it: systemd listens for it (perch-recovery.socket), starts it with the
 * first connection, and it ends when nobody uses it any more. Memory is scarce where it is for: a Zero 2 W has 512 MB.
 */
import { forgetMs } from '../../auth/brake.ts';

/** The first file descriptor that systemd passes on (sd_listen_fds(3)). */
const firstFd = 3;

/** The sockets systemd listens on, in the order of perch-recovery.socket; undefined when it was started without. */
export function inheritedSockets(
  { LISTEN_PID, LISTEN_FDS }: NodeJS.ProcessEnv,
  pid = process.pid,
): { readonly page: { readonly fd: number }; readonly terminals: { readonly fd: number } } | undefined {
  // Meant for a parent of this program, when it is another process.
  if (LISTEN_FDS === undefined || Number(LISTEN_PID) !== pid) return undefined;
  if (LISTEN_FDS !== '2')
    throw new Error(
      `perch-recovery.socket passes on ${LISTEN_FDS} sockets, but must have 2: the page's, the terminals'.`,
    );
  return { page: { fd: firstFd }, terminals: { fd: firstFd + 1 } };
}

export interface UseOptions {
  /** Something is open that must not end. */
  readonly busy: () => boolean;
  /** Unused for so long it is no longer needed, in ms: the brake against guessing has forgotten everybody by then. */
  readonly quietMs?: number;
  /** The same after a start that nobody used yet, as when it was woken for the copy of the password; in ms. */
  readonly unusedMs?: number;
  /** Ms of a clock that only goes forward. */
  readonly now?: () => number;
}

/** How long nobody has used it. */
export class Use {
  readonly #options: Required<UseOptions>;
  /** Until when it is needed, in ms. */
  #until: number;

  constructor({ busy, quietMs = forgetMs, unusedMs = 60_000, now = () => performance.now() }: UseOptions) {
    this.#options = { busy, quietMs, unusedMs, now };
    this.#until = now() + unusedMs;
  }

  /** Somebody uses it now. */
  readonly noted = (): void => {
    this.#until = this.#options.now() + this.#options.quietMs;
  };

  /** Resolves when it is not needed any more. */
  async over(): Promise<void> {
    for (;;) {
      if (this.#options.busy()) this.noted();
      const left = this.#until - this.#options.now();
      if (left <= 0) return;
      await new Promise((resolve) => setTimeout(resolve, left));
    }
  }
}
