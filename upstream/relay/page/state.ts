/** What the parts of the page share: one plain object that Alpine watches, and the few ways to change it. */
import Alpine from '@alpinejs/csp';
import type { Profile } from '../../../appliance/settings/profiles.ts';
import type { DeviceRow } from '../fleet/fleet.ts';
import type { Role } from '../people/records.ts';
import { api, whenLoggedOut } from './api.ts';
import { type FeedState, FleetFeed } from './feed.ts';
import type { Counts } from './rows.ts';

export type Screen = 'loading' | 'unreachable' | 'claim' | 'login' | 'fleet';
export type Tab = 'fleet' | 'people' | 'setup';

export const state = Alpine.reactive({
  screen: 'loading' as Screen,
  tab: 'fleet' as Tab,
  who: '',
  role: 'viewer' as Role,
  link: 'connecting' as FeedState,
  /** When the relay was last heard, as the clock shows it; while it is away. */
  lostAt: '',
  counts: { all: 0, live: 0, trouble: 0, away: 0, waiting: 0 } as Counts,
  /** Name of the device that is open, or empty. */
  device: '',
  /** Its row. */
  row: undefined as DeviceRow | undefined,
  presets: [] as readonly Profile[],
  /** For the live region: changes of state, never numbers. */
  said: '',
});

export const feed = new FleetFeed();

/** Has screen readers say a sentence. */
export function announce(text: string): void {
  state.said = text;
}

export function mayChange(): boolean {
  return state.role !== 'viewer';
}

/** Why this person may change nothing, or empty. */
export function whyNot(): string {
  return mayChange() ? '' : 'You may look, but not change anything: your role here is viewer.';
}

/** Opens a device; the address keeps it, so that Back and a reload do what they should. */
export function openDevice(name: string): void {
  if (state.device === name) return;
  listAt = scrollY;
  const address = new URL(location.href);
  address.searchParams.set('device', name);
  address.searchParams.delete('camera');
  history.pushState({ inside: true }, '', address);
  show(name);
}

/** Back to the list, at the place it was left. */
export function closeDevice(): void {
  if (history.state?.inside) {
    history.back();
    return;
  }
  history.replaceState(null, '', location.pathname);
  show('');
}

let listAt = 0;

function show(name: string): void {
  const left = state.device;
  state.device = name;
  state.row = feed.rows.get(name);
  if (name !== '') scrollTo(0, 0);
  else if (left !== '') {
    void Alpine.nextTick(() => {
      scrollTo(0, listAt);
      document
        .querySelector<HTMLElement>(`.pi[data-device="${CSS.escape(left)}"] .pi-name`)
        ?.focus({ preventScroll: true });
    });
  }
}

function fromAddress(): void {
  show(new URL(location.href).searchParams.get('device') ?? '');
}

/** Asks where this visitor stands and shows the screen for it. */
export async function enter(): Promise<void> {
  let session: Awaited<ReturnType<typeof api.session>>;
  try {
    session = await api.session();
  } catch {
    state.screen = 'unreachable';
    setTimeout(() => void enter(), 2000);
    return;
  }
  if (!session.claimed || !session.logged_in) {
    leave(session.claimed ? 'login' : 'claim');
    return;
  }
  state.who = session.who ?? '';
  state.role = session.role ?? 'viewer';
  state.screen = 'fleet';
  fromAddress();
  feed.open();
  await loadPresets();
}

/** Nobody is in any more. */
export function leave(screen: 'login' | 'claim'): void {
  if (state.screen === 'fleet') {
    feed.close();
    state.device = '';
    state.row = undefined;
    state.tab = 'fleet';
  }
  state.screen = screen;
}

export async function loadPresets(): Promise<void> {
  try {
    state.presets = (await api.presets()).profiles;
  } catch {
    // Without presets the page is still whole; the next load brings them.
  }
}

/** Wires the feed to the state; once. */
export function startState(): void {
  feed.onState((link) => {
    if (link === 'waiting' && state.link === 'open') {
      state.lostAt = new Date().toLocaleTimeString();
      announce('The relay does not answer. Connecting again.');
    }
    if (link === 'open' && state.link === 'waiting') announce('Connected to the relay.');
    state.link = link;
    // A socket that is refused may mean that the login has ended; only HTTP can say so.
    if (link === 'waiting' && state.screen === 'fleet') void checkLogin();
  });
  feed.onChange((names) => {
    if (state.device !== '' && (!names || names.has(state.device))) state.row = feed.rows.get(state.device);
  });
  whenLoggedOut(() => leave('login'));
  addEventListener('popstate', fromAddress);
  addEventListener('online', () => feed.hurry());
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) feed.hurry();
  });
}

async function checkLogin(): Promise<void> {
  const session = await api.session().catch(() => undefined);
  if (!session || state.screen !== 'fleet') return;
  if (!session.claimed || !session.logged_in) leave(session.claimed ? 'login' : 'claim');
  else state.role = session.role ?? 'viewer';
}
