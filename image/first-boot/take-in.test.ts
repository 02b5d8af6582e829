import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Auth } from '../../appliance/auth/auth.ts';
import { loadConfig } from '../../appliance/config.ts';
import { createLog } from '../../appliance/log.ts';
import { mistakesForPage, reportPath } from './report.ts';
import { type Machine, takeIn } from './take-in.ts';

const log = createLog('silent');
let root: string;
let boot: string;
/** Programs that were called, and what they were given. */
let called: string[];
/** Programs that fail, and what they say. */
let failing: Record<string, string>;
let machine: Machine;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'perch-first-boot-'));
  boot = join(root, 'boot/firmware');
  for (const folder of ['boot/firmware', 'etc/perch', 'run', 'data', 'usr/share/zoneinfo/Europe', 'home']) {
    await mkdir(join(root, folder), { recursive: true });
  }
  await writeFile(join(root, 'usr/share/zoneinfo/Europe/Berlin'), 'TZif');
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0::/root:/bin/bash\n');
  await writeFile(join(root, 'etc/group'), 'sudo:x:27:\nvideo:x:44:\ngpio:x:990:\n');
  await writeFile(join(root, 'etc/hosts'), '127.0.0.1 localhost\n127.0.1.1 perch\n');
  await writeFile(join(root, 'etc/perch/perch.toml'), 'data = "/var/lib/perch"\nport = 80\n');
  called = [];
  failing = {};
  machine = {
    root,
    boot,
    log,
    run: async (program, args, input) => {
      called.push([program, ...args].join(' ') + (input === undefined ? '' : ` < ${input.trim()}`));
      const failure = failing[program];
      if (failure !== undefined) throw new Error(failure);
    },
  };
});
afterEach(() => rm(root, { recursive: true, force: true }));

const put = (name: string, text: string | Buffer) => writeFile(join(boot, name), text);
const got = (path: string) => readFile(join(root, path), 'utf8');
const mode = async (path: string) => ((await stat(join(root, path))).mode & 0o777).toString(8);

async function opens(password: string): Promise<boolean> {
  const auth = await Auth.open({ path: join(root, 'var/lib/perch/auth.json'), log });
  try {
    await auth.confirmPassword(password, '127.0.0.1');
    return true;
  } catch {
    return false;
  } finally {
    await auth.close();
  }
}

