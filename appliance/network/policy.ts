/**
 * When the camera opens its hotspot, and when it looks for a known network again. NetworkManager joins
 * known networks by itself; this decides what happens while it cannot. A pure function of what was and
 * what is.
 */

export interface Facts {
  /** Milliseconds of a clock that only goes forward. */
  readonly now: number;
  /** `absent`: no radio, or one that cannot be used. */
  readonly wifi: 'absent' | 'disconnected' | 'connecting' | 'connected' | 'hotspot';
  /** A cable connects the camera. */
  readonly cable: boolean;
  /** At least one network is known. */
  readonly known: boolean;
  /** Devices connected to the hotspot; undefined when that cannot be told. */
  readonly stations: number | undefined;
}

export interface Memory {
  /**
   * `online`: in a network, or connected by a cable. `watching`: NetworkManager is given its time. `looking`: the hotspot was
   * closed so that NetworkManager may join a known network.
   */
  readonly doing: 'online' | 'watching' | 'hotspot' | 'looking';
  /** When that began, or was last tried. */
  readonly since: number;
  /** The camera has been in a network since it started. */
  readonly wasOnline: boolean;
  /** Who opened the hotspot. */
  readonly by: 'itself' | 'person';
  /** Since when nobody is connected to the hotspot. */
  readonly emptySince?: number | undefined;
}

/** What has to be done. `look`: close the hotspot. */
export type Step = 'none' | 'openHotspot' | 'look';

export interface Decision {
  readonly memory: Memory;
  readonly step: Step;
  /** When to decide again though nothing happened, in ms from now. */
  readonly againIn: number;
}

export interface Timing {
  /** No network this long after the start, and the hotspot opens. Scanning and joining take 10 to 20 s on a Pi. */
  readonly graceMs: number;
  /** The same after a network was lost: a router that restarts takes two to three minutes. */
  readonly lostMs: number;
  /** A network that is just being joined may take this long: DHCP alone has 45 s. */
  readonly connectingMs: number;
  /** So long nobody is connected to the hotspot, and known networks are tried. */
  readonly retryMs: number;
  /** The same when a person opened it: they may have to fetch their phone. */
  readonly personMs: number;
  /** How long known networks have to show up then. */
  readonly lookMs: number;
  /** A hotspot that did not open, or went away, is opened again after this. */
  readonly reopenMs: number;
}

export const usualTiming: Timing = {
  graceMs: 45_000,
  lostMs: 180_000,
  connectingMs: 90_000,
  retryMs: 180_000,
  personMs: 600_000,
  lookMs: 30_000,
  reopenMs: 20_000,
};

/** While nothing can be done NetworkManager says when something changes; this is only for safety. */
const idleMs = 60_000;
/** How often those who are connected to the hotspot are counted. */
const countMs = 15_000;

export function begin(now: number): Memory {
  return { doing: 'watching', since: now, wasOnline: false, by: 'itself' };
}

/** In a network, or connected by a cable. */
export function online(now: number): Memory {
  return { ...begin(now), doing: 'online', wasOnline: true };
}

/** A person opens the hotspot, at the button or on the page. */
export function opened(memory: Memory, now: number, by: Memory['by']): Memory {
  return { ...memory, doing: 'hotspot', since: now, by, emptySince: undefined };
}

/** The hotspot is closed to look for a known network; it comes back when there is none. */
export function closed(memory: Memory, now: number): Memory {
  return { ...memory, doing: 'looking', since: now, by: 'itself', emptySince: undefined };
}

export function decide(memory: Memory, facts: Facts, timing: Timing = usualTiming): Decision {
  const { now, wifi, cable, known, stations } = facts;
  if (wifi === 'absent') return { memory: { ...begin(now), wasOnline: cable }, step: 'none', againIn: idleMs };

  if (wifi === 'hotspot') {
    // One that stands already was opened before this program started, or a moment ago.
    const here: Memory = memory.doing === 'hotspot' ? memory : opened(memory, now, 'itself');
    const emptySince = stations === 0 ? (here.emptySince ?? now) : undefined;
    const patience = here.by === 'person' ? timing.personMs : timing.retryMs;
    if (emptySince !== undefined && now - emptySince >= patience && (known || cable)) {
      return { memory: closed(here, now), step: 'look', againIn: timing.lookMs };
    }
    return { memory: { ...here, emptySince }, step: 'none', againIn: countMs };
  }

  // What a person asked for is opened beside a cable too; and it is opened again when NetworkManager was restarted.
  const wantsHotspot = memory.doing === 'hotspot' && (memory.by === 'person' || !cable);
  if (wifi === 'connected' || (cable && !wantsHotspot)) {
    return { memory: online(now), step: 'none', againIn: idleMs };
  }
  if (memory.doing === 'online') return decide({ ...memory, doing: 'watching', since: now }, facts, timing);
  const patience = {
    watching: memory.wasOnline ? timing.lostMs : timing.graceMs,
    hotspot: timing.reopenMs,
    looking: timing.lookMs,
  }[memory.doing];
  const due = memory.since + (wifi === 'connecting' ? Math.max(patience, timing.connectingMs) : patience);
  if (now < due) return { memory, step: 'none', againIn: due - now };
  const by = memory.doing === 'hotspot' ? memory.by : 'itself';
  return { memory: opened(memory, now, by), step: 'openHotspot', againIn: timing.reopenMs };
}
