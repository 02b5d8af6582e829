/** Browsers without WebRTC, and without Media Source Extensions too: the same page, the same promise. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPage, phone, rememberTrouble, startChromium } from './browser.ts';
import { eventually, field, followPhases, panelReady, part, picture, putBack, type } from './controls.ts';
import { childrenOf, Perch, streetScene } from './perch.ts';
import { averageColour, playing, rememberConnections, settled } from './watched.ts';

let perch: Perch;
let chromium: Browser;
const troubles: string[][] = [];

beforeAll(async () => {
  perch = await Perch.start({ PERCH_CAMERAS: `street=file:${streetScene}` });
  await putBack(perch, 'street', { width: 640, height: 480, fps: 15, bitrate: '1M' });
  chromium = await startChromium();
});
afterAll(async () => {
  await chromium?.close();
  await perch?.stop();
});

async function open(without: readonly string[]): Promise<{ context: BrowserContext; page: Page }> {
  const context = await chromium.newContext(phone);
  troubles.push(await rememberTrouble(context, () => perch.url));
  await rememberConnections(context, without);
  const page = await openPage(context, perch);
  await eventually(() => page.locator('.stage').getAttribute('data-live')).toBe('yes');
  await panelReady(page);
  return { context, page };
}

const viewers = async () => (await perch.camera('street')).viewers as Readonly<Record<string, number>>;
const mark = (page: Page, selector: string) =>
  page.locator(`[data-part="player"] ${selector}`).evaluateHandle((element) => element);
const same = (selector: string, handle: Awaited<ReturnType<typeof mark>>) =>
  handle.evaluate((element, shown) => element === document.querySelector(`[data-part="player"] ${shown}`), selector);
const workers = async () =>
  (await childrenOf(perch.process.pid ?? 0)).filter(({ command }) => command.includes('worker.py'));

describe('without WebRTC', () => {
  test('the picture comes by MSE, in one video through every change and a worker kill', async () => {
    const { context, page } = await open(['RTCPeerConnection']);
    await settled(page);
    expect(await viewers()).toMatchObject({ webrtc: 0, mse: 1, mjpeg: 0 });
    const video = await mark(page, 'video');
    await eventually(() => part(page, 'latency').textContent()).toMatch(/^live \d+ ms$/);

    const before = await averageColour(page);
    const phases = await followPhases(page, 'brightness');
    await type(page, 'brightness', '40');
    expect((await phases()).at(-1)).toBe('confirmed');
    await picture(page, (luma) => luma > before.luma + 20);
    await type(page, 'brightness', '0');

    for (const size of ['320x240', '640x480']) {
      await part(field(page, 'resolution'), 'select').selectOption(size);
      await eventually(() =>
        video.evaluate((each) => `${(each as HTMLVideoElement).videoWidth}x${(each as HTMLVideoElement).videoHeight}`),
      ).toBe(size);
    }
    for (const encoding of ['h265', 'h264']) {
      await part(field(page, 'encoding'), 'select').selectOption(encoding);
      await eventually(async () => (await perch.camera('street')).applied).toMatchObject({ encoding });
      await playing(page);
    }
    const killed = await workers();
    expect(killed).not.toEqual([]);
    for (const { pid } of killed) process.kill(pid, 'SIGKILL');
    await eventually(async () => (await workers()).some(({ pid }) => killed.every((each) => each.pid !== pid))).toBe(
      true,
    );
    await eventually(() => page.locator('.stage').getAttribute('data-live')).toBe('yes');
    for (let count = 0; count < 10; count += 1) await playing(page);
    expect(await same('video', video)).toBe(true);

    // Who comes later sees a picture too, and takes nothing from who is there.
    const late = await open(['RTCPeerConnection']);
    await settled(late.page);
    expect(await viewers()).toMatchObject({ mse: 2 });
    await playing(page);
    await late.context.close();
    await eventually(viewers).toMatchObject({ mse: 1 });
    expect(await same('video', video)).toBe(true);
    await context.close();
    await eventually(viewers).toMatchObject({ mse: 0 });
  });
});

describe('without Media Source Extensions as well', () => {
  test('the picture comes by MJPEG, and changes as it should', async () => {
    const { context, page } = await open([
      'RTCPeerConnection',
      'MediaSource',
      'ManagedMediaSource',
      'WebKitMediaSource',
    ]);
    expect(await page.locator('[data-part="player"] video').count()).toBe(0);
    expect(await viewers()).toMatchObject({ webrtc: 0, mse: 0, mjpeg: 1 });
    const image = await mark(page, 'img');
    const width = () => image.evaluate((each) => (each as HTMLImageElement).naturalWidth);
    await eventually(width).toBe(640);

    const before = await averageColour(page);
    await type(page, 'brightness', '40');
    await eventually(async () => (await averageColour(page)).luma).toBeGreaterThan(before.luma + 20);
    await type(page, 'brightness', '0');
    await part(field(page, 'resolution'), 'select').selectOption('320x240');
    await eventually(width).toBe(320);
    for (const encoding of ['mjpeg', 'h264']) {
      await part(field(page, 'encoding'), 'select').selectOption(encoding);
      await eventually(async () => (await perch.camera('street')).applied).toMatchObject({ encoding });
    }
    await part(field(page, 'resolution'), 'select').selectOption('640x480');
    await eventually(width).toBe(640);

    const card = page.locator('[data-card="Camera"]');
    await part(card, 'stop').click();
    await eventually(() => page.locator('.stage').getAttribute('data-live')).toBe('no');
    await eventually(() => part(page, 'away').textContent()).toContain('The camera is stopped');
    await part(card, 'start').click();
    await eventually(() => page.locator('.stage').getAttribute('data-live')).toBe('yes');
    expect(await same('img', image)).toBe(true);
    await context.close();
    await eventually(viewers).toMatchObject({ mjpeg: 0 });
  });
});

test('nothing of it broke a rule', () => expect(troubles).toEqual(troubles.map(() => [])));
