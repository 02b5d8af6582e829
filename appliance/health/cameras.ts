/** The figures of the cameras, as their `status` has them. */
import type { Camera } from '../camera/types.ts';
import type { CameraFigures } from './figures.ts';

/** What a camera delivers, to how many. */
export function figuresOf(camera: Pick<Camera, 'name' | 'status'>, viewers: number): CameraFigures {
  const { state, stateMessage, applied, measured } = camera.status();
  return {
    name: camera.name,
    state,
    message: stateMessage,
    fps: measured.fps,
    wantedFps: applied.fps,
    bitrate: measured.bitrate,
    missed: measured.missed,
    encodeMs: measured.encodeMs,
    viewers,
    restarts: measured.restarts,
    recentRestarts: measured.recentRestarts,
  };
}
