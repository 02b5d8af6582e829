/** What Perch asks of NetworkManager, by nmcli. Only its own profiles and the Wi-Fi are ever touched. */
import {
  type Device,
  deviceFields,
  type Network,
  networkFields,
  type Profile,
  passwordLine,
  profileFields,
  readDevices,
  readNetworks,
  readProfiles,
  readStations,
  readWifiIds,
  type Security,
} from './nmcli.ts';
import type { Output, Programs } from './run.ts';
import { profileName } from './wifi.ts';

/** Names of the two profiles that are Perch's own tools. Both stand in memory alone, until a network has worked. */
export const hotspotProfile = 'perch-hotspot';
export const trialProfile = 'perch-try';
/** The camera's address on its hotspot; /etc/NetworkManager/dnsmasq-shared.d/perch.conf names it too. */
export const hotspotAddress = '10.42.0.1';

/** A question that only reads is answered within milliseconds; a Zero 2 W under load takes a second. */
const askMs = 15_000;
/** A scan of both bands takes 3 to 8 s. */
const scanMs = 20_000;
/** Association, password and DHCP (45 s) of one network. */
const joinSeconds = 60;

const terse = ['--terse', '--escape', 'yes'];

/** Everything that is seen at one moment. */
export interface Sight {
  readonly devices: readonly Device[];
  /** The radio that Perch uses; undefined when there is none. */
  readonly radio: Device | undefined;
  readonly profiles: readonly Profile[];
  readonly networks: readonly Network[];
}

export class Radio {
  /** Profiles are asked for again only when there are others: each call is a process. */
  #profiles: { readonly ids: string; readonly list: readonly Profile[] } = { ids: '', list: [] };

  readonly #stopping = new AbortController();
  readonly #run: Programs['run'];

  constructor(run: Programs['run']) {
    this.#run = run;
  }

  /** Ends what is under way; nothing is done from now on. */
  stop(): void {
    this.#stopping.abort();
  }

  get stopped(): boolean {
    return this.#stopping.signal.aborted;
  }

