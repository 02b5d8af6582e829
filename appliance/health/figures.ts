/** The figures of health: plain data, as they were at one moment. What a machine does not tell is undefined. */
import type { CameraState } from '../camera/types.ts';

/** What the firmware of a Raspberry Pi says of its power and heat (`get_throttled`). */
export interface Power {
  readonly underVoltage: boolean;
  /** The processor's frequency is held down. */
  readonly capped: boolean;
  readonly throttled: boolean;
  /** Above the temperature from which it is slowed down a little (60 °C on a Pi 3 B+). */
  readonly softLimit: boolean;
  /** Whether the voltage was too low, or it was throttled, at any time since the machine started. */
  readonly hadUnderVoltage: boolean;
  readonly hadThrottling: boolean;
}

export interface Interface {
  readonly name: string;
  readonly kind: 'ethernet' | 'wifi' | 'vpn';
  readonly up: boolean;
  /** Of the Wi-Fi it is connected to, in dBm: -50 is strong, -80 hardly usable. */
  readonly signal?: number;
}

/** How far an eMMC is worn out, by its own account (JEDEC 5.0); SD cards do not tell. */
export interface Wear {
  /** Of its life, in steps of a tenth; above 1 it lives on borrowed time. */
  readonly used: number;
  /** Of its spare blocks: 80 % are used up at `warning`, 90 % at `urgent`. */
  readonly spare: 'normal' | 'warning' | 'urgent';
}

/** A quantity in bytes: how much there is, and how much of it is free to use. */
export interface Room {
  readonly total: number;
  readonly free: number;
}

export interface MachineFigures {
  /** "Raspberry Pi 4 Model B Rev 1.5", or undefined on anything that is no such board. */
  readonly model: string | undefined;
  /** Of the processor, in °C. */
  readonly temperature: number | undefined;
  readonly power: Power | undefined;
  /** Processes that want to run, on average over 1, 5 and 15 min. */
  readonly load: readonly [number, number, number] | undefined;
  readonly cores: number;
  /** Share of all cores that was busy since the figures before, 0 to 1. */
  readonly cpu: number | undefined;
  readonly memory: Room | undefined;
  /** The file system of the data folder. */
  readonly disk: Room | undefined;
  readonly wear: Wear | undefined;
  readonly interfaces: readonly Interface[];
  /** Whether the clock has been set from the network; undefined where nothing tells. */
  readonly clockSynchronized: boolean | undefined;
  /** Since the machine started, in s. */
  readonly uptime: number | undefined;
}

export interface CameraFigures {
  readonly name: string;
  readonly state: CameraState;
  /** The state in a sentence. */
  readonly message: string;
  /** Pictures per second: measured, and as set. Undefined of a camera that is off, and until two pictures have come. */
  readonly fps: number | undefined;
  readonly wantedFps: number;
  /** Of the H.264 stream, in bit/s; known when `fps` is. */
  readonly bitrate: number | undefined;
  /** Pictures that should have come between two others and did not, since Perch started. */
  readonly missed: number;
  /** From the capture of a picture to its arrival, encoded, in ms; undefined without pictures. */
  readonly encodeMs: number | undefined;
  readonly viewers: number;
  /** Worker processes replaced since Perch started. */
  readonly restarts: number;
  /** The newest ones, newest last. */
  readonly recentRestarts: readonly Restart[];
}

export interface Restart {
  /** In ms since 1970. */
  readonly at: number;
  /** In a sentence. */
  readonly why: string;
}

/** What else findings are made from: how this Perch was started and what it is connected to. */
export interface Facts {
  /** What the start of the image found wrong with the data partition, in its words. */
  readonly dataProblem: string | undefined;
  /** Why Perch runs with minimal settings, in a sentence. */
  readonly safeMode: string | undefined;
  /** A VPN is set up on this machine. */
  readonly vpnConfigured: boolean;
  /** The link to the relay; undefined without one. */
  readonly link: { readonly state: string; readonly message: string } | undefined;
}

/** Everything at one moment. */
export interface Snapshot {
  /** In ms since 1970. */
  readonly now: number;
  readonly machine: MachineFigures;
  readonly cameras: readonly CameraFigures[];
  readonly facts: Facts;
}
