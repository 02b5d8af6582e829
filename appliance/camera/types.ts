import type { Limits, SettingName, Settings } from '../settings/table.ts';
import type { Feed } from '../stream/feed.ts';

export type CameraState = 'starting' | 'live' | 'stopped' | 'reconnecting' | 'missing';

/** What the camera delivers, measured over the last seconds. */
export interface Measured {
  /** Pictures per second of the H.264 stream; 0 while it is not made, as for another encoding that nobody watches. */
  readonly fps: number;
  /** Of the H.264 stream, bit/s. */
  readonly bitrate: number;
  /** Pictures per second of whatever stream is made: more than 0 is what being alive means. */
  readonly pulse: number;
  readonly width: number;
  readonly height: number;
  /** Worker processes that were replaced since Perch started, and why the last one was. */
  readonly restarts: number;
  readonly lastRestart?: string;
  /** The newest of them, newest last; `at` in ms since 1970. */
  readonly recentRestarts: readonly { readonly at: number; readonly why: string }[];
  /** Pictures since Perch started that should have come between two others, at the rate they came in, and did not. */
  readonly missed: number;
  /** From the capture of a picture to its arrival, encoded, in ms, on average over the last second or so. */
  readonly encodeMs?: number;
}

/** A snapshot of one camera; plain data, safe to keep. */
export interface CameraStatus {
  readonly name: string;
  /** Place among the cameras, from 0. */
  readonly index: number;
  /** As configured: `test`, `file:PATH`, `v4l2:/dev/video0`, `libcamera:0`. */
  readonly source: string;
  /** For people: "Synthetic picture", "USB camera HD Pro Webcam C920". */
  readonly sourceLabel: string;
  readonly state: CameraState;
  /** The state in a sentence. */
  readonly stateMessage: string;
  readonly limits: Limits;
  /** Offered picture sizes, "1280x720", best first. */
  readonly sizes: readonly string[];
  /** What the last confirmed picture shows. */
  readonly applied: Settings;
  readonly appliedRevision: number;
  /** Capture time (CLOCK_MONOTONIC, µs) of the first picture that shows appliedRevision. */
  readonly appliedTimeUs: number;
  readonly measured: Measured;
}

/** How a wanted change ended, for the one who asked. */
export type ApplyOutcome =
  /** The worker has taken it; no picture is missing; a status event follows when a picture shows it. */
  | { readonly kind: 'set' }
  /** A picture shows it; `gapMs` is the longest gap between two pictures meanwhile. */
  | { readonly kind: 'shown'; readonly gapMs: number }
  /** The camera is off or away; it takes effect with the next picture. */
  | { readonly kind: 'kept' }
  /** No picture came in time: the camera is back at `settings`. A `rolledBack` event was emitted too. */
  | { readonly kind: 'rolledBack'; readonly settings: Settings; readonly fields: readonly SettingName[] };

export interface CameraEvents {
  /** Anything in `status()` but the measurements changed. */
  status: [];
  /** A change was taken back after the fact (also when nobody waits for its answer). */
  rolledBack: [settings: Settings, fields: readonly SettingName[]];
}

/** One camera: its process, its state, its streams. */
export interface Camera {
  readonly name: string;
  readonly index: number;
  /** Always H.264: what browsers are given, whatever the encoding. */
  readonly video: Feed;
  /** The chosen encoding: what is published by RTSP. Its units say their codec. */
  readonly main: Feed;
  /** JPEG pictures at the camera's size, made only while somebody listens. */
  readonly jpeg: Feed;
  status(): CameraStatus;
  /** What the camera could be set to if it were set to these: the frame rate depends on the size, the exposure on the rate. */
  limitsFor(settings: Settings): Limits;
  /**
   * Brings the camera to these settings, without a restart wherever that is possible. While one
   * change is under way the newest of the later ones waits and the others resolve with it.
   */
  apply(desired: Settings, revision: number): Promise<ApplyOutcome>;
  /** Resolves when the first picture came, or at the deadline with whatever state it reached. */
  start(): Promise<void>;
  stop(): Promise<void>;
  restart(): Promise<void>;
  /** Ends the camera for good; its process is gone when this resolves. */
  close(): Promise<void>;
  on<E extends keyof CameraEvents>(event: E, listener: (...args: CameraEvents[E]) => void): unknown;
  off<E extends keyof CameraEvents>(event: E, listener: (...args: CameraEvents[E]) => void): unknown;
}
