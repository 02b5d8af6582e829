/** Forgetting the password, for whoever has the device in hand. */
import type { AuditBook } from '../command/audit.ts';

export interface ResetParts {
  readonly auth: { resetPassword(): Promise<void> };
  readonly audit: AuditBook;
}

/**
 * As `Auth.resetPassword`; the audit log tells who it was.
 * @throws PerchError disk: it is forgotten until the next start
 */
export async function resetPassword({ auth, audit }: ResetParts, who: string): Promise<void> {
  const entry = { who, camera: '', action: 'password reset' };
  await auth.resetPassword().catch((error: Error) => {
    audit.record({ ...entry, problem: error.message });
    throw error;
  });
  audit.record(entry);
}
