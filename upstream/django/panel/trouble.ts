import { CameraStateNumber, type WireStatus } from '../../../proto/index.ts';

/** Refusals of the site itself after which connecting again is of no use. */
const finalCodes = ['not_logged_in', 'not_permitted', 'too_many_connections'];

export interface Trouble {
  /** What the line above the panel says from now on; undefined: as before, empty: nothing. */
  readonly text: string | undefined;
  readonly final: boolean;
}

/** Whether a change waits for a camera that is away. */
export function waits({ pending_settings: pending }: WireStatus): boolean {
  return Object.keys(pending ?? {}).some((name) => name !== 'cameraName');
}

/**
 * What a status means for the camera as a whole. An answer to a change says nothing about that: its
 * refusal stands at the control it was about.
 */
export function trouble(status: WireStatus): Trouble {
  if (status.success === false) {
    const final = finalCodes.includes(status.error_code ?? '') && !status.request_id;
    return { text: status.message || 'The camera cannot be controlled now.', final };
  }
  if (waits(status)) return { text: status.message ?? 'A change waits for this camera.', final: false };
  if (status.state === CameraStateNumber.away) {
    return { text: status.state_message || 'The camera is not connected.', final: false };
  }
  // What says nothing of the camera's state says nothing about the way to it.
  return { text: status.state === undefined && !status.current_settings ? undefined : '', final: false };
}
