/**
 * The camera's way into a network: Wi-Fi by NetworkManager, and a hotspot of its own while there is none.
 * Does nothing at all unless it is told to (`manage_wifi`) and NetworkManager is there.
 */
import { randomInt } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { z } from 'zod';
import { PerchError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { Document } from '../store/document.ts';
import { reachable, tunnelOf } from './addresses.ts';
import type { Network as InReach, Security } from './nmcli.ts';
import { begin, closed, decide, type Facts, type Memory, opened, type Timing, usualTiming } from './policy.ts';
import { hotspotAddress, hotspotProfile, Radio, type Sight, trialProfile } from './radio.ts';
import { whyNotJoined } from './reasons.ts';
import { type Programs, realPrograms } from './run.ts';
import type { HotspotStatus, JoinRequest, NetworkPart, NetworkStatus, Trial } from './types.ts';
import { hotspotName, wrongWithWifi } from './wifi.ts';

export interface NetworkOptions {
  /** `network.json` in the data folder. */
  readonly path: string;
  readonly log: Logger;
  /** Whether Perch may touch the Wi-Fi of this machine. */
  readonly manage: boolean;
  /** Somebody owns the camera: then its hotspot has a password. */
  readonly claimed: () => boolean;
  /** The hotspot's password where one is configured; it counts for an unclaimed camera too. */
  readonly hotspotPassword?: string | undefined;
  readonly timing?: Timing;
  readonly programs?: Programs;
  /** How long the answer to a person has to reach them before the radio changes, ms. */
  readonly leadMs?: number;
  readonly settleMs?: number;
  /** Where /sys is; a folder in tests. */
  readonly sys?: string;
}

const savedSchema = z.object({
  /** Of the hotspot, made once. */
  password: z.string().optional(),
  /** The hotspot has a password: see `#protect`. */
  protected: z.boolean().optional(),
  trial: z
    .object({ ssid: z.string(), state: z.enum(['trying', 'joined', 'failed']), message: z.string(), at: z.number() })
    .optional(),
});
type Saved = z.infer<typeof savedSchema>;

/** Several changes come at once; they are looked at together, ms. */
const usualSettleMs = 300;
/** A phone shows the answer before it loses the hotspot it came over, ms. */
const usualLeadMs = 1_500;

export class Network extends EventEmitter<{ changed: [] }> implements NetworkPart {
  readonly #options: NetworkOptions;
  readonly #saved: Document<Saved>;
  readonly #radio: Radio;
  readonly #monitor: ReturnType<Programs['monitor']>;
  #sight: Sight | undefined;
  /** There is no nmcli on this machine. */
  #missing = false;
  #adopted = false;
  /** Networks seen before the hotspot took the radio. */
  #seen: readonly InReach[] = [];
  #stations: number | undefined;
  #memory: Memory = begin(performance.now());
  #mac = '';
  #trying = false;
  #timer: NodeJS.Timeout | undefined;
  /** One thing at a time: what was asked for later waits. */
  #turn: Promise<unknown> = Promise.resolve();
  #stopped = false;
  /** Why the hotspot did not open, said once. */
  #hotspotTrouble: string | undefined;

  private constructor(options: NetworkOptions, saved: Document<Saved>) {
    super();
    this.#options = options;
    this.#saved = saved;
    const { run, monitor } = options.programs ?? realPrograms;
    this.#radio = new Radio(run);
    this.#monitor = monitor(() => this.#soon(options.settleMs ?? usualSettleMs));
  }

  static async open(options: NetworkOptions): Promise<Network> {
    const { path, log } = options;
    const saved = await Document.open<Saved>({ path, log, parse: (value) => savedSchema.parse(value), initial: {} });
    return new Network(options, saved);
  }

  /** Sentences about what was found damaged. */
  get notices(): readonly string[] {
    return this.#saved.notices;
  }

  /** Looks, and from then on whenever something changes. Without nmcli that is all; NetworkManager may come later. */
  start(): void {
    if (!this.#options.manage) return;
    void this.#refresh().then(() => {
      if (this.#stopped) return;
      if (this.#missing) this.#options.log.info('no NetworkManager here: the network is left alone');
      else this.#monitor.start();
    });
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#radio.stop();
    await this.#turn;
    await this.#monitor.stop();
    await this.#saved.close();
  }

  status(): NetworkStatus {
    const sight = this.#sight;
    const vpn = tunnelOf();
    const rest = { addresses: reachable(), name: `${hostname()}.local`, ...(vpn && { vpn }) };
    if (!sight) {
      const message = this.#options.manage
        ? 'NetworkManager does not answer, so Perch leaves the network alone.'
        : 'Perch leaves the network of this machine alone.';
      return { state: 'unmanaged', message, networks: [], known: [], ...rest };
    }
    const { state, message } = this.#state(sight);
    const current = sight.networks.find(({ inUse }) => inUse);
    const known = knownNames(sight);
    return {
      state,
      message,
      ...rest,
      ...(state === 'wifi' && { ssid: this.#ssid(sight), signal: current?.signal }),
      ...(sight.radio && { hotspot: this.#hotspot(sight) }),
      networks: this.#inReach(sight).map((each) => ({ ...each, known: known.includes(each.ssid) })),
      known,
      trial: this.#saved.value.trial,
    };
  }

  portal(): string | undefined {
    return this.#sight && isHotspot(this.#sight) ? hotspotAddress : undefined;
  }

  async scan(): Promise<void> {
    if (this.#trying) return;
    await this.#inTurn(async () => {
      const radio = this.#sight?.radio;
      if (!radio) return;
      const networks = await this.#radio.networks(radio.name, 'yes');
      // A radio that is an access point may hear less than before, or nothing but itself.
      const before = this.portal() === undefined ? [] : this.#seen;
      this.#seen = [...networks, ...before.filter(({ ssid }) => !networks.some((each) => each.ssid === ssid))];
      await this.#look();
    });
  }

  async join({ ssid, password, hidden = false }: JoinRequest, by: string): Promise<void> {
    const sight = this.#ready();
    const wrong = wrongWithWifi(ssid, password);
    if (wrong !== undefined) throw new PerchError('bad_network', { reason: wrong });
    const found = this.#inReach(sight).find((each) => each.ssid === ssid);
    // What does not show itself is protected when a password is given.
    const security: Security = found?.security ?? (password === undefined ? 'open' : 'wpa');
    const known = sight.profiles.filter((each) => each.ssid === ssid && each.mode === 'infrastructure');
    const reason = whyNotPossible(ssid, security, password, known.length > 0);
    if (reason !== undefined) throw new PerchError('bad_network', { reason });
    this.#trying = true;
    this.#options.log.info({ ssid, by }, 'trying a network');
    this.#say({ ssid, state: 'trying', message: this.#tryingMessage(ssid, sight) });
    const lead = new Promise((resolve) => setTimeout(resolve, this.#options.leadMs ?? usualLeadMs));
    void this.#inTurn(async () => {
      await lead;
      try {
        await this.#attempt({ ssid, password, hidden, security });
      } finally {
        this.#trying = false;
      }
      await this.#look();
    });
  }

  async forget(ssid: string, by: string): Promise<void> {
    const sight = this.#ready();
    const known = sight.profiles.filter((each) => each.ssid === ssid && each.mode === 'infrastructure');
    if (known.length === 0) throw new PerchError('unknown_network', { value: ssid });
    this.#options.log.info({ ssid, by }, 'forgetting a network');
    await this.#inTurn(async () => {
      for (const { uuid } of known) await this.#radio.remove(uuid);
      await this.#look();
    });
  }

  async startHotspot(by: string, { protect = false }: { readonly protect?: boolean } = {}): Promise<void> {
    this.#ready();
    this.#options.log.info({ by }, 'hotspot asked for');
    await this.#inTurn(async () => {
      if (protect && this.#options.claimed()) this.#saved.update((value) => ({ ...value, protected: true }));
      this.#memory = opened(this.#memory, performance.now(), 'person');
      const said = await this.#openHotspot();
      await this.#look();
      if (said !== undefined) throw new PerchError('no_hotspot', { reason: said.replace(/\.$/, '') });
    });
  }

  async stopHotspot(by: string): Promise<void> {
    const sight = this.#ready();
    if (!isHotspot(sight)) return;
    this.#options.log.info({ by }, 'hotspot closed');
    await this.#inTurn(async () => {
      this.#memory = closed(this.#memory, performance.now());
      await this.#closeHotspot();
      await this.#look();
    });
  }

  /** The sight of a machine whose Wi-Fi can be changed now. */
  #ready(): Sight {
    const sight = this.#sight;
    if (!sight?.radio) {
      const reason = sight ? 'There is no Wi-Fi in this device, or it is switched off.' : this.status().message;
      throw new PerchError('network_unmanaged', { reason });
    }
    if (this.#trying) throw new PerchError('network_busy', { value: this.#saved.value.trial?.ssid ?? '' });
    return sight;
  }

  /** Takes over what an earlier run of this program left: a hotspot that stands, a network that was being tried. */
  async #adopt(sight: Sight): Promise<void> {
    this.#mac = await readFile(`${this.#options.sys ?? '/sys'}/class/net/${sight.radio?.name}/address`, 'utf8').then(
      (text) => text.trim(),
      () => '',
    );
    const left = sight.profiles.find(({ name }) => name === trialProfile);
    if (left) {
      // In use means that it works, whatever ended before it could be kept.
      if (sight.radio?.state === 'connected' && sight.radio.uuid === left.uuid) await this.#keep(left.ssid, sight);
      else await this.#radio.remove(trialProfile);
    }
    const { trial } = this.#saved.value;
    if (trial?.state === 'trying') {
      const joined = sight.radio?.uuid === left?.uuid && left !== undefined;
      this.#say({
        ssid: trial.ssid,
        state: joined ? 'joined' : 'failed',
        message: joined
          ? joinedMessage(trial.ssid)
          : `Perch was restarted while “${trial.ssid}” was being tried. Try it again.`,
      });
    }
  }

  async #attempt(network: {
    ssid: string;
    password: string | undefined;
    hidden: boolean;
    security: Security;
  }): Promise<void> {
    const { ssid, password, security } = network;
    await this.#look();
    if (this.#stopped) return;
    const sight = this.#sight;
    const radio = sight?.radio;
    if (!sight || !radio) return this.#failed(ssid, 'The Wi-Fi of this device went away. Try again.');
    const before = isHotspot(sight) ? undefined : radio.uuid;
    const hotspot = isHotspot(sight);
    const known = sight.profiles.filter(
      (each) => each.ssid === ssid && each.mode === 'infrastructure' && each.name !== trialProfile,
    );
    const [first] = known;
    const again = password === undefined && first !== undefined;
    const problem = again ? await this.#radio.up(first.uuid) : await this.#radio.try(radio.name, network);
    // The next start finds what this one leaves, and says so.
    if (this.#stopped) return;
    if (problem === undefined) {
      const unkept = again ? undefined : await this.#keep(ssid, sight);
      if (hotspot) await this.#radio.remove(hotspotProfile);
      this.#memory = { ...begin(performance.now()), doing: 'online', wasOnline: true };
      this.#options.log.info({ ssid, unkept }, 'network joined');
      return this.#say({
        ssid,
        state: 'joined',
        message:
          unkept === undefined
            ? joinedMessage(ssid)
            : `The camera is in “${ssid}”, but could not keep it for the next start (${unkept}).`,
      });
    }
    this.#options.log.info({ ssid, problem }, 'network not joined');
    if (!again) await this.#radio.remove(trialProfile);
    this.#failed(ssid, whyNotJoined(problem, ssid, security !== 'open'));
    // Back to what was: the person is waiting there.
    if (hotspot) {
      this.#memory = opened(this.#memory, performance.now(), 'person');
      await this.#openHotspot();
    } else if (before !== undefined && before !== '') await this.#radio.up(before);
  }

  #keep(ssid: string, sight: Sight): Promise<string | undefined> {
    const older = sight.profiles.filter(
      (each) => each.ssid === ssid && each.mode === 'infrastructure' && each.name !== trialProfile,
    );
    return this.#radio.keep(ssid, older);
  }

  async #openHotspot(): Promise<string | undefined> {
    const radio = this.#sight?.radio;
    if (!radio) return 'there is no Wi-Fi';
    const { ssid, password } = this.#credentials();
    const said = await this.#radio.openHotspot(radio.name, ssid, password);
    if (said !== this.#hotspotTrouble) {
      if (said === undefined) this.#options.log.info({ ssid }, 'hotspot opens again');
      else this.#options.log.error({ said }, 'the hotspot did not open');
    }
    this.#hotspotTrouble = said;
    return said;
  }

  async #closeHotspot(): Promise<void> {
    await this.#radio.remove(hotspotProfile);
  }

  /**
   * The hotspot gets its password once the camera is claimed and has been in a network: whoever sets it up over the open
   * hotspot and mistypes the Wi-Fi's password must find back. A camera that is nobody's again has an open one again.
   */
  #protect(sight: Sight): void {
    const claimed = this.#options.claimed();
    const online = hasCable(sight) || (sight.radio?.state === 'connected' && !isHotspot(sight));
    const next = claimed && (online || this.#saved.value.protected === true);
    if (next !== (this.#saved.value.protected ?? false)) this.#saved.update((value) => ({ ...value, protected: next }));
  }

  /** Name and password of the hotspot. */
  #credentials(): { ssid: string; password: string | undefined } {
    const ssid = hotspotName(this.#mac);
    const { hotspotPassword } = this.#options;
    if (hotspotPassword !== undefined) return { ssid, password: hotspotPassword };
    return { ssid, password: this.#saved.value.protected === true ? this.#ownPassword() : undefined };
  }

  #ownPassword(): string {
    const { password } = this.#saved.value;
    if (password !== undefined) return password;
    const made = newPassword();
    this.#saved.update((value) => ({ ...value, password: made }));
    return made;
  }

  #hotspot(sight: Sight): HotspotStatus {
    const { ssid, password } = this.#credentials();
    return {
      on: isHotspot(sight),
      ssid,
      open: password === undefined,
      password: password ?? this.#ownPassword(),
      address: hotspotAddress,
    };
  }

  #state(sight: Sight): { state: NetworkStatus['state']; message: string } {
    const { trial } = this.#saved.value;
    if (this.#trying && trial) return { state: 'joining', message: trial.message };
    const ssid = this.#ssid(sight);
    if (isHotspot(sight)) {
      return {
        state: 'hotspot',
        message: `The camera is its own network, “${hotspotName(this.#mac)}”. Choose the one it shall join.`,
      };
    }
    if (sight.radio?.state === 'connected') return { state: 'wifi', message: `Connected to “${ssid}”.` };
    if (hasCable(sight)) return { state: 'wired', message: 'Connected by cable.' };
    if (sight.radio?.state === 'connecting') return { state: 'offline', message: `Connecting to “${ssid}”.` };
    const trouble = this.#hotspotTrouble === undefined ? '' : ` Its hotspot does not open: ${this.#hotspotTrouble}.`;
    return { state: 'offline', message: `The camera is in no network.${trouble}` };
  }

  #ssid(sight: Sight): string {
    return (
      sight.profiles.find(({ uuid }) => uuid === sight.radio?.uuid)?.ssid ??
      sight.networks.find(({ inUse }) => inUse)?.ssid ??
      ''
    );
  }

  #inReach(sight: Sight): readonly InReach[] {
    const list = isHotspot(sight) ? this.#seen : sight.networks;
    const own = sight.profiles.filter(({ mode }) => mode === 'ap').map(({ ssid }) => ssid);
    return list.filter(({ ssid }) => ssid !== hotspotName(this.#mac) && !own.includes(ssid));
  }

  #tryingMessage(ssid: string, sight: Sight): string {
    if (!isHotspot(sight)) return `Trying “${ssid}”. This takes up to a minute.`;
    return (
      `Trying “${ssid}”. The hotspot goes away meanwhile. When it works, the camera is at http://${hostname()}.local in “${ssid}”: ` +
      `connect this device to it. When it does not, “${hotspotName(this.#mac)}” comes back within two minutes, and this page says why.`
    );
  }

  #failed(ssid: string, message: string): void {
    this.#say({ ssid, state: 'failed', message });
  }

  /** Kept, too: whoever comes back after the radio changed, or the camera restarted, still reads it. */
  #say(trial: Omit<Trial, 'at'>): void {
    this.#saved.update((value) => ({ ...value, trial: { ...trial, at: Date.now() } }));
    this.emit('changed');
  }

  #soon(ms: number): void {
    if (this.#stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#refresh(), ms).unref();
  }

  /** Looks, and does what has to be done. */
  #refresh(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#stopped) return;
      await this.#look();
      const sight = this.#sight;
      if (this.#missing) return;
      if (!sight || this.#trying) return this.#soon(usualTiming.reopenMs);
      const { memory, step, againIn } = decide(this.#memory, this.#facts(sight), this.#options.timing);
      this.#memory = memory;
      if (step === 'openHotspot') {
        this.#options.log.info('no known network is in reach: opening the hotspot');
        await this.#openHotspot();
        await this.#look();
      } else if (step === 'look') {
        this.#options.log.info('nobody is at the hotspot: looking for a known network');
        await this.#closeHotspot();
        await this.#look();
      }
      this.#soon(againIn);
    });
  }

  async #look(): Promise<void> {
    const seen = await this.#radio.look();
    this.#missing = seen === 'missing';
    this.#sight = typeof seen === 'string' ? undefined : seen;
    if (this.#sight?.radio && !this.#adopted) {
      this.#adopted = true;
      await this.#adopt(this.#sight);
      return this.#look();
    }
    const sight = this.#sight;
    const hotspot = sight !== undefined && isHotspot(sight);
    if (sight && !hotspot && sight.networks.length > 0) this.#seen = sight.networks;
    if (sight) this.#protect(sight);
    this.#stations = hotspot && sight.radio ? await this.#radio.stations(sight.radio.name) : undefined;
    this.emit('changed');
  }

  #facts(sight: Sight): Facts {
    const { radio } = sight;
    const state = radio?.state ?? 'unavailable';
    return {
      now: performance.now(),
      wifi: isHotspot(sight)
        ? 'hotspot'
        : state === 'connected' || state === 'connecting'
          ? state
          : radio
            ? 'disconnected'
            : 'absent',
      cable: hasCable(sight),
      known: knownNames(sight).length > 0,
      stations: this.#stations,
    };
  }

  #inTurn<T>(does: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(does);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}

