import { describe, expect, test } from 'vitest';
import { CameraStateNumber } from '../../../proto/index.ts';
import type { DeviceRow } from '../fleet/fleet.ts';
import { changesText, compare, countRows, describe as describeRow, type Filter, matches, wordsOf } from './rows.ts';

const now = Date.UTC(2026, 5, 1, 12);
const hour = 3_600_000;
const device = (name: string, more: Partial<DeviceRow> = {}): DeviceRow => ({
  name,
  created: now - 24 * hour,
  connected: true,
  connected_since: now - 3 * hour,
  last_seen: now,
  address: '10.8.0.7',
  cameras: [
    {
      name: 'camera',
      state: CameraStateNumber.live,
      state_message: 'Live.',
      current_settings: { width: 1280, height: 720, fps: 30 },
    },
  ],
  pending: {},
  refused: {},
  ...more,
});
const away = (name: string, more: Partial<DeviceRow> = {}): DeviceRow => {
  const { connected_since: _, ...rest } = device(name, { connected: false, last_seen: now - 2 * hour, ...more });
  return rest;
};
const fresh = (name: string): DeviceRow => ({
  name,
  created: now - hour,
  connected: false,
  cameras: [],
  pending: {},
  refused: {},
});
const waits = { '': { settings: { brightness: 35, fps: 10 }, by: 'anna', since: now, id: 'x' } };
const missing = { name: 'door', state: CameraStateNumber.missing, state_message: 'Camera unplugged.' };
const live = { name: 'yard', state: CameraStateNumber.live };

describe('a row says', () => {
  test.each<[string, DeviceRow, object]>([
    [
      'that it is live',
      device('a'),
      { standing: 'live', status: 'Live · 1280×720 30 fps', facts: 'up 3 h · 10.8.0.7', waiting: '' },
    ],
    ['since when it is away', away('a'), { standing: 'away', status: 'Away, last seen 2 h ago', facts: '10.8.0.7' }],
    [
      'that it never came',
      fresh('a'),
      { standing: 'new', status: 'Not connected yet', facts: 'Registered 60 min ago' },
    ],
    ['what waits', away('a', { pending: waits }), { waiting: '2 changes wait until it is back', refused: false }],
    [
      'what it would not take',
      device('a', { refused: { '': { settings: { width: 9999 }, message: 'Too wide.', at: now } } }),
      { standing: 'trouble', waiting: 'It would not take: Width 9999. Too wide.', refused: true },
    ],
    ['that two are live', device('a', { cameras: [live, live] }), { standing: 'live', status: '2 cameras live' }],
    [
      'which of two is not',
      device('a', { cameras: [live, missing] }),
      { standing: 'trouble', status: 'door: Camera unplugged.' },
    ],
    [
      'that it has no camera',
      device('a', { cameras: [] }),
      { standing: 'starting', status: 'Connected, no camera yet' },
    ],
    ['the name people gave it', device('a', { title: 'Front door' }), { title: 'Front door' }],
  ])('%s', (_, row, texts) => {
    expect(describeRow(row, now)).toMatchObject(texts);
  });
});

describe('a search finds', () => {
  const porch = away('porch-7', { title: 'Front Porch', address: '10.8.0.17', pending: waits });
  test.each<[string, Filter, boolean]>([
    ['', 'all', true],
    ['PORCH', 'all', true],
    ['front 0.17', 'all', true],
    ['front 0.18', 'all', false],
    ['camera', 'all', true],
    ['away', 'away', true],
    ['', 'live', false],
    ['', 'waiting', true],
    ['back', 'waiting', false],
  ])('"%s" among %s: %s', (search, filter, found) => {
    expect(matches(porch, wordsOf(search), filter)).toBe(found);
  });
});

test('what needs somebody stands first, names count as people count', () => {
  const rows = [device('pi-10'), fresh('new'), device('pi-2'), away('gone'), device('bad', { cameras: [missing] })];
  const order = (by: Parameters<typeof compare>[0]) => [...rows].sort(compare(by)).map(({ name }) => name);
  expect(order('attention')).toEqual(['bad', 'gone', 'pi-2', 'pi-10', 'new']);
  expect(order('name')).toEqual(['bad', 'gone', 'new', 'pi-2', 'pi-10']);
  expect(countRows(rows)).toEqual({ all: 5, live: 2, trouble: 1, away: 2, waiting: 0 });
});

test('changes are told by their labels, in the order of the panel', () => {
  expect(changesText({ fps: 10, brightness: 5, auto_exposure: false })).toBe(
    'Frame rate 10, Brightness 5, Automatic exposure off',
  );
});
