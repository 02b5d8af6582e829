/** The camera's HTTP interface as the page uses it. */
import type { Past } from '../health/history.ts';
import type { Snaked, WireHealth } from '../health/wire.ts';
import type { Settings, SettingsPatch } from '../settings/table.ts';
import type { NetworkInfo } from './network/rows.ts';
import { makeRequests } from './request.ts';

export interface Session {
  claimed: boolean;
  authenticated: boolean;
  /** Of this device, where it has one. */
  name?: string;
  version?: string;
  /** Why it runs in safe mode, with what that means. */
  safe_mode?: string;
}

/** As in GET /api/update. */
export interface UpdateStatus {
  readonly supported: boolean;
  readonly version: string;
  readonly builtIn: boolean;
  readonly previous?: string;
  readonly progress?: string;
  readonly result?: { readonly tried: string; readonly ok: boolean; readonly reason?: string; readonly at: number };
}

export interface CameraInfo {
  name: string;
  index: number;
  source: string;
  source_label: string;
  state: string;
  state_message: string;
  sizes: string[];
  desired: Settings;
  applied: Settings;
  revision: number;
  applied_revision: number;
  saved_revision: number;
  measured: {
    fps: number;
    bitrate: number;
    width: number;
    height: number;
    restarts: number;
    lastRestart?: string;
    last_restart?: string;
  };
  viewers: { readonly total: number };
  mediamtx?: Record<string, unknown>;
}

export interface Cameras {
  cameras: CameraInfo[];
  notices?: string[];
}

export interface Preset {
  name: string;
  builtin: boolean;
  settings: SettingsPatch;
}

export interface Token {
  id: string;
  name: string;
  created?: string | number;
  used?: string;
  last_used?: string | number;
}

/** As in GET /api/health; times in milliseconds since 1970, by the device's clock. */
export interface RelayLink {
  readonly state: 'off' | 'clock' | 'connecting' | 'connected' | 'waiting';
  readonly since: number;
  readonly message?: string;
  readonly last_error?: string;
  readonly round_trip_ms?: number;
  readonly next_try_at?: number;
}

/** As in GET /api/health; the machine's part is missing where Perch does not measure it. */
export interface HealthAnswer extends Partial<WireHealth> {
  readonly link: RelayLink;
  readonly now: number;
  readonly history?: Snaked<Omit<Past, 'series'>> & Pick<Past, 'series'>;
}

/** One thing the light can say. */
export interface LightMeaning {
  readonly looks: string;
  readonly pattern: readonly number[];
  readonly sentence: string;
}

/** What letting go of the button does, when it was held for so long. */
export interface LightHold extends LightMeaning {
  readonly from_ms: number;
}

/** As in GET /api/led. */
export interface LightAnswer {
  readonly state: string;
  readonly now: LightMeaning;
  readonly played_ms: number;
  readonly light: string;
  readonly button: boolean;
  readonly states: readonly (LightMeaning & { readonly state: string })[];
  readonly holds: readonly LightHold[];
}

const { request, whenLoggedOut } = makeRequests({
  server: 'The camera',
  unreachable: 'The camera does not answer. Check that it has power and that this device is on its network.',
});

export { whenLoggedOut };

const camera = (name: string): string => `/api/cameras/${encodeURIComponent(name)}`;
const preset = (name: string): string => `/api/profiles/${encodeURIComponent(name)}`;

/** Every route the page uses. */
export const api = {
  session: () => request<Session>('GET', '/api/session'),
  claim: (password: string) => request<unknown>('POST', '/api/claim', { password }),
  logIn: (password: string) => request<unknown>('POST', '/api/session', { password }),
  logOut: () => request<unknown>('DELETE', '/api/session'),
  cameras: () => request<Cameras>('GET', '/api/cameras'),
  camera: (name: string) => request<CameraInfo>('GET', camera(name)),
  presets: () => request<{ profiles: Preset[] }>('GET', '/api/profiles'),
  savePreset: (name: string, settings: SettingsPatch) => request<unknown>('PUT', preset(name), { settings }),
  renamePreset: (name: string, to: string) => request<unknown>('PATCH', preset(name), { name: to }),
  deletePreset: (name: string) => request<unknown>('DELETE', preset(name)),
  applyPreset: (name: string, to: string) => request<unknown>('POST', `${preset(name)}/apply`, { camera: to }),
  tokens: () => request<{ tokens: Token[] }>('GET', '/api/tokens'),
  createToken: (name: string) => request<{ token: string }>('POST', '/api/tokens', { name }),
  revokeToken: (id: string) => request<unknown>('DELETE', `/api/tokens/${encodeURIComponent(id)}`),
  health: () => request<HealthAnswer>('GET', '/api/health'),
  past: (hours: number) => request<HealthAnswer>('GET', `/api/health?history=${hours}`),
  network: () => request<NetworkInfo>('GET', '/api/network'),
  scanNetworks: () => request<NetworkInfo>('POST', '/api/network/scan'),
  joinNetwork: (network: { ssid: string; password?: string; hidden?: boolean }) =>
    request<NetworkInfo>('POST', '/api/network/join', network),
  forgetNetwork: (ssid: string) => request<NetworkInfo>('POST', '/api/network/forget', { ssid }),
  setHotspot: (on: boolean) => request<NetworkInfo>('PUT', '/api/network/hotspot', { on }),
  update: () => request<UpdateStatus>('GET', '/api/update'),
  rollBack: () => request<{ message: string }>('POST', '/api/update/roll-back'),
  device: (what: 'reboot' | 'poweroff') => request<{ message: string }>('POST', `/api/device/${what}`),
  factoryReset: (password: string) => request<{ message: string }>('POST', '/api/factory-reset', { password }),
  leaveSafeMode: () => request<{ message: string }>('POST', '/api/safe-mode/leave'),
  light: () => request<LightAnswer>('GET', '/api/led'),
  snapshotAddress: (name: string) => `${camera(name)}/snapshot.jpg`,
};
