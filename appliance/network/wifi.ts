/** What Wi-Fi networks and their passwords may be, and under which names Perch keeps them. */
import { createHash } from 'node:crypto';

/** What is wrong with a network, in words; undefined when nothing is. */
export function wrongWithWifi(ssid: string, password: string | undefined): string | undefined {
  const bytes = Buffer.byteLength(ssid);
  if (bytes < 1 || bytes > 32) return `the network's name (ssid) has ${bytes} bytes; 1 to 32 are possible`;
  if (password === undefined || /^[0-9a-fA-F]{64}$/.test(password)) return undefined;
  const length = Buffer.byteLength(password);
  if (length < 8 || length > 63) {
    return `the password of "${ssid}" has ${length} characters; a Wi-Fi password has 8 to 63. Leave it out for an open network`;
  }
  return undefined;
}

/** What NetworkManager calls a network that Perch was given: the same for the same network, whoever gave it. */
export function profileName(ssid: string): string {
  return `perch-${createHash('sha256').update(ssid).digest('hex').slice(0, 8)}`;
}

/** The hotspot's name, of the radio's MAC address (`2c:cf:67:0a:12:ab`): two cameras side by side are told apart. */
export function hotspotName(mac: string): string {
  const digits = mac.replaceAll(':', '').slice(-4).toUpperCase();
  return `Perch-${/^[0-9A-F]{4}$/.test(digits) ? digits : '0000'}`;
}
