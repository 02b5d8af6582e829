/**
 * What is wrong, in plain language: one table from the figures of a moment to findings. Pure: the same figures in the
 * same order give the same findings. A finding comes when its cause has lasted, and goes when it has stayed away, so
 * that one at the edge does not come and go; between its two thresholds it stays as it is.
 */
import type { CameraFigures, Snapshot } from './figures.ts';

/** `wrong`: something does not work. `warning`: it will not for long. `note`: good to know. */
export type Severity = 'wrong' | 'warning' | 'note';

export interface Finding {
  /** From the table; with the camera or interface it is about behind a colon, where there is one. */
  readonly id: string;
  readonly severity: Severity;
  /** Since when it is so, in ms since 1970. */
  readonly since: number;
  /** What is wrong, the beginning of a sentence: "Under-voltage". */
  readonly what: string;
  /** What to do about it, a sentence of its own. */
  readonly advice: string;
}

/** What a rule sees of it. `edge`: between the thresholds, which leaves it as it is. */
interface Hit {
  readonly about?: string;
  readonly edge?: boolean;
  readonly severity?: Severity;
  readonly what: string;
  readonly advice: string;
}

interface Rule {
  readonly severity: Severity;
  /** How long it has to last before it is told, and to be away before it is not told any more; in s. */
  readonly after: number;
  readonly until: number;
  readonly see: (seen: Seen) => readonly (Hit | undefined)[];
}

/** The figures of a moment and what the history says of the counts; undefined where nothing was measured. */
export interface Seen extends Snapshot {
  /** Seconds on a clock that nobody sets: since the machine started. */
  readonly elapsed: number;
  readonly counted: (key: string, minutes: number) => number | undefined;
}

const MB = 1_000_000;
/** Nothing of Perch is older: a Pi whose clock says so has not learnt the time yet. */
const earliest = Date.UTC(2026, 0, 1);

const inMB = (bytes: number) =>
  bytes < 1000 * MB ? `${Math.round(bytes / MB)} MB` : `${(bytes / MB / 1000).toFixed(1)} GB`;
const degrees = (value: number) => `${Math.round(value)} °C`;
const percent = (share: number) => `${Math.round(share * 100)} %`;
const isPi = ({ machine }: Seen) => machine.model?.startsWith('Raspberry Pi') === true;
const perCamera = (see: (camera: CameraFigures, seen: Seen) => Hit | undefined) => (seen: Seen) =>
  seen.cameras.map((camera) => see(camera, seen));

