/** A camera's state as the protocol's StatusResponse. */
import { CameraStateNumber, type WireFieldLimits, type WireStatus } from '../../proto/index.ts';
import type { CameraStatus } from '../camera/types.ts';
import { type SettingName, type Settings, settingNames } from '../settings/table.ts';
import { allowedFor } from '../settings/validate.ts';

/** What the door knows of a camera beside the camera's own status. */
export interface Known {
  readonly desired: Settings;
  readonly revision: number;
  readonly savedRevision: number;
}

/** The parts of a status that every answer and push carries. */
export function statusMessage(camera: CameraStatus, { desired, revision, savedRevision }: Known): WireStatus {
  return {
    timestamp: Date.now(),
    current_settings: { ...desired },
    applied_settings: { ...camera.applied },
    revision,
    saved_revision: savedRevision,
    applied_revision: camera.appliedRevision,
    applied_time_us: camera.appliedTimeUs,
    state: CameraStateNumber[camera.state],
    state_message: camera.stateMessage,
    clock_us: clockUs(),
  };
}

/** What the camera can do: for GET_STATUS and when it changed. */
export function capabilities(camera: CameraStatus): Pick<WireStatus, 'limits' | 'sizes'> {
  return { limits: settingNames.map((name) => limitsOf(name, camera)), sizes: [...camera.sizes] };
}

function limitsOf(name: SettingName, camera: CameraStatus): WireFieldLimits {
  const { available, reason, min, max, step, choices, applied } = allowedFor(name, camera.limits);
  const gapMs = camera.limits[name]?.gapMs;
  return {
    field: name,
    available,
    applied,
    ...(reason !== undefined && { reason }),
    ...(min !== undefined && { min }),
    ...(max !== undefined && { max }),
    ...(step !== undefined && { step }),
    ...(choices !== undefined && { choices: [...choices] }),
    ...(gapMs !== undefined && { gap_ms: Math.round(gapMs) }),
  };
}

/** This machine's CLOCK_MONOTONIC in microseconds: the clock of capture times. */
export function clockUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
