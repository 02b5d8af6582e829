/** What a row says of a device, which rows are shown, and in which order: pure, so that it can be tested as tables. */
import { agoText } from '../../../appliance/page/liveness.ts';
import { fieldSpec, type SettingName, settingNames } from '../../../appliance/settings/table.ts';
import { CameraStateNumber, type WireSettings } from '../../../proto/index.ts';
import type { CameraRow, DeviceRow } from '../fleet/fleet.ts';

/** How a device stands, worst first. */
export const standings = ['trouble', 'away', 'starting', 'stopped', 'live', 'new'] as const;
export type Standing = (typeof standings)[number];

export type Filter = 'all' | 'live' | 'trouble' | 'away' | 'waiting';
export type Order = 'attention' | 'name' | 'seen';

export interface RowTexts {
  readonly title: string;
  readonly standing: Standing;
  /** Its state in a few words. */
  readonly status: string;
  /** Since when, from where, how its picture is. */
  readonly facts: string;
  /** "3 changes wait until it is back", or what it would not take, or empty. */
  readonly waiting: string;
  readonly refused: boolean;
}

/** What people call a device. */
export function titleOf({ title, name }: DeviceRow): string {
  return title ?? name;
}

/** How a device stands as a whole: as its worst camera. */
export function standingOf({ connected, last_seen, cameras, refused }: DeviceRow): Standing {
  if (Object.keys(refused).length > 0) return 'trouble';
  if (!connected) return last_seen === undefined ? 'new' : 'away';
  const states = cameras.map(({ state }) => standingOfCamera(state));
  return standings.find((standing) => states.includes(standing)) ?? 'starting';
}

function standingOfCamera(state: number | undefined): Standing {
  switch (state) {
    case CameraStateNumber.live:
      return 'live';
    case CameraStateNumber.stopped:
      return 'stopped';
    case CameraStateNumber.missing:
    case CameraStateNumber.reconnecting:
      return 'trouble';
    // A peer of the first protocol says nothing of its state; that it answers is all that is known.
    case undefined:
      return 'live';
    default:
      return 'starting';
  }
}

/** What its row says; `now` in ms since 1970. */
export function describe(row: DeviceRow, now: number): RowTexts {
  const standing = standingOf(row);
  const refusal = Object.values(row.refused)[0];
  const count = pendingCount(row);
  return {
    title: titleOf(row),
    standing,
    status: statusText(row, now),
    facts: factsText(row, now),
    waiting: refusal ? `It would not take: ${changesText(refusal.settings)}. ${refusal.message}` : waitingText(count),
    refused: refusal !== undefined,
  };
}

/** "3 changes wait until it is back", or empty. */
export function waitingText(count: number): string {
  if (count === 0) return '';
  return count === 1 ? '1 change waits until it is back' : `${count} changes wait until it is back`;
}

/** Fields that wait, of all its cameras together. */
export function pendingCount({ pending }: DeviceRow): number {
  return Object.values(pending).reduce((sum, { settings }) => sum + Object.keys(settings).length, 0);
}

function statusText({ connected, last_seen, cameras }: DeviceRow, now: number): string {
  if (!connected) return last_seen === undefined ? 'Not connected yet' : `Away, last seen ${agoText(now - last_seen)}`;
  const [first] = cameras;
  if (!first) return 'Connected, no camera yet';
  if (cameras.length === 1) {
    const live = standingOfCamera(first.state) === 'live';
    const picture = live && first.current_settings ? pictureText(first.current_settings) : '';
    return picture === '' ? cameraText(first) : `${cameraText(first)} · ${picture}`;
  }
  const notLive = cameras.filter(({ state }) => standingOfCamera(state) !== 'live');
  if (notLive.length === 0) return `${cameras.length} cameras live`;
  return notLive.map((camera) => `${camera.name}: ${cameraText(camera)}`).join(' ');
}

function cameraText({ state, state_message: message }: CameraRow): string {
  return state === CameraStateNumber.live || state === undefined ? 'Live' : message || 'Starting';
}

function factsText({ connected, connected_since: since, address, created }: DeviceRow, now: number): string {
  if (!connected && address === undefined) return `Registered ${agoText(now - created)}`;
  return [since === undefined || !connected ? '' : `up ${agoText(now - since).replace(' ago', '')}`, address ?? '']
    .filter((part) => part !== '')
    .join(' · ');
}

/** "1280×720 30 fps". */
export function pictureText({ width, height, fps }: WireSettings): string {
  return [
    width !== undefined && height !== undefined ? `${width}×${height}` : '',
    fps === undefined ? '' : `${fps} fps`,
  ]
    .filter((part) => part !== '')
    .join(' ');
}

/** "Brightness 35, Frame rate 10", in the table's order. */
export function changesText(settings: Readonly<Record<string, unknown>>): string {
  const names = settingNames.filter((name): name is SettingName => settings[name] !== undefined);
  return names.map((name) => `${fieldSpec(name).label} ${valueText(settings[name])}`).join(', ');
}

function valueText(value: unknown): string {
  return typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);
}

/** Whether a row is asked for: every word is found in what is known of it. */
export function matches(row: DeviceRow, words: readonly string[], filter: Filter): boolean {
  if (filter !== 'all') {
    const standing = standingOf(row);
    if (
      filter === 'waiting' ? pendingCount(row) === 0 : standing !== filter && !(filter === 'away' && standing === 'new')
    )
      return false;
  }
  if (words.length === 0) return true;
  const text = [
    row.name,
    row.title ?? '',
    row.address ?? '',
    ...row.cameras.flatMap(({ name, state_message }) => [name, state_message ?? '']),
    row.connected ? 'connected' : 'away',
  ]
    .join(' ')
    .toLowerCase();
  return words.every((word) => text.includes(word));
}

/** The words of a search. */
export function wordsOf(search: string): string[] {
  return search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
}

const collator = new Intl.Collator('en', { numeric: true, sensitivity: 'base' });

/** Compares two rows: what needs somebody first, and pi-2 before pi-10. */
export function compare(order: Order): (a: DeviceRow, b: DeviceRow) => number {
  const byName = (a: DeviceRow, b: DeviceRow) =>
    collator.compare(titleOf(a), titleOf(b)) || collator.compare(a.name, b.name);
  if (order === 'name') return byName;
  if (order === 'seen') {
    const changed = (row: DeviceRow) => (row.connected ? row.connected_since : row.last_seen) ?? row.created;
    return (a, b) => changed(b) - changed(a) || byName(a, b);
  }
  return (a, b) => standings.indexOf(standingOf(a)) - standings.indexOf(standingOf(b)) || byName(a, b);
}

export type Counts = Readonly<Record<Filter, number>>;

/** How many rows each filter shows. */
export function countRows(rows: Iterable<DeviceRow>): Counts {
  const counts = { all: 0, live: 0, trouble: 0, away: 0, waiting: 0 };
  for (const row of rows) {
    counts.all += 1;
    const standing = standingOf(row);
    if (standing === 'live' || standing === 'trouble') counts[standing] += 1;
    if (standing === 'away' || standing === 'new') counts.away += 1;
    if (pendingCount(row) > 0) counts.waiting += 1;
  }
  return counts;
}
