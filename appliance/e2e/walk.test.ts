/**
 * The promise, kept by a real browser on real footage: a viewer watches through a walk of random
 * changes and a killed worker, on one peer connection and in one <video>, and ends on the last settings.
 */
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, openPage } from './browser.ts';
import { childrenOf, Perch, streetScene } from './perch.ts';
import { randomChange, seededRandom } from './random-change.ts';
import { averageColour, playing, rememberConnections, settled, type Watched, watch } from './watched.ts';

const seed = Number(process.env.PERCH_SEED ?? Math.floor(Math.random() * 2 ** 31));
const steps = 50;

let perch: Perch;
let browser: BrowserContext;
let page: Page;

beforeAll(async () => {
  perch = await Perch.start({ PERCH_CAMERAS: `street=file:${streetScene}` });
  browser = await openBrowser();
  await rememberConnections(browser);
  page = await openPage(browser, perch);
});
afterAll(async () => {
  await browser?.close();
  await perch?.stop();
});

test(`a viewer stays through ${steps} random changes and a worker kill (PERCH_SEED=${seed})`, {
  timeout: 300_000,
}, async () => {
  console.log(`walk: PERCH_SEED=${seed}`);
  await settled(page);
  const before = await watch(page);
  // In the shape of the footage, so that no bars are part of the average.
  await shown(((await perch.patch('street', { width: 640, height: 480 })) as { revision: number }).revision);
  const plain = await averageColour(page);

  const random = seededRandom(seed);
  for (let step = 0; step < steps; step += 1) {
    // Asked each time: what one setting may be depends on others.
    const { limits, sizes } = (await perch.camera('street')) as { limits: never; sizes: string[] };
    const change = randomChange(random, limits, sizes);
    const answer = await perch.patch('street', change);
    expect(answer, `step ${step}: ${JSON.stringify(change)}: ${answer.message}`).toMatchObject({ success: true });
    if (step === steps / 2) await killWorker();
    // The viewer sees something of every step: it is watched through, not rushed past.
    await playing(page);
  }
  const last = {
    width: 800,
    height: 600,
    fps: 10,
    bitrate: '2M',
    encoding: 'h264',
    quality: 75,
    brightness: 30,
    contrast: 0,
    saturation: -100,
    sharpness: 0,
    auto_exposure: true,
  };
  const { revision } = (await perch.patch('street', last)) as { revision: number };
  await shown(revision);

  const after = await watch(page);
  expect(sameViewer(before, after)).toEqual({
    sameVideo: true,
    sameConnection: true,
    connections: before.connections,
    state: 'connected',
  });
  expect(await perch.camera('street')).toMatchObject({ desired: last, applied: last, state: 'live' });
  expect(after.size).toBe('800x600');
  const colour = await averageColour(page);
  // Saturation -100: no colour is left. Brightness 30 is 15 % of the range from black to white.
  expect(Math.max(...colour.rgb) - Math.min(...colour.rgb)).toBeLessThan(6);
  expect(colour.luma - plain.luma).toBeGreaterThan(15);
  expect(colour.luma - plain.luma).toBeLessThan(60);
});

function sameViewer(before: Watched, after: Watched) {
  return {
    sameVideo: after.video === before.video,
    sameConnection: after.connection === before.connection,
    connections: after.connections,
    state: after.state,
  };
}

/** The one that plays and the one that is kept ready: the worst case. */
async function killWorker(): Promise<void> {
  const workers = (await childrenOf(perch.process.pid ?? 0)).filter(({ command }) => command.includes('worker.py'));
  expect(workers).not.toEqual([]);
  for (const { pid } of workers) process.kill(pid, 'SIGKILL');
}

/** Resolves when the browser has shown a picture of this revision: its capture time is past the first one's. */
async function shown(revision: number): Promise<void> {
  for (;;) {
    const camera = (await perch.camera('street')) as { applied_revision: number; applied_time_us: number };
    if (camera.applied_revision >= revision) break;
    await playing(page);
  }
  // Two more pictures: the first one that shows it may be the one being decoded now.
  await playing(page);
  await playing(page);
}
