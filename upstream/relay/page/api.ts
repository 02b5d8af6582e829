/** The relay's HTTP interface as its page uses it. */
import { makeRequests } from '../../../appliance/page/request.ts';
import type { Profile } from '../../../appliance/settings/profiles.ts';
import type { SettingsPatch } from '../../../appliance/settings/table.ts';
import type { WireStatus } from '../../../proto/index.ts';
import type { DeviceRow } from '../fleet/fleet.ts';
import type { TokenInfo, UserInfo } from '../people/people.ts';
import type { Role } from '../people/records.ts';

export interface Session {
  readonly claimed: boolean;
  readonly logged_in: boolean;
  readonly who?: string;
  readonly role?: Role;
}

export interface AuditLine {
  readonly time: string;
  readonly who: string;
  /** The device, or empty. */
  readonly camera: string;
  readonly action: string;
}

const { request, whenLoggedOut } = makeRequests({
  server: 'The relay',
  unreachable: 'The relay does not answer. Nothing was changed.',
});

export { whenLoggedOut };

const named = (path: string, name: string): string => `${path}/${encodeURIComponent(name)}`;

/** Every route the page uses. */
export const api = {
  session: () => request<Session>('GET', '/api/session'),
  claim: (password: string) => request<unknown>('POST', '/api/claim', { password }),
  logIn: (name: string, password: string) => request<unknown>('POST', '/api/session', { name, password }),
  logOut: () => request<unknown>('DELETE', '/api/session'),
  changePassword: (current: string, password: string) =>
    request<unknown>('PUT', '/api/password', { current, password }),

  devices: () => request<{ devices: DeviceRow[] }>('GET', '/api/devices'),
  addDevice: (name: string) => request<{ name: string; key: string }>('POST', '/api/devices', { name }),
  retitle: (name: string, title: string) => request<unknown>('PATCH', named('/api/devices', name), { title }),
  removeDevice: (name: string) => request<unknown>('DELETE', named('/api/devices', name)),
  dropPending: (name: string) => request<unknown>('DELETE', `${named('/api/devices', name)}/pending`),
  snapshotAddress: (name: string, camera: string) =>
    `${named('/api/devices', name)}/snapshot.jpg${camera === '' ? '' : `?camera=${encodeURIComponent(camera)}`}`,

  presets: () => request<{ profiles: Profile[] }>('GET', '/api/profiles'),
  savePreset: (name: string, settings: SettingsPatch) =>
    request<unknown>('PUT', named('/api/profiles', name), { settings }),
  deletePreset: (name: string) => request<unknown>('DELETE', named('/api/profiles', name)),
  applyPreset: (name: string, device: string, camera: string) =>
    request<WireStatus>('POST', `${named('/api/profiles', name)}/apply`, {
      device,
      ...(camera !== '' && { camera }),
    }),

  users: () => request<{ users: UserInfo[] }>('GET', '/api/users'),
  addUser: (name: string, password: string, role: string) =>
    request<unknown>('POST', '/api/users', { name, password, role }),
  changeUser: (name: string, change: { role?: string; password?: string }) =>
    request<unknown>('PATCH', named('/api/users', name), change),
  removeUser: (name: string) => request<unknown>('DELETE', named('/api/users', name)),
  tokens: () => request<{ tokens: TokenInfo[] }>('GET', '/api/tokens'),
  createToken: (name: string, role: string) => request<{ token: string }>('POST', '/api/tokens', { name, role }),
  revokeToken: (id: string) => request<unknown>('DELETE', named('/api/tokens', id)),
  audit: () => request<{ lines: AuditLine[] }>('GET', '/api/audit'),
};
