/** Files by which NetworkManager, the host and ssh are told what somebody wanted. Pure: text in, text out. */
import { createHash } from 'node:crypto';
import { profileName } from '../../appliance/network/wifi.ts';
import type { Wifi } from './wanted.ts';

/** A NetworkManager connection. Joined before any hotspot is opened. */
export function wifiConnection(wifi: Wifi): { name: string; text: string } {
  const id = createHash('sha256').update(wifi.ssid).digest('hex');
  const uuid = `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(13, 16)}-8${id.slice(17, 20)}-${id.slice(20, 32)}`;
  const lines = [
    '[connection]',
    `id=${profileName(wifi.ssid)}`,
    `uuid=${uuid}`,
    'type=wifi',
    'autoconnect=true',
    // Tried for ever: the router may be slower after a power cut than the camera.
    'autoconnect-retries=0',
    '',
    '[wifi]',
    'mode=infrastructure',
    // As bytes: a name may hold any of them, `;` and line ends too.
    `ssid=${[...Buffer.from(wifi.ssid)].join(';')};`,
    ...(wifi.hidden ? ['hidden=true'] : []),
    // Power saving costs a camera seconds of delay.
    'powersave=2',
    '',
    ...(wifi.password === undefined
      ? []
      : ['[wifi-security]', 'key-mgmt=wpa-psk', `psk=${escaped(wifi.password)}`, '']),
    '[ipv4]',
    'method=auto',
    '',
    '[ipv6]',
    'method=auto',
    '',
  ];
  return { name: `${profileName(wifi.ssid)}.nmconnection`, text: lines.join('\n') };
}

/** GKeyFile: backslashes and leading blanks are escaped. */
function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replace(/^ /, '\\s');
}

export function hostsFile(before: string, hostname: string): string {
  const kept = before.split('\n').filter((line) => !/^127\.0\.1\.1\s/.test(line) && line.trim() !== '');
  return [...kept, `127.0.1.1 ${hostname}`, ''].join('\n');
}

export function sshSettings(passwords: boolean): string {
  return `# From the boot partition.\nPasswordAuthentication ${passwords ? 'yes' : 'no'}\n`;
}

/** What is wrong with an OpenVPN profile, in words. What it refers to must be inside it: nothing else is taken along. */
export function wrongWithVpn(text: string): string | undefined {
  const words = text.split(/\r?\n/).map((line) => line.trim().split(/\s+/));
  const has = (word: string) => words.some(([first]) => first === word);
  if (!has('remote') && !text.includes('<connection>')) return 'it names no server (no line that begins with "remote")';
  if (!has('client') && !has('tls-client') && !has('secret') && !text.includes('<secret>'))
    return 'it is no profile of a client (no line "client")';
  for (const [first, file] of words) {
    if (first === 'auth-user-pass' && file === undefined && !text.includes('<auth-user-pass>')) {
      return 'it asks for a user and password, and nobody is there to type them: put them into the profile between <auth-user-pass> and </auth-user-pass>';
    }
    if (
      ['ca', 'cert', 'key', 'pkcs12', 'tls-auth', 'tls-crypt', 'auth-user-pass'].includes(first ?? '') &&
      file !== undefined &&
      file !== '[inline]'
    ) {
      return `it refers to another file (${first} ${file}); export it with everything inside ("inline" or "unified" profile)`;
    }
    // A profile runs as root; it may configure a tunnel and nothing else.
    if (
      [
        'up',
        'down',
        'route-up',
        'ipchange',
        'tls-verify',
        'auth-user-pass-verify',
        'plugin',
        'client-connect',
        'learn-address',
        'management',
        'config',
        'script-security',
      ].includes(first ?? '')
    ) {
      return `it runs programs or opens other files ("${first}"), which a profile from a card may not`;
    }
  }
  return undefined;
}
