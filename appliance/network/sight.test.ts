import { describe, expect, it } from 'vitest';
import type { Device, Profile } from './nmcli.ts';
import { type Sight, trialProfile } from './radio.ts';
import { factsOf, isOnline, keptProfilesOf, knownNames, ofOthers, profilesOf, stateOf } from './sight.ts';

const profile = (uuid: string, ssid: string, more: Partial<Profile> = {}): Profile => ({
  uuid,
  ssid,
  name: `perch-${uuid}`,
  mode: 'infrastructure',
  ...more,
});
const profiles = [
  profile('u-home', 'home'),
  profile('u-try', 'home', { name: trialProfile }),
  profile('u-new', 'new', { name: trialProfile }),
  profile('u-ap', 'Perch-12AB', { mode: 'ap' }),
];
const cable: Device = { name: 'eth0', type: 'ethernet', state: 'connected', uuid: 'u-eth' };

function sight(state: Device['state'] | undefined, uuid = '', devices: readonly Device[] = []): Sight {
  const radio: Device | undefined = state && { name: 'wlan0', type: 'wifi', state, uuid };
  return { radio, devices: radio ? [radio, ...devices] : devices, profiles, networks: [] };
}

const hotspot = { name: 'Perch-12AB', trouble: undefined };

describe('how the camera stands in its network', () => {
  it.each([
    ['connected', 'u-home', [], 'wifi', 'Connected to “home”.', 'connected', true],
    ['connected', 'u-home', [cable], 'wifi', 'Connected to “home”.', 'connected', true],
    ['connected', 'u-ap', [], 'hotspot', 'The camera is its own network, “Perch-12AB”.', 'hotspot', false],
    ['connected', 'u-ap', [cable], 'hotspot', 'The camera is its own network, “Perch-12AB”.', 'hotspot', true],
    ['connecting', 'u-home', [], 'offline', 'Connecting to “home”.', 'connecting', false],
    ['connecting', 'u-ap', [cable], 'wired', 'Connected by cable.', 'connecting', true],
    ['disconnected', '', [], 'offline', 'The camera is in no network.', 'disconnected', false],
    [undefined, '', [], 'offline', 'The camera is in no network.', 'absent', false],
    [undefined, '', [cable], 'wired', 'Connected by cable.', 'absent', true],
  ] as const)('radio %s by %s, others %j', (radio, uuid, devices, state, message, wifi, online) => {
    const seen = sight(radio, uuid, devices);
    const said = stateOf(seen, hotspot);
    expect(said.state).toBe(state);
    expect(said.message).toContain(message);
    expect(factsOf(seen)).toEqual({ wifi, cable: devices.length > 0, known: true });
    expect(isOnline(seen)).toBe(online);
  });

  it('tells why there is not even a hotspot', () => {
    expect(stateOf(sight('disconnected'), { ...hotspot, trouble: 'no reason' }).message).toBe(
      'The camera is in no network. Its hotspot does not open: no reason.',
    );
  });
});

it('a network that is only being tried is not known yet', () => {
  expect(knownNames(sight('disconnected'))).toEqual(['home']);
  expect(profilesOf(sight('disconnected'), 'home').map(({ uuid }) => uuid)).toEqual(['u-home', 'u-try']);
  expect(keptProfilesOf(sight('disconnected'), 'home').map(({ uuid }) => uuid)).toEqual(['u-home']);
});

it('hotspots of its own are not offered, whatever they were called', () => {
  const list = ['Perch-12AB', 'Perch-0000', 'home'].map(
    (ssid) => ({ ssid, signal: 50, security: 'open', inUse: false }) as const,
  );
  expect(ofOthers(list, sight('disconnected'), 'Perch-0000').map(({ ssid }) => ssid)).toEqual(['home']);
});
