/** What a browser shows, picture by picture: when it was presented, and the capture time drawn into it. */
import type { BrowserContext, Page } from 'playwright-core';

/** A picture that reached the screen. Times are `performance.now()` of its page, ms. */
export interface Seen {
  /** When the browser handed it to the screen. */
  readonly presentedAt: number;
  /** When a script of the page could read it: what a person sees is between the two. */
  readonly readAt: number;
  /** Capture time as drawn into it, CLOCK_MONOTONIC in ms modulo 2^32; undefined where it could not be read. */
  readonly stampMs: number | undefined;
  /** Average brightness of its middle, 0 to 255. */
  readonly luma: number | undefined;
  readonly width: number;
  /** Of WebRTC, 90 kHz. */
  readonly rtpTimestamp: number | undefined;
}

interface Own {
  benchSeen: Seen[];
  benchRead: 'stamp' | 'luma' | 'nothing';
  /** When the first picture of all was presented. */
  benchFirst: number;
}

/** Has every page of this browser note its pictures. Call before a page is opened. */
export async function notePictures(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const own = window as unknown as Own;
    own.benchSeen = [];
    own.benchRead = 'nothing';
    own.benchFirst = 0;
    const known = new WeakSet<HTMLVideoElement>();
    const canvas = document.createElement('canvas');
    canvas.width = 144;
    canvas.height = 4;
    const context = canvas.getContext('2d', { willReadFrequently: true });

    // The stamp is in the brightness alone: colours of the picture show through (weights of BT.601).
    const brightness = (data: Uint8ClampedArray, at: number) =>
      0.299 * (data[at] ?? 0) + 0.587 * (data[at + 1] ?? 0) + 0.114 * (data[at + 2] ?? 0);
    const readStamp = (video: HTMLVideoElement): number | undefined => {
      if (!context) return undefined;
      const side = Math.floor(video.videoWidth / 36);
      context.drawImage(video, 0, 0, side * 36, side, 0, 0, 144, 4);
      const { data } = context.getImageData(0, 2, 144, 1);
      const bits = Array.from({ length: 36 }, (_, at) => (brightness(data, (at * 4 + 2) * 4) > 127 ? 1 : 0));
      // White and black on either side say that it is a stamp, and not a picture without one.
      if (bits[0] !== 1 || bits[1] !== 0 || bits[34] !== 1 || bits[35] !== 0) return undefined;
      return bits.slice(2, 34).reduce<number>((sum, bit) => sum * 2 + bit, 0);
    };
    const readLuma = (video: HTMLVideoElement): number | undefined => {
      if (!context) return undefined;
      const { videoWidth: width, videoHeight: height } = video;
      context.drawImage(video, 0, height / 4, width, height / 4, 0, 0, 144, 4);
      const { data } = context.getImageData(0, 0, 144, 4);
      let sum = 0;
      for (let at = 0; at < data.length; at += 4) sum += brightness(data, at);
      return sum / (data.length / 4);
    };
    const follow = (video: HTMLVideoElement) => {
      if (known.has(video)) return;
      known.add(video);
      const next = (_now: number, metadata: VideoFrameCallbackMetadata) => {
        const readAt = performance.now();
        own.benchFirst ||= metadata.presentationTime;
        own.benchSeen.push({
          presentedAt: metadata.presentationTime,
          readAt,
          stampMs: own.benchRead === 'stamp' ? readStamp(video) : undefined,
          luma: own.benchRead === 'luma' ? readLuma(video) : undefined,
          width: metadata.width,
          rtpTimestamp: metadata.rtpTimestamp,
        });
        if (own.benchSeen.length > 5000) own.benchSeen.splice(0, 1000);
        video.requestVideoFrameCallback(next);
      };
      video.requestVideoFrameCallback(next);
    };
    new MutationObserver(() => {
      for (const video of document.querySelectorAll('video')) follow(video);
    }).observe(document, { childList: true, subtree: true });
  });
}

/** Notes pictures for `ms`, and what is asked for of each. Reading costs the page time: `nothing` where it is not needed. */
export async function seenFor(page: Page, ms: number, read: Own['benchRead']): Promise<Seen[]> {
  await startSeeing(page, read);
  await new Promise((resolve) => setTimeout(resolve, ms));
  return seenSoFar(page);
}

/** Forgets what was noted and begins anew. */
export async function startSeeing(page: Page, read: Own['benchRead']): Promise<void> {
  await page.evaluate((what) => {
    const own = window as unknown as Own;
    own.benchSeen = [];
    own.benchRead = what;
  }, read);
}

/** What was noted since `startSeeing`. */
export function seenSoFar(page: Page): Promise<Seen[]> {
  return page.evaluate(() => (window as unknown as Own).benchSeen);
}

/** From the beginning of the navigation to the first picture presented, ms. */
export async function firstPicture(page: Page): Promise<number> {
  await page.waitForFunction(() => (window as unknown as Own).benchFirst > 0);
  return page.evaluate(() => (window as unknown as Own).benchFirst);
}

/**
 * What to add to a page's `performance.now()` to get this machine's CLOCK_MONOTONIC in ms: of many questions the one
 * answered fastest, so that it is right to half of that (under 1 ms here).
 */
export async function clockOffset(page: Page): Promise<number> {
  let best = { roundTrip: Number.POSITIVE_INFINITY, offset: 0 };
  for (let question = 0; question < 40; question += 1) {
    const sent = monotonicMs();
    const there = await page.evaluate(() => performance.now());
    const roundTrip = monotonicMs() - sent;
    if (roundTrip < best.roundTrip) best = { roundTrip, offset: sent + roundTrip / 2 - there };
  }
  return best.offset;
}

/** CLOCK_MONOTONIC, ms. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Ms from the capture time drawn into each picture to its presentation, or to when it could be read. */
export function latencies(seen: readonly Seen[], offset: number, until: 'presentedAt' | 'readAt'): number[] {
  return seen.flatMap(({ stampMs, ...at }) => {
    if (stampMs === undefined) return [];
    const now = at[until] + offset;
    // Both wrap after 49 days; the part of a ms that the stamp leaves out is half of one on average.
    return [((Math.floor(now) - stampMs) | 0) + (now % 1) - 0.5];
  });
}

/** The longest time between two presentations, ms. */
export function longestGap(seen: readonly Seen[]): number {
  let longest = 0;
  for (let at = 1; at < seen.length; at += 1) {
    const [before, after] = [seen[at - 1], seen[at]];
    if (before && after) longest = Math.max(longest, after.presentedAt - before.presentedAt);
  }
  return longest;
}
