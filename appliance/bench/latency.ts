/** From the camera's clock, drawn into each picture before it is encoded, to the screen of a real browser. */
import type { BrowserContext, Page } from 'playwright-core';
import { desktop, openBrowser, openPage } from '../e2e/browser.ts';
import type { Perch } from '../e2e/perch.ts';
import { settled } from '../e2e/watched.ts';
import { live, startStamped } from './programs.ts';
import { clockOffset, latencies, notePictures, type Seen, seenFor } from './seen.ts';
import { type Row, spread, tidy, timed } from './table.ts';

const seconds = 8;

export async function latency(): Promise<Row[]> {
  const perch = await startStamped();
  try {
    await live(perch);
    await perch.patch('camera', { width: 1280, height: 720, fps: 30, bitrate: '2M' });
    return [
      ...(await by('WebRTC', perch, 30, 60)),
      // Without WebRTC the page plays by MSE, as it does where UDP does not pass.
      ...(await by('MSE', perch, 130, 200, async (browser) => {
        await browser.addInitScript(() => Reflect.deleteProperty(window, 'RTCPeerConnection'));
      })),
    ];
  } finally {
    await perch.stop();
  }
}

async function by(
  transport: string,
  perch: Perch,
  most: number,
  p95Most: number,
  prepare: (browser: BrowserContext) => Promise<void> = async () => {},
): Promise<Row[]> {
  const browser = await openBrowser(desktop);
  try {
    await prepare(browser);
    await notePictures(browser);
    const page = await openPage(browser, perch);
    await settled(page);
    // The page finds its way to the live edge first.
    await seenFor(page, 3000, 'nothing');
    const offset = await clockOffset(page);
    const watched = watchStamps(page, offset);
    const said = await saidByPage(page, seconds * 1000);
    const { read, presented } = await watched;
    const own = spread(said).median;
    const drawn = spread(presented).median;
    return [
      timed(`capture → picture in Chromium by ${transport}, 720p30`, read, most, p95Most),
      {
        figure: `  the latency shown on the page (${transport}) against the stamp`,
        ours: `${tidy(own)} ms shown`,
        target: `${tidy(drawn)} ± 5 ms`,
        ok: Math.abs(own - drawn) <= 5,
        beside: 'until presentation; the line above: until a script can read it',
      },
    ];
  } finally {
    await browser.close();
  }
}

/** Latencies by the stamp: until a script can read the picture, and until it is presented. */
export async function watchStamps(page: Page, offset: number): Promise<{ read: number[]; presented: number[] }> {
  const seen: Seen[] = await seenFor(page, seconds * 1000, 'stamp');
  return { read: latencies(seen, offset, 'readAt'), presented: latencies(seen, offset, 'presentedAt') };
}

/** The number over the picture, twice a second. */
async function saidByPage(page: Page, ms: number): Promise<number[]> {
  const said: number[] = [];
  for (const until = performance.now() + ms; performance.now() < until; ) {
    said.push(
      await page.evaluate(
        () =>
          new Promise<number>((resolve) => {
            setTimeout(() => resolve(Number(/live (\d+) ms/.exec(document.body.textContent)?.[1] ?? Number.NaN)), 500);
          }),
      ),
    );
  }
  return said;
}
