/**
 * The camera's way into a network: Wi-Fi by NetworkManager, and a hotspot of its own while there is none.
 * Does nothing at all unless it is told to (`manage_wifi`) and NetworkManager is there.
 */
import { EventEmitter } from 'node:events';
import { hostname } from 'node:os';
import type { AuditBook } from '../command/audit.ts';
import { PerchError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { reachable, tunnelOf } from './addresses.ts';
import { Hotspot, type HotspotOptions } from './hotspot.ts';
import type { Network as InReach } from './nmcli.ts';
import { begin, closed, decide, type Memory, online, opened, type Timing, usualTiming } from './policy.ts';
import { hotspotAddress, Radio, type Sight } from './radio.ts';
import { type Programs, realPrograms } from './run.ts';
import { openSaved, type Saved } from './saved.ts';
import { currentName, factsOf, isHotspot, knownNames, ofOthers, profilesOf, stateOf } from './sight.ts';
import { type Attempt, NetworkTrial } from './trial.ts';
import type { JoinRequest, NetworkPart, NetworkStatus } from './types.ts';

export interface NetworkOptions extends HotspotOptions {
  /** `network.json` in the data folder. */
  readonly path: string;
  readonly log: Logger;
  /** What persons change. */
  readonly audit: AuditBook;
  /** Whether Perch may touch the Wi-Fi of this machine. */
  readonly manage: boolean;
  readonly timing?: Timing;
  readonly programs?: Programs;
  /** How long the answer to a person has to reach them before the radio changes, ms. */
  readonly leadMs?: number;
  readonly settleMs?: number;
}

/** Several changes come at once; they are looked at together, ms. */
const usualSettleMs = 300;
/** A phone shows the answer before it loses the hotspot it came over, ms. */
const usualLeadMs = 1_500;

export class Network extends EventEmitter<{ changed: [] }> implements NetworkPart {
  readonly #options: NetworkOptions;
  readonly #saved: Saved;
  readonly #radio: Radio;
  readonly #hotspot: Hotspot;
  readonly #trial: NetworkTrial;
  readonly #monitor: ReturnType<Programs['monitor']>;
  #sight: Sight | undefined;
  /** There is no nmcli on this machine. */
  #missing = false;
  #adopted = false;
  /** Networks seen before the hotspot took the radio. */
  #seen: readonly InReach[] = [];
  #stations: number | undefined;
  #memory: Memory = begin(performance.now());
  #timer: NodeJS.Timeout | undefined;
  /** One thing at a time: what was asked for later waits. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(options: NetworkOptions, saved: Saved) {
    super();
    this.#options = options;
    this.#saved = saved;
    const { log, audit } = options;
    const { run, monitor } = options.programs ?? realPrograms;
    const radio = new Radio(run);
    this.#radio = radio;
    this.#hotspot = new Hotspot(options, radio, saved);
    this.#trial = new NetworkTrial({ radio, saved, log, audit, onSaid: () => this.emit('changed') });
    this.#monitor = monitor(() => this.#soon(options.settleMs ?? usualSettleMs));
  }

  static async open(options: NetworkOptions): Promise<Network> {
    return new Network(options, await openSaved(options.path, options.log));
  }

  /** Sentences about what was found damaged. */
  get notices(): readonly string[] {
    return this.#saved.notices;
  }

  /** Looks, and from then on whenever something changes. Without nmcli that is all; NetworkManager may come later. */
  start(): void {
    if (!this.#options.manage) return;
    void this.#refresh().then(() => {
      if (this.#radio.stopped) return;
      if (this.#missing) this.#options.log.info('no NetworkManager here: the network is left alone');
      else this.#monitor.start();
    });
  }

  async stop(): Promise<void> {
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
    const trial = this.#trial.last;
    const { state, message } =
      this.#trial.running && trial
        ? { state: 'joining' as const, message: trial.message }
        : stateOf(sight, this.#hotspot);
    const known = knownNames(sight);
    return {
      state,
      message,
      ...rest,
      ...(state === 'wifi' && {
        ssid: currentName(sight),
        signal: sight.networks.find(({ inUse }) => inUse)?.signal,
      }),
      ...(sight.radio && { hotspot: this.#hotspot.status(sight) }),
      networks: this.#inReach(sight).map((each) => ({ ...each, known: known.includes(each.ssid) })),
      known,
      trial,
    };
  }

  portal(): string | undefined {
    return this.#sight && isHotspot(this.#sight) ? hotspotAddress : undefined;
  }

  async scan(): Promise<void> {
    if (this.#trial.running) return;
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

  async join(request: JoinRequest, by: string): Promise<void> {
    const sight = this.#ready();
    const { ssid } = request;
    const attempt = this.#trial.begin(request, by, sight, {
      found: this.#inReach(sight).find((each) => each.ssid === ssid)?.security,
      hotspot: isHotspot(sight) ? this.#hotspot.name : undefined,
    });
    this.#options.log.info({ ssid, by }, 'trying a network');
    const lead = new Promise((resolve) => setTimeout(resolve, this.#options.leadMs ?? usualLeadMs));
    void this.#inTurn(async () => {
      await lead;
      try {
        await this.#try(attempt);
      } finally {
        this.#trial.end();
      }
      await this.#look();
    });
  }

  async forget(ssid: string, by: string): Promise<void> {
    const known = profilesOf(this.#ready(), ssid);
    if (known.length === 0) throw new PerchError('unknown_network', { value: ssid });
    this.#options.log.info({ ssid, by }, 'forgetting a network');
    await this.#inTurn(async () => {
      const gone: boolean[] = [];
      for (const { uuid } of known) gone.push(await this.#radio.remove(uuid));
      const problem = gone.every(Boolean) ? {} : { problem: 'NetworkManager did not remove it.' };
      this.#options.audit.record({ who: by, camera: '', action: 'network forgotten', network: ssid, ...problem });
      await this.#look();
    });
  }

  async startHotspot(by: string, { protect = false }: { readonly protect?: boolean } = {}): Promise<void> {
    this.#ready();
    this.#options.log.info({ by }, 'hotspot asked for');
    await this.#inTurn(async () => {
      if (protect) this.#hotspot.protect();
      const said = await this.#openForPerson();
      const failed = said === undefined ? undefined : new PerchError('no_hotspot', { reason: said.replace(/\.$/, '') });
      const problem = failed && { problem: failed.message };
      this.#options.audit.record({ who: by, camera: '', action: 'hotspot opened', ...problem });
      await this.#look();
      if (failed) throw failed;
    });
  }

  async stopHotspot(by: string): Promise<void> {
    const sight = this.#ready();
    if (!isHotspot(sight)) return;
    this.#options.log.info({ by }, 'hotspot closed');
    await this.#inTurn(async () => {
      this.#memory = closed(this.#memory, performance.now());
      await this.#hotspot.close();
      this.#options.audit.record({ who: by, camera: '', action: 'hotspot closed' });
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
    if (this.#trial.running) throw new PerchError('network_busy', { value: this.#trial.last?.ssid ?? '' });
    return sight;
  }

  async #try(attempt: Attempt): Promise<void> {
    await this.#look();
    const hotspot = this.portal() !== undefined;
    const outcome = await this.#trial.run(attempt, this.#sight);
    if (outcome === 'joined') this.#memory = online(performance.now());
    // Back to what was: the person is waiting there.
    if (outcome === 'failed' && hotspot) await this.#openForPerson();
  }

  /** What nmcli said when it did not open. */
  #openForPerson(): Promise<string | undefined> {
    this.#memory = opened(this.#memory, performance.now(), 'person');
    return this.#hotspot.open(this.#sight?.radio?.name);
  }

  #inReach(sight: Sight): readonly InReach[] {
    return ofOthers(isHotspot(sight) ? this.#seen : sight.networks, sight, this.#hotspot.name);
  }

  #soon(ms: number): void {
    if (this.#radio.stopped) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#refresh(), ms).unref();
  }

  /** Looks, and does what has to be done. */
  #refresh(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#radio.stopped) return;
      await this.#look();
      const sight = this.#sight;
      if (this.#missing) return;
      if (!sight || this.#trial.running) return this.#soon(usualTiming.reopenMs);
      const facts = { now: performance.now(), ...factsOf(sight), stations: this.#stations };
      const { memory, step, againIn } = decide(this.#memory, facts, this.#options.timing);
      this.#memory = memory;
      if (step === 'openHotspot') {
        this.#options.log.info('no known network is in reach: opening the hotspot');
        await this.#hotspot.open(sight.radio?.name);
        await this.#look();
      } else if (step === 'look') {
        this.#options.log.info('nobody is at the hotspot: looking for a known network');
        await this.#hotspot.close();
        await this.#look();
      }
      this.#soon(againIn);
    });
  }

  async #look(): Promise<void> {
    const seen = await this.#radio.look();
    this.#missing = seen === 'missing';
    this.#sight = typeof seen === 'string' ? undefined : seen;
    const sight = this.#sight;
    if (sight?.radio && !this.#adopted) {
      this.#adopted = true;
      await this.#hotspot.nameAfter(sight.radio.name);
      await this.#trial.adopt(sight);
      return this.#look();
    }
    const hotspot = sight !== undefined && isHotspot(sight);
    if (sight && !hotspot && sight.networks.length > 0) this.#seen = sight.networks;
    if (sight) this.#hotspot.settle(sight);
    this.#stations = hotspot && sight.radio ? await this.#radio.stations(sight.radio.name) : undefined;
    this.emit('changed');
  }

  #inTurn<T>(does: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(does);
    this.#turn = turn.catch(() => undefined);
    return turn;
  }
}
