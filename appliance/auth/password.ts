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

/** Whether this is a hash as it is kept. Bounds, so that a damaged file cannot ask for all the memory there is. */
export function isPasswordHash(value: unknown): value is PasswordHash {
  if (typeof value !== 'object' || value === null) return false;
  const { salt, hash, N, r, p } = value as Readonly<Record<string, unknown>>;
  const within = (each: unknown, least: number, most: number) =>
    Number.isInteger(each) && (each as number) >= least && (each as number) <= most;
  return (
    typeof salt === 'string' &&
    typeof hash === 'string' &&
    within(N, 2, 131_072) &&
    within(r, 1, 16) &&
    within(p, 1, 16)
  );
}

/**
 * 70 ms on one core of an EPYC server, estimated 0.2 s on a Pi 4. It takes a little more than 32 MiB, and that matters:
 * up to 32 MiB glibc keeps what was freed, for each of libuv's four threads (measured: 64 MB more for good with
 * N = 2^14; nothing with this). Kept with each hash, so a later version can ask for more.
 */
const cost = { N: 32_768, r: 8, p: 1 };

/** Hashes made at once: 32 MiB is all they ever take, and three of libuv's four threads are left for files. */
const atOnce = 1;
/** Hashes waiting: the last in the queue waits about two seconds on a Pi 4. */
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
