/** Why a network could not be joined, or not even be tried, for the person who wants it. */
import type { Security } from './nmcli.ts';

/** NetworkManager's own words (libnm, nmc_device_reason_to_string), and what they mean in practice. */
const table: readonly (readonly [said: RegExp, sentence: (ssid: string, secured: boolean) => string])[] = [
  [
    // Asked for another password: the one given was refused. Some access points only fall silent.
    /secrets were required|no valid secrets|invalid secrets|802\.1X supplicant/i,
    (ssid, secured) =>
      secured
        ? `“${ssid}” did not accept the password. Upper and lower case count.`
        : `“${ssid}” wants a password. Try again with one.`,
  ],
  [
    /network could not be found|no network with ssid/i,
    (ssid) =>
      `“${ssid}” is out of reach, or has another name. Move the camera or the router closer, and look whether it is switched on.`,
  ],
  [
    /IP configuration|DHCP/i,
    (ssid) =>
      `“${ssid}” let the camera in but gave it no address. Start the router again, or look whether it only admits devices it knows.`,
  ],
  [
    /timeout|timed out|took too long/i,
    (ssid) => `“${ssid}” did not answer in time. It may be too far away, or the password is not right.`,
  ],
  [
    /not authorized|insufficient privileges/i,
    () => 'Perch may not change the Wi-Fi of this device: the polkit rule 50-perch.rules is missing.',
  ],
  [/key-mgmt|psk:|property is invalid/i, () => 'The password is none that Wi-Fi knows. It has 8 to 63 characters.'],
];

/** The sentence for what nmcli said on its way out. */
export function whyNotJoined(said: string, ssid: string, secured: boolean): string {
  for (const [pattern, sentence] of table) if (pattern.test(said)) return sentence(ssid, secured);
  const words = said
    .split('\n')
    .map((line) => line.replace(/^(Error|Warning): /, '').trim())
    .find((line) => line !== '' && !line.startsWith('Hint:'));
  return `“${ssid}” could not be joined${words === undefined ? '' : ` (${words.replace(/\.$/, '')})`}. Try again.`;
}

/** Why this network cannot even be tried; undefined when it can. `known`: the camera has its password. */
export function whyNotPossible(
  ssid: string,
  security: Security,
  password: string | undefined,
  known: boolean,
): string | undefined {
  if (security === 'enterprise')
    return `“${ssid}” asks for a user's own name and password, as companies' networks do; Perch cannot join it`;
  if (security === 'wep') return `“${ssid}” is protected by WEP, which protects nothing; set its router to WPA2`;
  if ((security === 'wpa' || security === 'sae') && password === undefined && !known)
    return `“${ssid}” needs its password`;
  if ((security === 'open' || security === 'owe') && password !== undefined)
    return `“${ssid}” has no password; leave it out`;
  return undefined;
}