/** Every finding there is; in the order in which they are told among those of one severity. */
export const findingTable: Readonly<Record<string, Rule>> = {
  safe_mode: {
    severity: 'wrong',
    after: 0,
    until: 0,
    see: ({ facts: { safeMode } }) => [
      safeMode === undefined
        ? undefined
        : {
            what: `Safe mode (${stripped(safeMode)})`,
            advice: 'Mend what is named there, then leave safe mode; it also ends by itself after a good hour.',
          },
    ],
  },
  data_problem: {
    severity: 'wrong',
    after: 0,
    until: 0,
    see: ({ facts: { dataProblem } }) => [
      dataProblem === undefined
        ? undefined
        : /has been repaired/.test(dataProblem)
          ? {
              severity: 'warning',
              what: stripped(dataProblem),
              advice: 'Look through your settings. If it happens again, replace the card.',
            }
          : {
              what: stripped(dataProblem),
              advice: 'Save a support bundle, then flash another card; this one may be worn out.',
            },
    ],
  },
  under_voltage: {
    severity: 'wrong',
    after: 0,
    // It comes and goes with the load: ten minutes without make an end.
    until: 600,
    see: ({ machine: { power } }) => [
      power?.underVoltage
        ? { what: 'Under-voltage', advice: 'Use a 5 V 3 A supply with a short, thick cable (5 V 5 A for a Pi 5).' }
        : undefined,
    ],
  },
  under_voltage_before: {
    severity: 'note',
    after: 0,
    until: 0,
    see: ({ machine: { power } }) => [
      power?.hadUnderVoltage && !power.underVoltage
        ? {
            what: 'The voltage has been too low at some time since the device was switched on',
            advice: 'Use a 5 V 3 A supply if the picture breaks off now and then.',
          }
        : undefined,
    ],
  },
  too_hot: {
    severity: 'warning',
    after: 30,
    until: 120,
    see: (seen) => {
      const { temperature } = seen.machine;
      // A Pi slows down at 80 °C and at 85 °C more; other machines are made for more heat.
      const limit = isPi(seen) ? 80 : 95;
      if (temperature === undefined || temperature < limit - 5) return [];
      return [
        {
          edge: temperature < limit,
          severity: temperature >= limit + 5 ? 'wrong' : 'warning',
          what: `Too hot (${degrees(temperature)})`,
          advice: 'Give it air, shade or a heat sink, or a smaller picture; it slows down to protect itself.',
        },
      ];
    },
  },
  throttled: {
    severity: 'warning',
    after: 20,
    until: 120,
    see: ({ machine: { power, temperature } }) => [
      power?.throttled && !power.underVoltage
        ? {
            what: `The processor is held back${temperature === undefined ? '' : ` (${degrees(temperature)})`}`,
            advice: 'Give it air, shade or a heat sink, or a smaller picture.',
          }
        : undefined,
    ],
  },
  disk_full: {
    severity: 'warning',
    after: 0,
    until: 60,
    see: ({ machine: { disk } }) => {
      if (disk === undefined) return [];
      // Perch itself needs a few MB. A small partition is allowed to be small.
      const low = Math.min(300 * MB, disk.total / 10);
      if (disk.free >= low * 1.5) return [];
      return [
        {
          edge: disk.free >= low,
          severity: disk.free < 30 * MB ? 'wrong' : 'warning',
          what: `The disk is ${disk.free < 30 * MB ? 'full' : 'nearly full'} (${inMB(disk.free)} of ${inMB(disk.total)} free)`,
          advice: 'Remove recordings and other files from the card: without room, settings cannot be saved.',
        },
      ];
    },
  },
  card_worn: {
    severity: 'warning',
    after: 0,
    until: 0,
    see: ({ machine: { wear } }) => {
      if (wear === undefined || (wear.used < 0.9 && wear.spare === 'normal')) return [];
      const over = wear.used > 1 || wear.spare === 'urgent';
      return [
        {
          severity: over ? 'wrong' : 'warning',
          what: over
            ? 'The memory chip is worn out'
            : `The memory chip is nearly worn out (${percent(wear.used)} of its life)`,
          advice: 'Replace it soon, and keep a copy of your settings.',
        },
      ];
    },
  },
  memory_short: {
    severity: 'warning',
    after: 60,
    until: 120,
    see: ({ machine: { memory } }) => {
      const share = memory === undefined ? 1 : memory.free / memory.total;
      if (memory === undefined || share >= 0.12) return [];
      return [
        {
          edge: share >= 0.08,
          what: `Memory is short (${inMB(memory.free)} left)`,
          advice: 'Choose a smaller picture or h264, or run fewer cameras and other programs here.',
        },
      ];
    },
  },
  cpu_busy: {
    severity: 'warning',
    after: 300,
    until: 120,
    see: ({ machine: { cpu } }) => [
      cpu === undefined || cpu < 0.85
        ? undefined
        : {
            edge: cpu < 0.95,
            what: 'The processor is busy all the time',
            advice: 'Choose a smaller picture, fewer frames a second or h264.',
          },
    ],
  },
  no_network: {
    severity: 'wrong',
    after: 30,
    until: 5,
    see: ({ machine: { interfaces } }) => [
      // Where there is no interface at all (in a container) this is not for Perch to judge.
      interfaces.every(({ kind }) => kind === 'vpn') || interfaces.some(({ kind, up }) => up && kind !== 'vpn')
        ? undefined
        : {
            what: 'No network',
            advice: 'Plug in a cable, or check the name and the password of the Wi-Fi.',
          },
    ],
  },
  wifi_weak: {
    severity: 'warning',
    after: 60,
    until: 60,
    see: ({ machine: { interfaces } }) =>
      interfaces.map(({ name, signal, up }) =>
        !up || signal === undefined || signal > -70
          ? undefined
          : {
              about: name,
              edge: signal > -75,
              what: `The Wi-Fi is weak (${signal} dBm)`,
              advice: 'Move the camera or the access point, turn its antenna, or use a cable.',
            },
      ),
  },
  clock_wrong: {
    severity: 'warning',
    // The first minutes after switching on are for finding the network and asking.
    after: 0,
    until: 0,
    see: ({ now, machine: { clockSynchronized, uptime } }) => [
      now < earliest || (clockSynchronized === false && (uptime ?? 0) > 600)
        ? {
            what: now < earliest ? 'The clock is not set' : 'The clock is not kept in time by the network',
            advice: 'Let the device reach a time server (NTP, UDP port 123), or set the time: timedatectl set-time.',
          }
        : undefined,
    ],
  },
  vpn_down: {
    severity: 'wrong',
    after: 60,
    until: 10,
    see: ({ facts, machine: { interfaces } }) => [
      facts.vpnConfigured && !interfaces.some(({ kind, up }) => kind === 'vpn' && up)
        ? {
            what: 'The VPN is down',
            advice: "Check the internet connection and the VPN's profile; journalctl -u 'openvpn*' says more.",
          }
        : undefined,
    ],
  },
  link_down: {
    severity: 'wrong',
    after: 60,
    until: 5,
    see: ({ facts: { link } }) => [
      link === undefined || link.state === 'off' || link.state === 'connected'
        ? undefined
        : {
            what: 'No connection to the relay',
            // The link says by itself what is the matter and what to do.
            advice: link.message,
          },
    ],
  },
  camera_away: {
    severity: 'wrong',
    after: 20,
    until: 5,
    see: perCamera(({ name, state, message }) =>
      state === 'live' || state === 'stopped'
        ? undefined
        : { about: name, what: `No picture from “${name}”`, advice: message },
    ),
  },
  camera_restarts: {
    severity: 'warning',
    after: 0,
    until: 0,
    see: perCamera(({ name, recentRestarts }, { counted }) => {
      const restarts = counted(`restarts:${name}`, 60) ?? 0;
      const why = recentRestarts.at(-1)?.why;
      return restarts < 2
        ? undefined
        : {
            about: name,
            edge: restarts < 4,
            what: `“${name}” was restarted ${restarts} times within an hour`,
            advice: `${why === undefined ? '' : `Last time: ${why} `}Check its cable and the power supply.`,
          };
    }),
  },
  slow_rate: {
    severity: 'note',
    after: 60,
    until: 30,
    see: perCamera(({ name, state, fps, wantedFps }) =>
      state !== 'live' || fps === undefined || fps >= wantedFps * 0.9
        ? undefined
        : {
            about: name,
            edge: fps >= wantedFps * 0.8,
            what: `“${name}” gives ${Math.round(fps)} of ${wantedFps} pictures a second`,
            advice: 'In the dark a camera does so by itself. By day choose a smaller picture or fewer frames a second.',
          },
    ),
  },
  pictures_missed: {
    severity: 'warning',
    after: 0,
    until: 60,
    see: perCamera(({ name, state }, { counted }) => {
      const missed = counted(`missed:${name}`, 5) ?? 0;
      const came = counted(`pictures:${name}`, 5) ?? 0;
      // Of a few pictures nothing can be said.
      const share = missed + came < 300 ? 0 : missed / (missed + came);
      return state !== 'live' || share < 0.03
        ? undefined
        : {
            about: name,
            edge: share < 0.06,
            what: `“${name}” misses ${percent(share)} of its pictures`,
            advice: 'Choose a smaller picture or fewer frames a second. The processor or the camera does not keep up.',
          };
    }),
  },
};

