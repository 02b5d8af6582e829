/** How the camera stands in its network, as others see it. */
import type { Security } from './nmcli.ts';

export interface NetworkStatus {
  /**
   * `unmanaged`: Perch leaves the network of this machine alone. `hotspot`: the camera is a network of its own. `joining`:
   * one is being tried. `offline`: in no network.
   */
  readonly state: 'unmanaged' | 'offline' | 'joining' | 'wired' | 'wifi' | 'hotspot';
  /** The state in a sentence. */
  readonly message: string;
  /** Of the network it is in. */
  readonly ssid?: string | undefined;
  /** Percent. */
  readonly signal?: number | undefined;
  /** Every address of this machine that others can reach, without the VPN's. */
  readonly addresses: readonly string[];
  /** Where the page is by name: `perch.local`. */
  readonly name: string;
  readonly vpn?: { readonly interface: string; readonly address: string } | undefined;
  readonly hotspot?: HotspotStatus | undefined;
  /** What is in reach, the strongest first; seen last while the hotspot is on. */
  readonly networks: readonly NetworkInReach[];
  /** Names of all networks the camera joins by itself. */
  readonly known: readonly string[];
  /** The last network a person had it try. */
  readonly trial?: Trial | undefined;
}

export interface HotspotStatus {
  readonly on: boolean;
  readonly ssid: string;
  /** Anybody may join: only until the camera is claimed and has been in a network. */
  readonly open: boolean;
  /** What it has, or will have once it is claimed. */
  readonly password: string;
  /** The page's address for those who are connected to it. */
  readonly address: string;
}

export interface NetworkInReach {
  readonly ssid: string;
  readonly signal: number;
  readonly security: Security;
  readonly known: boolean;
  readonly inUse: boolean;
}

export interface Trial {
  readonly ssid: string;
  readonly state: 'trying' | 'joined' | 'failed';
  /** What happens, or what went wrong and what to do. */
  readonly message: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

export interface JoinRequest {
  readonly ssid: string;
  /** Absent for an open network, and for one that is known already. */
  readonly password?: string | undefined;
  /** It does not show its name. */
  readonly hidden?: boolean | undefined;
}

/** The network part, as the web server and the button use it. */
export interface NetworkPart {
  status(): NetworkStatus;
  /** Looks what is in reach; resolves when that is known. */
  scan(): Promise<void>;
  /**
   * Begins to try a network; `status().trial` tells how it goes.
   * @throws PerchError bad_network, network_busy, network_unmanaged
   */
  join(request: JoinRequest, by: string): Promise<void>;
  /** @throws PerchError unknown_network, network_busy, network_unmanaged */
  forget(ssid: string, by: string): Promise<void>;
  /**
   * Opens it, or opens it anew. `protect`: with its password from now on; whoever asks has seen it.
   * @throws PerchError network_busy, network_unmanaged, no_hotspot
   */
  startHotspot(by: string, options?: { readonly protect?: boolean }): Promise<void>;
  /** @throws PerchError network_busy, network_unmanaged */
  stopHotspot(by: string): Promise<void>;
  /** The hotspot's own address while it is on: who connects to it is answered there. */
  portal(): string | undefined;
}
