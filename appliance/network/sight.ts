/** What the network part sees at one moment, in the words of those who ask. Pure. */
import type { Network as InReach, Profile } from './nmcli.ts';
import type { Facts } from './policy.ts';
import { type Sight, trialProfile } from './radio.ts';
import type { NetworkStatus } from './types.ts';

/** The radio is an access point. */
export function isHotspot({ radio, profiles }: Sight): boolean {
  const profile = profiles.find(({ uuid }) => uuid === radio?.uuid);
  return radio?.state === 'connected' && profile?.mode === 'ap';
}

export function hasCable({ devices }: Sight): boolean {
  return devices.some(({ type, state }) => type === 'ethernet' && state === 'connected');
}

/** In a network of others, by Wi-Fi or by cable. */
export function isOnline(sight: Sight): boolean {
  return hasCable(sight) || (sight.radio?.state === 'connected' && !isHotspot(sight));
}

/** The profiles of a network, one that is only being tried too. */
export function profilesOf({ profiles }: Sight, ssid: string): readonly Profile[] {
  return profiles.filter((each) => each.ssid === ssid && each.mode === 'infrastructure');
}

/** The profiles of a network that is known. */
export function keptProfilesOf(sight: Sight, ssid: string): readonly Profile[] {
  return profilesOf(sight, ssid).filter(({ name }) => name !== trialProfile);
}

/** Names of the networks that the camera joins by itself. */
export function knownNames({ profiles }: Sight): string[] {
  const names = profiles
    .filter(({ mode, name }) => mode === 'infrastructure' && name !== trialProfile)
    .map(({ ssid }) => ssid);
  return [...new Set(names)].filter((ssid) => ssid !== '').sort((a, b) => a.localeCompare(b));
}

/** The network that the radio is in or is joining; empty when nobody can tell. */
export function currentName({ radio, profiles, networks }: Sight): string {
  return profiles.find(({ uuid }) => uuid === radio?.uuid)?.ssid ?? networks.find(({ inUse }) => inUse)?.ssid ?? '';
}

/** Of a list of networks those that are not the camera's own. */
export function ofOthers(list: readonly InReach[], { profiles }: Sight, hotspot: string): readonly InReach[] {
  const own = [hotspot, ...profiles.filter(({ mode }) => mode === 'ap').map(({ ssid }) => ssid)];
  return list.filter(({ ssid }) => !own.includes(ssid));
}

/** The state while nothing is being tried, and its sentence. `trouble`: why the hotspot does not open. */
export function stateOf(
  sight: Sight,
  hotspot: { readonly name: string; readonly trouble: string | undefined },
): Pick<NetworkStatus, 'state' | 'message'> {
  if (isHotspot(sight)) {
    return {
      state: 'hotspot',
      message: `The camera is its own network, “${hotspot.name}”. Choose the one it shall join.`,
    };
  }
  const ssid = currentName(sight);
  if (sight.radio?.state === 'connected') return { state: 'wifi', message: `Connected to “${ssid}”.` };
  if (hasCable(sight)) return { state: 'wired', message: 'Connected by cable.' };
  if (sight.radio?.state === 'connecting') return { state: 'offline', message: `Connecting to “${ssid}”.` };
  const trouble = hotspot.trouble === undefined ? '' : ` Its hotspot does not open: ${hotspot.trouble}.`;
  return { state: 'offline', message: `The camera is in no network.${trouble}` };
}

/** What the policy decides by, without the clock and who is connected to the hotspot. */
export function factsOf(sight: Sight): Omit<Facts, 'now' | 'stations'> {
  return { wifi: wifiOf(sight), cable: hasCable(sight), known: knownNames(sight).length > 0 };
}

function wifiOf(sight: Sight): Facts['wifi'] {
  if (isHotspot(sight)) return 'hotspot';
  if (!sight.radio) return 'absent';
  const { state } = sight.radio;
  return state === 'connected' || state === 'connecting' ? state : 'disconnected';
}
