import { describe, expect, it } from 'vitest';
import { decode, lineOf, readLines, withoutSecrets } from './lines.ts';
import { isSecret, readPerchToml } from './perch-toml.ts';
import { mistakeLine } from './report.ts';

const said = (text: string) => readPerchToml('perch.toml', text).mistakes.map(mistakeLine);
const wanted = (text: string) => readPerchToml('perch.toml', text).wanted;

const whole = `name = "Garden camera"
password = "correct horse"
timezone = "Europe/Berlin"
country = "de"
vpn = "office.ovpn"
port = 8080
cameras = "door=v4l2:/dev/video0"

[wifi]
ssid = "home; sweet"
password = "not so secret"

[login]
name = "anna"
ssh_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKr9 anna@laptop"
`;

describe('perch.toml', () => {
  it('is understood as a whole', () => {
    expect(said(whole)).toEqual([]);
    expect(wanted(whole)).toMatchObject({
      hostname: 'garden-camera',
      password: 'correct horse',
      timezone: 'Europe/Berlin',
      country: 'DE',
      vpn: 'office.ovpn',
      ssh: true,
      wifi: [{ ssid: 'home; sweet', password: 'not so secret', hidden: false }],
      logins: [{ name: 'anna', sudoWithoutPassword: true }],
      config: { port: 8080, cameras: 'door=v4l2:/dev/video0' },
    });
  });

  it.each([
    ['pasword = "x"', /^perch.toml, line 1: "pasword" is not known\. Did you mean "password"\?/],
    ['colour = "red"', /^perch.toml, line 1: "colour" is not known\. Keys are: password, name, .*port/],
    ['\n\nport = 99999', /^perch.toml, line 3: port is 99999: .*65535/],
    ['name = 7', /^perch.toml, line 1: name must be a text in quotes/],
    ['name = "!!!"', /line 1: name is "!!!"/],
    ['country = "Germany"', /line 1: country is "Germany"\. Use two letters/],
    ['ssh = "yes"', /line 1: ssh must be true or false/],
    ['[wifi]\npassword = "12345678"', /line 1: a \[wifi\] needs ssid/],
    [
      '[wifi]\nssid = "home"\npassword = "short"',
      /line 3: the password of "home" has 5 characters; a Wi-Fi password has 8 to 63/,
    ],
    ['[wifi]\nssid = "home"\npasword = "12345678"', /line 3: "pasword" is not known in \[wifi\]/],
    ['wifi = "home"', /line 1: wifi must be a table/],
    ['[[wifi]]\nssid = "a"\n[[wifi]]\nssid = "b"\npassword = "short"', /line 5: the password of "b"/],
    ['[login]\nname = "Root!"\npassword = "12345678"', /line 2: "Root!" cannot be a login's name/],
    ['[login]\nname = "root"\npassword = "12345678"', /line 2: "root" cannot/],
    ['[login]\nname = "pi"', /line 1: a \[login\] needs a password or an ssh_key/],
    ['[login]\nssh_key = "-----BEGIN OPENSSH PRIVATE KEY-----"', /line 2: ssh_key must be a public key/],
    [
      '[login]\npassword = "12345678"\nvpn = "a.ovpn"',
      /line 3: "vpn" stands below \[login\]; move it above the first line in brackets/,
    ],
  ])('says what is wrong with %j', (text, sentence) => {
    expect(said(text)[0]).toMatch(sentence);
  });

  it('leaves out the line that cannot be read, and takes the others', () => {
    const text = 'name = "door"\nport == 8080\npassword = "correct horse"\n[wifi\nssid = "home"\n';
    const { wanted, mistakes } = readPerchToml('perch.toml', text);
    expect(wanted).toMatchObject({ hostname: 'door', password: 'correct horse' });
    expect(mistakes.map((each) => each.line)).toEqual([2, 4, 5]);
  });

  it('does not open a network whose password could not be read', () => {
    expect(wanted('[wifi]\nssid = "home"\npassword = 12345678').wifi).toEqual([]);
    // The line itself is broken and gone: then the network would be an open one.
    expect(wanted('[wifi]\nssid = "home"\npassword = 1234abcd').wifi).toEqual([]);
  });

  it.each(['', '\n\n', 'name = "do', '"', '[[', '= = =\n'.repeat(50), 'name = """\nnever ends'])(
    'survives %j',
    (text) => {
      expect(() => readPerchToml('perch.toml', text)).not.toThrow();
    },
  );

  it('survives being cut off anywhere', () => {
    for (let end = 0; end <= whole.length; end += 1) {
      const { wanted } = readPerchToml('perch.toml', whole.slice(0, end));
      for (const wifi of wanted.wifi) expect([undefined, 'not so secret']).toContain(wifi.password);
    }
  });

  it('never repeats a secret', () => {
    expect(said('password = 12345678').join()).not.toContain('12345678');
    expect(said('admin_password = 1').join()).not.toContain('is 1');
  });
});

describe('the file', () => {
  it.each([
    ['Windows', Buffer.from('name = "a"\r\nport = 1\r\n')],
    ['with a mark', Buffer.from('\ufeffname = "a"\nport = 1\n')],
    ["Notepad's UTF-16", Buffer.from('\ufeffname = "a"\r\nport = 1\r\n', 'utf16le')],
  ])('is read as %s writes it', (_name, bytes) => {
    expect(readLines('perch.toml', decode(bytes)).values).toEqual({ name: 'a', port: 1 });
  });

  it('finds the line of a key', () => {
    const text = 'a = 1\n[wifi]\nssid = "x"\n[[login]]\nname = "p"\n[[login]]\nname = "q"\n';
    expect(lineOf(text, 'a')).toBe(1);
    expect(lineOf(text, 'wifi')).toBe(2);
    expect(lineOf(text, 'wifi.ssid')).toBe(3);
    expect(lineOf(text, 'login.name', 1)).toBe(7);
    expect(lineOf(text, 'nowhere')).toBeUndefined();
  });

  it('loses its secrets and nothing else', () => {
    const text = [
      'name = "a"',
      'password = "p1"',
      '# password = "hint"',
      '[wifi]',
      'ssid = "s"',
      '  password="p2" # comment',
      '[login]',
      'ssh_key = "ssh-ed25519 AAAA"',
      'extra = { ssid = "s", password = "p3" }',
      '"password" = "p4"',
      'wifi.password = "p5"',
    ].join('\n');
    const left = withoutSecrets(text, isSecret);
    expect(left).not.toMatch(/p[1-5]"/);
    expect(left).toContain('name = "a"');
    expect(left).toContain('ssid = "s"');
    expect(left.split('\n')).toHaveLength(11);
  });
});
