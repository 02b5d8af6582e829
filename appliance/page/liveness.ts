/** Whether a picture is live, and what is said when it is not: pure, so that it can be tested as a table. */
import type { CameraStateName } from './panel/view.ts';
import type { LinkState } from './transport.ts';

export interface Seen {
  /** Pictures reach the screen, as far as the player can tell. */
  readonly playing: boolean;
  /** The player is told of pictures one by one; by MJPEG it is not, and the camera's word decides. */
  readonly counted: boolean;
  /** Of the camera, as last heard. */
  readonly camera: CameraStateName;
  readonly cameraMessage: string;
  readonly link: LinkState;
  /** Milliseconds since a picture last reached the screen; undefined before the first. */
  readonly pictureAgeMs: number | undefined;
}

export interface Liveness {
  readonly live: boolean;
  /** What stands over the picture; empty when live. */
  readonly sentence: string;
  /** A second line: what to do, or what is being done. */
  readonly detail: string;
}

/** Judges a picture. */
export function judge({ playing, counted, camera, cameraMessage, link, pictureAgeMs }: Seen): Liveness {
  const away = camera === 'stopped' || camera === 'missing' || camera === 'reconnecting';
  if (playing && (counted || (!away && link === 'open'))) return { live: true, sentence: '', detail: '' };
  const last = pictureAgeMs === undefined ? '' : `Last picture ${agoText(pictureAgeMs)}`;
  if (link === 'waiting') {
    return {
      live: false,
      sentence: last ? `${last}, reconnecting` : 'No answer from the camera',
      detail: 'Check its power and the network. The picture comes back by itself.',
    };
  }
  if (camera === 'stopped') return { live: false, sentence: 'The camera is stopped', detail: last };
  if (camera === 'missing') return { live: false, sentence: cameraMessage || 'The camera is not there', detail: last };
  if (camera === 'reconnecting') {
    return { live: false, sentence: last ? `${last}, reconnecting` : 'Reconnecting', detail: cameraMessage };
  }
  if (pictureAgeMs === undefined) return { live: false, sentence: 'Waiting for the first picture', detail: '' };
  return { live: false, sentence: `${last}, reconnecting`, detail: '' };
}

/** "12 s ago", "3 min ago", "2 h ago". */
export function agoText(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  if (seconds < 90) return `${seconds} s ago`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min ago` : `${Math.round(minutes / 60)} h ago`;
}