function isHotspot({ radio, profiles }: Sight): boolean {
  const profile = profiles.find(({ uuid }) => uuid === radio?.uuid);
  return radio?.state === 'connected' && profile?.mode === 'ap';
}

function hasCable({ devices }: Sight): boolean {
  return devices.some(({ type, state }) => type === 'ethernet' && state === 'connected');
}

function knownNames({ profiles }: Sight): string[] {
  const names = profiles
    .filter(({ mode, name }) => mode === 'infrastructure' && name !== trialProfile)
    .map(({ ssid }) => ssid);
  return [...new Set(names)].filter((ssid) => ssid !== '').sort((a, b) => a.localeCompare(b));
}

function joinedMessage(ssid: string): string {
  return `The camera is in “${ssid}”. Its page is at http://${hostname()}.local there.`;
}

/** Why this network cannot even be tried. */
function whyNotPossible(
  ssid: string,
  security: Security,
  password: string | undefined,
  known: boolean,
): string | undefined {
  if (security === 'enterprise')
    return `“${ssid}” asks for a user's own name and password, as companies' networks do; Perch cannot join it`;
  if (security === 'wep') return `“${ssid}” is protected by WEP, which protects nothing; set its router to WPA2`;
  if ((security === 'wpa' || security === 'sae') && password === undefined && !known)
    return `“${ssid}” needs its password`;
  if ((security === 'open' || security === 'owe') && password !== undefined)
    return `“${ssid}” has no password; leave it out`;
  return undefined;
}

/** Three groups of four: typed once on a phone. Without letters and digits that look alike; 59 bits. */
function newPassword(): string {
  const signs = 'abcdefghjkmnpqrstuvwxyz23456789';
  const group = () => Array.from({ length: 4 }, () => signs.charAt(randomInt(signs.length))).join('');
  return `${group()}-${group()}-${group()}`;
}
