/** Who is logged in at the recovery page. In memory only: it writes nothing, and a restart asks for the password again. */
import { type KeptKey, keyId, keyMatches, makeKey } from '../../auth/keys.ts';
import type { PasswordHash } from '../../auth/password.ts';

/** A login ends when it was not used for so long, in ms. */
const idleMs = 3_600_000;
/** Logins at the most; the one unused longest ends first. */
const loginsMost = 20;

export interface Login {
  readonly key: KeptKey;
  readonly password: PasswordHash;
  usedAt: number;
  /** What it has open, to be closed with it. */
  readonly openings: Set<() => void>;
}

/** The logins. `now` in ms. */
export class Logins {
  readonly #logins = new Map<string, Login>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Lets somebody in; answers the cookie's value. */
  begin(password: PasswordHash): string {
    const { key, kept } = makeKey('');
    if (this.#logins.size >= loginsMost) {
      const [oldest] = [...this.#logins.values()].sort((a, b) => a.usedAt - b.usedAt);
      if (oldest) this.end(oldest);
    }
    this.#logins.set(kept.id, { key: kept, password, usedAt: this.#now(), openings: new Set() });
    return key;
  }

  /** Whose cookie this is; undefined: nobody's. */
  find(cookie: string | undefined): Login | undefined {
    const id = cookie === undefined ? undefined : keyId('', cookie);
    const login = id === undefined ? undefined : this.#logins.get(id);
    if (!login || cookie === undefined || !keyMatches(cookie, login.key)) return undefined;
    const now = this.#now();
    // An open terminal is in use, and ends by its own rule.
    if (now - login.usedAt > idleMs && login.openings.size === 0) {
      this.end(login);
      return undefined;
    }
    login.usedAt = now;
    return login;
  }

  end(login: Login): void {
    this.#logins.delete(login.key.id);
    for (const close of login.openings) close();
  }
}
