/**
 * What the light says: one table of every state a person must tell apart from across the room. The driver plays it,
 * the page shows it, docs/led.md is generated from it. The first row that holds is shown: what must be known before
 * something is touched stands above what is wrong, and that above what is well.
 */
import type { CameraState } from '../camera/types.ts';

/** What the light is chosen by. */
export interface LedFacts {
  /** False until every part has started. */
  readonly ready: boolean;
  readonly stopping: boolean;
  readonly updating: boolean;
  /** `synthetic`: a test picture that stands where no camera was found. */
  readonly cameras: readonly { readonly state: CameraState; readonly synthetic: boolean }[];
  /** The link to the relay; `off` where none is configured. */
  readonly link: 'off' | 'connected' | 'away';
  /** `none`: no address that anyone could reach. */
  readonly network: 'connected' | 'none' | 'hotspot';
  readonly safeMode: boolean;
  /** Open terminals. */
  readonly shells: number;
}

/**
 * Durations in ms, on and off in turn, over and over; the first is on. One number alone is a light that stays on,
 * none is a dark one.
 */
export type Pattern = readonly number[];

export interface LedRow {
  readonly pattern: Pattern;
  /** The pattern as a person would describe it. */
  readonly looks: string;
  readonly sentence: string;
  readonly holds: (facts: LedFacts) => boolean;
}

/** So many flashes that can be counted, then a pause. A glance of 5 s sees each of them at least once whole. */
function flashes(count: number): Pattern {
  return Array.from({ length: count }, (_, at) => [150, at === count - 1 ? 1500 : 250]).flat();
}

/** Every state, the first that holds wins. */
export const ledTable = {
  stopping: {
    pattern: [60, 60],
    looks: 'flickers',
    sentence: 'Shutting down. Leave the power plugged in until the light is out.',
    holds: ({ stopping }) => stopping,
  },
  updating: {
    pattern: [600, 300, 120, 300],
    looks: 'long, short, long, short',
    sentence: 'Being updated. Leave the power plugged in.',
    holds: ({ updating }) => updating,
  },
  starting: {
    pattern: [250, 250],
    looks: 'blinks fast',
    sentence: 'Starting.',
    holds: ({ ready, cameras }) =>
      !ready || (cameras.some(({ state }) => state === 'starting') && !cameras.some(({ state }) => state === 'live')),
  },
  shell: {
    pattern: [2300, 150, 250, 150],
    looks: 'on, goes out twice every 3 s',
    sentence: 'Somebody has a terminal open on this device.',
    holds: ({ shells }) => shells > 0,
  },
  safe_mode: {
    pattern: flashes(5),
    looks: '5 flashes, pause',
    sentence: 'Safe mode: Perch failed too often and runs with as little as it can. The page says why.',
    holds: ({ safeMode }) => safeMode,
  },
  hotspot: {
    pattern: [1000, 1000],
    looks: 'blinks slowly',
    sentence: 'Its own hotspot is up: join it to choose a network.',
    holds: ({ network }) => network === 'hotspot',
  },
  no_network: {
    pattern: flashes(3),
    looks: '3 flashes, pause',
    sentence: 'No network. Check the cable, or the name and password of the Wi-Fi.',
    holds: ({ network }) => network === 'none',
  },
  off: {
    pattern: [150, 2850],
    looks: '1 flash every 3 s',
    sentence: 'Switched off. Start it on the page, or press the button.',
    holds: ({ cameras }) => cameras.length > 0 && cameras.every(({ state }) => state === 'stopped'),
  },
  no_camera: {
    pattern: flashes(2),
    looks: '2 flashes, pause',
    sentence: 'No camera, or one of them is away. Check its cable; it comes back by itself.',
    holds: ({ cameras }) =>
      cameras.length === 0 ||
      cameras.some(({ state, synthetic }) => synthetic || state === 'missing' || state === 'reconnecting'),
  },
  link_down: {
    pattern: flashes(4),
    looks: '4 flashes, pause',
    sentence: 'Live, but the central server is not connected. It is tried again and again.',
    holds: ({ link }) => link === 'away',
  },
  live_central: {
    pattern: [3850, 150],
    looks: 'on, goes out once every 4 s',
    sentence: 'Live, and connected to the central server.',
    holds: ({ link }) => link === 'connected',
  },
  live: {
    pattern: [1000],
    looks: 'stays on',
    sentence: 'Live.',
    holds: () => true,
  },
} as const satisfies Record<string, LedRow>;

export type LedState = keyof typeof ledTable;

/** The states in the order in which they are looked at. */
export const ledStates = Object.keys(ledTable) as readonly LedState[];

/** The state that these facts amount to. */
export function ledState(facts: LedFacts): LedState {
  // The last row always holds.
  return ledStates.find((state) => ledTable[state].holds(facts)) ?? 'live';
}

/** Before anything is known. */
export const startingFacts: LedFacts = {
  ready: false,
  stopping: false,
  updating: false,
  cameras: [],
  link: 'off',
  network: 'connected',
  safeMode: false,
  shells: 0,
};
