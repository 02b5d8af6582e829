/** The figures of the cameras, as their `status` has them. */
import type { Camera, CameraState } from '../camera/types.ts';
import type { CameraFigures } from './figures.ts';

/** What a camera delivers, to how many. Its rates are told once there are any: see `isMeasured`. */
export function figuresOf(camera: Pick<Camera, 'name' | 'status'>, viewers: number): CameraFigures {
  const { state, stateMessage, applied, measured } = camera.status();
  const known = isMeasured(state, measured.fps);
  return {
    name: camera.name,
    state,
    message: stateMessage,
    fps: known ? measured.fps : undefined,
    wantedFps: applied.fps,
    bitrate: known ? measured.bitrate : undefined,
    missed: measured.missed,
    encodeMs: measured.encodeMs,
    viewers,
    restarts: measured.restarts,
    recentRestarts: measured.recentRestarts,
  };
}

/**
 * Whether the rates mean something. The meter says 0 until it has seen two pictures: while a camera starts, and for a
 * moment after that, they are not known yet; of one that is off there are none. A camera that is away has a rate of 0.
 */
function isMeasured(state: CameraState, fps: number): boolean {
  if (state === 'stopped' || state === 'starting') return false;
  return state !== 'live' || fps > 0;
}
