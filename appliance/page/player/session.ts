/** What the ways to get a picture have in common. */
import type { CameraClock } from './clock.ts';

export type Transport = 'webrtc' | 'mse' | 'mjpeg';

/** A picture was presented. */
export interface Frame {
  /** Capture time on the camera's clock, µs; undefined while that clock is not known. */
  readonly timeUs: number | undefined;
  /** From capture to presentation, ms; undefined while the camera's clock is not known. */
  readonly latencyMs: number | undefined;
  /** `performance.now()` when it was handed to the screen. */
  readonly presentedAt: number;
}

export interface SessionEvents {
  frame(frame: Frame): void;
  /**
   * It is over and nothing more will come. `sentence` is for people; `final` means that trying the same
   * again is of no use (this browser cannot do it).
   */
  ended(sentence: string, final: boolean): void;
}

export interface SessionOptions {
  /** Address of the appliance: "" for the page's own, or "https://host:port/some/path". */
  readonly base: string;
  readonly camera: string;
  readonly clock: CameraClock;
  readonly events: SessionEvents;
}

/** One connection by one transport. It begins when it is made. */
export interface Session {
  readonly transport: Transport;
  /** Shows the picture; belongs to this session alone. */
  readonly element: HTMLVideoElement | HTMLImageElement;
  /** The connection stands, whether or not pictures come. */
  readonly healthy: boolean;
  /** Looks after itself; called a few times a second, and when the page becomes visible. */
  tend(): void;
  /** Ends it; says goodbye to the server. `ended` is not called. */
  close(): void;
}

/** An absolute address of the appliance. */
export function address(base: string, path: string): string {
  const root = new URL(base === '' ? location.origin : base, location.href);
  return `${root.href.replace(/\/+$/, '')}${path}`;
}

/** A `<video>` that plays by itself wherever a browser lets it. */
export function makeVideo(): HTMLVideoElement {
  const video = document.createElement('video');
  // As attributes too: Safari on iPhone decides by them.
  for (const name of ['muted', 'playsinline', 'autoplay', 'disableremoteplayback']) video.setAttribute(name, '');
  video.muted = true;
  video.playsInline = true;
  video.autoplay = true;
  video.disableRemotePlayback = true;
  video.tabIndex = -1;
  return video;
}

/**
 * Reports every presented picture of a `<video>`. `timeOf` finds its capture time.
 * @returns ends it
 */
export function watchFrames(
  video: HTMLVideoElement,
  clock: CameraClock,
  timeOf: (metadata: VideoFrameCallbackMetadata | undefined) => number | undefined,
  report: (frame: Frame) => void,
): () => void {
  let handle = 0;
  let ended = false;
  const tell = (presentedAt: number, metadata?: VideoFrameCallbackMetadata) => {
    const timeUs = timeOf(metadata);
    const cameraUs = clock.at(presentedAt);
    const latencyMs = timeUs === undefined || cameraUs === undefined ? undefined : (cameraUs - timeUs) / 1000;
    report({ timeUs, latencyMs, presentedAt });
  };
  if ('requestVideoFrameCallback' in video) {
    const next = (_now: number, metadata: VideoFrameCallbackMetadata) => {
      if (ended) return;
      handle = video.requestVideoFrameCallback(next);
      tell(metadata.presentationTime, metadata);
    };
    handle = video.requestVideoFrameCallback(next);
    return () => {
      ended = true;
      video.cancelVideoFrameCallback(handle);
    };
  }
  // Older browsers: a picture was presented when the count of pictures, or the time, has moved.
  const element: HTMLVideoElement = video;
  let last = -1;
  const look = (now: number) => {
    if (ended) return;
    handle = requestAnimationFrame(look);
    const count = element.getVideoPlaybackQuality?.().totalVideoFrames ?? element.currentTime;
    if (count === last || element.readyState < 2) return;
    last = count;
    tell(now);
  };
  handle = requestAnimationFrame(look);
  return () => {
    ended = true;
    cancelAnimationFrame(handle);
  };
}

/** The sentence in an error answer of the appliance, or one made from its status. */
export async function sentenceOf(response: Response): Promise<string> {
  try {
    const body: unknown = await response.json();
    if (body !== null && typeof body === 'object' && 'message' in body && typeof body.message === 'string') {
      return body.message;
    }
  } catch {
    // No JSON: a proxy's page, or nothing.
  }
  if (response.status === 401 || response.status === 403) return 'Log in to see the picture.';
  return `The camera answered with an error (${response.status}).`;
}
