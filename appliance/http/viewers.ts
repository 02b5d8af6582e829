/** How many watch a camera, and by what. */
import type { Camera } from '../camera/types.ts';
import type { HttpParts } from './parts.ts';

export interface ViewerCounts {
  readonly total: number;
  readonly webrtc: number;
  readonly mse: number;
  readonly mjpeg: number;
}

/** Browsers and programs that watch through Perch itself; MediaMTX counts its own readers. */
export function viewersOf(camera: Camera, { whep, mse }: Pick<HttpParts, 'whep' | 'mse'>): ViewerCounts {
  const webrtc = whep.viewers(camera.name).length;
  const fragments = mse.viewers(camera.name).length;
  const mjpeg = camera.jpeg.listeners;
  return { total: webrtc + fragments + mjpeg, webrtc, mse: fragments, mjpeg };
}
