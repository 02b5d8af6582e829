/** Encoders as data: what is built, and which of its properties may change while it runs. */
import { parseBitrate } from '../settings/bitrate.ts';
import type { Settings } from '../settings/table.ts';
import type { Machine } from './machine.ts';

/** A stretch of the pipeline that is exchanged as a whole when its shape changes. */
export interface Segment {
  /** As gst-launch writes it, without the properties in `live`. */
  readonly shape: string;
  /** Element inside it → properties that may change at any time. */
  readonly live: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** How long the encoder may save up bits for one picture, in ms of the bitrate: a key frame arrives within it. */
const bufferMs = 250;
/** Key frames come when asked for, and at least every 2 s (the camera asks); this only bounds what asking forgets. */
const keyInterval = 600;

/**
 * Quality and bitrate together, for every encoding: **bitrate is the ceiling, quality is how good a picture wants to
 * be below it.** A calm scene stays below the ceiling, a busy one meets it and gives up detail instead of bits.
 * Quality 0 to 99 is a constant rate factor from 46 to 14 (75 gives 22, where most people see no loss); 100 spends
 * all of the bitrate, always. The ceiling holds over 250 ms, so that a key frame never delays the live picture for long.
 * For mjpeg, quality is that of each JPEG, and it is lowered while the pictures exceed the bitrate.
 */
export function rateFactor(quality: number): number {
  return Math.round(46 - 0.32 * Math.min(100, Math.max(0, quality)));
}

/** The ceiling in kbit/s. */
export function kilobits(settings: Settings): number {
  return Math.max(50, Math.round((parseBitrate(settings.bitrate) ?? 2_000_000) / 1000));
}

/** The H.264 encoder of this machine. Constrained baseline without B-frames: every browser's WebRTC plays it. */
export function h264Encoder(settings: Settings, machine: Machine): Segment {
  return machine.h264 === 'v4l2h264enc' ? hardwareH264(settings) : softwareH264(settings);
}

function softwareH264(settings: Settings): Segment {
  const rate = settings.quality >= 100 ? 'pass=cbr' : `pass=qual quantizer=${rateFactor(settings.quality)}`;
  return {
    shape:
      `x264enc name=h264 tune=zerolatency speed-preset=superfast ${rate} vbv-buf-capacity=${bufferMs}` +
      ` qp-min=4 key-int-max=${keyInterval} bframes=0 cabac=false dct8x8=false aud=false byte-stream=true threads=2`,
    live: { h264: { bitrate: String(kilobits(settings)) } },
  };
}

/**
 * Raspberry Pi up to 4 (bcm2835-codec). Its driver has no constant quality: quality is the finest quantizer it may use.
 * Its controls change while it runs; a new size needs a new one, so size and rate are part of the shape.
 */
function hardwareH264(settings: Settings): Segment {
  const finest = settings.quality >= 100 ? 1 : rateFactor(settings.quality) - 4;
  const controls =
    `controls,video_bitrate_mode=0,video_bitrate=${kilobits(settings) * 1000},repeat_sequence_header=1,` +
    `h264_i_frame_period=${keyInterval},h264_minimum_qp_value=${finest},h264_maximum_qp_value=51`;
  return {
    shape: 'v4l2h264enc name=h264',
    live: { h264: { 'extra-controls': controls } },
  };
}

/** The H.265 encoder, always x265. */
export function h265Encoder(settings: Settings): Segment {
  const ceiling = kilobits(settings);
  const rate = settings.quality >= 100 ? '' : `crf=${rateFactor(settings.quality) + 2}:`;
  return {
    shape:
      `x265enc name=main_encoder tune=zerolatency speed-preset=ultrafast key-int-max=${keyInterval} bitrate=${ceiling}` +
      ` option-string="${rate}vbv-maxrate=${ceiling}:vbv-bufsize=${Math.round((ceiling * bufferMs) / 1000)}:bframes=0:repeat-headers=1:pools=2:frame-threads=1"`,
    live: {},
  };
}

/**
 * Video knows black as 16 and white as 235, a JPEG as 0 and 255. GStreamer 1.22's videoconvert leaves that as it is
 * between formats of one kind, so pictures would look washed out; videobalance stretches them: 255/219 for light,
 * 255/224 for colour, and black from 16 to 0.
 */
export const fullRange = 'videobalance contrast=1.16438 brightness=-0.062745 saturation=1.13839';

/** JPEG pictures. `quality` is 1 to 100 as libjpeg counts it. */
export function jpegEncoder(name: string, quality: number): Segment {
  return { shape: `jpegenc name=${name}`, live: { [name]: { quality: String(Math.max(1, quality)) } } };
}
