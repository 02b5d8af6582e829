import { describe, expect, it } from 'vitest';
import type { CameraFigures, Facts, MachineFigures } from './figures.ts';
import { type Cases, findingsOf, findingTable, judge, type Seen } from './findings.ts';
import { sayFinding } from './say.ts';

const GB = 1e9;
const now = Date.UTC(2026, 10, 28, 12, 0);

const wellMachine: MachineFigures = {
  model: 'Raspberry Pi 4 Model B Rev 1.5',
  temperature: 55,
  power: {
    underVoltage: false,
    capped: false,
    throttled: false,
    softLimit: false,
    hadUnderVoltage: false,
    hadThrottling: false,
  },
  load: [0.5, 0.4, 0.3],
  cores: 4,
  cpu: 0.3,
  memory: { total: 4 * GB, free: 3 * GB },
  disk: { total: 30 * GB, free: 25 * GB },
  wear: { used: 0.1, spare: 'normal' },
  interfaces: [{ name: 'wlan0', kind: 'wifi', up: true, signal: -55 }],
  clockSynchronized: true,
  uptime: 5000,
};
const wellCamera: CameraFigures = {
  name: 'door',
  state: 'live',
  message: 'The picture is live.',
  fps: 29.9,
  wantedFps: 30,
  bitrate: 2e6,
  missed: 0,
  encodeMs: 20,
  viewers: 1,
  restarts: 0,
  recentRestarts: [],
};
const wellFacts: Facts = {
  dataProblem: undefined,
  safeMode: undefined,
  vpnConfigured: true,
  link: { state: 'connected', message: 'Connected.' },
};

interface Change {
  readonly machine?: Partial<MachineFigures>;
  readonly camera?: Partial<CameraFigures>;
  readonly facts?: Partial<Facts>;
  readonly counted?: Readonly<Record<string, number>>;
  readonly now?: number;
}

const vpn = { name: 'tun0', kind: 'vpn', up: true } as const;

function seen(change: Change = {}, elapsed = 5000): Seen {
  return {
    now: change.now ?? now + (elapsed - 5000) * 1000,
    elapsed,
    machine: { ...wellMachine, interfaces: [...wellMachine.interfaces, vpn], ...change.machine },
    cameras: [{ ...wellCamera, ...change.camera }],
    facts: { ...wellFacts, ...change.facts },
    counted: (key) => change.counted?.[key] ?? (key.startsWith('pictures') ? 9000 : 0),
  };
}

/** What is told after each of these moments, 10 s apart. */
function told(moments: readonly Change[]): string[][] {
  let cases: Cases = new Map();
  return moments.map((change, at) => {
    const what = seen(change, 5000 + at * 10);
    cases = judge(cases, what);
    return findingsOf(cases, what).map(({ id }) => id);
  });
}

const power = (bits: Partial<NonNullable<MachineFigures['power']>>) => ({
  machine: { power: { ...(wellMachine.power as NonNullable<MachineFigures['power']>), ...bits } },
});
const wifi = (signal: number) => ({
  machine: { interfaces: [{ name: 'wlan0', kind: 'wifi', up: true, signal } as const, vpn] },
});

// Each cause beside what is just not one.
const pairs: Readonly<Record<string, readonly [wrong: Change, well: Change, says: RegExp]>> = {
  safe_mode: [{ facts: { safeMode: 'It failed five times.' } }, {}, /^Safe mode \(It failed five times\): mend/],
  data_problem: [
    { facts: { dataProblem: 'The data partition cannot be mounted. Nothing that is changed now will last.' } },
    {},
    /^The data partition cannot be mounted\. Nothing that is changed now will last: save/,
  ],
  under_voltage: [
    power({ underVoltage: true }),
    power({ underVoltage: false }),
    /^Under-voltage: use a 5 V 3 A supply/,
  ],
  under_voltage_before: [power({ hadUnderVoltage: true }), {}, /at some time since the device was switched on/],
  too_hot: [{ machine: { temperature: 80 } }, { machine: { temperature: 79.9 } }, /^Too hot \(80 °C\): give it air/],
  throttled: [
    power({ throttled: true }),
    // One thing is the matter, and has one sentence.
    power({ throttled: true, underVoltage: true }),
    /^The processor is held back \(55 °C\)/,
  ],
  disk_full: [
    { machine: { disk: { total: 30 * GB, free: 0.25 * GB } } },
    { machine: { disk: { total: 30 * GB, free: 0.35 * GB } } },
    /^The disk is nearly full \(250 MB of 30\.0 GB free\): remove/,
  ],
  card_worn: [
    { machine: { wear: { used: 0.9, spare: 'normal' } } },
    { machine: { wear: { used: 0.8, spare: 'normal' } } },
    /^The memory chip is nearly worn out \(90 % of its life\): replace/,
  ],
  memory_short: [
    { machine: { memory: { total: GB, free: 0.07 * GB } } },
    { machine: { memory: { total: GB, free: 0.1 * GB } } },
    /^Memory is short \(70 MB left\): choose/,
  ],
  cpu_busy: [{ machine: { cpu: 0.97 } }, { machine: { cpu: 0.9 } }, /^The processor is busy all the time: choose/],
  no_network: [
    { machine: { interfaces: [{ name: 'eth0', kind: 'ethernet', up: false }, vpn] } },
    { machine: { interfaces: [{ name: 'eth0', kind: 'ethernet', up: true }, vpn] } },
    /^No network: plug in a cable/,
  ],
  wifi_weak: [wifi(-75), wifi(-74), /^The Wi-Fi is weak \(-75 dBm\): move/],
  clock_wrong: [
    { now: Date.UTC(1970, 0, 1) },
    { machine: { clockSynchronized: false, uptime: 500 } },
    /^The clock is not set: let the device reach a time server/,
  ],
  vpn_down: [
    { machine: { interfaces: wellMachine.interfaces } },
    { machine: { interfaces: wellMachine.interfaces }, facts: { vpnConfigured: false } },
    /^The VPN is down: check/,
  ],
  link_down: [
    { facts: { link: { state: 'waiting', message: 'The relay does not answer.' } } },
    { facts: { link: { state: 'off', message: '' } } },
    /^No connection to the relay: the relay does not answer\./,
  ],
  camera_away: [
    { camera: { state: 'missing', message: 'Camera unplugged. Plug it in.' } },
    { camera: { state: 'stopped', message: 'The camera is off.' } },
    /^No picture from “door”: camera unplugged\. Plug it in\./,
  ],
  camera_restarts: [
    { counted: { 'restarts:door': 4 }, camera: { recentRestarts: [{ at: now, why: 'It was unplugged.' }] } },
    { counted: { 'restarts:door': 3 } },
    /^“door” was restarted 4 times within an hour: last time: It was unplugged\. Check its cable/,
  ],
  slow_rate: [
    { camera: { fps: 15 } },
    { camera: { fps: 24 } },
    /^“door” gives 15 of 30 pictures a second: in the dark/,
  ],
  pictures_missed: [
    { counted: { 'missed:door': 700, 'pictures:door': 9000 } },
    { counted: { 'missed:door': 300, 'pictures:door': 9000 } },
    /^“door” misses 7 % of its pictures: choose/,
  ],
};

