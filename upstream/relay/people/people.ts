/** Who may use the relay: users with roles, their sessions, tokens of programs. */
import type { Credentials, Identity } from '../../../appliance/auth/auth.ts';
import { LoginBrake } from '../../../appliance/auth/brake.ts';
import { tryPassword } from '../../../appliance/auth/confirm.ts';
import { type KeptKey, keyId, keyMatches, makeKey } from '../../../appliance/auth/keys.ts';
import { checkPassword, hashPassword, type PasswordHash } from '../../../appliance/auth/password.ts';
import { dayOf, isAlive, tokenName } from '../../../appliance/auth/state.ts';
import { ConfigError } from '../../../appliance/config.ts';
import { PerchError } from '../../../appliance/errors.ts';
import type { Logger } from '../../../appliance/log.ts';
import type { Backplane, Shelf } from '../fleet/backplane.ts';
import { type KeyRecord, keySchema, mayDo, type Role, roles, type UserRecord, userSchema } from './records.ts';

/** Somebody who is in. */
export interface Person extends Identity {
  readonly role: Role;
  /** Their name here; absent for a token. */
  readonly user?: string;
}

export interface UserInfo {
  readonly name: string;
  readonly role: Role;
}

export interface TokenInfo {
  readonly id: string;
  readonly name: string;
  readonly role: Role;
  /** Days (UTC). */
  readonly created: string;
  readonly used?: string;
}

export interface PeopleOptions {
  readonly backplane: Backplane;
  readonly log: Logger;
  /** Makes the first admin when there is nobody yet. */
  readonly adminPassword?: string | undefined;
  /** Ms since 1970. */
  readonly now?: () => number;
  readonly brake?: LoginBrake;
}

const usersMost = 1_000;
const keysMost = 2_000;
const tokenPrefix = 'perch_';
/** The first admin's name. */
export const firstAdmin = 'admin';

export class People {
  readonly #users: Shelf<UserRecord>;
  readonly #keys: Shelf<KeyRecord>;
  readonly #log: Logger;
  readonly #now: () => number;
  readonly #brake: LoginBrake;
  readonly #damaged: boolean;
  readonly #ended = new Set<(client: string) => void>();
  /** Compared with when a name is not known, so that guessing names takes as long as guessing passwords. */
  #nobody: Promise<PasswordHash> | undefined;

  private constructor(users: Shelf<UserRecord>, keys: Shelf<KeyRecord>, damaged: boolean, options: PeopleOptions) {
    this.#users = users;
    this.#keys = keys;
    this.#damaged = damaged;
    this.#log = options.log;
    this.#now = options.now ?? Date.now;
    this.#brake = options.brake ?? new LoginBrake();
    keys.onChange((id, record) => {
      if (!record) this.#end(id);
    });
    users.onChange((name) => {
      // A role or a password changed, or the user is gone: what was opened by it is closed, and opened anew if allowed.
      for (const [id, key] of keys.entries()) if (key.kind === 'session' && key.user === name) this.#end(id);
    });
  }

  /** @throws ConfigError when `adminPassword` would be used and is not allowed */
  static async open(options: PeopleOptions): Promise<People> {
    const { backplane, adminPassword, log } = options;
    const noticesBefore = backplane.notices.length;
    const users = await backplane.shelf('users', { parse: (value) => userSchema.parse(value) });
    const damaged = backplane.notices.length > noticesBefore && users.size === 0;
    const keys = await backplane.shelf('keys', { parse: (value) => keySchema.parse(value) });
    const people = new People(users, keys, damaged, options);
    if (adminPassword !== undefined && users.size === 0) {
      try {
        await people.#put(firstAdmin, adminPassword, 'admin');
      } catch (error) {
        if (error instanceof PerchError && error.code === 'weak_password') {
          throw new ConfigError(`PERCH_RELAY_ADMIN_PASSWORD cannot be used. ${error.message}`);
        }
        // Another node of the fleet was faster.
        if (!(error instanceof PerchError && error.code === 'user_exists')) throw error;
      }
      log.info({ user: firstAdmin }, 'claimed with PERCH_RELAY_ADMIN_PASSWORD');
    }
    return people;
  }

  get claimed(): boolean {
    return this.#damaged || this.#users.size > 0;
  }

