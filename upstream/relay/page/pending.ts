/** What waits for a camera that is away, laid over what was last known of it: the panel shows what will be. */
import type { WireSettings, WireStatus } from '../../../proto/index.ts';
import type { DeviceRow } from '../fleet/fleet.ts';

/** All that waits for one camera; settings left for "the first one" are for the first. */
export function pendingFor(row: DeviceRow | undefined, camera: string): Readonly<Record<string, unknown>> {
  if (!row) return {};
  const first = row.cameras[0]?.name === camera ? row.pending['']?.settings : undefined;
  return { ...first, ...row.pending[camera]?.settings };
}

/** A status as the panel is to show it. */
export function withPending(status: WireStatus, pending: Readonly<Record<string, unknown>>): WireStatus {
  const { current_settings: current, pending_settings: { cameraName: _, ...told } = {} } = status;
  if (!current) return status;
  return { ...status, current_settings: { ...current, ...(pending as WireSettings), ...told } };
}
