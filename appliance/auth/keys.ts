/** Long random secrets that stand for a login: a browser's cookie, a program's token. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A secret as it is kept. The secret itself has 256 random bits, so a plain hash cannot be guessed back. */
export interface KeptKey {
  /** Names it; no secret. 12 letters and digits of hex. */
  readonly id: string;
  /** sha256 of the whole key, hex. */
  readonly hash: string;
}

/** A new key `<prefix><id>.<secret>`, and what to keep of it. */
export function makeKey(prefix: string): { readonly key: string; readonly kept: KeptKey } {
  const id = randomBytes(6).toString('hex');
  const key = `${prefix}${id}.${randomBytes(32).toString('base64url')}`;
  return { key, kept: { id, hash: hashOf(key) } };
}

/** The id a key claims to have; undefined when it has no such form. */
export function keyId(prefix: string, key: string): string | undefined {
  // 64 characters are what makeKey makes, and a little; longer ones are not even hashed.
  if (key.length > 80 || !key.startsWith(prefix)) return undefined;
  return /^([0-9a-f]{12})\.[\w-]{43}$/.exec(key.slice(prefix.length))?.[1];
}

/** Whether this is the key that was kept; takes equally long whatever the difference. */
export function keyMatches(key: string, kept: KeptKey): boolean {
  const given = Buffer.from(hashOf(key), 'hex');
  const expected = Buffer.from(kept.hash, 'hex');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
