/** The password, asked and braked: for logging in at perch-recovery, for each terminal, and before what is grave. */
import { LoginBrake } from '../auth/brake.ts';
import { tryPassword } from '../auth/confirm.ts';
import type { PasswordHash } from '../auth/password.ts';
import { PerchError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { type PasswordFile, same } from './password-file.ts';

/** Asks for the camera's password. One brake for everything that asks in this process. */
export class PasswordGate {
  readonly #file: Pick<PasswordFile, 'hash'>;
  readonly #log: Logger;
  readonly #brake: LoginBrake;

  constructor(file: Pick<PasswordFile, 'hash'>, log: Logger, brake = new LoginBrake()) {
    this.#file = file;
    this.#log = log;
    this.#brake = brake;
  }

  /**
   * Whether the person at this address knows the password; answers the hash it was compared with.
   * @throws PerchError not_claimed, auth_damaged, wrong_password, login_braked, busy
   */
  async confirm(password: string, address: string): Promise<PasswordHash> {
    const kept = await this.#file.hash();
    const right = await tryPassword(password, kept, address, this.#brake);
    // It may have been changed or reset while this was being computed.
    if (!right || !same(kept, await this.#file.hash())) {
      this.#log.warn({ address }, 'wrong password');
      throw new PerchError('wrong_password');
    }
    this.#brake.succeeded(address);
    return kept;
  }

  /** Whether the password is still the one with this hash; true while that cannot be known. */
  async still(hash: PasswordHash): Promise<boolean> {
    const now = await this.#file.hash().catch((error: unknown) => error);
    if (now instanceof PerchError) return now.code !== 'not_claimed';
    return now instanceof Error || same(hash, now as PasswordHash);
  }
}
