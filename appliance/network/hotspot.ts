/** The camera's own network: its name, its password, and whether it has one. */
import { randomInt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { Logger } from '../log.ts';
import { hotspotAddress, hotspotProfile, type Radio, type Sight } from './radio.ts';
import type { Saved } from './saved.ts';
import { isHotspot, isOnline } from './sight.ts';
import type { HotspotStatus } from './types.ts';
import { hotspotName } from './wifi.ts';

export interface HotspotOptions {
  readonly log: Logger;
  /** Somebody owns the camera: then its hotspot has a password. */
  readonly claimed: () => boolean;
  /** The password where one is configured; it counts for an unclaimed camera too. */
  readonly hotspotPassword?: string | undefined;
  /** Where /sys is; a folder in tests. */
  readonly sys?: string;
}

export class Hotspot {
  readonly #options: HotspotOptions;
  readonly #radio: Radio;
  readonly #saved: Saved;
  #mac = '';
  /** Why it did not open, said once. */
  #trouble: string | undefined;

  constructor(options: HotspotOptions, radio: Radio, saved: Saved) {
    this.#options = options;
    this.#radio = radio;
    this.#saved = saved;
  }

  get name(): string {
    return hotspotName(this.#mac);
  }

  /** Why it did not open when that was tried last, in nmcli's words. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Takes its name of this radio (`wlan0`). */
  async nameAfter(radio: string): Promise<void> {
    this.#mac = await readFile(`${this.#options.sys ?? '/sys'}/class/net/${radio}/address`, 'utf8').then(
      (text) => text.trim(),
      () => '',
    );
  }

  /** What nmcli said when it did not open. */
  async open(radio: string | undefined): Promise<string | undefined> {
    if (radio === undefined) return 'there is no Wi-Fi';
    const { log } = this.#options;
    const said = await this.#radio.openHotspot(radio, this.name, this.#password());
    if (said !== this.#trouble) {
      if (said === undefined) log.info({ ssid: this.name }, 'hotspot opens again');
      else log.error({ said }, 'the hotspot did not open');
    }
    this.#trouble = said;
    return said;
  }

  async close(): Promise<void> {
    await this.#radio.remove(hotspotProfile);
  }

  /** It has its password from now on, as long as the camera is somebody's. */
  protect(): void {
    if (this.#options.claimed()) this.#saved.update((value) => ({ ...value, protected: true }));
  }

  /**
   * It gets its password once the camera is claimed and has been in a network: whoever sets it up over the open hotspot and
   * mistypes the Wi-Fi's password must find back. A camera that is nobody's again has an open one again.
   */
  settle(sight: Sight): void {
    const before = this.#saved.value.protected ?? false;
    const next = this.#options.claimed() && (isOnline(sight) || before);
    if (next !== before) this.#saved.update((value) => ({ ...value, protected: next }));
  }

  status(sight: Sight): HotspotStatus {
    const password = this.#password();
    return {
      on: isHotspot(sight),
      ssid: this.name,
      open: password === undefined,
      password: password ?? this.#ownPassword(),
      address: hotspotAddress,
    };
  }

  #password(): string | undefined {
    return this.#options.hotspotPassword ?? (this.#saved.value.protected === true ? this.#ownPassword() : undefined);
  }

  #ownPassword(): string {
    const { password } = this.#saved.value;
    if (password !== undefined) return password;
    const made = newPassword();
    this.#saved.update((value) => ({ ...value, password: made }));
    return made;
  }
}

/** Three groups of four: typed once on a phone. Without letters and digits that look alike; 59 bits. */
function newPassword(): string {
  const signs = 'abcdefghjkmnpqrstuvwxyz23456789';
  const group = () => Array.from({ length: 4 }, () => signs.charAt(randomInt(signs.length))).join('');
  return `${group()}-${group()}-${group()}`;
}
