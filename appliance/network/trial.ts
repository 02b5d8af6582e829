/**
 * A network that a person has the camera try: joined beside those that are known, kept when it works, undone when it does
 * not. How it went is kept too: whoever comes back after the radio changed, or the camera restarted, still reads it.
 */
import { hostname } from 'node:os';
import type { AuditBook } from '../command/audit.ts';
import { PerchError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Security } from './nmcli.ts';
import { hotspotProfile, type Radio, type Sight, trialProfile } from './radio.ts';
import { whyNotJoined, whyNotPossible } from './reasons.ts';
import type { Saved } from './saved.ts';
import { isHotspot, keptProfilesOf } from './sight.ts';
import type { JoinRequest, Trial } from './types.ts';
import { wrongWithWifi } from './wifi.ts';

/** What is tried, and for whom. */
export interface Attempt {
  readonly by: string;
  readonly ssid: string;
  readonly password: string | undefined;
  readonly hidden: boolean;
  readonly security: Security;
}

/** `cut`: this program ends; the next start finds what was left, and says so. */
export type Outcome = 'joined' | 'failed' | 'cut';

export interface TrialOptions {
  readonly radio: Radio;
  readonly saved: Saved;
  readonly log: Logger;
  readonly audit: AuditBook;
  /** Called when there is something new to read. */
  readonly onSaid: () => void;
}

export class NetworkTrial {
  readonly #options: TrialOptions;
  #running = false;

  constructor(options: TrialOptions) {
    this.#options = options;
  }

  /** From `begin` to `end`. */
  get running(): boolean {
    return this.#running;
  }

  /** How the last one went, or how this one goes. */
  get last(): Trial | undefined {
    return this.#options.saved.value.trial;
  }

  /**
   * Looks whether it can be tried at all, and says that it is; touches nothing yet.
   * @param found how the network is protected, when it is in reach
   * @param hotspot the name of the camera's own, which goes away meanwhile; only while it is on
   * @throws PerchError bad_network
   */
  begin(
    { ssid, password, hidden = false }: JoinRequest,
    by: string,
    sight: Sight,
    { found, hotspot }: { readonly found: Security | undefined; readonly hotspot: string | undefined },
  ): Attempt {
    const wrong = wrongWithWifi(ssid, password);
    if (wrong !== undefined) throw new PerchError('bad_network', { reason: wrong });
    // What does not show itself is protected when a password is given.
    const security = found ?? (password === undefined ? 'open' : 'wpa');
    const reason = whyNotPossible(ssid, security, password, keptProfilesOf(sight, ssid).length > 0);
    if (reason !== undefined) throw new PerchError('bad_network', { reason });
    this.#running = true;
    this.#say(ssid, 'trying', tryingMessage(ssid, hotspot));
    return { by, ssid, password, hidden, security };
  }

  /** Does it. When it failed the radio is in the network from before again; a hotspot is for the caller to open again. */
  async run(attempt: Attempt, sight: Sight | undefined): Promise<Outcome> {
    const { radio, log } = this.#options;
    const { by, ssid, password, security } = attempt;
    if (radio.stopped) return 'cut';
    if (!sight?.radio) {
      return this.#failed(by, ssid, 'The Wi-Fi of this device went away. Try again.');
    }
    const hotspot = isHotspot(sight);
    const [known] = keptProfilesOf(sight, ssid);
    const again = password === undefined ? known : undefined;
    const problem = again ? await radio.up(again.uuid) : await radio.try(sight.radio.name, attempt);
    if (radio.stopped) return 'cut';
    if (problem === undefined) {
      const unkept = again ? undefined : await this.#keep(ssid, sight);
      if (hotspot) await radio.remove(hotspotProfile);
      log.info({ ssid, unkept }, 'network joined');
      return this.#joined(by, ssid, unkept);
    }
    log.info({ ssid, problem }, 'network not joined');
    if (!again) await radio.remove(trialProfile);
    this.#failed(by, ssid, whyNotJoined(problem, ssid, security !== 'open'));
    if (!hotspot && sight.radio.uuid !== '') await radio.up(sight.radio.uuid);
    return 'failed';
  }

  end(): void {
    this.#running = false;
  }

  /** Takes over what an earlier run of this program was trying when it ended. */
  async adopt(sight: Sight): Promise<void> {
    const left = sight.profiles.find(({ name }) => name === trialProfile);
    // In use means that it works, whatever ended before it could be kept.
    const joined = left !== undefined && sight.radio?.state === 'connected' && sight.radio.uuid === left.uuid;
    const unkept = joined ? await this.#keep(left.ssid, sight) : undefined;
    if (left && !joined) await this.#options.radio.remove(trialProfile);
    const { last } = this;
    if (last?.state !== 'trying') return;
    // Who it was that had it tried is not known any more.
    if (joined) this.#joined('Perch', last.ssid, unkept);
    else this.#failed('Perch', last.ssid, `Perch was restarted while “${last.ssid}” was being tried. Try it again.`);
  }

  #keep(ssid: string, sight: Sight): Promise<string | undefined> {
    return this.#options.radio.keep(ssid, keptProfilesOf(sight, ssid));
  }

  #joined(who: string, network: string, unkept: string | undefined): 'joined' {
    const message = joinedMessage(network, unkept);
    const problem = unkept === undefined ? undefined : message;
    this.#options.audit.record({ who, camera: '', action: 'network joined', network, ...(problem && { problem }) });
    this.#say(network, 'joined', message);
    return 'joined';
  }

  #failed(who: string, network: string, problem: string): 'failed' {
    this.#options.audit.record({ who, camera: '', action: 'network not joined', network, problem });
    this.#say(network, 'failed', problem);
    return 'failed';
  }

  #say(ssid: string, state: Trial['state'], message: string): void {
    const { saved, onSaid } = this.#options;
    saved.update((value) => ({ ...value, trial: { ssid, state, message, at: Date.now() } }));
    onSaid();
  }
}

function tryingMessage(ssid: string, hotspot: string | undefined): string {
  if (hotspot === undefined) return `Trying “${ssid}”. This takes up to a minute.`;
  return (
    `Trying “${ssid}”. The hotspot goes away meanwhile. When it works, the camera is at http://${hostname()}.local in “${ssid}”: ` +
    `connect this device to it. When it does not, “${hotspot}” comes back within two minutes, and this page says why.`
  );
}

/** `unkept`: why it is not known from now on, in nmcli's words. */
function joinedMessage(ssid: string, unkept?: string): string {
  return unkept === undefined
    ? `The camera is in “${ssid}”. Its page is at http://${hostname()}.local there.`
    : `The camera is in “${ssid}”, but could not keep it for the next start (${unkept}).`;
}
