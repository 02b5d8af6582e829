/** The camera's password as this program knows it: from the appliance's own file, or from the copy made of it. */
import { isPasswordHash, type PasswordHash } from '../auth/password.ts';
import { PerchError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { Document, readSaved } from '../store/document.ts';

/** What it knows. `lost`: there was a password, and neither file nor copy can be used. */
export type Known =
  | { readonly kind: 'password'; readonly hash: PasswordHash; readonly fromCopy: boolean }
  | { readonly kind: 'unclaimed' }
  | { readonly kind: 'lost'; readonly reason: string };

export interface PasswordFileOptions {
  /** The appliance's auth.json. */
  readonly path: string;
  /** The copy, outside the appliance's data folder; without one there is none. */
  readonly copy?: string | undefined;
  readonly log: Logger;
}

/** Reads the appliance's file each time it is asked, and never writes there. */
export class PasswordFile {
  readonly #path: string;
  readonly #copy: Document<PasswordHash | null> | undefined;

  private constructor(path: string, copy: Document<PasswordHash | null> | undefined) {
    this.#path = path;
    this.#copy = copy;
  }

  static async open({ path, copy, log }: PasswordFileOptions): Promise<PasswordFile> {
    const parse = (value: unknown) => {
      if (value !== null && !isPasswordHash(value)) throw new Error('no password hash');
      return value;
    };
    const document =
      copy === undefined
        ? undefined
        : await Document.open<PasswordHash | null>({ path: copy, log, parse, initial: null, delayMs: 0 });
    return new PasswordFile(path, document);
  }

  async read(): Promise<Known> {
    const found = await readSaved(this.#path, passwordIn);
    if (found.kind === 'good') {
      this.#copy?.update((kept) => (same(kept, found.value) ? kept : found.value));
      return found.value === null ? { kind: 'unclaimed' } : { kind: 'password', hash: found.value, fromCopy: false };
    }
    // Damaged, unreadable, or gone with its folder: the owner still gets in.
    const kept = this.#copy?.value ?? null;
    if (kept) return { kind: 'password', hash: kept, fromCopy: true };
    return found.kind === 'absent' ? { kind: 'unclaimed' } : { kind: 'lost', reason: found.reason };
  }

  /**
   * The hash to compare with.
   * @throws PerchError not_claimed, auth_damaged
   */
  async hash(): Promise<PasswordHash> {
    const known = await this.read();
    if (known.kind === 'password') return known.hash;
    throw new PerchError(known.kind === 'unclaimed' ? 'not_claimed' : 'auth_damaged');
  }

  /** The copy is on disk. */
  async close(): Promise<void> {
    await this.#copy?.close();
  }
}

/** Whether both are the hash of one choosing: the salt is new each time. */
export function same(a: PasswordHash | null, b: PasswordHash | null): boolean {
  return a?.hash === b?.hash && a?.salt === b?.salt;
}

/** @throws Error when it is no auth.json */
function passwordIn(value: unknown): PasswordHash | null {
  if (typeof value !== 'object' || value === null) throw new Error('not what auth.json holds');
  const { password } = value as { readonly password?: unknown };
  if (password === undefined) return null;
  if (!isPasswordHash(password)) throw new Error('its password is no hash');
  return password;
}
