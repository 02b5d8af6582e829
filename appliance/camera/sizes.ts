/** Sizes of pictures: how one fits into another, and which are offered. */
import { settingsTable } from '../settings/table.ts';
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

/** Offered sizes: the device's own where it has them, else common ones, within the limits; best first. */
export function sizesOf(source: SourcePlan, machine: Machine): readonly string[] {
  const width = Math.min(source.maxWidth, machine.maxWidth);
  const height = Math.min(source.maxHeight, machine.maxHeight);
  const all = source.sizes.length > 0 ? source.sizes.map(parseSize) : [...commonSizes];
  return all
    .filter(([w, h]) => w <= width && h <= height && w >= settingsTable.width.min && h >= settingsTable.height.min)
    .sort(([aw, ah], [bw, bh]) => bw * bh - aw * ah)
    .map(formatSize);
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
