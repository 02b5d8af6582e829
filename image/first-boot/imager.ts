/**
 * What Raspberry Pi Imager writes onto the boot partition: cloud-init's `user-data` and
 * `network-config`. Perch reads the parts that Imager writes itself, without cloud-init, which
 * would take 10 s of each boot on a Zero 2 W and 25 MB.
 */
import { LineCounter, parseDocument } from 'yaml';
import { wrongWithWifi } from '../../appliance/network/wifi.ts';
import {
  countryCode,
  hostnameOf,
  type Login,
  loginName,
  type Mistake,
  nothing,
  sshKey,
  type Wanted,
  type Wifi,
} from './wanted.ts';

interface Outcome {
  readonly wanted: Wanted;
  readonly mistakes: readonly Mistake[];
}

/** Keys that Imager writes and that mean nothing here: there is no apt to set up on a read-only root. */
const silent = ['manage_resolv_conf', 'manage_etc_hosts', 'packages', 'apt', 'keyboard', 'chpasswd'];

export function readUserData(file: string, text: string): Outcome {
  const mistakes: Mistake[] = [];
  const values = mapping(file, text, mistakes);
  const logins: Login[] = [];
  for (const user of list(values.users)) {
    if (user === 'default') continue;
    const given = record(user);
    const name = given.name;
    if (typeof name !== 'string' || !loginName.test(name) || name === 'root') {
      mistakes.push({
        file,
        text: `a user is named ${JSON.stringify(name)}. Use lower case letters, digits, - and _, beginning with a letter.`,
      });
      continue;
    }
    const sshKeys = list(given.ssh_authorized_keys).filter(
      (key): key is string => typeof key === 'string' && sshKey.test(key.trim()),
    );
    const locked = given.lock_passwd !== false;
    logins.push({
      name,
      passwordHash: typeof given.passwd === 'string' && given.passwd.startsWith('$') ? given.passwd : undefined,
      password: !locked && typeof given.plain_text_passwd === 'string' ? given.plain_text_passwd : undefined,
      sshKeys,
      sudoWithoutPassword: JSON.stringify(given.sudo ?? '').includes('NOPASSWD'),
    });
  }
  const known = [...silent, 'hostname', 'timezone', 'users', 'enable_ssh', 'ssh_pwauth', 'rpi'];
  for (const key of Object.keys(values)) {
    if (!known.includes(key)) {
      mistakes.push({
        file,
        text: `"${key}" is not taken over: of cloud-init's keys Perch knows those that Raspberry Pi Imager's own form writes.`,
      });
    }
  }
  return {
    wanted: {
      ...nothing,
      hostname: typeof values.hostname === 'string' ? hostnameOf(values.hostname) || undefined : undefined,
      timezone: typeof values.timezone === 'string' ? values.timezone : undefined,
      logins,
      // Without enable_ssh (cloud-init of its own, not Imager's) a key or password login is asked for all the same.
      ssh:
        values.enable_ssh === true || values.ssh_pwauth === true || logins.some((login) => login.sshKeys.length > 0)
          ? true
          : undefined,
      sshPasswords: typeof values.ssh_pwauth === 'boolean' ? values.ssh_pwauth : undefined,
    },
    mistakes,
  };
}

export function readNetworkConfig(file: string, text: string): Outcome {
  const mistakes: Mistake[] = [];
  const top = mapping(file, text, mistakes);
  const network = top.network === undefined ? top : record(top.network);
  const wifi: Wifi[] = [];
  let country: string | undefined;
  for (const device of Object.values(record(network.wifis))) {
    const settings = record(device);
    const given = settings['regulatory-domain'];
    if (typeof given === 'string') {
      if (countryCode.test(given)) country = given;
      else
        mistakes.push({ file, text: `regulatory-domain is "${given}". Use two letters such as "DE", "GB" or "US".` });
    }
    for (const [ssid, point] of Object.entries(record(settings['access-points']))) {
      const { password: direct, auth, hidden } = record(point);
      const password = [direct, record(auth).password].find((each) => typeof each === 'string' && each !== '') as
        | string
        | undefined;
      const reason = wrongWithWifi(ssid, password);
      if (reason === undefined) wifi.push({ ssid, password, hidden: hidden === true });
      else mistakes.push({ file, text: `${reason}.` });
    }
  }
  for (const [name, device] of Object.entries(record(network.ethernets))) {
    if (record(device).addresses !== undefined) {
      mistakes.push({
        file,
        text: `the fixed address of ${name} is not taken over: give the camera its address at the router.`,
      });
    }
  }
  return { wanted: { ...nothing, wifi, country }, mistakes };
}

/** `cfg80211.ieee80211_regdom=DE`, which Imager adds to the kernel's line when there is no Wi-Fi but a country. */
export function countryOfCommandLine(text: string): string | undefined {
  return /cfg80211\.ieee80211_regdom=([A-Z]{2})\b/.exec(text)?.[1];
}

function mapping(file: string, text: string, mistakes: Mistake[]): Record<string, unknown> {
  const lineCounter = new LineCounter();
  // `aliases: 0`: a file of a few hundred bytes must not unfold into gigabytes.
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  for (const error of document.errors.slice(0, 3)) {
    mistakes.push({
      file,
      line: lineCounter.linePos(error.pos[0]).line,
      text: `this line cannot be read (${error.message}).`,
    });
  }
  try {
    return record(document.toJS({ maxAliasCount: 0 }));
  } catch {
    mistakes.push({ file, text: 'cannot be read: it refers to itself.' });
    return {};
  }
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
