/** The protocol's messages as bytes and as plain objects. Runs in Node and in browsers. */
import $protobuf from 'protobufjs/minimal.js';
import { camera_control as generated } from './generated/camera_control.js';

// A peer newer than us may say more than we know; what we do not know we pass on as it came.
$protobuf.Reader.discardUnknown = false;

/** Bytes of fields this version does not know, in the order they came. */
interface Unknowns {
  $unknowns?: Uint8Array[];
}

/** `CameraSettings` on the wire; absent fields were not said. */
export interface WireSettings extends Unknowns {
  width?: number;
  height?: number;
  fps?: number;
  bitrate?: string;
  contrast?: number;
  brightness?: number;
  saturation?: number;
  sharpness?: number;
  ai_enabled?: boolean;
  ai_model?: string;
  ai_confidence?: number;
  cameraName?: string;
  camera_index?: number;
  encoding?: string;
  quality?: number;
  auto_exposure?: boolean;
  exposure_time?: number;
}

/** What a `ControlCommand` asks for; the numbers are the protocol's. */
export const CommandType = {
  UPDATE_SETTINGS: 0,
  START_STREAM: 1,
  STOP_STREAM: 2,
  GET_STATUS: 3,
  RESTART_CAMERA: 4,
  GET_SNAPSHOT: 5,
} as const;
export type CommandType = (typeof CommandType)[keyof typeof CommandType];

/** The numbers of `CameraState`. */
export const CameraStateNumber = {
  starting: 1,
  live: 2,
  stopped: 3,
  reconnecting: 4,
  missing: 5,
  /** Said by the relay: the device is not connected to it. */
  away: 6,
} as const;

export interface WireCommand extends Unknowns {
  /** Absent means UPDATE_SETTINGS, as proto3 has it. Can be a number this version does not know. */
  command?: number;
  settings?: WireSettings;
  request_id?: string;
  asked_by?: string;
  asker?: string;
}

export interface WireFieldLimits extends Unknowns {
  field?: string;
  available?: boolean;
  reason?: string;
  min?: number;
  max?: number;
  step?: number;
  choices?: string[];
  applied?: string;
  gap_ms?: number;
}

/** `StatusResponse`; the comments in camera_control.proto say what each field means. */
export interface WireStatus extends Unknowns {
  success?: boolean;
  message?: string;
  current_settings?: WireSettings;
  request_id?: string;
  timestamp?: number;
  applied_settings?: WireSettings;
  revision?: number;
  saved_revision?: number;
  applied_revision?: number;
  applied_time_us?: number;
  state?: number;
  state_message?: string;
  changed_by?: string;
  changed_fields?: string[];
  limits?: WireFieldLimits[];
  error_code?: string;
  error_field?: string;
  clock_us?: number;
  gap_ms?: number;
  sizes?: string[];
  picture?: Uint8Array;
  asker?: string;
  pending_settings?: WireSettings;
  streams?: WireStreams;
}

/** `StreamAddresses`: where MediaMTX serves a camera. */
export interface WireStreams extends Unknowns {
  rtsp?: string;
  hls?: string;
  webrtc?: string;
  loopback?: boolean;
}

/** The bytes of a command. */
export function encodeCommand(command: WireCommand): Uint8Array {
  return generated.ControlCommand.encode(command as generated.ControlCommand.$Properties).finish();
}

/**
 * Reads a command.
 * @throws Error when the bytes are not a ControlCommand
 */
export function decodeCommand(bytes: Uint8Array): WireCommand {
  return plain(generated.ControlCommand.decode(bytes)) as WireCommand;
}

/** The bytes of a status. */
export function encodeStatus(status: WireStatus): Uint8Array {
  return generated.StatusResponse.encode(status as generated.StatusResponse.$Properties).finish();
}

/**
 * Reads a status.
 * @throws Error when the bytes are not a StatusResponse
 */
export function decodeStatus(bytes: Uint8Array): WireStatus {
  return plain(generated.StatusResponse.decode(bytes)) as WireStatus;
}

/** A message instance without its prototype: only what was said, 64-bit integers as numbers. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return value;
  if ('toNumber' in value && typeof value.toNumber === 'function') return value.toNumber();
  const entries = Object.entries(value).filter(
    ([, item]) => item !== undefined && item !== null && !(Array.isArray(item) && item.length === 0),
  );
  const copy = Object.fromEntries(entries.map(([key, item]) => [key, plain(item)]));
  const unknowns = (value as Unknowns).$unknowns;
  if (unknowns && unknowns.length > 0) copy.$unknowns = unknowns;
  return copy;
}
