/** Who may use this camera: claim and login, sessions, API tokens. */
import { ConfigError } from '../config.ts';
import { PerchError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { Document } from '../store/document.ts';
import { LoginBrake } from './brake.ts';
import { tryPassword } from './confirm.ts';
import { keyId, keyMatches, makeKey } from './keys.ts';
import { checkPassword, hashPassword } from './password.ts';
import { type AuthState, dayOf, isAlive, parseAuthState, type TokenRecord, tokenName, unclaimed } from './state.ts';

/** Somebody who is in. */
export interface Identity {
  readonly kind: 'session' | 'token';
  /** For people: "Page at 192.168.1.7", "Token garage-script". */
  readonly who: string;
  /** Stays the same as long as the session or token lives; no secret. */
  readonly client: string;
}

/** What a request shows for itself. */
export interface Credentials {
  /** Value of the session cookie. */
  readonly cookie?: string | undefined;
  /** What follows `Bearer ` in the Authorization header. */
  readonly bearer?: string | undefined;
  /** Where the request comes from. */
  readonly address: string;
}

/** A token as a list shows it. */
export interface TokenInfo {
  readonly id: string;
  readonly name: string;
  /** Days (UTC), `2026-01-31`. */
  readonly created: string;
  readonly used?: string;
}

export interface AuthOptions {
  readonly path: string;
  readonly log: Logger;
  /** Claims the camera when nobody has yet. */
  readonly adminPassword?: string | undefined;
  /** Ms since 1970. */
  readonly now?: () => number;
  readonly brake?: LoginBrake;
}

/** Sessions at the most; the one unused longest ends first. */
const sessionsMost = 100;
const tokensMost = 100;
const tokenPrefix = 'perch_';

/**
 * Claim, login, sessions and tokens, kept in one file. What was answered is on disk; when the disk refuses, a session
 * works until the next restart, and everything else is refused with code `disk`.
 */
export class Auth {
  readonly #document: Document<AuthState>;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #brake: LoginBrake;
  readonly #ended = new Set<(client: string) => void>();
  readonly #renewed = new Set<() => void>();
  /** The file was damaged and holds no password: nobody may claim what somebody owned. */
  #damaged: boolean;

  private constructor(document: Document<AuthState>, { log, now, brake }: AuthOptions) {
    this.#document = document;
    this.#log = log;
    this.#now = now ?? Date.now;
    this.#brake = brake ?? new LoginBrake();
    this.#damaged = document.notices.length > 0 && document.value.password === undefined;
  }

  /**
   * Opens what was saved.
   * @throws ConfigError when `adminPassword` would be used and is not allowed
   */
  static async open(options: AuthOptions): Promise<Auth> {
    const { path, log, adminPassword } = options;
    const document = await Document.open<AuthState>({
      path,
      log,
      parse: parseAuthState,
      initial: unclaimed,
      // perch-recovery asks for the same password.
      shared: true,
    });
    const auth = new Auth(document, options);
    if (adminPassword !== undefined && document.value.password === undefined) {
      try {
        const password = await hashPassword(checkPassword(adminPassword));
        auth.#damaged = false;
        auth.#change(() => ({ ...unclaimed, password }));
        // When the disk refuses it is in memory, and the next start claims again.
        await document.flush().catch((error: unknown) => log.error({ err: error }, 'password not saved'));
      } catch (error) {
        await auth.close();
        if (error instanceof PerchError && error.code === 'weak_password') {
          throw new ConfigError(`PERCH_ADMIN_PASSWORD cannot be used. ${error.message}`);
        }
        throw error;
      }
      log.info('claimed with PERCH_ADMIN_PASSWORD');
    }
    return auth;
  }

  /** Somebody has chosen a password. */
  get claimed(): boolean {
    return this.#damaged || this.#document.value.password !== undefined;
  }

  /** Sentences for the page about what was found damaged. */
  get notices(): readonly string[] {
    if (!this.#damaged) return this.#document.notices;
    return [...this.#document.notices, new PerchError('auth_damaged').message];
  }

  /**
   * The first visitor chooses the password and is in: answers the session cookie's value.
   * @throws PerchError already_claimed, weak_password, busy, not_saved
   */
  async claim(password: string, address: string): Promise<string> {
    if (this.claimed) throw new PerchError('already_claimed');
    const hash = await hashPassword(checkPassword(password));
    // Two may have come this far; the first to get here wins, since nothing waits between the question and the change.
    if (this.claimed) throw new PerchError('already_claimed');
    this.#change(() => ({ ...unclaimed, password: hash }));
    await this.#document.flush().catch((error: Error) => {
      // A claim that a restart forgets would leave the camera to the next visitor.
      this.#change(() => unclaimed);
      throw new PerchError('not_saved', { reason: error.message });
    });
    this.#log.info({ address }, 'claimed');
    return this.#beginSession(address);
  }

  /**
   * Logs in: answers the session cookie's value.
   * @throws PerchError not_claimed, wrong_password, login_braked, busy, auth_damaged
   */
  async login(password: string, address: string): Promise<string> {
    await this.confirmPassword(password, address);
    this.#log.info({ address }, 'logged in');
    return this.#beginSession(address);
  }

  /**
   * Whether the person at this address knows the password, asked again before something grave.
   * @throws PerchError not_claimed, wrong_password, login_braked, busy, auth_damaged
   */
  async confirmPassword(password: string, address: string): Promise<void> {
    const kept = this.#document.value.password;
    if (!kept) throw new PerchError(this.#damaged ? 'auth_damaged' : 'not_claimed');
    const right = await tryPassword(password, kept, address, this.#brake);
    // It may have been changed or reset while this was being computed.
    if (!right || this.#document.value.password !== kept) {
      this.#log.warn({ address }, 'wrong password');
      throw new PerchError('wrong_password');
    }
    this.#brake.succeeded(address);
  }

  /** Ends the session of this cookie; one that is not known is none. */
  async logout(cookie: string): Promise<void> {
    const session = this.#session(cookie);
    if (!session) return;
    this.#change((state) => ({ ...state, sessions: state.sessions.filter(({ id }) => id !== session.id) }));
    await this.#saved();
  }

  /** Who shows these credentials; a token is looked at before a cookie. Undefined: nobody we know. */
  verify({ cookie, bearer, address }: Credentials): Identity | undefined {
    const identity = this.#whoShows(bearer, cookie, address);
    if (identity) this.noteUse(identity.client);
    return identity;
  }

  /**
   * Notes that a session or token (`Identity.client`) is used today. Connections that stand for weeks call it while
   * their other end answers: a page on a wall makes no request, and is not unused.
   */
  noteUse(client: string): void {
    const today = dayOf(this.#now());
    this.#document.update((state) => {
      const session = state.sessions.find(({ id }) => client === `session:${id}`);
      if (session && session.used !== today)
        return { ...state, sessions: replaced(state.sessions, { ...session, used: today }) };
      const token = state.tokens.find(({ id }) => client === `token:${id}`);
      if (token && token.used !== today) return { ...state, tokens: replaced(state.tokens, { ...token, used: today }) };
      return state;
    });
  }

  /**
   * Makes a token; `token` is shown this once and not kept.
   * @throws PerchError bad_value for the name, bad_request when there are too many, not_saved
   */
  async createToken(name: string): Promise<TokenInfo & { readonly token: string }> {
    const clean = tokenName(name);
    if (this.#document.value.tokens.length >= tokensMost) {
      throw new PerchError('bad_request', { reason: `There are already ${tokensMost} tokens. Revoke one first.` });
    }
    const { key, kept } = makeKey(tokenPrefix);
    const record: TokenRecord = { ...kept, name: clean, created: dayOf(this.#now()) };
    this.#change((state) => ({ ...state, tokens: [...state.tokens, record] }));
    await this.#document.flush().catch((error: Error) => {
      // It was not shown, so nobody has it.
      this.#change((state) => ({ ...state, tokens: state.tokens.filter(({ id }) => id !== record.id) }));
      throw new PerchError('not_saved', { reason: error.message });
    });
    return { ...tokenInfo(record), token: key };
  }

  tokens(): readonly TokenInfo[] {
    return this.#document.value.tokens.map(tokenInfo);
  }

  /**
   * The token is worth nothing from now on, and connections it opened are closed.
   * @throws PerchError not_found, disk
   */
  async revokeToken(id: string): Promise<void> {
    if (!this.#document.value.tokens.some((token) => token.id === id)) {
      throw new PerchError('not_found', { value: `/api/tokens/${id}` });
    }
    this.#change((state) => ({ ...state, tokens: state.tokens.filter((token) => token.id !== id) }));
    await this.#saved();
  }

  /**
   * Another password. Every other session ends; the one of `cookie` and the tokens stay.
   * @throws PerchError weak_password and all of confirmPassword's
   */
  async changePassword(current: string, next: string, address: string, cookie?: string): Promise<void> {
    const normal = checkPassword(next);
    await this.confirmPassword(current, address);
    const password = await hashPassword(normal);
    const own = cookie === undefined ? undefined : this.#session(cookie)?.id;
    this.#change((state) => ({ ...state, password, sessions: state.sessions.filter(({ id }) => id === own) }));
    this.#log.info({ address }, 'password changed');
    await this.#saved();
  }

  /**
   * For whoever has the device in hand: unclaimed again, every session and every token gone. Tokens go too, because a
   * reset is how an owner takes a camera back: nobody from before may still be in.
   * @throws PerchError disk
   */
  async resetPassword(): Promise<void> {
    this.#damaged = false;
    this.#change(() => unclaimed);
    this.#log.warn('password reset: the camera can be claimed');
    await this.#saved();
  }

  /** Hears the `client` of every session and token that ends, to close what it opened. */
  onEnded(listener: (client: string) => void): () => void {
    this.#ended.add(listener);
    return () => this.#ended.delete(listener);
  }

  /** Hears when there is another password, or none any more. */
  onPassword(listener: () => void): () => void {
    this.#renewed.add(listener);
    return () => this.#renewed.delete(listener);
  }

  close(): Promise<void> {
    return this.#document.close();
  }

  async #beginSession(address: string): Promise<string> {
    const { key, kept } = makeKey('');
    const today = dayOf(this.#now());
    this.#change((state) => {
      const alive = state.sessions
        .filter((session) => isAlive(session, this.#now()))
        .sort((a, b) => (a.used < b.used ? 1 : -1))
        .slice(0, sessionsMost - 1);
      return { ...state, sessions: [...alive, { ...kept, created: today, used: today }] };
    });
    // A full card must not keep the owner out: the session then lasts until the next restart.
    await this.#saved().catch((error: unknown) => this.#log.warn({ address, err: error }, 'session not saved'));
    return key;
  }

  #whoShows(bearer: string | undefined, cookie: string | undefined, address: string): Identity | undefined {
    if (bearer !== undefined) {
      const token = this.#find(tokenPrefix, bearer, this.#document.value.tokens);
      return token && { kind: 'token', who: `Token ${token.name}`, client: `token:${token.id}` };
    }
    const session = cookie === undefined ? undefined : this.#session(cookie);
    return session && { kind: 'session', who: `Page at ${address}`, client: `session:${session.id}` };
  }

  #session(cookie: string) {
    const session = this.#find('', cookie, this.#document.value.sessions);
    return session && isAlive(session, this.#now()) ? session : undefined;
  }

  #find<R extends { readonly id: string; readonly hash: string }>(
    prefix: string,
    key: string,
    records: readonly R[],
  ): R | undefined {
    const id = keyId(prefix, key);
    const record = id === undefined ? undefined : records.find((each) => each.id === id);
    return record && keyMatches(key, record) ? record : undefined;
  }

  /** Changes the state, and tells who is no longer in and that the password is another. */
  #change(change: (state: AuthState) => AuthState): void {
    const before = this.#document.value;
    this.#document.update(change);
    const now = this.#document.value;
    const still = clients(now);
    for (const client of clients(before)) {
      if (!still.has(client)) for (const listener of this.#ended) listener(client);
    }
    if (now.password !== before.password) for (const listener of this.#renewed) listener();
  }

  async #saved(): Promise<void> {
    await this.#document.flush().catch((error: Error) => {
      throw new PerchError('disk', { reason: error.message });
    });
  }
}

function clients(state: AuthState): Set<string> {
  return new Set([...state.sessions.map(({ id }) => `session:${id}`), ...state.tokens.map(({ id }) => `token:${id}`)]);
}

function replaced<R extends { readonly id: string }>(records: readonly R[], record: R): R[] {
  return records.map((each) => (each.id === record.id ? record : each));
}

function tokenInfo({ id, name, created, used }: TokenRecord): TokenInfo {
  return used === undefined ? { id, name, created } : { id, name, created, used };
}
