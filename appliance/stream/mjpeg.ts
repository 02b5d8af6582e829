/** JPEG pictures: one after another over HTTP, and one alone. */
import type { Writable } from 'node:stream';
import { PerchError } from '../errors.ts';
import type { Feed } from './feed.ts';

const boundary = 'perch-picture';

/** A reader that takes nothing for this long (ms) is gone: a phone that left without a goodbye would count as a viewer. */
const goneAfter = 15_000;

/** The Content-Type of what `writeMjpeg` writes. */
export const mjpegContentType = `multipart/x-mixed-replace; boundary=${boundary}`;

/**
 * Writes a feed's JPEG pictures as multipart/x-mixed-replace until `out` closes or the returned
 * function is called (which ends `out`; calling it twice is fine). A reader that is slower than the
 * camera misses pictures; it never holds anybody up, and at most one picture waits for it. One that takes nothing for
 * 15 s is cut off.
 */
export function writeMjpeg(feed: Feed, out: Writable): () => void {
  if (out.destroyed || out.writableEnded) return () => {};
  let ready = true;
  let ended = false;
  let unsubscribe = () => {};
  let gone: NodeJS.Timeout | undefined;
  const end = () => {
    if (ended) return;
    ended = true;
    clearTimeout(gone);
    unsubscribe();
    if (!out.destroyed && !out.writableEnded) out.end();
  };
  out.on('drain', () => {
    ready = true;
    clearTimeout(gone);
  });
  out.on('close', end);
  out.on('error', end);
  // The boundary is written after each picture too: browsers show a picture when they see the next boundary.
  out.write(`--${boundary}\r\n`);
  unsubscribe = feed.subscribe(({ codec, data, timeUs }) => {
    if (!ready || ended || codec !== 'mjpeg') return;
    const head = `Content-Type: image/jpeg\r\nContent-Length: ${data.length}\r\nX-Time-Us: ${timeUs}\r\n\r\n`;
    ready = out.write(Buffer.concat([Buffer.from(head), data, Buffer.from(`\r\n--${boundary}\r\n`)]));
    if (!ready) gone = setTimeout(() => out.destroy(), goneAfter).unref();
  });
  return end;
}

/**
 * The next picture of a JPEG feed.
 * @param timeoutMs how long to wait for it
 * @throws PerchError `camera_away` when none comes in time
 */
export function snapshot(feed: Feed, camera: string, timeoutMs = 5_000): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let unsubscribe = () => {};
    const timer = setTimeout(() => {
      unsubscribe();
      reject(new PerchError('camera_away', { camera, reason: 'Start it, or look at its state on the page.' }));
    }, timeoutMs);
    unsubscribe = feed.subscribe(({ codec, data }) => {
      if (codec !== 'mjpeg') return;
      clearTimeout(timer);
      unsubscribe();
      resolve(data);
    });
  });
}
