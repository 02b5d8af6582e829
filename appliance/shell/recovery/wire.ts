/** What the recovery program and its page say to each other. */
import type { SystemVerb } from '../../system/protocol.ts';

/** What may be asked of the system here. `true`: the password is asked again. */
export const actions = {
  'restart-camera': false,
  'leave-safe-mode': false,
  'roll-back': false,
  reboot: false,
  'factory-reset': true,
} as const satisfies Partial<Record<SystemVerb, boolean>>;

export type RecoveryVerb = keyof typeof actions;

/** `GET`, `POST` and `DELETE /api/session`. Who is not in learns nothing but how to come in. */
export interface RecoverySession {
  readonly claimed: boolean;
  readonly authenticated: boolean;
  /** Why the password, of a camera that had one, cannot be known. */
  readonly lost?: string;
  /** The device's name. */
  readonly name?: string;
  /** The camera's own file cannot be read: the copy counts. */
  readonly from_copy?: boolean;
}

/** `GET /api/state` */
export interface RecoveryState {
  /** How the camera's service is. */
  readonly sentence: string;
  /** The last lines of its log, oldest first. */
  readonly lines: readonly string[];
  /** Whether the root helper is there, without which nothing can be done. */
  readonly helper: boolean;
}
