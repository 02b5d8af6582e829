/** A card may hold anything: nothing on it stops the boot, and no secret stays on it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readNetworkConfig, readUserData } from './imager.ts';
import { decode, readLines, withoutSecrets } from './lines.ts';
import { wifiConnection, wrongWithVpn } from './network.ts';
import { isSecret, readPerchToml } from './perch-toml.ts';
import { mistakeLine, reportText } from './report.ts';

/** Pieces a person's file is made of, right and wrong ones, in any order. */
const pieces = fc.constantFrom(
  ...[
    'name = "door"',
    'password = "correct horse"',
    'password = "x',
    '[wifi]',
    '[[wifi]]',
    '[login]',
    '[wifi',
    'ssid = "home"',
  ],
  ...[
    'ssid = ',
    'hidden = true',
    'hidden = "yes"',
    'country = "DE"',
    'relay_url = "wss://relay.example:8001"',
    'relay_key = "k"',
  ],
  ...[
    'relay_url = "relay"',
    'relay_key = 7',
    'port = 80',
    'port = "eighty"',
    'vpn = "a.ovpn"',
    'wifi = { ssid = "a", password = "b" }',
  ],
  ...[
    'ssh_key = ["a", 7]',
    '"""',
    "'''",
    'a.b.c = 1',
    '= 3',
    '# remark',
    'timezone = 1979-05-27',
    '\ufeff',
    '\u0000',
    '__proto__ = 1',
  ],
  ...[
    '[__proto__]',
    'constructor = "x"',
    '[wifi.wifi]',
    'login = []',
    'cameras = "=,=,"',
    'ice_ports = "9-1"',
    'hotspot_password = "short"',
  ],
);
const file = fc
  .array(fc.oneof({ weight: 4, arbitrary: pieces }, fc.string({ maxLength: 40 })), { maxLength: 14 })
  .map((lines) => lines.join('\n'));

describe('whatever lies on the card', () => {
  it('perch.toml, made of pieces, gives sentences with lines that exist', () => {
    fc.assert(
      fc.property(file, (text) => {
        const { mistakes, wanted } = readPerchToml('perch.toml', text);
        for (const { line, text: sentence } of mistakes) {
          if (line !== undefined) expect(text.split('\n')[line - 1]).toBeDefined();
          expect(sentence).not.toBe('');
        }
        for (const each of wanted.wifi) expect(wifiConnection(each).text).toContain('[wifi]');
        expect(reportText({ taken: [], mistakes })).toContain('\r\n');
      }),
      { numRuns: 300 },
    );
  });

  it('any bytes, under any name', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const text = decode(bytes);
        for (const { mistakes } of [
          readPerchToml('perch.toml', text),
          readUserData('user-data', text),
          readNetworkConfig('network-config', text),
        ]) {
          expect(mistakes.map(mistakeLine).join('\n')).toBeTypeOf('string');
        }
        wrongWithVpn(text);
        withoutSecrets(text, isSecret);
      }),
      { numRuns: 200 },
    );
  });

  it('YAML of any shape in the place of what Imager writes', () => {
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 5 }),
        fc.constantFrom('', 'users', 'network', 'wifis', 'hostname', 'ssh_pwauth'),
        (json, key) => {
          const text = key === '' ? json : `${key}: ${json}`;
          readUserData('user-data', text);
          readNetworkConfig('network-config', text);
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('what was taken in', () => {
  const secret = 'S3cretWord';
  const shapes = [
    `password = "${secret}"`,
    `password = '${secret}'  # ${secret}`,
    `  "password"="${secret}"`,
    `'password' = "${secret}"`,
    `password = """${secret}"""`,
    `password = """\n${secret}\nmore ${secret}"""`,
    `password = '''\n${secret}'''`,
    `relay_key = "${secret}"`,
    `hotspot_password = "${secret}"`,
    `admin_password = "${secret}"`,
    `wifi = { ssid = "home", password = "${secret}" }`,
    `wifi = { ssid = "home", "password" = '${secret}' }`,
    `wifi = [{ ssid = "a" }, { ssid = "b", password = "${secret}" }]`,
    `wifi = [\n  { ssid = "a", password = "${secret}" },\n  { ssid = "b", password = "${secret}" },\n]`,
    `relay_key = [\n  "${secret}",\n]`,
    `wifi.password = "${secret}"`,
    `login . password = "${secret}"`,
    `pass\\u0077ord = "${secret}"`,
  ];

  it('no secret stays on the card, in whatever way it was written', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(shapes, { minLength: 1 }),
        fc.array(fc.constantFrom('name = "a"', '', '[wifi]', '[login]', '# remark')),
        (some, rest) => {
          const text = [...rest, ...some, 'timezone = "UTC"'].join('\n');
          const left = withoutSecrets(text, isSecret);
          const kept = left.split('\n').filter((line) => line.includes(secret));
          // A key that TOML does not know as one of ours is nobody's secret.
          expect(kept.filter((line) => !line.startsWith('pass\\u'))).toEqual([]);
          expect(left).toContain('timezone = "UTC"');
          expect(left.split('\n')).toHaveLength(text.split('\n').length);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('what is left can be read again', () => {
    for (const shape of shapes.slice(0, -1)) {
      const left = withoutSecrets(`name = "a"\n${shape}\n`, isSecret);
      expect(readLines('perch.toml', left)).toEqual({ values: { name: 'a' }, mistakes: [] });
    }
  });
});
