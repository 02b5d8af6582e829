/**
 * What `nmcli` prints with `--terse --escape yes`, as data. Pure: text in, data out. Tried against
 * nmcli 1.42 and the source of 1.52.
 */

/** Lines of fields. A colon and a backslash inside a field have a backslash before them. */
export function rows(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const fields = [''];
      for (let at = 0; at < line.length; at += 1) {
        const sign = line.charAt(at);
        if (sign === ':') fields.push('');
        else if (sign === '\\') {
          at += 1;
          fields[fields.length - 1] += line.charAt(at);
        } else fields[fields.length - 1] += sign;
      }
      return fields;
    });
}

export interface Device {
  readonly name: string;
  /** `wifi`, `ethernet`, `tun` … */
  readonly type: string;
  readonly state: 'unmanaged' | 'unavailable' | 'disconnected' | 'connecting' | 'connected';
  /** Of the profile that is on; empty when none is. */
  readonly uuid: string;
}

export const deviceFields = 'DEVICE,TYPE,STATE,CON-UUID';

/** Reads `nmcli -f DEVICE,TYPE,STATE,CON-UUID device status`. */
export function readDevices(text: string): Device[] {
  return rows(text).map(([name = '', type = '', state = '', uuid = '']) => ({
    name,
    type,
    state: stateOf(state),
    uuid,
  }));
}

/** `connecting (getting IP configuration)`, `connected (externally)`, `deactivating` … */
function stateOf(text: string): Device['state'] {
  if (text.startsWith('connected')) return 'connected';
  if (text.startsWith('connecting')) return 'connecting';
  if (text === 'unavailable' || text === 'unmanaged') return text;
  return 'disconnected';
}

/** How a network is protected. `wep` and `enterprise` (a user's own name and password) cannot be joined. */
export type Security = 'open' | 'wpa' | 'sae' | 'owe' | 'wep' | 'enterprise';

export interface Network {
  readonly ssid: string;
  /** Percent. */
  readonly signal: number;
  readonly security: Security;
  /** The camera is in it now. */
  readonly inUse: boolean;
}

export const networkFields = 'IN-USE,SSID-HEX,SIGNAL,SECURITY';

/**
 * Reads `nmcli -f IN-USE,SSID-HEX,SIGNAL,SECURITY device wifi list`: one entry a network, however many access points it has,
 * the strongest first. Those that hide their name are left out, and those whose name is no UTF-8.
 */
export function readNetworks(text: string): Network[] {
  const found = new Map<string, Network>();
  for (const [inUse, hex = '', strength = '', secured = ''] of rows(text)) {
    const ssid = ssidOf(hex);
    if (ssid === undefined) continue;
    const same = found.get(ssid);
    const security = securityOf(secured);
    found.set(ssid, {
      ssid,
      signal: Math.max(Number(strength) || 0, same?.signal ?? 0),
      // Somebody's open copy of a protected network does not make it an open one.
      security: same && (security === 'open' || rank(same.security) < rank(security)) ? same.security : security,
      inUse: inUse === '*' || (same?.inUse ?? false),
    });
  }
  return [...found.values()].sort((a, b) => b.signal - a.signal || a.ssid.localeCompare(b.ssid));
}

function ssidOf(hex: string): string | undefined {
  const bytes = Buffer.from(hex, 'hex');
  if (bytes.every((byte) => byte === 0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** `WPA1 WPA2`, `WPA3`, `WPA2 802.1X`, `OWE`, or nothing. */
function securityOf(text: string): Security {
  const words = text.split(' ');
  if (words.includes('802.1X')) return 'enterprise';
  if (words.some((word) => word === 'WPA1' || word === 'WPA2')) return 'wpa';
  if (words.includes('WPA3')) return 'sae';
  if (words.includes('OWE')) return 'owe';
  return words.includes('WEP') ? 'wep' : 'open';
}

/** Of several access points of one name, the kind that can be joined with one password counts. */
function rank(security: Security): number {
  return ['wpa', 'sae', 'owe', 'open', 'enterprise', 'wep'].indexOf(security);
}

/** A network that NetworkManager knows. */
export interface Profile {
  readonly uuid: string;
  readonly name: string;
  readonly ssid: string;
  readonly mode: 'infrastructure' | 'ap' | 'other';
}

export const profileFields = 'connection.uuid,connection.id,802-11-wireless.ssid,802-11-wireless.mode';

/** The ids of all Wi-Fi profiles in `nmcli -f UUID,TYPE connection show`. */
export function readWifiIds(text: string): string[] {
  return rows(text).flatMap(([uuid, type]) =>
    uuid !== undefined && (type === '802-11-wireless' || type === 'wifi') ? [uuid] : [],
  );
}

/**
 * Reads `nmcli -f <profileFields> connection show UUID…`: a line a field, an empty line between profiles. Fields that stand
 * alone on a line are not escaped.
 */
export function readProfiles(text: string): Profile[] {
  return text.split(/\n\n+/).flatMap((block) => {
    const values = new Map(
      block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)] as const),
    );
    const uuid = values.get('connection.uuid');
    if (uuid === undefined) return [];
    const mode = values.get('802-11-wireless.mode') ?? '';
    return [
      {
        uuid,
        name: values.get('connection.id') ?? '',
        ssid: values.get('802-11-wireless.ssid') ?? '',
        mode: mode === 'ap' ? mode : mode === 'infrastructure' || mode === '' ? 'infrastructure' : 'other',
      },
    ];
  });
}

/** How many are connected to an access point, by `iw dev wlan0 station dump`. */
export function readStations(text: string): number {
  return text.split('\n').filter((line) => line.startsWith('Station ')).length;
}

/**
 * A line of nmcli's passwd-file. What is not a letter or digit is written in octal: spaces at the ends would be cut off, and
 * a backslash would escape.
 */
export function passwordLine(password: string): string {
  const escaped = [...Buffer.from(password)].map((byte) =>
    /[0-9A-Za-z]/.test(String.fromCharCode(byte))
      ? String.fromCharCode(byte)
      : `\\${byte.toString(8).padStart(3, '0')}`,
  );
  return `802-11-wireless-security.psk:${escaped.join('')}\n`;
}
