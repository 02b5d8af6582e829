/** Several people and programs at one camera; a camera that is stopped; a Perch that goes away and comes back. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { desktop, openPage, phone, rememberTrouble, startChromium } from './browser.ts';
import { desired, eventually, field, panelReady, part, putBack, type } from './controls.ts';
import { freePort } from './free-port.ts';
import { Perch, streetScene } from './perch.ts';
import { playing, rememberConnections, settled, watch } from './watched.ts';

let perch: Perch;
let chromium: Browser;
let mine: BrowserContext;
let theirs: BrowserContext;
let page: Page;
let other: Page;
let trouble: string[];
let port: string;

const start = (data?: string) =>
  Perch.start({ PERCH_CAMERAS: `street=file:${streetScene}`, PERCH_PORT: port, PERCH_HTTPS: 'off' }, data);

beforeAll(async () => {
  port = String(await freePort());
  perch = await start();
  await putBack(perch, 'street', { width: 640, height: 480, fps: 15, bitrate: '1M' });
  chromium = await startChromium();
  mine = await chromium.newContext(phone);
  theirs = await chromium.newContext(desktop);
  trouble = await rememberTrouble(mine, () => perch.url);
  await rememberConnections(mine);
  page = await openPage(mine, perch);
  other = await openPage(theirs, perch);
  for (const each of [page, other]) {
    await settled(each);
    await panelReady(each);
  }
});
afterAll(async () => {
  await chromium?.close();
  await perch?.stop();
});

const slider = (of: Page, name: string) => part(field(of, name), 'range').inputValue();
const who = (of: Page, name: string) => part(field(of, name), 'who').textContent();

describe('two people', () => {
  test('see what the other does at once, and who it was; never that about themselves', async () => {
    await type(page, 'brightness', '21');
    await eventually(() => slider(other, 'brightness')).toBe('21');
    await eventually(() => who(other, 'brightness')).toBe('Page at 127.0.0.1, just now');
    await type(other, 'contrast', '-7');
    await eventually(() => slider(page, 'contrast')).toBe('-7');
    await eventually(() => who(page, 'contrast')).toBe('Page at 127.0.0.1, just now');
    expect(await who(page, 'brightness')).toBe('');
    expect(await who(other, 'contrast')).toBe('');
    // Who changes it again is not told about the one before.
    await type(page, 'contrast', '0');
    await eventually(() => who(page, 'contrast')).toBe('');
  });

  test('never fight over one slider: it stays under the finger that holds it', async () => {
    const track = part(field(page, 'saturation'), 'slider');
    await track.scrollIntoViewIfNeeded();
    const box = await track.boundingBox();
    if (!box) throw new Error('the slider is not on the page');
    await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.75, box.y + box.height / 2, { steps: 3 });
    const held = await slider(page, 'saturation');
    expect(Number(held)).toBeGreaterThan(20);
    await eventually(async () => (await desired(perch, 'street')).saturation).toBe(Number(held));
    await type(other, 'saturation', '-50');
    await eventually(async () => (await desired(perch, 'street')).saturation).toBe(-50);
    // Another field's push, later than this one: everything before it has been heard.
    await type(other, 'sharpness', '3');
    await eventually(() => slider(page, 'sharpness')).toBe('3');
    expect(await slider(page, 'saturation')).toBe(held);
    await page.mouse.up();
    await eventually(() => slider(page, 'saturation')).toBe('-50');
  });

  test('a program is named by its token, a preset moves both pages', async () => {
    await perch.patch('street', { brightness: -12 });
    for (const each of [page, other]) {
      await eventually(() => slider(each, 'brightness')).toBe('-12');
      await eventually(() => who(each, 'brightness')).toBe('Token e2e, just now');
    }
    await other.locator('[data-preset="Low bandwidth"]').click();
    await eventually(() => page.locator('[data-preset="Low bandwidth"]').getAttribute('aria-pressed')).toBe('true');
    await eventually(async () => (await watch(page)).size).toBe('640x360');
  });
});

describe('the camera', () => {
  test('is stopped, started and restarted from the page; the connection stays', async () => {
    const before = await watch(page);
    const card = page.locator('[data-card="Camera"]');
    await part(card, 'stop').click();
    for (const each of [page, other]) {
      await eventually(() => each.locator('.stage').getAttribute('data-live')).toBe('no');
      await eventually(() => part(each, 'away').textContent()).toContain('The camera is stopped');
      await eventually(() => part(each.locator('[data-card="Camera"]'), 'state').getAttribute('data-state')).toBe(
        'stopped',
      );
    }
    // Settings can be changed meanwhile; they are there when it starts.
    await type(page, 'brightness', '44');
    await eventually(async () => (await desired(perch, 'street')).brightness).toBe(44);

    await part(page, 'stage-start').click();
    await eventually(() => page.locator('.stage').getAttribute('data-live')).toBe('yes');
    await playing(page);
    await eventually(async () => (await perch.camera('street')).applied).toMatchObject({ brightness: 44 });

    await part(card, 'restart').click();
    await eventually(() => part(card, 'restart').isEnabled()).toBe(true);
    await eventually(() => page.locator('.stage').getAttribute('data-live')).toBe('yes');
    await playing(page);
    await playing(other);
    expect(await watch(page)).toEqual(before);
  });
});

describe('Perch itself', () => {
  test('is killed: the picture loses its colour and says so, and comes back by itself with everything kept', async () => {
    await eventually(async () => (await perch.camera('street')).saved_revision).toBe(
      (await perch.camera('street')).revision,
    );
    const { data } = perch;
    await perch.stop({ keepData: true, signal: 'SIGKILL' });
    for (const each of [page, other]) {
      await eventually(() => each.locator('.stage').getAttribute('data-live')).toBe('no');
      await eventually(() => part(each, 'away').textContent()).toMatch(/Last picture \d+ s ago, reconnecting/);
      await part(each, 'link').waitFor({ state: 'visible' });
      expect(await part(each, 'latency').textContent()).toBe('not live');
      const [last] = await each
        .locator('.stage')
        .evaluate((stage) =>
          [...stage.querySelectorAll<HTMLElement>('[data-part="last"], [data-part="player"]')]
            .filter((element) => element.checkVisibility())
            .map((element) => getComputedStyle(element).filter),
        );
      expect(last).toMatch(/grayscale|saturate/);
    }
    // A change cannot be lost in silence: it goes back, and the sentence says why; or it is made once Perch is there.
    perch = await start(data);
    for (const each of [page, other]) {
      await eventually(() => each.locator('.stage').getAttribute('data-live')).toBe('yes');
      await part(each, 'link').waitFor({ state: 'hidden' });
      await eventually(() => slider(each, 'brightness')).toBe('44');
    }
    await settled(page);
    // The connection of the controls is whole too.
    await type(page, 'brightness', '5');
    await eventually(() => slider(other, 'brightness')).toBe('5');
  });
});

test('nothing of it broke a rule', () => expect(trouble).toEqual([]));
