/** What the parts of the page share: one plain object that Alpine watches, and the few ways to change it. */
import Alpine from '@alpinejs/csp';
import { api, type CameraInfo, type Preset, type Session, whenLoggedOut } from './api.ts';
import type { Panel } from './panel/index.ts';
import { ApiError } from './request.ts';
import { ControlTransport, type LinkState } from './transport.ts';

export type Screen = 'loading' | 'unreachable' | 'claim' | 'login' | 'camera';
export type Tab = 'live' | 'health' | 'shell' | 'setup';

export const state = Alpine.reactive({
  screen: 'loading' as Screen,
  tab: 'live' as Tab,
  /** The cameras as tiles. */
  grid: false,
  helpOpen: false,
  device: '',
  version: '',
  /** Why the camera runs in safe mode, or empty. */
  safeMode: '',
  cameras: [] as CameraInfo[],
  /** Name of the camera that is shown. */
  camera: '',
  notices: [] as string[],
  /** The camera is on its own hotspot: it has yet to be told a network. */
  onHotspot: false,
  presets: [] as Preset[],
  link: 'connecting' as LinkState,
  /** A control is held: everything but it and the picture steps back. */
  holding: false,
  /** The preset whose settings are those of now, or empty. */
  presetOn: '',
  /** For the live region: changes of state, never numbers. */
  said: '',
  /** When this page was loaded over plain http; some of a browser's abilities are missing there. */
  secure: isSecureContext,
});

/** Notices that were put away; they come with every answer. */
const dismissed = new Set<string>();

/** Puts a notice away until the page is opened again. */
export function dismissNotice(notice: string): void {
  dismissed.add(notice);
  state.notices = state.notices.filter((each) => each !== notice);
}

/** The way to the cameras. */
export const transport = new ControlTransport();

/** The panel of the camera that is shown. */
export const shown: { panel: Panel | undefined } = { panel: undefined };

/** Has screen readers say a sentence. */
export function announce(text: string): void {
  state.said = text;
}

/** The camera that is shown, as last heard of. */
export function currentCamera(): CameraInfo | undefined {
  return state.cameras.find(({ name }) => name === state.camera);
}

/** Shows another camera; the address keeps it, so a reload comes back to it. */
export function showCamera(name: string): void {
  state.camera = name;
  state.grid = false;
  const address = new URL(location.href);
  address.searchParams.set('camera', name);
  history.replaceState(null, '', address);
}

/** Asks where this visitor stands and shows the screen for it. */
export async function enter(): Promise<void> {
  let session: Session;
  try {
    session = await api.session();
  } catch {
    state.screen = 'unreachable';
    setTimeout(() => void enter(), 2000);
    return;
  }
  learn(session);
  if (!session.claimed) state.screen = 'claim';
  else if (!session.authenticated) state.screen = 'login';
  else await open();
}

/** Takes in what is told of the device, where it is told. */
function learn({ name = '', version = '', safe_mode: safeMode = '' }: Session): void {
  state.device = name;
  state.version = version;
  state.safeMode = safeMode;
}

async function open(): Promise<void> {
  try {
    await loadCameras();
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return;
    state.screen = 'unreachable';
    setTimeout(() => void enter(), 2000);
    return;
  }
  const wanted = new URL(location.href).searchParams.get('camera');
  const first = state.cameras.find(({ name }) => name === wanted) ?? state.cameras[0];
  state.camera = first?.name ?? '';
  transport.open();
  state.screen = 'camera';
  void loadPresets();
  await leadToNetwork();
}

/** Whoever comes by the hotspot came to choose a network; before that little else is of use. */
async function leadToNetwork(): Promise<void> {
  const network = await api.network().catch(() => undefined);
  state.onHotspot = network?.state === 'hotspot';
  if (state.onHotspot) state.tab = 'setup';
}

/** Fetches the cameras with their measurements. */
async function loadCameras(): Promise<void> {
  const { cameras, notices } = await api.cameras();
  state.cameras = cameras;
  // The one that is shown may be gone for good, or the first one may have come.
  if (state.screen === 'camera' && !currentCamera()) state.camera = cameras[0]?.name ?? '';
  for (const notice of notices ?? []) {
    if (!state.notices.includes(notice) && !dismissed.has(notice)) state.notices.push(notice);
  }
}

export async function loadPresets(): Promise<void> {
  try {
    state.presets = (await api.presets()).profiles;
  } catch {
    // Without presets the page is still whole; the next load brings them.
  }
}

/** Keeps measurements fresh while the page is seen. */
function poll(): void {
  const again = (): void => {
    setTimeout(poll, state.tab === 'health' ? 1000 : 3000);
  };
  if (state.screen === 'camera' && !document.hidden) void loadCameras().then(again, again);
  else again();
}

/** Wires the connection to the state; once. */
export function startState(): void {
  let lost = false;
  transport.onState((link) => {
    if (link === 'waiting' && state.link === 'open')
      announce('The connection to the camera is gone. Connecting again.');
    if (link === 'open' && state.link !== 'open') announce('Connected to the camera.');
    state.link = link;
    // A socket that is refused may mean that the login has ended, and one that is back, that Perch was started anew: in
    // another version, in safe mode or out of it. Only HTTP can say so.
    if ((link === 'waiting' || (link === 'open' && lost)) && state.screen === 'camera') void checkSession();
    if (link !== 'connecting') lost = link === 'waiting';
  });
  whenLoggedOut(() => {
    if (state.screen !== 'camera') return;
    transport.close();
    state.screen = 'login';
  });
  addEventListener('online', () => transport.hurry());
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) transport.hurry();
  });
  poll();
}

async function checkSession(): Promise<void> {
  const session = await api.session().catch(() => undefined);
  if (!session || state.screen !== 'camera') return;
  if (!session.claimed || !session.authenticated) {
    transport.close();
    state.screen = session.claimed ? 'login' : 'claim';
  } else learn(session);
}
