/**
 * The whole pipeline of a camera for given settings, as data:
 *
 *   source ! size and rate ! look ! sharpness ! bars ! tee ─ video: H.264, what browsers are given
 *                                                          ├ jpeg: snapshots and MJPEG, only while somebody looks
 *                                                          └ main: h265 or mjpeg, only while that is the encoding
 *
 * A picture whose shape is not that of the wanted size gets bars last, so that the look leaves them black; and one that
 * is smaller grows last, so that the look has less to do.
 * Two such descriptions are compared to plan a change; see plan.ts. Queues ahead of encoders drop raw pictures when
 * what follows is slow, so that an encoded one is never lost.
 */
import type { Encoding, Settings } from '../settings/table.ts';
import { fullRange, h264Encoder, h265Encoder, jpegEncoder, type Segment } from './encoders.ts';
import { balance, sharpening } from './look.ts';
import type { Machine } from './machine.ts';
import { type Size, within } from './sizes.ts';
import type { SourcePlan } from './source.ts';
import type { Properties, StartOrder, Step } from './worker.ts';

/** Who wants what, and what the encoder of `main` is held to. */
export interface Demand {
  /** Somebody listens to the H.264 that browsers are given. */
  readonly video: boolean;
  readonly jpeg: boolean;
  /** Quality of JPEGs on `main` that keeps them below the bitrate; the settings' where absent. */
  readonly jpegQuality?: number;
}

/** Stream numbers. Each `main` branch gets one of its own, from `firstMainStream` upwards. */
export const videoStream = 0;
export const jpegStream = 1;
export const firstMainStream = 2;

export interface Pipeline {
  /** What cannot change while it plays. */
  readonly head: string;
  readonly texts: Properties;
  readonly tail: string;
  readonly loop: string | undefined;
  readonly fit: string;
  readonly bars: string;
  /** Exchanged as a whole when their shape changes; each is named as its key. */
  readonly segments: { readonly sharp: Segment; readonly video_encoder: Segment };
  /** Properties of all other elements, which change at any time. */
  readonly properties: Properties;
  /** The branch of its own that `main` has while the encoding is not h264. */
  readonly main: { readonly codec: Encoding; readonly branch: string; readonly live: Properties } | undefined;
  readonly videoOpen: boolean;
  readonly controlDelay: number;
  /** Elements of the device itself: their changes take `controlDelay` pictures to show. */
  readonly controlled: readonly string[];
}

/**
 * What waits ahead of an encoder: a fifth of a second at the most, and no more than 7 MB, which is 5 pictures of
 * 1280x720. A processor that is busy elsewhere for a moment then loses none: an encoder is faster than the pictures
 * come and soon catches up. (With two pictures, four cameras on two cores under six busy loops lost one in 220.) It is
 * also the most that an encoder which is too slow for its settings can make the picture late.
 */
const queue = 'queue leaky=downstream max-size-buffers=0 max-size-bytes=7000000 max-size-time=200000000';

/** Describes the pipeline that makes these settings true. */
export function describePipeline(settings: Settings, source: SourcePlan, machine: Machine, demand: Demand): Pipeline {
  const hardware = machine.h264 === 'v4l2h264enc';
  const frame: Size = [settings.width, settings.height];
  const picture = source.picture(settings);
  const inner = picture === undefined ? frame : within(picture, frame);
  // The hardware encoder refuses pictures whose colours it is not told.
  const colours = hardware ? ',colorimetry=bt709,interlace-mode=progressive' : '';
  const caps = `video/x-raw,format=${source.format},${sizeCaps(inner)},framerate=${settings.fps}/1,pixel-aspect-ratio=1/1${colours}`;
  const encoder = h264Encoder(settings, machine);
  const videoOpen = settings.encoding === 'h264' || demand.video;
  const controls = source.controls(settings);
  return {
    head: source.head(settings),
    texts: source.texts,
    tail: source.tail,
    loop: source.loop,
    fit: source.fits
      ? ` ! videorate name=rate${source.dropOnly === true ? ' drop-only=true' : ''} ! videoscale name=scale${picture === undefined ? '' : ' add-borders=false'} ! videoconvert`
      : '',
    bars: picture === undefined ? '' : ' ! videoscale name=grow ! capsfilter name=frame caps-change-mode=delayed',
    segments: {
      sharp: sharpSegment(settings, source, inner),
      video_encoder: { ...encoder, shape: `${encoder.shape} ! ${videoFormat(settings, hardware)}` },
    },
    properties: {
      ...controls,
      caps: { caps },
      ...(picture === undefined ? {} : { frame: { caps: rawCaps(frame) } }),
      look: balance(settings, source.software),
      video_valve: { drop: String(!videoOpen) },
      jpeg_valve: { drop: String(!demand.jpeg) },
    },
    main: mainBranch(settings, demand),
    videoOpen,
    controlDelay: source.controlDelay,
    controlled: Object.keys(controls),
  };
}

