/**
 * What may be asked of the root helper, and how: one line of JSON in, lines of JSON out. The verbs are fixed and their
 * arguments checked here, on both sides: what is not in this file cannot be asked of root.
 */
import { PerchError } from '../errors.ts';

/** Where `perch-system.socket` listens. */
export const systemSocket = '/run/perch-system.sock';
/** A request's line, in bytes at the most; an update's bundle follows the line. */
export const requestMost = 4096;

/** One request. */
export type SystemRequest =
  | {
      readonly do:
        | 'reboot'
        | 'poweroff'
        | 'restart-camera'
        | 'leave-safe-mode'
        | 'reset-password'
        | 'factory-reset'
        /** Back to the version before, or to the one that came with the system. */
        | 'roll-back';
    }
  /** The bundle follows as bytes. `allow_older`: also one that is older than what runs now. */
  | { readonly do: 'update'; readonly allow_older?: boolean };

export type SystemVerb = SystemRequest['do'];

/** Every verb, with the arguments it takes besides `do`; each is a boolean. */
const verbs: Readonly<Record<SystemVerb, readonly string[]>> = {
  reboot: [],
  poweroff: [],
  'restart-camera': [],
  'leave-safe-mode': [],
  'reset-password': [],
  'factory-reset': [],
  update: ['allow_older'],
  'roll-back': [],
};

/** A line of the answer: any number of `progress`, then one with `ok`. */
export type SystemAnswer =
  | { readonly progress: string }
  | { readonly ok: boolean; readonly message: string; readonly code?: string };

/**
 * Reads a request.
 * @throws PerchError bad_message for anything that is not exactly one
 */
export function parseRequest(line: string): SystemRequest {
  const wrong = (reason: string) => new PerchError('bad_message', { expected: 'request to the system', reason });
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw wrong('it is not JSON');
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) throw wrong('it is no JSON object');
  const { do: verb, ...rest } = value as Record<string, unknown>;
  if (typeof verb !== 'string' || !Object.hasOwn(verbs, verb))
    throw wrong(`"do" must be one of ${Object.keys(verbs).join(', ')}`);
  const takes = verbs[verb as SystemVerb];
  for (const [name, given] of Object.entries(rest)) {
    if (!takes.includes(name)) throw wrong(`"${verb}" takes no "${name.slice(0, 40)}"`);
    if (typeof given !== 'boolean') throw wrong(`"${name}" must be true or false`);
  }
  return value as SystemRequest;
}

/** Reads a line of the answer; undefined for what is none. */
export function parseAnswer(line: string): SystemAnswer | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (value === null || typeof value !== 'object') return undefined;
  const { progress, ok, message, code } = value as Record<string, unknown>;
  if (typeof progress === 'string') return { progress };
  if (typeof ok !== 'boolean' || typeof message !== 'string') return undefined;
  return typeof code === 'string' ? { ok, message, code } : { ok, message };
}
