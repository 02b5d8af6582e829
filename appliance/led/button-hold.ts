/**
 * What a press of the button means: a pure state machine, told when the contact changed and what time it is. The
 * release decides, so that a person may hold on, watch the light count, and let go at the right one.
 */
import type { Pattern } from './table.ts';

export interface HoldRow {
  /** Held so long, in ms. */
  readonly fromMs: number;
  /** The light meanwhile. */
  readonly pattern: Pattern;
  readonly looks: string;
  /** What letting go does. */
  readonly does: string;
}

/** From which moment on letting go does what; the light counts along. */
export const holdTable = {
  start_stop: {
    fromMs: 0,
    pattern: [],
    looks: 'goes out',
    does: 'Starts the cameras when all are off, else switches them off.',
  },
  hotspot: { fromMs: 3_000, pattern: [120, 880], looks: '1 flash a second', does: 'Opens the hotspot.' },
  reset_password: {
    fromMs: 10_000,
    pattern: [120, 180, 120, 580],
    looks: '2 flashes a second',
    does: 'Forgets the password: the next visitor of the page chooses a new one.',
  },
  factory_reset: {
    fromMs: 20_000,
    pattern: [120, 180, 120, 180, 120, 280],
    looks: '3 flashes a second',
    does: 'Factory reset: forgets everything, as on the first day.',
  },
  /** A leaning box or a broken switch is no wish. */
  nothing: { fromMs: 30_000, pattern: [1000], looks: 'stays on', does: 'Nothing: held for too long to be meant.' },
} as const satisfies Record<string, HoldRow>;

export type Hold = keyof typeof holdTable;
/** What letting go can do. */
export type ButtonAction = Exclude<Hold, 'nothing'>;

const holds = Object.keys(holdTable) as readonly Hold[];

/** A contact that closes or opens bounces for some milliseconds; shorter than this is a glitch. */
export const debounceMs = 30;

/** The button as known; times in ms of one clock. */
export interface ButtonState {
  /** The contact as last heard, and since when. */
  readonly contact: boolean;
  readonly since: number;
  /** Since when it is held, once that is no glitch any more. */
  readonly heldSince?: number;
  /** Held since before anybody looked: a broken switch, or a box that leans on it. Means nothing until it is let go. */
  readonly stuck: boolean;
}

/** The button as found at the start. */
export function firstSeen(contact: boolean, at: number): ButtonState {
  return { contact, since: at, stuck: contact };
}

export interface Step {
  readonly state: ButtonState;
  /** What letting go now would do, while it is held. */
  readonly hold?: Hold;
  /** It was let go. */
  readonly act?: ButtonAction;
  /** When to look again though nothing is heard: a bounce has settled, the next threshold is reached. */
  readonly lookAt?: number;
}

/** Takes what the contact is at this time; the same as before when only time has passed. */
export function step(before: ButtonState, contact: boolean, at: number): Step {
  // What was settled counts before the change is looked at: no timer need have been in time.
  const { state, act } = settle(before, at);
  const after = contact === before.contact ? state : { ...state, contact, since: at };
  return { ...shown(after, at), ...(act && { act }) };
}

/** What the contact says once it has been quiet for long enough. */
function settle(state: ButtonState, at: number): { state: ButtonState; act?: ButtonAction } {
  const { contact, since, heldSince, stuck } = state;
  if (at - since < debounceMs) return { state };
  if (contact) return { state: stuck || heldSince !== undefined ? state : { ...state, heldSince: since } };
  const released: ButtonState = { contact, since, stuck: false };
  if (heldSince === undefined) return { state: released };
  // The finger left when the contact opened, not when that was certain.
  const hold = holdAt(since - heldSince);
  return hold === 'nothing' ? { state: released } : { state: released, act: hold };
}

function shown(state: ButtonState, at: number): Step {
  const { since, heldSince } = state;
  const settlesAt = since + debounceMs;
  const next = heldSince === undefined ? undefined : nextThreshold(heldSince, at);
  const lookAt = Math.min(at < settlesAt ? settlesAt : Number.POSITIVE_INFINITY, next ?? Number.POSITIVE_INFINITY);
  return {
    state,
    ...(heldSince !== undefined && { hold: holdAt(at - heldSince) }),
    ...(lookAt !== Number.POSITIVE_INFINITY && { lookAt }),
  };
}

function nextThreshold(heldSince: number, at: number): number | undefined {
  return holds.map((each) => heldSince + holdTable[each].fromMs).find((each) => each > at);
}

function holdAt(heldMs: number): Hold {
  return holds.findLast((each) => heldMs >= holdTable[each].fromMs) ?? 'start_stop';
}
