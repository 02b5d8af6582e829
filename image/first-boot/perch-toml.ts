/** `perch.toml` on the boot partition: everything a camera without a screen must be told. */
import { type Config, configTable, secretKeys } from '../../appliance/config.ts';
import { wrongWithWifi } from '../../appliance/network/wifi.ts';
import { suggest } from '../../appliance/suggest.ts';
import { lineOf, readLines } from './lines.ts';
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

/** What the file says beyond the keys of the configuration. */
const own = ['password', 'name', 'timezone', 'country', 'ssh', 'vpn', 'wifi', 'login'] as const;

/** Keys whose values are removed from the file once they were taken in. */
export function isSecret(key: string): boolean {
  return key === 'password' || secretKeys.includes(key as keyof Config) || /key$|secret|token/.test(key);
}

/** Reads the file. What is wrong is left out and named; everything else counts. */
export function readPerchToml(file: string, text: string): { wanted: Wanted; mistakes: Mistake[] } {
  const read = readLines(file, text);
  const mistakes = [...read.mistakes];
  const wrong = (path: string, what: string, which = 0) => {
    const line = lineOf(text, path, which);
    // A line that could not be read was named already.
    if (line !== undefined && read.mistakes.some((each) => each.line === line)) return;
    mistakes.push({ file, line, text: what });
  };
  const string = (path: string, value: unknown, which = 0): string | undefined => {
    if (value === undefined || (typeof value === 'string' && value !== '')) return value as string | undefined;
    wrong(path, `${path} must be a text in quotes.`, which);
    return undefined;
  };
  const flag = (path: string, value: unknown, which = 0): boolean | undefined => {
    if (value === undefined || typeof value === 'boolean') return value;
    wrong(path, `${path} must be true or false, without quotes.`, which);
    return undefined;
  };
  const { values } = read;

  const config: Record<string, string | number | boolean> = {};
  for (const [key, value] of Object.entries(values)) {
    if ((own as readonly string[]).includes(key) || key === 'admin_password') continue;
    if (!Object.hasOwn(configTable, key)) {
      wrong(key, `"${key}" is not known. ${suggest(key, [...own, ...configKeys()], 'Keys are')}`);
      continue;
    }
    const result = configTable[key as keyof typeof configTable].schema.safeParse(value);
    if (result.success && (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')) {
      config[key] = value;
    } else {
      const shown = isSecret(key) ? '' : ` is ${JSON.stringify(value)}`;
      wrong(
        key,
        `${key}${shown}: ${result.success ? 'must be a single value' : (result.error.issues[0]?.message ?? 'is not allowed')}.`,
      );
    }
  }

  const name = string('name', values.name);
  let hostname = name === undefined ? undefined : hostnameOf(name);
  if (hostname === '') {
    wrong('name', `name is "${name}": of it nothing is left for an address. Use letters and digits.`);
    hostname = undefined;
  }
  const given = string('country', values.country);
  let country = given?.toUpperCase();
  if (country !== undefined && !countryCode.test(country)) {
    wrong('country', `country is "${given}". Use two letters such as "DE", "GB" or "US".`);
    country = undefined;
  }

  const wifi: Wifi[] = [];
  for (const [at, table] of tables('wifi', values.wifi, wrong).entries()) {
    const ssid = string('wifi.ssid', table.ssid, at);
    const password = string('wifi.password', table.password, at);
    const hidden = flag('wifi.hidden', table.hidden, at) ?? false;
    unknownIn('wifi', table, ['ssid', 'password', 'hidden'], at, wrong);
    if (ssid === undefined) {
      if (table.ssid === undefined) wrong('wifi', 'a [wifi] needs ssid = "the network\'s name".', at);
      continue;
    }
    // A password that could not be read must not turn into an open network.
    if (table.password !== undefined && password === undefined) continue;
    const reason = wrongWithWifi(ssid, password);
    if (reason === undefined) wifi.push({ ssid, password, hidden });
    else wrong(reason.startsWith('the password') ? 'wifi.password' : 'wifi.ssid', `${reason}.`, at);
  }

  const logins: Login[] = [];
  for (const [at, table] of tables('login', values.login, wrong).entries()) {
    unknownIn('login', table, ['name', 'password', 'ssh_key'], at, wrong);
    const who = string('login.name', table.name, at) ?? 'pi';
    const password = string('login.password', table.password, at);
    const keys = (
      Array.isArray(table.ssh_key) ? table.ssh_key : table.ssh_key === undefined ? [] : [table.ssh_key]
    ) as unknown[];
    const sshKeys = keys.filter((key): key is string => typeof key === 'string' && sshKey.test(key.trim()));
    if (sshKeys.length < keys.length) {
      wrong(
        'login.ssh_key',
        'ssh_key must be a public key such as "ssh-ed25519 AAAA… you@laptop" (the file that ends in .pub).',
        at,
      );
    }
    if (!loginName.test(who) || who === 'root') {
      wrong(
        'login.name',
        `"${who}" cannot be a login's name. Use lower case letters, digits, - and _, beginning with a letter.`,
        at,
      );
    } else if (password === undefined && sshKeys.length === 0) {
      wrong('login', 'a [login] needs a password or an ssh_key.', at);
    } else {
      logins.push({ name: who, password, sshKeys, sudoWithoutPassword: password === undefined });
    }
  }

  return {
    wanted: {
      ...nothing,
      hostname,
      country,
      timezone: string('timezone', values.timezone),
      wifi,
      logins,
      ssh: flag('ssh', values.ssh) ?? (logins.some((login) => login.sshKeys.length > 0) ? true : undefined),
      password: string('password', values.password) ?? string('admin_password', values.admin_password),
      vpn: string('vpn', values.vpn),
      config,
    },
    mistakes,
  };
}

type Wrong = (path: string, what: string, which?: number) => void;

function configKeys(): string[] {
  return Object.keys(configTable).filter((key) => key !== 'admin_password');
}

function tables(name: string, value: unknown, wrong: Wrong): Record<string, unknown>[] {
  if (value === undefined) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const good = list.filter(
    (each): each is Record<string, unknown> => typeof each === 'object' && each !== null && !Array.isArray(each),
  );
  if (good.length < list.length) wrong(name, `${name} must be a table: a line [${name}], and below it the keys.`);
  return good;
}

function unknownIn(
  table: string,
  values: Readonly<Record<string, unknown>>,
  known: readonly string[],
  at: number,
  wrong: Wrong,
): void {
  for (const key of Object.keys(values)) {
    if (known.includes(key)) continue;
    const elsewhere = (own as readonly string[]).includes(key) || Object.hasOwn(configTable, key);
    wrong(
      `${table}.${key}`,
      elsewhere
        ? `"${key}" stands below [${table}]; move it above the first line in brackets.`
        : `"${key}" is not known in [${table}]. ${suggest(key, known, 'Keys there are')}`,
      at,
    );
  }
}