  /**
   * The first visitor becomes the first admin: answers the session cookie's value.
   * @throws PerchError already_claimed, weak_password, busy, not_saved
   */
  async claim(password: string, address: string): Promise<string> {
    if (this.claimed) throw new PerchError('already_claimed');
    const hash = await hashPassword(checkPassword(password));
    await this.#users.change(firstAdmin, () => {
      if (this.claimed) throw new PerchError('already_claimed');
      return { password: hash, role: 'admin', created: this.#now() };
    });
    this.#log.info({ address }, 'claimed');
    return this.#beginSession(firstAdmin);
  }

  /** @throws PerchError not_claimed, wrong_login, login_braked, busy */
  async login(name: string, password: string, address: string): Promise<string> {
    await this.#confirm(name, password, address);
    this.#log.info({ address, user: name }, 'logged in');
    return this.#beginSession(name);
  }

  async logout(cookie: string): Promise<void> {
    const found = this.#find('', cookie);
    if (found?.record.kind === 'session') await this.#keys.change(found.id, () => undefined);
  }

  /** Who shows these credentials; a token is looked at before a cookie. Undefined: nobody we know. */
  verify({ cookie, bearer }: Credentials): Person | undefined {
    const person = this.#whoShows(bearer, cookie);
    if (person) this.noteUse(person.client);
    return person;
  }

  /**
   * Notes that a session or token (`Person.client`) is used today. Connections that stand for weeks call it while
   * their other end answers: a page on a wall makes no request, and is not unused.
   */
  noteUse(client: string): void {
    const id = client.slice(client.indexOf(':') + 1);
    const record = this.#keys.get(id);
    const today = dayOf(this.#now());
    if (record && client === `${record.kind}:${id}` && record.used !== today) {
      this.#keys.note(id, { ...record, used: today });
    }
  }

  users(): UserInfo[] {
    return [...this.#users.entries()]
      .map(([name, { role }]) => ({ name, role }))
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  /** @throws PerchError bad_value, user_exists, weak_password, busy, not_saved */
  async addUser(name: string, password: string, role: Role): Promise<UserInfo> {
    checkUserName(name);
    if (this.#users.get(name)) throw new PerchError('user_exists', { value: name });
    if (this.#users.size >= usersMost) {
      throw new PerchError('bad_request', { reason: `There are already ${usersMost} users. Remove one first.` });
    }
    await this.#put(name, password, role);
    return { name, role };
  }

  /**
   * Another role or password; what the user has open is closed.
   * @throws PerchError unknown_user, last_admin, weak_password, busy, not_saved
   */
  async changeUser(name: string, change: { readonly password?: string; readonly role?: Role }): Promise<UserInfo> {
    if (!this.#users.get(name)) throw new PerchError('unknown_user', { value: name.slice(0, 60) });
    const password = change.password === undefined ? undefined : await hashPassword(checkPassword(change.password));
    await this.#users.change(name, (user) => {
      if (!user) throw new PerchError('unknown_user', { value: name });
      if (user.role === 'admin' && change.role !== undefined && change.role !== 'admin') this.#keepAnAdmin(name);
      return { ...user, ...(password && { password }), ...(change.role && { role: change.role }) };
    });
    if (password) await this.#endSessions(name);
    return { name, role: this.#users.get(name)?.role ?? 'viewer' };
  }

  /** @throws PerchError unknown_user, last_admin, not_saved */
  async removeUser(name: string): Promise<void> {
    await this.#users.change(name, (user) => {
      if (!user) throw new PerchError('unknown_user', { value: name.slice(0, 60) });
      if (user.role === 'admin') this.#keepAnAdmin(name);
      return undefined;
    });
    await this.#endSessions(name);
  }

  /**
   * Another password for whoever is in; every other session of theirs ends.
   * @throws PerchError wrong_login, login_braked, weak_password, busy, not_saved
   */
  async changePassword(name: string, current: string, next: string, address: string): Promise<void> {
    const normal = checkPassword(next);
    await this.#confirm(name, current, address);
    await this.changeUser(name, { password: normal });
  }

  tokens(): TokenInfo[] {
    return [...this.#keys.entries()].flatMap(([id, key]) => (key.kind === 'token' ? [tokenInfo(id, key)] : []));
  }

  /**
   * Makes a token; `token` is shown this once and not kept.
   * @throws PerchError bad_value, bad_request when there are too many, not_saved
   */
  async createToken(name: string, role: Role): Promise<TokenInfo & { readonly token: string }> {
    const clean = tokenName(name);
    if (this.tokens().length >= keysMost / 2) {
      throw new PerchError('bad_request', { reason: `There are already ${keysMost / 2} tokens. Revoke one first.` });
    }
    const { key, kept } = makeKey(tokenPrefix);
    const record = { kind: 'token', hash: kept.hash, name: clean, role, created: dayOf(this.#now()) } as const;
    await this.#keys.change(kept.id, () => record);
    return { ...tokenInfo(kept.id, record), token: key };
  }

  /** @throws PerchError not_found, not_saved */
  async revokeToken(id: string): Promise<void> {
    if (this.#keys.get(id)?.kind !== 'token') throw new PerchError('not_found', { value: `/api/tokens/${id}` });
    await this.#keys.change(id, () => undefined);
  }

  /** Hears the `client` of every session and token that ends or may do something else, to close what it opened. */
  onEnded(listener: (client: string) => void): () => void {
    this.#ended.add(listener);
    return () => this.#ended.delete(listener);
  }

  async #confirm(name: string, password: string, address: string): Promise<void> {
    if (!this.claimed) throw new PerchError('not_claimed');
    const kept = this.#users.get(name)?.password;
    const matches = await tryPassword(password, kept ?? (await this.#nobodys()), address, this.#brake);
    // It may have been changed while this was being computed.
    const right = matches && kept !== undefined && this.#users.get(name)?.password === kept;
    if (!right) {
      this.#log.warn({ address, user: name.slice(0, 60) }, 'wrong password');
      throw new PerchError('wrong_login');
    }
    this.#brake.succeeded(address);
  }

  #nobodys(): Promise<PasswordHash> {
    this.#nobody ??= hashPassword(makeKey('').key).catch((error: unknown) => {
      // Too busy now; the next one tries again.
      this.#nobody = undefined;
      throw error;
    });
    return this.#nobody;
  }

  async #put(name: string, password: string, role: Role): Promise<void> {
    const hash = await hashPassword(checkPassword(password));
    await this.#users.change(name, (there) => {
      if (there) throw new PerchError('user_exists', { value: name });
      return { password: hash, role, created: this.#now() };
    });
  }

  #keepAnAdmin(leaving: string): void {
    const others = this.users().filter(({ name, role }) => name !== leaving && mayDo(role, 'admin'));
    if (others.length === 0) throw new PerchError('last_admin');
  }

  async #beginSession(user: string): Promise<string> {
    const today = dayOf(this.#now());
    const sessions = [...this.#keys.entries()].flatMap(([id, key]) => (key.kind === 'session' ? [{ id, ...key }] : []));
    const stale = sessions.filter((session) => !isAlive(session, this.#now()));
    const oldest = [...sessions].sort((a, b) => (a.used < b.used ? -1 : 1));
    const gone = sessions.length - stale.length >= keysMost / 2 ? oldest.slice(0, 1) : stale;
    for (const { id } of gone) this.#keys.note(id, undefined);
    const { key, kept } = makeKey('');
    const record: KeyRecord = { kind: 'session', hash: kept.hash, user, created: today, used: today };
    // A full disk must not keep an admin out: the session then lasts until the next restart.
    await this.#keys
      .change(kept.id, () => record)
      .catch((error: unknown) => {
        this.#log.warn({ err: error }, 'session not saved');
        this.#keys.note(kept.id, record);
      });
    return key;
  }

  async #endSessions(user: string): Promise<void> {
    const own = [...this.#keys.entries()].filter(([, key]) => key.kind === 'session' && key.user === user);
    for (const [id] of own) await this.#keys.change(id, () => undefined);
  }

  #whoShows(bearer: string | undefined, cookie: string | undefined): Person | undefined {
    if (bearer !== undefined) {
      const found = this.#find(tokenPrefix, bearer);
      if (found?.record.kind !== 'token') return undefined;
      const { id, record } = found;
      return { kind: 'token', who: `Token ${record.name}`, client: `token:${id}`, role: record.role };
    }
    const found = cookie === undefined ? undefined : this.#find('', cookie);
    if (found?.record.kind !== 'session' || !isAlive(found.record, this.#now())) return undefined;
    const { id, record } = found;
    const user = this.#users.get(record.user);
    if (!user) return undefined;
    return { kind: 'session', who: record.user, client: `session:${id}`, role: user.role, user: record.user };
  }

  #find(prefix: string, key: string): { readonly id: string; readonly record: KeyRecord } | undefined {
    const id = keyId(prefix, key);
    const record = id === undefined ? undefined : this.#keys.get(id);
    if (id === undefined || !record) return undefined;
    const kept: KeptKey = { id, hash: record.hash };
    return keyMatches(key, kept) ? { id, record } : undefined;
  }

  #end(id: string): void {
    for (const listener of this.#ended) {
      listener(`session:${id}`);
      listener(`token:${id}`);
    }
  }
}

function tokenInfo(id: string, { name, role, created, used }: Extract<KeyRecord, { kind: 'token' }>): TokenInfo {
  return { id, name, role, created, ...(used !== undefined && { used }) };
}

/** @throws PerchError bad_value */
function checkUserName(name: string): void {
  if (!/^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,39}$/u.test(name)) {
    const value = JSON.stringify(name.slice(0, 60));
    const allowed = '1 to 40 letters, digits, dots, @, - and _, beginning with a letter or digit';
    throw new PerchError('bad_value', { field: 'name', value, allowed });
  }
}

/** @throws PerchError bad_value */
export function checkRole(role: string): Role {
  const found = roles.find((each) => each === role);
  if (!found) {
    throw new PerchError('bad_value', {
      field: 'role',
      value: JSON.stringify(role.slice(0, 60)),
      allowed: `one of ${roles.join(', ')}`,
    });
  }
  return found;
}
