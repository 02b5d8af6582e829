import { describe, expect, it } from 'vitest';
import {
  passwordLine,
  readDevices,
  readNetworks,
  readProfiles,
  readStations,
  readWifiIds,
  rows,
  type Security,
} from './nmcli.ts';
import { whyNotJoined } from './reasons.ts';
import { hotspotName, profileName, wrongWithWifi } from './wifi.ts';

const hex = (text: string) => Buffer.from(text).toString('hex').toUpperCase();

describe("nmcli's lines", () => {
  it.each([
    ['', []],
    ['a:b\n', [['a', 'b']]],
    ['perch try\\:\\\\x:802-11-wireless:no\n', [['perch try:\\x', '802-11-wireless', 'no']]],
    ['::\n', [['', '', '']]],
    ['ends with a backslash\\\\\n', [['ends with a backslash\\']]],
  ])('%j are fields', (text, fields) => {
    expect(rows(text)).toEqual(fields);
  });
});

describe('the devices', () => {
  it.each([
    ['wlan0:wifi:connected:uuid-1', 'connected'],
    ['wlan0:wifi:connected (externally):', 'connected'],
    ['wlan0:wifi:connecting (getting IP configuration):uuid-1', 'connecting'],
    ['wlan0:wifi:connecting (need authentication):uuid-1', 'connecting'],
    ['wlan0:wifi:disconnected:', 'disconnected'],
    ['wlan0:wifi:deactivating:uuid-1', 'disconnected'],
    ['wlan0:wifi:unavailable:', 'unavailable'],
    ['wlan0:wifi:unmanaged:', 'unmanaged'],
  ])('%s', (line, state) => {
    expect(readDevices(`${line}\n`)[0]).toMatchObject({ name: 'wlan0', type: 'wifi', state });
  });
});

describe('the networks in reach', () => {
  it('are one each, the strongest first, whatever they are called', () => {
    const text = [
      ` :${hex('home')}:40:WPA2`,
      `*:${hex('home')}:71:WPA1 WPA2`,
      ` :${hex('Café ☕: 50% \\o/')}:80:`,
      ` :${hex('one\ntwo')}:20:WPA3`,
      ' ::99:WPA2',
      ' :000000000000:98:WPA2',
      ' :C3FF28:97:WPA2',
      '',
    ].join('\n');
    expect(readNetworks(text)).toEqual([
      { ssid: 'Café ☕: 50% \\o/', signal: 80, security: 'open', inUse: false },
      { ssid: 'home', signal: 71, security: 'wpa', inUse: true },
      { ssid: 'one\ntwo', signal: 20, security: 'sae', inUse: false },
    ]);
  });

  it.each<[string, Security]>([
    ['', 'open'],
    ['WEP', 'wep'],
    ['WPA1', 'wpa'],
    ['WPA2', 'wpa'],
    ['WPA2 WPA3', 'wpa'],
    ['WPA3', 'sae'],
    ['WPA2 802.1X', 'enterprise'],
    ['WPA3 802.1X', 'enterprise'],
    ['OWE', 'owe'],
    ['OWE-TM', 'open'],
  ])('protected by "%s" are %s', (text, security) => {
    expect(readNetworks(` :${hex('x')}:50:${text}\n`)[0]?.security).toBe(security);
  });

  it('stay protected when somebody opens one of the same name', () => {
    const lines = [` :${hex('home')}:40:WPA2`, ` :${hex('home')}:99:`];
    for (const each of [lines, lines.toReversed()]) {
      expect(readNetworks(each.join('\n'))).toMatchObject([{ security: 'wpa', signal: 99 }]);
    }
  });

  it.each(['', 'nonsense', ' :ZZ:1:WPA2', '::::::', '\\', ` :${hex('x')}:many:WPA2`])('survive %j', (text) => {
    expect(() => readNetworks(text)).not.toThrow();
  });
});

it('known networks are told from cables, and read field by field', () => {
  expect(readWifiIds('a-1:802-11-wireless\nb-2:802-3-ethernet\nc-3:wifi\n')).toEqual(['a-1', 'c-3']);
  const text =
    'connection.uuid:a-1\nconnection.id:perch try:\\x\n802-11-wireless.ssid:a:b\\c ☕ \n802-11-wireless.mode:infrastructure\n\n' +
    'connection.uuid:c-3\nconnection.id:perch-hotspot\n802-11-wireless.ssid:Perch-12AB\n802-11-wireless.mode:ap\n';
  expect(readProfiles(text)).toEqual([
    { uuid: 'a-1', name: 'perch try:\\x', ssid: 'a:b\\c ☕ ', mode: 'infrastructure' },
    { uuid: 'c-3', name: 'perch-hotspot', ssid: 'Perch-12AB', mode: 'ap' },
  ]);
  expect(readProfiles('')).toEqual([]);
});

it('those at the hotspot are counted', () => {
  expect(readStations('')).toBe(0);
  expect(
    readStations('Station 02:00:00:00:01:00 (on wlan0)\n\tStation of nothing\nStation 02:00:00:00:01:01 (on wlan0)\n'),
  ).toBe(2);
});

it('a password reaches nmcli whole, whatever signs it has', () => {
  expect(passwordLine('correct-Horse7')).toBe('802-11-wireless-security.psk:correct\\055Horse7\n');
  expect(passwordLine(' a:\\ ')).toBe('802-11-wireless-security.psk:\\040a\\072\\134\\040\n');
  expect(passwordLine('ü')).toBe('802-11-wireless-security.psk:\\303\\274\n');
});

describe('why a network was not joined', () => {
  const failed = 'Error: Connection activation failed:';
  it.each([
    [
      `${failed} Secrets were required, but not provided\nHint: use 'journalctl'`,
      true,
      /“home” did not accept the password/,
    ],
    [`${failed} 802.1X supplicant took too long to authenticate`, true, /did not accept the password/],
    [`${failed} Secrets were required, but not provided`, false, /“home” wants a password/],
    [`${failed} The Wi-Fi network could not be found`, true, /“home” is out of reach/],
    [
      `${failed} IP configuration could not be reserved (no available address, timeout, etc.)`,
      true,
      /gave it no address/,
    ],
    ['Error: Timeout expired (60 seconds)', true, /did not answer in time/],
    ['Error: Failed to add connection: Insufficient privileges', true, /polkit rule/],
    ['Error: something new.\n', true, /“home” could not be joined \(something new\)\. Try again\./],
    ['', true, /“home” could not be joined\. Try again\./],
  ])('%j', (said, secured, sentence) => {
    expect(whyNotJoined(said, 'home', secured)).toMatch(sentence);
  });
});

describe('a name and password for Wi-Fi', () => {
  it.each([
    ['home', undefined],
    ['home', '12345678'],
    ['home', 'a'.repeat(63)],
    ['home', 'f'.repeat(64)],
    ['☕'.repeat(10), undefined],
  ])('may be %j and %j', (ssid, password) => expect(wrongWithWifi(ssid, password)).toBeUndefined());
  it.each([
    ['', undefined, /0 bytes/],
    ['☕'.repeat(11), undefined, /33 bytes/],
    ['home', '1234567', /7 characters/],
    ['home', 'x'.repeat(64), /64 characters/],
  ])('may not be %j and %j', (ssid, password, sentence) => expect(wrongWithWifi(ssid, password)).toMatch(sentence));
});

it('a hotspot is named after its radio', () => {
  expect(hotspotName('2c:cf:67:0a:12:ab')).toBe('Perch-12AB');
  expect(hotspotName('')).toBe('Perch-0000');
  expect(profileName('home')).toMatch(/^perch-[0-9a-f]{8}$/);
});
