/** The camera's network as lines on the page. */

/** As in GET /api/network. */
export interface NetworkInfo {
  state: 'unmanaged' | 'offline' | 'joining' | 'wired' | 'wifi' | 'hotspot';
  message: string;
  ssid?: string;
  signal?: number;
  addresses: string[];
  name: string;
  vpn?: { interface: string; address: string };
  hotspot?: { on: boolean; ssid: string; open: boolean; password: string; address: string };
  networks: InReach[];
  known: string[];
  trial?: { ssid: string; state: 'trying' | 'joined' | 'failed'; message: string; at: number };
}

export interface InReach {
  ssid: string;
  /** Percent. */
  signal: number;
  security: 'open' | 'wpa' | 'sae' | 'owe' | 'wep' | 'enterprise';
  known: boolean;
  in_use: boolean;
}

export interface Row {
  readonly ssid: string;
  /** Bars, 1 to 4; 0 for one that is out of reach. */
  readonly bars: number;
  readonly locked: boolean;
  readonly known: boolean;
  readonly inUse: boolean;
  /** Whether joining needs a password first. */
  readonly asks: boolean;
  /** What stands behind the name. */
  readonly tag: string;
  /** The same for those who hear it. */
  readonly spoken: string;
}

/** What a radio calls 75 % is -50 dBm and next to the router; below 30 % a picture does not get through. */
export function barsOf(signal: number): number {
  if (signal >= 75) return 4;
  if (signal >= 55) return 3;
  return signal >= 30 ? 2 : 1;
}

/** Networks in reach, then those that are only known. */
export function rowsOf({ networks, known }: Pick<NetworkInfo, 'networks' | 'known'>): Row[] {
  const away = known.filter((name) => !networks.some(({ ssid }) => ssid === name));
  return [
    ...networks.map((each) => {
      const locked = each.security !== 'open' && each.security !== 'owe';
      const tag = each.in_use ? 'connected' : each.known ? 'known' : '';
      const bars = barsOf(each.signal);
      const spoken = [
        each.ssid,
        `signal ${bars} of 4`,
        locked ? 'with password' : 'open',
        ...(tag === '' ? [] : [tag]),
      ];
      return {
        ssid: each.ssid,
        bars,
        locked,
        known: each.known,
        inUse: each.in_use,
        asks: locked && !each.known,
        tag,
        spoken: spoken.join(', '),
      };
    }),
    ...away.map((ssid) => ({
      ssid,
      bars: 0,
      locked: false,
      known: true,
      inUse: false,
      asks: false,
      tag: 'known, not in reach',
      spoken: `${ssid}, known, not in reach`,
    })),
  ];
}

/** Where the page is to be found, best first: by name, then by each address. */
export function placesOf({ name, addresses }: Pick<NetworkInfo, 'name' | 'addresses'>, port: string): string[] {
  const suffix = port === '' ? '' : `:${port}`;
  return [name, ...addresses.map((each) => (each.includes(':') ? `[${each}]` : each))].map(
    (host) => `http://${host}${suffix}`,
  );
}
