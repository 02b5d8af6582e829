/** One try at a password, with the brake. */
import { PerchError } from '../errors.ts';
import { type LoginBrake, waitInWords } from './brake.ts';
import { type PasswordHash, passwordMatches } from './password.ts';

/**
 * Whether this is the password that is kept. A right one still counts as a try until `brake.succeeded` is called.
 * @throws PerchError login_braked, busy
 */
export async function tryPassword(
  password: string,
  kept: PasswordHash,
  address: string,
  brake: LoginBrake,
): Promise<boolean> {
  const waitMs = brake.admit(address);
  if (waitMs > 0) {
    throw new PerchError('login_braked', { wait: waitInWords(waitMs), retryAfter: Math.ceil(waitMs / 1000) });
  }
  try {
    return await passwordMatches(password, kept);
  } catch (error) {
    brake.withdrawn(address);
    throw error;
  }
}
