/** What is saved of who may use this camera. No secret stands in it: only hashes. */
import { z } from 'zod';

const key = { id: z.string().regex(/^[0-9a-f]{12}$/), hash: z.string().regex(/^[0-9a-f]{64}$/) };
/** A day, `2026-01-31`: use is noted by the day, so a busy page does not wear the card. */
const day = z.string().regex(/^\d{4}-\d\d-\d\d$/);

const authSchema = z.object({
  password: z
    .object({
      salt: z.string(),
      hash: z.string(),
      // Bounds, so that a damaged file cannot ask for all the memory there is.
      N: z.number().int().min(2).max(131_072),
      r: z.number().int().min(1).max(16),
      p: z.number().int().min(1).max(16),
    })
    .optional(),
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

/** Days since 1970 of a `2026-01-31`. */
export function dayNumber(text: string): number {
  return Math.floor(Date.parse(text) / 86_400_000);
}

/** The day (UTC) of a time in ms since 1970. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
