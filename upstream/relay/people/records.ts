/** What is kept of the people and programs that may use the relay. No secret stands in it: only hashes. */
import * as z from 'zod';

/** What somebody may do: look; change cameras; register devices and people. Each may do all before it. */
export const roles = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

export const userSchema = z.object({
  password: z.object({
    salt: z.string(),
    hash: z.string(),
    // Bounds, so that a damaged file cannot ask for all the memory there is.
    N: z.number().int().min(2).max(131_072),
    r: z.number().int().min(1).max(16),
    p: z.number().int().min(1).max(16),
  }),
  role: z.enum(roles),
  /** Ms since 1970. */
  created: z.number(),
});
export type UserRecord = z.output<typeof userSchema>;

const day = z.string().regex(/^\d{4}-\d\d-\d\d$/);
const key = { hash: z.string().regex(/^[0-9a-f]{64}$/), created: day };
/** By the id in the key. */
export const keySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('session'), ...key, user: z.string(), used: day }),
  z.object({ kind: z.literal('token'), ...key, name: z.string(), role: z.enum(roles), used: day.optional() }),
]);
export type KeyRecord = z.output<typeof keySchema>;

/** Whether a role is enough. */
export function mayDo(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}
