/**
 * Takes in what lies on the boot partition: reads, applies, says what became of it, and removes what
 * is secret. Runs as root before the network and the camera start. Every step on its own: one that
 * fails is a line of the report, never the end of the others.
 */
import { existsSync } from 'node:fs';
import { chmod, mkdir, open, readdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'smol-toml';
import { Auth } from '../../appliance/auth/auth.ts';
import { checkPassword } from '../../appliance/auth/password.ts';
import { loadConfig } from '../../appliance/config.ts';
import type { Logger } from '../../appliance/log.ts';
import { countryOfCommandLine, readNetworkConfig, readUserData } from './imager.ts';
import { decode, lineOf, withoutSecrets } from './lines.ts';
import { hostsFile, sshSettings, wifiConnection, wrongWithVpn } from './network.ts';
import { isSecret, readPerchToml } from './perch-toml.ts';
import { type Report, reportPath, reportText } from './report.ts';
import { type Login, type Mistake, nothing, together, type Wanted } from './wanted.ts';

export interface Machine {
  /** The running system's root; a folder in tests. */
  readonly root: string;
  /** Where the FAT partition is seen, inside root. */
  readonly boot: string;
  /** Runs a program of the system; rejects with its last line when it fails. */
  run(program: string, args: readonly string[], input?: string): Promise<void>;
  readonly log: Logger;
}

/** Larger than any such file; what is larger is something else under its name. */
const sizeMost = 256 * 1024;
const names = { toml: 'perch.toml', user: 'user-data', network: 'network-config', line: 'cmdline.txt' };
const requests = { password: 'perch-reset-password', factory: 'perch-factory-reset' };

/** Does it all; answers what became of it. `reboot`: a factory reset was asked for and happens at the next start. */
export async function takeIn(machine: Machine): Promise<Report & { readonly reboot: boolean }> {
  const found = await readBoot(machine);
  const mistakes = [...found.mistakes];
  const taken: string[] = [];
  const step = async (
    what: string,
    where: { file: string; line?: number | undefined },
    does: () => Promise<string | undefined>,
  ) => {
    try {
      const done = await does();
      if (done !== undefined) taken.push(done);
    } catch (error) {
      mistakes.push({ ...where, text: `${what}: ${(error as Error).message}` });
      machine.log.error({ err: error }, what);
    }
  };
  const inToml = (key: string) => ({
    file: names.toml,
    line: found.toml === undefined ? undefined : lineOf(found.toml, key),
  });
  const { wanted } = found;

  let reboot = false;
  await step('The factory reset could not be prepared', { file: requests.factory }, async () => {
    if (!existsSync(join(machine.boot, requests.factory))) return undefined;
    await write(join(machine.root, 'data/.factory-reset'), '');
    reboot = true;
    return 'Everything personal is forgotten with this start.';
  });
  if (!reboot) await apply(machine, wanted, inToml, step);

  // Everything is on the disk before the card forgets it.
  await machine.run('sync', []).catch(() => undefined);
  const report: Report = { taken, mistakes };
  await forget(machine, found, report).catch((error: unknown) =>
    machine.log.error({ err: error }, 'boot partition not written'),
  );
  // For the page; readable by the camera's service.
  const forPage = join(machine.root, reportPath);
  await write(forPage, `${JSON.stringify(report)}\n`).then(() => chmod(forPage, 0o644));
  return { ...report, reboot };
}

interface Found {
  readonly wanted: Wanted;
  readonly mistakes: readonly Mistake[];
  readonly toml?: string;
  readonly present: readonly string[];
}

async function readBoot(machine: Machine): Promise<Found> {
  const present = await readdir(machine.boot).catch((): string[] => []);
  const mistakes: Mistake[] = [];
  let wanted: Wanted = nothing;
  const read = async (name: string): Promise<string | undefined> => {
    if (!present.includes(name)) return undefined;
    const bytes = await readFile(join(machine.boot, name)).catch((error: Error) => error);
    if (bytes instanceof Error) mistakes.push({ file: name, text: `cannot be read (${bytes.message}).` });
    else if (bytes.length > sizeMost)
      mistakes.push({ file: name, text: `has ${bytes.length} bytes; more than ${sizeMost} are not read.` });
    else return decode(bytes);
    return undefined;
  };
  const add = (outcome: { wanted: Wanted; mistakes: readonly Mistake[] }) => {
    wanted = together(wanted, outcome.wanted);
    mistakes.push(...outcome.mistakes);
  };
  const line = await read(names.line);
  if (line !== undefined) add({ wanted: { ...nothing, country: countryOfCommandLine(line) }, mistakes: [] });
  const user = await read(names.user);
  if (user !== undefined) add(readUserData(names.user, user));
  const network = await read(names.network);
  if (network !== undefined) add(readNetworkConfig(names.network, network));
  const toml = await read(names.toml);
  // Perch's own file has the last word.
  if (toml !== undefined) add(readPerchToml(names.toml, toml));
  return { wanted, mistakes, ...(toml === undefined ? {} : { toml }), present };
}

type Step = (
  what: string,
  where: { file: string; line?: number | undefined },
  does: () => Promise<string | undefined>,
) => Promise<void>;

async function apply(
  machine: Machine,
  wanted: Wanted,
  inToml: (key: string) => { file: string; line?: number | undefined },
  step: Step,
): Promise<void> {
  const { root } = machine;
  const at = (path: string) => join(root, path);

  await step('The name could not be set', inToml('name'), async () => {
    if (wanted.hostname === undefined) return undefined;
    await write(at('etc/hostname'), `${wanted.hostname}\n`);
    await write(
      at('etc/hosts'),
      hostsFile(
        await readFile(at('etc/hosts'), 'utf8').catch(() => '127.0.0.1 localhost\n::1 localhost\n'),
        wanted.hostname,
      ),
    );
    await machine.run('hostname', [wanted.hostname]);
    return `The camera's address is http://${wanted.hostname}.local`;
  });
  await step('The time zone could not be set', inToml('timezone'), async () => {
    if (wanted.timezone === undefined) return undefined;
    const zone = join('/usr/share/zoneinfo', wanted.timezone);
    if (!/^[\w+-]+(\/[\w+-]+)*$/.test(wanted.timezone) || !existsSync(join(root, zone))) {
      throw new Error(`"${wanted.timezone}" is not known. Use a name such as "Europe/Berlin" or "America/New_York".`);
    }
    await rm(at('etc/localtime'), { force: true });
    await symlink(zone, at('etc/localtime'));
    return `Time zone ${wanted.timezone}.`;
  });
  await step('The Wi-Fi country could not be set', inToml('country'), async () => {
    if (wanted.country === undefined) return undefined;
    await write(at('etc/modprobe.d/perch-wifi-country.conf'), `options cfg80211 ieee80211_regdom=${wanted.country}\n`);
    await machine.run('iw', ['reg', 'set', wanted.country]).catch(() => undefined);
    return `Wi-Fi country ${wanted.country}.`;
  });
  for (const wifi of wanted.wifi) {
    await step(`The network "${wifi.ssid}" could not be added`, inToml('wifi'), async () => {
      const { name, text } = wifiConnection(wifi);
      await write(at(`etc/NetworkManager/system-connections/${name}`), text);
      return `Wi-Fi "${wifi.ssid}" is known.`;
    });
  }
  for (const login of wanted.logins) {
    await step(`The login "${login.name}" could not be made`, inToml('login'), () => addLogin(machine, login));
  }
  await step('The terminal of the page could not be given a password for sudo', inToml('login'), () =>
    letTerminalSudo(machine, wanted.logins),
  );
  await step('ssh could not be switched', inToml('ssh'), async () => {
    if (wanted.sshPasswords !== undefined)
      await write(at('etc/ssh/sshd_config.d/10-perch.conf'), sshSettings(wanted.sshPasswords));
    if (wanted.ssh === undefined) return undefined;
    await machine.run('systemctl', [wanted.ssh ? 'enable' : 'disable', 'ssh.service']);
    await machine.run('systemctl', [wanted.ssh ? 'start' : 'stop', '--no-block', 'ssh.service']);
    return `ssh is ${wanted.ssh ? 'on' : 'off'}.`;
  });
  await step('The VPN profile was not taken', inToml('vpn'), async () => {
    if (wanted.vpn === undefined) return undefined;
    if (!/^[\w. -]+$/.test(wanted.vpn))
      throw new Error(`"${wanted.vpn}" must be the name of a file beside perch.toml.`);
    const bytes = await readFile(join(machine.boot, wanted.vpn)).catch(() => undefined);
    const profile = at('etc/openvpn/client/perch.conf');
    if (bytes === undefined) {
      // The second start with the same perch.toml: the profile was taken at the first.
      if (existsSync(profile)) return undefined;
      throw new Error(`there is no file "${wanted.vpn}" beside perch.toml.`);
    }
    const text = decode(bytes);
    const reason = wrongWithVpn(text);
    if (reason !== undefined) throw new Error(`${reason}.`);
    await write(profile, text);
    await machine.run('systemctl', ['enable', 'openvpn-client@perch.service']);
    await machine.run('systemctl', ['start', '--no-block', 'openvpn-client@perch.service']);
    return `VPN profile ${wanted.vpn} is in use.`;
  });
  await step('The configuration was not taken', inToml(''), () => mergeConfig(machine, wanted));
  await step('The password could not be set', inToml('password'), () => setPassword(machine, wanted.password));
}

async function addLogin(machine: Machine, login: Login): Promise<string> {
  const { name } = login;
  const passwd = await readFile(join(machine.root, 'etc/passwd'), 'utf8');
  if (!passwd.split('\n').some((line) => line.startsWith(`${name}:`))) {
    const known = (await readFile(join(machine.root, 'etc/group'), 'utf8'))
      .split('\n')
      .map((line) => line.split(':')[0]);
    const groups = ['sudo', 'adm', 'dialout', 'video', 'render', 'gpio', 'i2c', 'spi', 'netdev'].filter((group) =>
      known.includes(group),
    );
    await machine.run('useradd', ['--create-home', '--shell', '/bin/bash', '--groups', groups.join(','), name]);
  }
  await setLoginPassword(machine, name, login);
  if (login.sshKeys.length > 0) {
    const folder = join(machine.root, 'home', name, '.ssh');
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await write(join(folder, 'authorized_keys'), `${login.sshKeys.join('\n')}\n`);
    await machine.run('chown', ['-R', `${name}:${name}`, `/home/${name}/.ssh`]);
  }
  if (login.sudoWithoutPassword)
    await write(join(machine.root, 'etc/sudoers.d', `perch-${name}`), `${name} ALL=(ALL) NOPASSWD: ALL\n`, 0o440);
  return `Login ${name}${login.sshKeys.length > 0 ? ' with ssh key' : ''}.`;
}

/** The user of the page's terminal (perch-recovery.service). */
const terminalUser = 'perch-recovery';

/** The terminal may sudo by the password of the first login that has one; with none it may not. */
async function letTerminalSudo(machine: Machine, logins: readonly Login[]): Promise<string | undefined> {
  const login = logins.find(({ password, passwordHash }) => password !== undefined || passwordHash !== undefined);
  if (login === undefined) return undefined;
  await setLoginPassword(machine, terminalUser, login);
  await write(join(machine.root, 'etc/sudoers.d', terminalUser), `${terminalUser} ALL=(ALL:ALL) ALL\n`, 0o440);
  return `The terminal of the page may sudo, with the password of ${login.name}.`;
}

/** By standard input: arguments are seen by everybody on the machine. */
async function setLoginPassword(machine: Machine, name: string, login: Login): Promise<void> {
  if (login.passwordHash !== undefined)
    await machine.run('chpasswd', ['--encrypted'], `${name}:${login.passwordHash}\n`);
  else if (login.password !== undefined) await machine.run('chpasswd', [], `${name}:${login.password}\n`);
}

async function mergeConfig(machine: Machine, wanted: Wanted): Promise<string | undefined> {
  const keys = Object.keys(wanted.config);
  if (keys.length === 0) return undefined;
  const path = join(machine.root, 'etc/perch/perch.toml');
  const before = await readFile(path, 'utf8')
    .then(parse)
    .catch(() => ({}));
  const text = `# Written from perch.toml on the boot partition.\n${stringify({ ...before, ...wanted.config })}\n`;
  // What each key allows was checked; what they allow together is checked by reading it as the camera will.
  const trial = join(machine.root, 'run/perch-first-boot.toml');
  await write(trial, text);
  try {
    loadConfig({ PERCH_CONFIG: trial });
  } finally {
    await rm(trial, { force: true });
  }
  await write(path, text, 0o640);
  await machine.run('chown', ['root:perch', '/etc/perch/perch.toml']);
  return `Configuration: ${keys.join(', ')}.`;
}

async function setPassword(machine: Machine, password: string | undefined): Promise<string | undefined> {
  const forget = existsSync(join(machine.boot, requests.password));
  if (!forget && password === undefined) return undefined;
  // Before anything is forgotten: a password that cannot be used leaves the old one, not a camera that anybody may claim.
  const unusable = password === undefined ? undefined : whyUnusable(password);
  if (unusable && !forget) throw unusable;
  const options = { path: join(machine.root, 'var/lib/perch/auth.json'), log: machine.log };
  try {
    const auth = await Auth.open(options);
    // Who holds the card owns the camera: its password counts, whatever was chosen before.
    await auth.resetPassword();
    await auth.close();
    if (unusable) throw unusable;
    if (password !== undefined) await (await Auth.open({ ...options, adminPassword: password })).close();
  } finally {
    await machine.run('chown', ['-R', 'perch:perch', '/var/lib/perch']);
  }
  return password === undefined
    ? 'The password is forgotten: the next visitor of the page chooses a new one.'
    : 'The password is set.';
}

function whyUnusable(password: string): Error | undefined {
  try {
    checkPassword(password);
    return undefined;
  } catch (error) {
    return new Error(`password cannot be used. ${(error as Error).message}`);
  }
}

/** Rewrites the boot partition: no secrets, no requests that were carried out, the report. */
async function forget(machine: Machine, found: Found, report: Report): Promise<void> {
  const at = (name: string) => join(machine.boot, name);
  await machine.run('mount', ['-o', 'remount,rw', machine.boot]);
  try {
    for (const name of [names.user, names.network, requests.password, requests.factory]) {
      if (found.present.includes(name)) await rm(at(name), { force: true });
    }
    if (found.toml !== undefined) {
      const left = withoutSecrets(found.toml, isSecret);
      if (left !== found.toml) await write(at(names.toml), left.replaceAll('\n', '\r\n'));
    }
    const { vpn } = found.wanted;
    if (vpn !== undefined && found.present.includes(vpn) && report.taken.some((line) => line.startsWith('VPN profile')))
      await rm(at(vpn), { force: true });
    await write(at('perch-report.txt'), reportText(report));
  } finally {
    await machine.run('sync', []).catch(() => undefined);
    await machine.run('mount', ['-o', 'remount,ro', machine.boot]);
  }
}

/** Whole or not at all, whenever the plug is pulled. */
async function write(path: string, text: string, mode = 0o600): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.new`;
  const file = await open(temporary, 'w', mode);
  try {
    await file.writeFile(text);
    // `mode` above is narrowed by the umask, and counts only for a new file. FAT knows no modes.
    await file.chmod(mode).catch(() => undefined);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, path);
  const folder = await open(dirname(path), 'r');
  await folder.sync().catch(() => undefined);
  await folder.close();
}