/** The size alone: a picture of the old rate may still be on its way, and no scaler could change that. */
function rawCaps(size: Size): string {
  return `video/x-raw,${sizeCaps(size)},pixel-aspect-ratio=1/1`;
}

function sizeCaps([width, height]: Size): string {
  return `width=${width},height=${height}`;
}

function sharpSegment(settings: Settings, source: SourcePlan, size: Size): Segment {
  if (settings.sharpness === 0 || !source.software.has('sharpness')) return { shape: 'identity', live: {} };
  return {
    shape:
      'videocrop left=2 right=2 top=2 bottom=2 ! videoscale name=sharp_scale method=lanczos add-borders=false' +
      ' ! capsfilter name=sharp_caps caps-change-mode=delayed',
    live: {
      sharp_scale: sharpening(settings.sharpness),
      sharp_caps: { caps: rawCaps(size) },
    },
  };
}

function mainBranch(settings: Settings, demand: Demand): Pipeline['main'] {
  if (settings.encoding === 'h264') return undefined;
  if (settings.encoding === 'h265') {
    const encoder = h265Encoder(settings);
    return {
      codec: 'h265',
      branch: `${queue} ! videoconvert ! ${written(encoder)} ! h265parse config-interval=-1 ! video/x-h265,stream-format=byte-stream,alignment=au ! fakesink name=main_out sync=false async=false`,
      live: encoder.live,
    };
  }
  const encoder = jpegEncoder('main_encoder', Math.min(settings.quality, demand.jpegQuality ?? 100));
  return {
    codec: 'mjpeg',
    branch: `${queue} ! videoconvert ! ${fullRange} ! ${encoder.shape} ! fakesink name=main_out sync=false async=false`,
    live: encoder.live,
  };
}

/**
 * What follows the H.264 encoder. The Pi's wants to be told a level; and size and rate are named there because its
 * driver keeps the old ones otherwise: a new shape exchanges it.
 */
function videoFormat(settings: Settings, hardware: boolean): string {
  const { width, height, fps } = settings;
  const rate = width * height * fps;
  const level = rate <= 1280 * 720 * 30 ? '3.1' : rate <= 1920 * 1088 * 30 ? '4' : '4.2';
  const caps = hardware
    ? `video/x-h264,profile=constrained-baseline,level=(string)${level},width=${width},height=${height},framerate=${fps}/1`
    : 'video/x-h264,profile=constrained-baseline';
  return `${caps} ! h264parse config-interval=-1 ! capsfilter caps="video/x-h264,stream-format=byte-stream,alignment=au"`;
}

/** A segment as gst-launch writes it, live properties included. */
export function written(segment: Segment): string {
  return segment.shape
    .split(' ! ')
    .map((part) => {
      const name = / name=(\S+)/.exec(part)?.[1];
      const live = name === undefined ? undefined : segment.live[name];
      return live === undefined ? part : `${part} ${writtenProperties(live)}`;
    })
    .join(' ! ');
}

function writtenProperties(properties: Readonly<Record<string, string>>): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}="${value}"`)
    .join(' ');
}

/** The order that starts this pipeline; `mainStream` numbers its main branch. */
export function startOrder(pipeline: Pipeline, mainStream: number, stamp: boolean): StartOrder {
  const { sharp, video_encoder } = pipeline.segments;
  const launch = [
    `${pipeline.head}${pipeline.fit} ! capsfilter name=caps caps-change-mode=delayed ! ${pipeline.tail} ! videobalance name=look`,
    ` ! identity name=sharp${pipeline.bars} ! tee name=split allow-not-linked=true`,
    ` split. ! ${queue} ! valve name=video_valve ! identity name=video_encoder`,
    ' ! fakesink name=video_out sync=false async=false',
    ` split. ! ${queue} ! valve name=jpeg_valve ! videoconvert ! ${fullRange} ! jpegenc quality=85 ! fakesink name=jpeg_out sync=false async=false`,
  ].join('');
  const steps: Step[] = [{ replace: 'video_encoder', with: written(video_encoder) }];
  if (sharp.shape !== 'identity') steps.push({ replace: 'sharp', with: written(sharp) });
  if (pipeline.main !== undefined) steps.push(attachMain(pipeline.main, mainStream));
  return {
    launch,
    set: { ...pipeline.texts, ...pipeline.properties },
    steps,
    outputs: { video_out: videoStream, jpeg_out: jpegStream },
    ...(pipeline.loop === undefined ? {} : { loop: pipeline.loop }),
    ...(stamp ? { stamp: 'split' } : {}),
  };
}

/** The step that adds the branch of `main`. */
export function attachMain(main: NonNullable<Pipeline['main']>, stream: number): Step {
  return { attach: 'split', name: 'main', branch: main.branch, outputs: { main_out: stream } };
}