  #nmcli(args: readonly string[], timeoutMs = askMs): Promise<Output> {
    return this.#run('nmcli', args, { timeoutMs, signal: this.#stopping.signal });
  }

  /** What is there now: `missing` without nmcli, `away` when NetworkManager does not run or does not answer. */
  async look(): Promise<Sight | 'missing' | 'away'> {
    const seen = await this.#nmcli([...terse, '--fields', deviceFields, 'device', 'status']);
    if (seen.code !== 0) return seen.missing ? 'missing' : 'away';
    const devices = readDevices(seen.stdout);
    const radio = devices.find(
      ({ type, state }) => type === 'wifi' && state !== 'unmanaged' && state !== 'unavailable',
    );
    if (!radio) return { devices, radio, profiles: [], networks: [] };
    const profiles = await this.#known();
    return { devices, radio, profiles, networks: await this.networks(radio.name, 'no') };
  }

  async #known(): Promise<readonly Profile[]> {
    const { code, stdout } = await this.#nmcli([...terse, '--fields', 'UUID,TYPE', 'connection', 'show']);
    if (code !== 0) return this.#profiles.list;
    const ids = readWifiIds(stdout).sort();
    // A profile keeps its id when it is renamed; Perch renames only what it has just made, and then forgets this list.
    if (ids.join() !== this.#profiles.ids) {
      const shown =
        ids.length === 0
          ? ''
          : (await this.#nmcli([...terse, '--fields', profileFields, 'connection', 'show', ...ids])).stdout;
      this.#profiles = { ids: ids.join(), list: readProfiles(shown) };
    }
    return this.#profiles.list;
  }

  async networks(radio: string, rescan: 'yes' | 'no'): Promise<readonly Network[]> {
    const asked = [...terse, '--fields', networkFields, 'device', 'wifi', 'list', 'ifname', radio, '--rescan', rescan];
    return readNetworks((await this.#nmcli(asked, rescan === 'yes' ? scanMs : askMs)).stdout);
  }

  /** How many are connected to the hotspot; undefined when nobody can tell. */
  async stations(radio: string): Promise<number | undefined> {
    const { code, stdout } = await this.#run('iw', ['dev', radio, 'station', 'dump'], {
      timeoutMs: askMs,
      signal: this.#stopping.signal,
    });
    return code === 0 ? readStations(stdout) : undefined;
  }

  /** Tries a network beside those that are known. What nmcli said when it did not work; undefined when it did. */
  async try(
    radio: string,
    network: {
      readonly ssid: string;
      readonly password: string | undefined;
      readonly hidden: boolean;
      readonly security: Security;
    },
  ): Promise<string | undefined> {
    const { ssid, password, hidden, security } = network;
    await this.remove(trialProfile);
    const keys = { sae: 'sae', owe: 'owe' }[security as string] ?? 'wpa-psk';
    const secured = password !== undefined || security === 'owe';
    const made = await this.#nmcli([
      ...['connection', 'add', 'save', 'no', 'type', 'wifi', 'con-name', trialProfile, 'ifname', radio, 'ssid', ssid],
      ...['autoconnect', 'no', 'connection.auth-retries', '1', '802-11-wireless.hidden', hidden ? 'yes' : 'no'],
      // Power saving costs a camera seconds of delay.
      ...['802-11-wireless.powersave', '2'],
      ...(secured ? ['wifi-sec.key-mgmt', keys] : []),
    ]);
    this.#profiles = { ids: '', list: [] };
    if (made.code !== 0) return said(made);
    return this.#up(['id', trialProfile], password);
  }

  /** Connects by a profile that is known. What nmcli said when it did not work. */
  up(uuid: string): Promise<string | undefined> {
    return this.#up(['uuid', uuid]);
  }

  async #up(which: readonly string[], password?: string): Promise<string | undefined> {
    const secret = password === undefined ? [] : ['passwd-file', '/dev/stdin'];
    const output = await this.#run('nmcli', ['--wait', String(joinSeconds), 'connection', 'up', ...which, ...secret], {
      timeoutMs: (joinSeconds + 15) * 1000,
      signal: this.#stopping.signal,
      secret: password === undefined ? undefined : passwordLine(password),
    });
    return output.code === 0 ? undefined : said(output);
  }

  /** What was tried becomes known, in place of older profiles of the same network; from now on it is on the card. */
  async keep(ssid: string, older: readonly Profile[]): Promise<string | undefined> {
    const kept = await this.#nmcli([
      ...['connection', 'modify', 'id', trialProfile, 'connection.id', profileName(ssid)],
      ...['connection.autoconnect', 'yes', 'connection.auth-retries', '-1'],
      // Tried for ever: the router may be slower after a power cut than the camera.
      ...['connection.autoconnect-retries', '0', 'connection.interface-name', ''],
    ]);
    this.#profiles = { ids: '', list: [] };
    if (kept.code !== 0) return said(kept);
    for (const { uuid } of older) await this.#nmcli(['connection', 'delete', 'uuid', uuid]);
    return undefined;
  }

  /** Removes a profile by its name or UUID; one that is on ends with it. */
  async remove(which: string): Promise<boolean> {
    this.#profiles = { ids: '', list: [] };
    return (await this.#nmcli(['connection', 'delete', which])).code === 0;
  }

  /** Makes the radio an access point. What nmcli said when it did not work. */
  async openHotspot(radio: string, ssid: string, password: string | undefined): Promise<string | undefined> {
    await this.#nmcli(['radio', 'wifi', 'on']);
    await this.remove(hotspotProfile);
    const made = await this.#nmcli([
      ...['connection', 'add', 'save', 'no', 'type', 'wifi', 'con-name', hotspotProfile, 'ifname', radio, 'ssid', ssid],
      ...['autoconnect', 'no', '802-11-wireless.mode', 'ap', '802-11-wireless.band', 'bg'],
      ...['ipv4.method', 'shared', 'ipv4.addresses', `${hotspotAddress}/24`, 'ipv6.method', 'disabled'],
      // WPA2 alone: the Pi's radio refuses to be an access point that also offers WPA3 or protected management frames.
      ...(password === undefined
        ? []
        : ['wifi-sec.key-mgmt', 'wpa-psk', 'wifi-sec.proto', 'rsn', 'wifi-sec.pairwise', 'ccmp']),
      ...(password === undefined ? [] : ['wifi-sec.group', 'ccmp', 'wifi-sec.pmf', 'disable']),
    ]);
    if (made.code !== 0) return said(made);
    return this.#up(['id', hotspotProfile], password);
  }
}

function said({ stdout, stderr }: Output): string {
  return stderr.trim() || stdout.trim() || 'it gave no reason';
}