describe('Findings', () => {
  it('has a pair for each rule of the table', () => {
    expect(Object.keys(pairs).sort()).toEqual(Object.keys(findingTable).sort());
  });

  it('nothing is wrong with a machine that is well, nor with one that tells nothing', () => {
    expect(told([{}, {}])).toEqual([[], []]);
    const silent: Change = {
      machine: { model: undefined, temperature: undefined, power: undefined, load: undefined, cpu: undefined },
    };
    const more = {
      memory: undefined,
      disk: undefined,
      wear: undefined,
      clockSynchronized: undefined,
      uptime: undefined,
    };
    expect(told([{ machine: { ...silent.machine, ...more } }])).toEqual([[]]);
  });

  it.each(Object.entries(pairs))('%s, and what is just not that', (id, [wrong, well, says]) => {
    const bare = (key: string) => key.split(':')[0];
    const at = seen(wrong);
    const found = findingsOf(judge(new Map(), at, { atOnce: true }), at);
    expect(found.map((each) => bare(each.id))).toContain(id);
    const finding = found.find((each) => bare(each.id) === id);
    expect(finding && sayFinding(finding, at.now)).toMatch(says);
    const fine = seen(well);
    expect(findingsOf(judge(new Map(), fine, { atOnce: true }), fine).map((each) => bare(each.id))).not.toContain(id);
  });

  it('stay between their thresholds what they were', () => {
    const heat = (temperature: number) => ({ machine: { temperature } });
    // Four readings of 30 s make it true; 77 °C leaves it, below 75 °C it ends after two minutes.
    const before = told([...Array<Change>(3).fill(heat(77)), heat(81), heat(82), heat(81), heat(83), heat(77)]);
    expect(before.slice(0, 6).flat()).toEqual([]);
    expect(before.slice(6)).toEqual([['too_hot'], ['too_hot']]);
  });

  it('go when their cause has stayed away, not at once', () => {
    const moments = [power({ underVoltage: true }), ...Array<Change>(61).fill({})];
    const after = told(moments);
    expect(after.slice(0, 60).every(([id]) => id === 'under_voltage')).toBe(true);
    expect(after.at(-1)).toEqual([]);
  });

  it('do not come for a moment', () => {
    expect(told([wifi(-80), wifi(-60), wifi(-80), wifi(-60)]).flat()).toEqual([]);
  });

  it('say since when, also when the clock was set meanwhile', () => {
    const early = seen({ ...power({ underVoltage: true }), now: Date.UTC(2026, 1, 1) }, 100);
    const later = seen(power({ underVoltage: true }), 100 + 600);
    const cases = judge(judge(new Map(), early), later);
    expect(findingsOf(cases, later)).toMatchObject([{ id: 'under_voltage', since: later.now - 600_000 }]);
  });

  it('are told the worst first, and each camera for itself', () => {
    const at = seen({ ...power({ hadUnderVoltage: true }) });
    const cameras = ['door', 'yard'].map((name) => ({ ...wellCamera, name, state: 'missing' as const }));
    const all = { ...at, cameras };
    expect(findingsOf(judge(new Map(), all, { atOnce: true }), all).map(({ id }) => id)).toEqual([
      'camera_away:door',
      'camera_away:yard',
      'under_voltage_before',
    ]);
  });

  it('have a time of day, and a day when it is another one', () => {
    const finding = { id: 'x', severity: 'wrong', what: 'Under-voltage', advice: 'Use a 5 V 3 A supply.' } as const;
    const noon = new Date(2026, 10, 28, 14, 30).getTime();
    const since = new Date(2026, 10, 28, 14, 2).getTime();
    expect(sayFinding({ ...finding, since }, noon)).toBe('Under-voltage since 14:02: use a 5 V 3 A supply.');
    const yesterday = new Date(2026, 10, 27, 9, 5).getTime();
    expect(sayFinding({ ...finding, since: yesterday }, noon)).toMatch(/^Under-voltage since 2026-11-27 09:05: use/);
    expect(sayFinding({ ...finding, since: noon }, noon)).toBe('Under-voltage: use a 5 V 3 A supply.');
  });
});