/** What is known of a cause from one moment to the next. */
interface Case {
  readonly first: number;
  readonly last: number;
  readonly told: boolean;
  readonly severity: Severity;
  readonly hit: Hit;
}

/** What `judge` has to be given again the next time. */
export type Cases = ReadonlyMap<string, Case>;

/** The causes as they stand with these figures; `atOnce` tells them without waiting, for who looks only once. */
export function judge(before: Cases, seen: Seen, { atOnce = false } = {}): Cases {
  const now = seen.elapsed;
  const next = new Map<string, Case>();
  for (const [id, rule] of Object.entries(findingTable)) {
    for (const hit of rule.see(seen)) {
      if (hit === undefined) continue;
      const key = hit.about === undefined ? id : `${id}:${hit.about}`;
      const known = before.get(key);
      if (hit.edge === true && known?.told !== true) continue;
      const first = known?.first ?? now;
      next.set(key, {
        first,
        last: now,
        told: known?.told === true || atOnce || now - first >= rule.after,
        severity: hit.severity ?? rule.severity,
        hit,
      });
    }
  }
  for (const [key, known] of before) {
    const rule = findingTable[key.split(':')[0] ?? ''];
    if (!next.has(key) && known.told && rule !== undefined && now - known.last < rule.until) next.set(key, known);
  }
  return next;
}

const order: readonly Severity[] = ['wrong', 'warning', 'note'];

/** What is told of them, the worst first. `elapsed` and `now` are the same moment, on the clocks of `Seen`. */
export function findingsOf(cases: Cases, { now, elapsed }: Pick<Seen, 'now' | 'elapsed'>): readonly Finding[] {
  const told = [...cases].filter(([, each]) => each.told);
  return order.flatMap((severity) =>
    told
      .filter(([, each]) => each.severity === severity)
      .map(([id, { first, hit }]) => ({
        id,
        severity,
        // By today's clock, also when it was set meanwhile.
        since: Math.round(now - (elapsed - first) * 1000),
        what: hit.what,
        advice: hit.advice,
      })),
  );
}

/** Without the full stop, to stand within a sentence. */
function stripped(sentence: string): string {
  return sentence.trim().replace(/\.$/, '');
}
