/** A forgotten password: whoever may open the relay's folder gives out a new one. */
import { randomInt } from 'node:crypto';
import { PerchError } from '../../../appliance/errors.ts';
import { firstAdmin, type People } from './people.ts';

/** No two that look alike, so that it can be read out. */
const letters = 'abcdefghijkmnpqrstuvwxyz23456789';
/** Four groups of five: 100 bits. */
const groups = 4;
const groupLength = 5;

export interface NewPassword {
  readonly name: string;
  /** Kept as a hash only. */
  readonly password: string;
}

/**
 * Gives a user a new password and ends their sessions; other people and tokens stay. The first admin is made where
 * there is none, and is an admin afterwards whatever it was: this is the way back in.
 * @throws PerchError unknown_user, busy, not_saved
 */
export async function resetPassword(people: People, name = firstAdmin): Promise<NewPassword> {
  const password = makePassword();
  if (name !== firstAdmin) {
    await people.changeUser(name, { password });
  } else {
    try {
      await people.changeUser(name, { password, role: 'admin' });
    } catch (error) {
      if (!(error instanceof PerchError && error.code === 'unknown_user')) throw error;
      await people.addUser(name, password, 'admin');
    }
  }
  return { name, password };
}

function makePassword(): string {
  const letter = () => letters[randomInt(letters.length)] ?? '';
  const group = () => Array.from({ length: groupLength }, letter).join('');
  return Array.from({ length: groups }, group).join('-');
}
