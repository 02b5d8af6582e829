/** What is saved of who may use this camera. No secret stands in it: only hashes. */
import * as z from 'zod';
import { PerchError } from '../errors.ts';
import { isPasswordHash, type PasswordHash } from './password.ts';

const key = { id: z.string().regex(/^[0-9a-f]{12}$/), hash: z.string().regex(/^[0-9a-f]{64}$/) };
/** A day, `2026-01-31`: use is noted by the day, so a busy page does not wear the card. */
const day = z.string().regex(/^\d{4}-\d\d-\d\d$/);

const authSchema = z.object({
  password: z.custom<PasswordHash>(isPasswordHash, 'is no password hash').optional(),
  sessions: z.array(z.object({ ...key, created: day, used: day })),
  tokens: z.array(z.object({ ...key, name: z.string(), created: day, used: day.optional() })),
});

export type AuthState = z.output<typeof authSchema>;
export type SessionRecord = AuthState['sessions'][number];
export type TokenRecord = AuthState['tokens'][number];

export const unclaimed: AuthState = { sessions: [], tokens: [] };

/** @throws ZodError */
export function parseAuthState(value: unknown): AuthState {
  return authSchema.parse(value);
}

/** A session ends when it was not used for so many days, or is so old. */
const idleDays = 30;
export const longestDays = 90;

/** Whether a session still counts, by its days (UTC) and the time in ms since 1970. */
export function isAlive({ created, used }: { readonly created: string; readonly used: string }, now: number): boolean {
  const today = dayNumber(dayOf(now));
  return today - dayNumber(used) <= idleDays && today - dayNumber(created) <= longestDays;
}

/**
 * The name of a token, in one way of writing it.
 * @throws PerchError bad_value
 */
export function tokenName(name: string): string {
  const clean = name.normalize('NFC').trim();
  if (/^[\p{L}\p{N}\p{P}\p{S}\p{M} ]{1,40}$/u.test(clean)) return clean;
  const value = JSON.stringify(clean.slice(0, 60));
  throw new PerchError('bad_value', { field: 'name', value, allowed: '1 to 40 printable characters' });
}

/** Days since 1970 of a `2026-01-31`. */
function dayNumber(text: string): number {
  return Math.floor(Date.parse(text) / 86_400_000);
}

/** The day (UTC) of a time in ms since 1970. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
