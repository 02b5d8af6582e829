/** Passwords: what one may be, and how it is kept. */
import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';
import { PerchError } from '../errors.ts';

/** A password as it is kept: scrypt's result and what it was made with. */
export interface PasswordHash {
  /** 16 and 32 bytes, base64. */
  readonly salt: string;
  readonly hash: string;
  /** scrypt's cost (a power of two), block size and parallelism; one hash takes 128·N·r bytes of memory. */
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/**
 * 16 MiB and 31 ms on one core of an EPYC server; a Cortex-A72 at 1.5 GHz (Pi 4) is about three times slower, so
 * about 100 ms there. Kept with each hash, so a later version can ask for more.
 */
const cost = { N: 16_384, r: 8, p: 1 };

/** Hashes made at once: libuv has four threads, and files must still be read and written. 2 × 16 MiB is all they take. */
const atOnce = 2;
/** Hashes waiting: the last in the queue waits about half a second on a Pi 4. */
const waitingMost = 8;

/**
 * The password as it is hashed: the same letters typed on another keyboard give the same bytes (NFKC).
 * @throws PerchError weak_password when it is not 8 to 256 characters, or only white space
 */
export function checkPassword(password: string): string {
  const normal = password.normalize('NFKC');
  const length = [...normal].length;
  if (length < 8 || length > 256) {
    throw new PerchError('weak_password', { allowed: '8 to 256 characters long' });
  }
  if (normal.trim() === '') throw new PerchError('weak_password', { allowed: 'more than spaces' });
  return normal;
}

let running = 0;
const waiting: (() => void)[] = [];

/**
 * Hashes a password with a fresh salt.
 * @throws PerchError busy when too many are being checked already
 */
export async function hashPassword(normal: string): Promise<PasswordHash> {
  const salt = randomBytes(16);
  const hash = await derive(normal, salt, cost);
  return { salt: salt.toString('base64'), hash: hash.toString('base64'), ...cost };
}

/**
 * Whether this is the password that was hashed. Takes equally long for every password of allowed length.
 * @throws PerchError busy when too many are being checked already
 */
export async function passwordMatches(password: string, kept: PasswordHash): Promise<boolean> {
  let normal: string;
  try {
    normal = checkPassword(password);
  } catch {
    // It cannot have been chosen; nothing secret is learnt from the quick answer.
    return false;
  }
  const expected = Buffer.from(kept.hash, 'base64');
  const given = await derive(normal, Buffer.from(kept.salt, 'base64'), kept);
  return given.length === expected.length && timingSafeEqual(given, expected);
}

async function derive(password: string, salt: Buffer, { N, r, p }: typeof cost): Promise<Buffer> {
  if (running >= atOnce) {
    if (waiting.length >= waitingMost) throw new PerchError('busy');
    // The one that finishes hands its place over, so `running` stays as it is.
    await new Promise<void>((resolve) => waiting.push(resolve));
  } else {
    running += 1;
  }
  try {
    const options: ScryptOptions = { N, r, p, maxmem: 256 * N * r };
    return await new Promise((resolve, reject) =>
      scrypt(password, salt, 32, options, (error, key) => (error ? reject(error) : resolve(key))),
    );
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running -= 1;
  }
}
