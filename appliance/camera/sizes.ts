/** Sizes of pictures: how one fits into another, and which are offered. */
import { type Settings, settingsTable } from '../settings/table.ts';
import type { Machine } from './machine.ts';
import type { SourcePlan } from './source.ts';

/** Width and height in pixels. */
export type Size = readonly [number, number];

/** Common sizes, best first. */
const commonSizes: readonly Size[] = [
  [1920, 1080],
  [1280, 720],
  [960, 540],
  [800, 600],
  [640, 480],
  [640, 360],
  [320, 240],
];

/** Parts of a recording's own size that are offered. */
const parts = [1, 3 / 4, 2 / 3, 1 / 2, 1 / 3, 1 / 4] as const;

/** What a camera that nobody has set starts with at most: 720p, lying or upright, at 30 a second. */
const firstFrame: Size = [1280, 720];
const firstFps = 30;

/**
 * Offered sizes within the limits: the device's own where it has them, largest first; else the source's own with parts
 * of it, which show without bars, and then common ones.
 */
export function sizesOf(source: SourcePlan, machine: Machine): readonly string[] {
  const width = Math.min(source.maxWidth, machine.maxWidth);
  const height = Math.min(source.maxHeight, machine.maxHeight);
  const { native } = source;
  const all =
    source.sizes.length > 0
      ? source.sizes.map(parseSize).toSorted(([aw, ah], [bw, bh]) => bw * bh - aw * ah)
      : [...(native === undefined ? [] : partsOf([native.width, native.height])), ...commonSizes];
  const offered = all
    .filter(([w, h]) => w <= width && h <= height && w >= settingsTable.width.min && h >= settingsTable.height.min)
    .map(formatSize);
  return [...new Set(offered)];
}

function partsOf([width, height]: Size): Size[] {
  return parts.map((part) => within([width, height], [width * part, height * part]));
}

/** Settings for a camera that nobody has set yet: its source's own size and rate, within 720p at 30 a second. */
export function firstSettings(defaults: Settings, { native }: Pick<SourcePlan, 'native'>): Settings {
  if (native === undefined) return defaults;
  const [long, short] = firstFrame;
  const upright = native.height > native.width;
  const [width, height] = within([native.width, native.height], upright ? [short, long] : [long, short]);
  const fps = native.fps === 0 ? defaults.fps : Math.max(1, Math.round(Math.min(firstFps, native.fps)));
  return { ...defaults, width, height, fps };
}

/** Width and height of "1280x720". */
export function parseSize(size: string): Size {
  const [width, height] = size.split('x').map(Number);
  return [width ?? 0, height ?? 0];
}

function formatSize([width, height]: Size): string {
  return `${width}x${height}`;
}

/** A picture brought into a frame with its shape kept, never enlarged. Colour is stored for squares of four pixels: sizes are even. */
export function within([width, height]: Size, [frameWidth, frameHeight]: Size): Size {
  const scale = Math.min(1, frameWidth / width, frameHeight / height);
  return [Math.min(nearestEven(width * scale), frameWidth), Math.min(nearestEven(height * scale), frameHeight)];
}

function nearestEven(value: number): number {
  return Math.max(2, 2 * Math.round(value / 2));
}
