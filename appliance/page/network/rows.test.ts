import { expect, it } from 'vitest';
import { barsOf, type InReach, placesOf, rowsOf } from './rows.ts';

const near = (ssid: string, some: Partial<InReach> = {}): InReach => ({
  ssid,
  signal: 80,
  security: 'wpa',
  known: false,
  in_use: false,
  ...some,
});

it.each([
  [100, 4],
  [75, 4],
  [74, 3],
  [55, 3],
  [30, 2],
  [29, 1],
  [0, 1],
])('%i %% are %i bars', (signal, bars) => expect(barsOf(signal)).toBe(bars));

it('networks in reach come first, then those that are only known', () => {
  const networks = [
    near('home', { known: true, in_use: true }),
    near('café', { security: 'open', signal: 40 }),
    near('next door'),
  ];
  expect(rowsOf({ networks, known: ['home', 'summer house'] })).toMatchObject([
    { ssid: 'home', bars: 4, asks: false, tag: 'connected', spoken: 'home, signal 4 of 4, with password, connected' },
    { ssid: 'café', bars: 2, locked: false, asks: false, tag: '', spoken: 'café, signal 2 of 4, open' },
    { ssid: 'next door', locked: true, asks: true },
    { ssid: 'summer house', bars: 0, known: true, tag: 'known, not in reach' },
  ]);
  expect(rowsOf({ networks: [], known: [] })).toEqual([]);
});

it('the page is found by its name and its addresses', () => {
  expect(placesOf({ name: 'perch.local', addresses: ['192.168.1.7', 'fd00::7'] }, '')).toEqual([
    'http://perch.local',
    'http://192.168.1.7',
    'http://[fd00::7]',
  ]);
  expect(placesOf({ name: 'perch.local', addresses: [] }, '8080')).toEqual(['http://perch.local:8080']);
});
