/** A Django site under Daphne, a real relay, a real link and door, and people in Chromium. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openBrowser } from '../../appliance/e2e/browser.ts';
import { CommandType, decodeStatus, encodeCommand } from '../../proto/index.ts';
import { TestFleet } from './testing/fleet.ts';
import { logIn, openControl } from './testing/load.ts';
import { Site, sitePassword, type User } from './testing/site.ts';

let fleet: TestFleet;
let site: Site;
let browser: BrowserContext;
let complaints: string[];

beforeAll(async () => {
  fleet = await TestFleet.start();
  site = await Site.start({
    PERCH_RELAY_URL: fleet.url,
    PERCH_RELAY_TOKEN: fleet.token,
    PERCH_RECHECK_SECONDS: '0.5',
  });
  browser = await openBrowser({ viewport: { width: 900, height: 1000 } });
});
afterAll(async () => {
  await browser?.close();
  await site?.stop();
  await fleet?.close();
});
beforeEach(() => {
  complaints = [];
});
afterEach(async () => {
  for (const page of browser.pages()) await page.close();
  await browser.clearCookies();
});

async function open(user: User | undefined, path = '/'): Promise<Page> {
  const page = await browser.newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (/Content.Security|violates/i.test(message.text())) complaints.push(message.text());
  });
  if (user === undefined) {
    await page.goto(`${site.url}${path}`);
    return page;
  }
  await page.goto(`${site.url}/login?next=${path}`);
  await page.fill('[name=username]', user);
  await page.fill('[name=password]', sitePassword);
  await page.click('button');
  await page.waitForURL(`${site.url}${path}`);
  return page;
}

const brightness = (page: Page) => page.locator('[data-field=brightness]');
const number = (page: Page) => brightness(page).locator('[data-part=number]');
const ready = (page: Page) => page.locator('.panel-body:not([aria-busy])').waitFor();
const line = (page: Page) => page.locator('.perch-trouble');
const says = (page: Page, text: string) => line(page).filter({ hasText: text }).waitFor();
const saysNothing = (page: Page) => page.locator('[data-perch-camera][data-state=there]').waitFor();
const settings = () => fleet.device.door.status('front')?.current_settings;

test('whoever is not logged in, and whoever has no permission, reads why', async () => {
  const stranger = await open(undefined);
  expect(await stranger.locator('main').textContent()).toContain('Log in to see the camera “garden”.');
  const sam = await open('sam');
  expect(await sam.locator('main').textContent()).toContain('You may not look at the camera “garden”.');
  expect(await sam.locator('[data-perch-camera]').count()).toBe(0);
});

test('an operator changes brightness and sees that it is applied; others see who it was', async () => {
  const page = await open('olga');
  const elsewhere = await open('olga');
  await Promise.all([ready(page), ready(elsewhere)]);
  await number(page).fill('17');
  await number(page).press('Enter');
  await brightness(page).and(page.locator('[data-phase=applied], [data-phase=confirmed]')).waitFor();
  expect(settings()?.brightness).toBe(17);
  await expect.poll(() => number(elsewhere).inputValue()).toBe('17');
  expect(await brightness(elsewhere).locator('[data-part=who]').textContent()).toBe(
    'olga, Token site (Central), just now',
  );
  await expect.poll(() => site.log()).toContain('olga at garden: UPDATE_SETTINGS');
  expect(site.log()).toContain('brightness=17');
  expect(complaints).toEqual([]);
});

test('a slider dragged to its end leaves the last value', async () => {
  const page = await open('olga');
  await ready(page);
  const track = await brightness(page).locator('[data-slider]').boundingBox();
  if (!track) throw new Error('no slider');
  const y = track.y + track.height / 2;
  await page.mouse.move(track.x + track.width / 2, y);
  await page.mouse.down();
  await page.mouse.move(track.x + track.width + 40, y, { steps: 60 });
  await page.mouse.up();
  await expect.poll(() => settings()?.brightness).toBe(100);
  expect(await number(page).inputValue()).toBe('100');
  expect(complaints).toEqual([]);
});

test('a refusal of the camera stands at the control, and the control goes back', async () => {
  const page = await open('olga');
  await ready(page);
  const before = await number(page).inputValue();
  const camera = fleet.device.cameras.get('front') as unknown as { outcome: () => Promise<unknown> };
  const applies = camera.outcome;
  camera.outcome = () => Promise.reject(new Error('broken for this test'));
  await number(page).fill('-40');
  await number(page).press('Enter');
  await brightness(page).locator('[data-part=error]', { hasText: 'Something went wrong' }).waitFor();
  camera.outcome = applies;
  await number(page).fill(before);
  await number(page).press('Enter');
  await expect.poll(() => settings()?.brightness).toBe(Number(before));
});

test('a viewer sees every change but can make none, not even past the page', async () => {
  const page = await open('viktor');
  await ready(page);
  await page.getByText('You may look at this camera, but not change it.').waitFor();
  expect(await number(page).isDisabled()).toBe(true);
  expect(await page.locator('[data-part=stop]').isDisabled()).toBe(true);
  await fleet.device.door.update('front', { brightness: -5 }, { who: 'Page at 10.0.0.9', client: 'test' });
  await expect.poll(() => number(page).inputValue()).toBe('-5');
  // UPDATE_SETTINGS brightness=50, request_id "x", as bytes.
  const answer = await page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(`ws://${location.host}/perch/control/garden`, 'camera_control.v1');
        socket.binaryType = 'arraybuffer';
        socket.onopen = () => socket.send(new Uint8Array([8, 0, 18, 2, 48, 50, 26, 1, 120]));
        socket.onmessage = ({ data }) => {
          const text = new TextDecoder().decode(data as ArrayBuffer);
          if (text.includes('not_permitted')) resolve(text);
        };
      }),
  );
  expect(answer).toContain('You may look at this camera, but not change it.');
  expect(settings()?.brightness).toBe(-5);
  expect(complaints).toEqual([]);
});

test('the other camera of the device, chosen in the template', async () => {
  const page = await open('olga', '/?camera=garage');
  await ready(page);
  await number(page).fill('33');
  await number(page).press('Enter');
  await expect.poll(() => fleet.device.door.status('garage')?.current_settings?.brightness).toBe(33);
  expect(settings()?.brightness).not.toBe(33);
});

test('a device the relay does not know', async () => {
  const page = await open('olga', '/cameras/attic');
  await says(page, 'The camera server knows no camera "attic".');
});

test('the Pi away, and back: both are said without touching anything', async () => {
  const page = await open('olga');
  await ready(page);
  await fleet.link.stop();
  await says(page, 'garden');
  await fleet.device.door.update('front', { brightness: 61 }, { who: 'Page at 10.0.0.9', client: 'test' });
  fleet.reconnect();
  await saysNothing(page);
  await expect.poll(() => number(page).inputValue()).toBe('61');
});

test('the relay away: a sentence, then everything is as before by itself', async () => {
  const page = await open('olga');
  await ready(page);
  await fleet.stopRelay();
  await says(page, 'The camera server');
  await number(page).fill('44');
  await number(page).press('Enter');
  await brightness(page).locator('[data-part=error]', { hasText: 'The camera server' }).waitFor();
  // A number field is left alone as long as somebody is in it.
  await number(page).blur();
  await fleet.device.door.update('front', { brightness: 62 }, { who: 'Page at 10.0.0.9', client: 'test' });
  await fleet.startRelay();
  await saysNothing(page);
  await expect.poll(() => number(page).inputValue(), { timeout: 40_000 }).toBe('62');
});

test('who logs out elsewhere finds the panel closed, with the reason', async () => {
  const page = await open('olga');
  await ready(page);
  const second = await browser.newPage();
  await second.goto(site.url);
  await second.getByRole('button', { name: 'Log out' }).click();
  await says(page, 'Log in first, then open this page again.');
});

test('nothing serious for axe-core, light and dark', async () => {
  const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  for (const colorScheme of ['light', 'dark'] as const) {
    const page = await open('olga');
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await ready(page);
    await page.evaluate(source);
    const found = await page.evaluate(async () => {
      const { violations } = await (globalThis as unknown as { axe: typeof import('axe-core') }).axe.run();
      return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    });
    expect(found.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    await browser.clearCookies();
  }
});

test('10,000 commands at once end that connection, and nobody else notices', async () => {
  const [flood, other] = [
    await openControl(site.url, await logIn(site.url, 'olga')),
    await openControl(site.url, await logIn(site.url, 'viktor')),
  ];
  const closed = once(flood, 'close') as Promise<[number]>;
  const question = encodeCommand({ command: CommandType.GET_STATUS, request_id: 'flood' });
  for (let count = 0; count < 10_000; count += 1) flood.send(question);
  other.send(encodeCommand({ command: CommandType.GET_STATUS, request_id: 'other' }));
  for (;;) {
    const [frame] = (await once(other, 'message')) as [Buffer];
    const { request_id, success } = decodeStatus(frame);
    if (request_id !== 'other') continue;
    expect(success).toBe(true);
    break;
  }
  expect((await closed)[0]).toBe(4429);
  other.terminate();
});

test('a frame of 10 MB is refused with a sentence', async () => {
  const socket = await openControl(site.url, await logIn(site.url, 'viktor'));
  const refused = new Promise<string>((resolve) => {
    socket.on('message', (frame: Buffer) => {
      const { success, message } = decodeStatus(frame);
      if (success === false) resolve(message ?? '');
    });
  });
  const closed = once(socket, 'close') as Promise<[number]>;
  socket.send(Buffer.alloc(10_000_000, 8));
  expect(await refused).toBe('That is larger than allowed: at most 64 kB.');
  expect((await closed)[0]).toBe(4413);
});