describe('what lies on the boot partition', () => {
  it('is taken in, and its secrets removed', async () => {
    await put('office.ovpn', 'client\nremote vpn.example 1194\n<ca>\nx\n</ca>\n');
    await put(
      'perch.toml',
      'name = "Garden"\r\npassword = "correct horse"\r\ntimezone = "Europe/Berlin"\r\nvpn = "office.ovpn"\r\nmax_viewers = 5\r\n[wifi]\r\nssid = "home"\r\npassword = "not so secret"\r\n[login]\r\nname = "anna"\r\npassword = "anna\'s own"\r\n',
    );
    const { taken, mistakes } = await takeIn(machine);
    expect(mistakes).toEqual([]);
    expect(taken).toContain("The camera's address is http://garden.local");
    expect(await got('etc/hostname')).toBe('garden\n');
    expect(await got('etc/hosts')).toBe('127.0.0.1 localhost\n127.0.1.1 garden\n');
    const [connection] = await readdir(join(root, 'etc/NetworkManager/system-connections'));
    expect(await got(`etc/NetworkManager/system-connections/${connection}`)).toMatch(
      /ssid=104;111;109;101;\n(.*\n)*psk=not so secret\n/,
    );
    expect(await mode(`etc/NetworkManager/system-connections/${connection}`)).toBe('600');
    expect(await got('etc/openvpn/client/perch.conf')).toContain('remote vpn.example');
    expect(await mode('etc/openvpn/client/perch.conf')).toBe('600');
    expect(loadConfig({ PERCH_CONFIG: join(root, 'etc/perch/perch.toml') })).toMatchObject({
      port: 80,
      max_viewers: 5,
    });
    expect(await opens('correct horse')).toBe(true);
    expect(called).toContain("chpasswd < anna:anna's own");
    expect(called).toContain("chpasswd < perch-recovery:anna's own");
    expect(await got('etc/sudoers.d/perch-recovery')).toBe('perch-recovery ALL=(ALL:ALL) ALL\n');
    expect(await mode('etc/sudoers.d/perch-recovery')).toBe('440');
    expect(called).toContain('useradd --create-home --shell /bin/bash --groups sudo,video,gpio anna');
    // Written first, removed from the card after a sync, and the card closed again.
    expect(called.indexOf('sync')).toBeLessThan(called.indexOf(`mount -o remount,rw ${boot}`));
    expect(called.at(-1)).toBe(`mount -o remount,ro ${boot}`);
    const left = await readFile(join(boot, 'perch.toml'), 'utf8');
    expect(left).not.toMatch(/correct horse|not so secret|anna's own/);
    expect(left).toContain('name = "Garden"\r\n');
    expect(await readdir(boot)).toEqual(['perch-report.txt', 'perch.toml']);
    expect(await readFile(join(boot, 'perch-report.txt'), 'utf8')).toMatch(/Everything was understood\.\r\n/);
  });

  it('may be half wrong: the rest counts, and the report names the lines', async () => {
    await put(
      'perch.toml',
      'name = "door"\nport = "eighty"\npassword = "correct horse"\ntimezone = "Europe/Atlantis"\nvpn = "gone.ovpn"\n[wifi]\nssid = "home"\npassword = "typo"\n',
    );
    const { mistakes } = await takeIn(machine);
    expect(mistakes.map((each) => each.line)).toEqual([2, 8, 4, 5]);
    expect(await got('etc/hostname')).toBe('door\n');
    expect(await opens('correct horse')).toBe(true);
    const report = await readFile(join(boot, 'perch-report.txt'), 'utf8');
    expect(report).toMatch(/perch.toml, line 4: The time zone could not be set: "Europe\/Atlantis" is not known/);
    expect(report).not.toContain('typo');
    expect(JSON.parse(await got('var/lib/perch-first-boot/report.json')).mistakes).toHaveLength(4);
    expect(await mode('var/lib/perch-first-boot/report.json')).toBe('644');
  });

  it('is told on the page too, by line, until it is right', async () => {
    await put('perch.toml', 'relay_url = "relay.example"\nrelay_key = "pi_secret"\nhotspot_password = "short"\n');
    await takeIn(machine);
    const told = await mistakesForPage(join(root, reportPath));
    expect(told).toEqual([
      expect.stringMatching(
        /^On the card: perch\.toml, line 1: relay_url is "relay\.example": must be an address such as/,
      ),
      expect.stringMatching(/^On the card: perch\.toml, line 3: hotspot_password: must have 8 to 63/),
    ]);
    expect(await readFile(join(boot, 'perch.toml'), 'utf8')).not.toMatch(/pi_secret|short/);
    await put('perch.toml', 'relay_url = "wss://relay.example:8001"\nrelay_key = "pi_secret"\n');
    await takeIn(machine);
    expect(await mistakesForPage(join(root, reportPath))).toEqual([]);
    expect(loadConfig({ PERCH_CONFIG: join(root, 'etc/perch/perch.toml') })).toMatchObject({
      relay_url: 'wss://relay.example:8001',
      relay_key: 'pi_secret',
    });
  });

  it.each(['', '{', '[]', '{"mistakes": 7}'])('a report that holds %j is no notice', async (text) => {
    await put('report.json', text);
    expect(await mistakesForPage(join(boot, 'report.json'))).toEqual([]);
    expect(await mistakesForPage(join(boot, 'absent'))).toEqual([]);
  });

  it('goes on when a program of the system fails', async () => {
    failing = { useradd: 'useradd: cannot lock /etc/passwd', systemctl: 'no bus' };
    await put('perch.toml', 'name = "door"\npassword = "correct horse"\nssh = true\n[login]\npassword = "12345678"\n');
    const { mistakes } = await takeIn(machine);
    expect(mistakes.map((each) => [each.line, each.text])).toEqual([
      [4, 'The login "pi" could not be made: useradd: cannot lock /etc/passwd'],
      [3, 'ssh could not be switched: no bus'],
    ]);
    expect(await opens('correct horse')).toBe(true);
  });

  it('sets a new password over the old one, and says when it is too weak', async () => {
    await put('perch.toml', 'password = "first password"\n');
    await takeIn(machine);
    await put('perch.toml', 'password = "second password"\n');
    await takeIn(machine);
    expect(await opens('first password')).toBe(false);
    expect(await opens('second password')).toBe(true);
    await put('perch.toml', 'password = "x"\n');
    const { mistakes } = await takeIn(machine);
    expect(mistakes[0]?.text).toMatch(/^The password could not be set: password cannot be used\./);
    expect(mistakes[0]?.line).toBe(1);
    expect(await opens('second password')).toBe(true);
  });

  it('may be a request to forget the password', async () => {
    await put('perch.toml', 'password = "first password"\n');
    await takeIn(machine);
    await rm(join(boot, 'perch.toml'));
    await put('perch-reset-password', '');
    const { taken } = await takeIn(machine);
    expect(taken).toEqual(['The password is forgotten: the next visitor of the page chooses a new one.']);
    expect(await opens('first password')).toBe(false);
    expect(await readdir(boot)).toEqual(['perch-report.txt']);
  });

  it('forgets the password when that is asked, even when the new one is too weak', async () => {
    await put('perch.toml', 'password = "first password"\n');
    await takeIn(machine);
    await put('perch.toml', 'password = "x"\n');
    await put('perch-reset-password', '');
    called = [];
    const { mistakes } = await takeIn(machine);
    expect(mistakes[0]?.text).toMatch(/^The password could not be set: password cannot be used\./);
    expect(await opens('first password')).toBe(false);
    // The camera's own user must be able to read what is left.
    expect(called).toContain('chown -R perch:perch /var/lib/perch');
  });

  it('may be a request to forget everything', async () => {
    await put('perch-factory-reset', '');
    await put('perch.toml', 'password = "of the one before"\n');
    const { reboot } = await takeIn(machine);
    expect(reboot).toBe(true);
    expect(await got('data/.factory-reset')).toBe('');
    expect(called.some((each) => each.startsWith('chown'))).toBe(false);
    expect(await readdir(boot)).not.toContain('perch-factory-reset');
  });

  it.each([
    ['ends nowhere', 'client\n', /names no server/],
    ['runs a program', 'client\nremote a 1\nup /tmp/x.sh\n', /runs programs or opens other files \("up"\)/],
    ['asks for a password', 'client\nremote a 1\nauth-user-pass\n', /nobody is there to type them/],
    ['refers to a file', 'client\nremote a 1\nca ca.crt\n', /refers to another file \(ca ca.crt\)/],
  ])('a VPN profile that %s is refused', async (_what, profile, sentence) => {
    await put('a.ovpn', profile);
    await put('perch.toml', 'vpn = "a.ovpn"\n');
    const { mistakes } = await takeIn(machine);
    expect(mistakes[0]?.text).toMatch(sentence);
    expect(await readdir(boot)).toContain('a.ovpn');
  });

  it('may name no file elsewhere', async () => {
    await put('perch.toml', 'vpn = "../../etc/shadow"\n');
    expect((await takeIn(machine)).mistakes[0]?.text).toMatch(/must be the name of a file beside perch.toml/);
  });

  it('may be enormous, or a folder, or absent', async () => {
    await put('perch.toml', Buffer.alloc(300_000, 'a'));
    await mkdir(join(boot, 'user-data'));
    const { mistakes } = await takeIn(machine);
    expect(mistakes.map((each) => each.text)).toEqual([
      expect.stringMatching(/EISDIR/),
      expect.stringMatching(/has 300000 bytes/),
    ]);
    await rm(boot, { recursive: true });
    expect((await takeIn(machine)).mistakes).toEqual([]);
  });

  it("is Imager's, with the last word to perch.toml", async () => {
    await put('cmdline.txt', 'root=x cfg80211.ieee80211_regdom=DE quiet\n');
    await put(
      'user-data',
      '#cloud-config\nhostname: from-imager\nusers:\n- name: anna\n  lock_passwd: false\n  passwd: "$5$x$y"\nenable_ssh: true\nssh_pwauth: true\n',
    );
    await put(
      'network-config',
      'network:\n  version: 2\n  wifis:\n    wlan0:\n      access-points:\n        "home":\n          password: "12345678"\n',
    );
    await put('perch.toml', 'name = "garden"\n');
    const { mistakes } = await takeIn(machine);
    expect(mistakes).toEqual([]);
    expect(await got('etc/hostname')).toBe('garden\n');
    expect(await got('etc/modprobe.d/perch-wifi-country.conf')).toContain('DE');
    expect(await got('etc/ssh/sshd_config.d/10-perch.conf')).toContain('PasswordAuthentication yes');
    expect(called).toContain('chpasswd --encrypted < anna:$5$x$y');
    expect(called).toContain('systemctl enable ssh.service');
    expect((await readdir(boot)).sort()).toEqual(['cmdline.txt', 'perch-report.txt', 'perch.toml']);
  });
});
