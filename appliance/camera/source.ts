/** Where pictures come from, as data: what each kind of source puts at the head of the pipeline. */
import type { Settings } from '../settings/table.ts';
import type { Footage } from './footage.ts';
import type { LookField } from './look.ts';
import type { Size } from './sizes.ts';
import type { Properties } from './worker.ts';

/** What is known of one source before it plays. */
export interface SourcePlan {
  /** For people: "USB camera HD Pro Webcam C920". */
  readonly label: string;
  /** From the device to raw pictures; what differs here needs a new pipeline. */
  head(settings: Settings): string;
  /** Texts that may hold anything, such as paths: set on the elements instead of written into the pipeline. */
  readonly texts: Properties;
  /** Whether pictures are brought to size and rate behind the head, or the head makes them as wanted. */
  readonly fits: boolean;
  /** Size of the pictures that come from the head, with square pixels; undefined where the head makes them as wanted. */
  picture(settings: Settings): Size | undefined;
  /** Whether pictures are only ever left out to come to the rate, never repeated: repeating holds each one back. */
  readonly dropOnly?: boolean;
  /** What stands between size and look: labels, or the clock of a file. */
  readonly tail: string;
  /** Element behind the decoder of a file that is played over and over. */
  readonly loop?: string;
  /** Raw format that comes out. */
  readonly format: 'I420' | 'NV12';
  /** Controls of the device for these settings; they change while it plays. */
  controls(settings: Settings): Properties;
  /** Pictures a changed control takes to show. */
  readonly controlDelay: number;
  /** Look that is made in software. */
  readonly software: ReadonlySet<LookField>;
  /** Fields that this source cannot change at all, with the reason in a sentence. */
  readonly unavailable: Readonly<
    Partial<Record<'brightness' | 'contrast' | 'saturation' | 'sharpness' | 'auto_exposure' | 'exposure_time', string>>
  >;
  readonly maxWidth: number;
  readonly maxHeight: number;
  readonly maxFps: number;
  /** µs, where the device has bounds of its own. */
  readonly exposure?: { readonly min: number; readonly max: number };
  /** The picture it gives by itself, where that is known: in square pixels, and 0 for a rate that is not. */
  readonly native?: Footage;
  /** Its own sizes, "1280x720", best first; empty means any. */
  readonly sizes: readonly string[];
  /** File or device that must be there. */
  readonly path?: string;
  /** Why it cannot play as it is now, in a sentence. */
  readonly problem?: string;
  /** How long the first picture may take, in ms. */
  readonly startMs: number;
}

const everything: ReadonlySet<LookField> = new Set(['brightness', 'contrast', 'saturation', 'sharpness', 'exposure']);

/** The synthetic picture: colour bars that wander, what it is in plain words, and a clock. */
export function testSource(): SourcePlan {
  return {
    label: 'Synthetic picture',
    head: () => 'videotestsrc name=source is-live=true pattern=smpte75 horizontal-speed=2',
    texts: { label: { text: 'Test picture - no camera' } },
    fits: false,
    picture: () => undefined,
    tail:
      'textoverlay name=label valignment=center halignment=center shaded-background=true font-desc="Sans Bold 22"' +
      ' ! clockoverlay valignment=bottom halignment=right shaded-background=true time-format="%H:%M:%S" font-desc="Monospace 16"',
    format: 'I420',
    controls: () => ({}),
    controlDelay: 0,
    software: everything,
    unavailable: {},
    maxWidth: 1920,
    maxHeight: 1080,
    maxFps: 60,
    sizes: [],
    startMs: 8000,
  };
}

/** Recorded footage, played at its own speed over and over. */
export function fileSource(path: string, footage?: Footage, problem?: string): SourcePlan {
  return {
    label: `Recording ${path.split('/').at(-1)}`,
    head: () =>
      'filesrc name=source ! decodebin name=decoder ! video/x-raw' +
      ' ! identity name=loop single-segment=true ! videoconvert',
    texts: { source: { location: path } },
    fits: true,
    picture: () => (footage === undefined ? undefined : [footage.width, footage.height]),
    // Behind size and rate, so that neither holds a picture back: what comes here waits for its own time.
    tail: 'clocksync name=clock',
    loop: 'loop',
    format: 'I420',
    controls: () => ({}),
    controlDelay: 0,
    software: everything,
    unavailable: {},
    maxWidth: 1920,
    maxHeight: 1080,
    maxFps: 60,
    ...(footage === undefined ? {} : { native: footage }),
    sizes: [],
    path,
    ...(problem === undefined ? {} : { problem }),
    startMs: 8000,
  };
}
