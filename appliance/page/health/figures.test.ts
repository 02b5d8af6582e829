import { describe, expect, it } from 'vitest';
import type { WireHealth } from '../../health/wire.ts';
import { allWell, bytesText, cameraFacts, chartsOf, isTold, machineFacts, shownFindings } from './figures.ts';

const machine: WireHealth['machine'] = {
  model: 'Raspberry Pi 4 Model B Rev 1.5',
  temperature: 61.3,
  power: undefined,
  load: [0.5, 0.25, 0.1],
  cores: 4,
  cpu: 0.3,
  memory: { total: 4e9, free: 3.4e9 },
  disk: { total: 31e9, free: 25e9 },
  wear: undefined,
  interfaces: [
    { name: 'eth0', kind: 'ethernet', up: false },
    { name: 'wlan0', kind: 'wifi', up: true, signal: -56 },
    { name: 'tun0', kind: 'vpn', up: true },
  ],
  clock_synchronized: true,
  uptime: 5040,
};
const bare: WireHealth['machine'] = {
  model: undefined,
  temperature: undefined,
  power: undefined,
  load: undefined,
  cores: 1,
  cpu: undefined,
  memory: undefined,
  disk: undefined,
  wear: undefined,
  interfaces: [],
  clock_synchronized: undefined,
  uptime: undefined,
};
const camera: WireHealth['cameras'][number] = {
  name: 'door',
  state: 'live',
  message: 'The picture is live.',
  fps: 30,
  wanted_fps: 30,
  bitrate: 2e6,
  missed: 3,
  encode_ms: 21.6,
  viewers: 1,
  restarts: 0,
  recent_restarts: [],
};

describe('The lines of the machine', () => {
  it('say what it tells', () => {
    expect(machineFacts({ machine }).map(({ name, text }) => `${name}: ${text}`)).toEqual([
      'Machine: Raspberry Pi 4 Model B Rev 1.5',
      'Memory: 3.4 GB of 4.0 GB free',
      'Disk: 25 GB of 31 GB free',
      'Load: 0.50 · 0.25 · 0.10 on 4 cores',
      'Network: eth0 (cable off), wlan0 (Wi-Fi -56 dBm), tun0 (VPN)',
      'Clock: set from the network',
      'Switched on: 84 min ago',
    ]);
  });

  it('leave out what it does not', () => {
    expect(machineFacts({ machine: bare })).toEqual([]);
    expect(machineFacts({})).toEqual([]);
  });

  it('and of the camera that is shown, with its newest restarts', () => {
    const at = new Date(2026, 10, 28, 14, 2).getTime();
    const restarted = { ...camera, recent_restarts: [1, 2, 3, 4].map((n) => ({ at: at + n, why: `Reason ${n}.` })) };
    const facts = cameraFacts({ cameras: [restarted] }, 'door', 0);
    expect(facts.slice(0, 2)).toEqual([
      { name: 'Capture to encoded', text: '22 ms' },
      { name: 'Pictures missed', text: '3' },
    ]);
    expect(facts.slice(2).map(({ text }) => text)).toEqual(['Reason 4.', 'Reason 3.', 'Reason 2.']);
    expect(cameraFacts({ cameras: [camera] }, 'garage', 0)).toEqual([]);
  });
});

describe('The charts', () => {
  it.each([
    ['temperature', true, false],
    ['cpu', true, false],
    ['memory', true, false],
    ['fps:door', true, false],
    ['bitrate:door', true, false],
    ['wifi', true, false],
  ])('%s: whether the machine tells of it', (key, full, empty) => {
    const spec = chartsOf('door').find((each) => each.key === key);
    if (spec === undefined) throw new Error('no such chart');
    expect(isTold(spec, { machine, cameras: [camera] })).toBe(full);
    expect(isTold(spec, { machine: bare, cameras: [{ ...camera, state: 'stopped' }] })).toBe(empty);
  });

  it('of another camera are its own', () => {
    expect(chartsOf('yard').map(({ key }) => key)).toContain('bitrate:yard');
  });
});

describe('The findings', () => {
  it('have the time of day of who looks, whatever the clock of the device says', () => {
    const noon = new Date(2026, 10, 28, 14, 30).getTime();
    const ahead = 5 * 3_600_000;
    const finding = { id: 'under_voltage', severity: 'wrong', what: 'Under-voltage', advice: 'Use another.' } as const;
    const at = (ms: number) => shownFindings([{ ...finding, since: noon + ahead - ms }], noon + ahead, ahead)[0]?.what;
    expect(at(28 * 60_000)).toBe('Under-voltage since 14:02');
    expect(at(1000)).toBe('Under-voltage');
  });

  it('leave safe mode to the line above every tab, and yet all is not well in it', () => {
    const safe = { id: 'safe_mode', severity: 'wrong', since: 0, what: 'Safe mode', advice: 'Leave it.' } as const;
    const note = { id: 'slow_rate:door', severity: 'note', since: 0, what: 'Slow', advice: 'Wait.' } as const;
    expect(shownFindings([safe, note], 0, 0).map(({ id }) => id)).toEqual(['slow_rate:door']);
    expect([allWell([safe, note]), allWell([note]), allWell([])]).toEqual([false, true, true]);
  });
});

it.each([
  [0, '0 MB'],
  [123.4e6, '123 MB'],
  [4.04e9, '4.0 GB'],
  [31.9e9, '32 GB'],
])('%i bytes are %s', (bytes, text) => {
  expect(bytesText(bytes)).toBe(text);
});
