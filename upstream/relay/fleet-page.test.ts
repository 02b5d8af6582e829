/** The fleet page in a real browser: a real relay as it is started by hand, two real appliances, and a thousand played ones. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { desktop, openPage, phone, rememberTrouble, startChromium } from '../../appliance/e2e/browser.ts';
import { eventually, field, panelReady, part, type } from '../../appliance/e2e/controls.ts';
import { Perch, streetScene } from '../../appliance/e2e/perch.ts';
import { CameraStateNumber } from '../../proto/index.ts';
import { type PlayedDevice, playMany } from './testing/many.ts';
import { RelayProcess } from './testing/process.ts';
import { password } from './testing/relay.ts';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let chromium: Browser;
beforeAll(async () => {
  chromium = await startChromium();
});
afterAll(() => chromium?.close());

const row = (page: Page, name: string) => page.locator(`.pi[data-device="${name}"]`);
const number = (page: Page, name: string) => part(field(page, name), 'number');

async function logIn(page: Page, name = 'admin', word = password): Promise<void> {
  await page.fill('#login-name', name);
  await page.fill('#login-password', word);
  await page.keyboard.press('Enter');
}

/** A logged-in page in a browser of its own. */
async function visit(relay: RelayProcess, options: BrowserContextOptions, path = '/'): Promise<Page> {
  const context = await chromium.newContext(options);
  const page = await context.newPage();
  await page.goto(`${relay.url}${path}`);
  await logIn(page);
  return page;
}

/** What axe-core finds that is serious, in words. */
async function serious(page: Page): Promise<unknown> {
  await page.evaluate(axe);
  await page.evaluate(() => Promise.all(document.getAnimations().map((each) => each.finished.catch(() => {}))));
  return page.evaluate(`(async () => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => ({ id, nodes: nodes.map(({ target, failureSummary }) => target + ': ' + failureSummary) }));
  })()`);
}

/**
 * Lets a page be hidden as a tab in the background is: it says so and presents no video, and a minute goes by. Seen
 * again, its first picture comes after what looks twice a second has looked twice; then its body says "on".
 */
function rememberHiding(): void {
  let hidden = false;
  let holding = false;
  let ahead = 0;
  const held: (() => void)[] = [];
  const now = performance.now.bind(performance);
  performance.now = () => now() + ahead;
  Object.defineProperty(document, 'hidden', { get: () => hidden });
  const present = HTMLVideoElement.prototype.requestVideoFrameCallback;
  HTMLVideoElement.prototype.requestVideoFrameCallback = function (callback) {
    const noting: VideoFrameRequestCallback = (...facts) => {
      if (ahead > 0 && !holding) document.body.dataset.on = 'yes';
      callback(...facts);
    };
    if (!holding) return Reflect.apply(present, this, [noting]);
    document.body.dataset.held = 'yes';
    return held.push(() => Reflect.apply(present, this, [noting]));
  };
  addEventListener('hide', () => {
    hidden = true;
    holding = true;
  });
  addEventListener('looked-at', () => {
    ahead = 60_000;
    hidden = false;
    document.dispatchEvent(new Event('visibilitychange'));
  });
  let looks = 0;
  const repeat = globalThis.setInterval;
  globalThis.setInterval = ((action: () => void, ms: number) =>
    repeat(() => {
      action();
      if (!holding || hidden || ms !== 500) return;
      looks += 1;
      if (looks < 2) return;
      holding = false;
      for (const begin of held.splice(0)) begin();
    }, ms)) as typeof setInterval;
}

const overflow = (page: Page) => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);

describe('with two appliances', () => {
  let relay: RelayProcess;
  let porch: Perch;
  let attic: Perch;
  let context: BrowserContext;
  let page: Page;
  let own: Page;
  let trouble: string[];
  let porchKey = '';
  const link = (key: string) => ({
    PERCH_RELAY_URL: relay.url.replace('http', 'ws'),
    PERCH_RELAY_KEY: key,
  });
  const applied = async (perch: Perch, camera: string, name: string) =>
    ((await perch.camera(camera)).applied as Record<string, unknown>)[name];

  beforeAll(async () => {
    relay = await RelayProcess.start({ unclaimed: true });
    context = await chromium.newContext(phone);
    trouble = await rememberTrouble(context, () => relay.url);
    page = await context.newPage();
  });
  afterAll(async () => {
    await context?.close();
    await Promise.all([porch?.stop(), attic?.stop()]);
    await relay?.stop();
  });

  test('the first visitor becomes its admin, and finds it empty', async () => {
    await page.goto(relay.url);
    await page.locator('[data-screen="claim"]').waitFor();
    await page.fill('#claim-password', password);
    await page.getByRole('button', { name: 'Claim this relay' }).click();
    await part(page, 'empty').waitFor();
    expect(await overflow(page)).toBe(0);
  });

  test('a camera is registered, its key shown once, and it comes by itself', async () => {
    await page.getByRole('button', { name: 'Add the first camera' }).click();
    await page.fill('#device-name', 'front porch');
    await part(page, 'register').click();
    await eventually(() => part(part(page, 'fleet-dialog'), 'error').textContent()).toContain('1 to 63 letters');
    await page.fill('#device-name', 'porch');
    await part(page, 'register').click();
    await eventually(() => part(page, 'lines').textContent()).toMatch(/^relay_url = "ws:.*"\nrelay_key = "pi_.*"$/);
    porchKey = /relay_key = "(.*)"/.exec((await part(page, 'lines').textContent()) ?? '')?.[1] ?? '';

    porch = await Perch.start({ PERCH_CAMERAS: `street=file:${streetScene},yard=test`, ...link(porchKey) });
    await part(page, 'fleet-dialog').getByText('It is connected.').waitFor();
    await part(page, 'done').click();
    // A dialog tells that it is closed a moment after it is; the key goes then.
    await eventually(() => page.content()).not.toContain(porchKey);
    await eventually(() => part(row(page, 'porch'), 'status').textContent()).toBe('2 cameras live');
    // Its picture comes over the link, by itself.
    await eventually(() =>
      row(page, 'porch')
        .locator('img')
        .evaluate((image: HTMLImageElement) => image.naturalWidth),
    ).toBeGreaterThan(0);
  });

  test('a change on the fleet page is in the camera and on its own page, and the other way round', async () => {
    own = await openPage(await chromium.newContext(desktop), porch, '/?camera=street');
    await panelReady(own);
    await row(page, 'porch').getByRole('link').click();
    await panelReady(page);
    await eventually(() => part(page, 'picture').textContent()).toMatch(/^picture over the link, \d+ s ago$/);

    await type(page, 'brightness', '35');
    await eventually(() => applied(porch, 'street', 'brightness')).toBe(35);
    await eventually(() => number(own, 'brightness').inputValue()).toBe('35');
    await field(own, 'brightness').getByText('admin (Central), just now').waitFor();

    await type(own, 'contrast', '-20');
    await eventually(() => number(page, 'contrast').inputValue()).toBe('-20');
    await field(page, 'contrast').locator('[data-part="who"]', { hasText: 'just now' }).waitFor();
  });

  test('each of its cameras has its own panel', async () => {
    await part(page, 'camera-tabs').locator('[data-camera="yard"]').click();
    await panelReady(page);
    await eventually(() => number(page, 'brightness').inputValue()).toBe('0');
    await type(page, 'saturation', '15');
    await eventually(() => applied(porch, 'yard', 'saturation')).toBe(15);
    expect(await applied(porch, 'street', 'saturation')).toBe(0);
    await page.goBack();
    await row(page, 'porch').waitFor();
  });

  test('a camera that is away keeps what waits for it, shows it, and gets it when it is back', async () => {
    await porch.stop({ keepData: true });
    const line = row(page, 'porch');
    await eventually(() => part(line, 'status').textContent()).toMatch(/^Away, last seen \d+ s ago$/);
    await line.getByRole('link').click();
    await panelReady(page);
    await eventually(() => part(page, 'away').textContent()).toMatch(
      /^Away since .*waits and is made when it is back\.$/,
    );
    await type(page, 'brightness', '-10');
    await type(page, 'contrast', '5');
    await eventually(() => part(page, 'pending').textContent()).toContain('2 changes wait until it is back');
    expect(await part(page, 'pending').textContent()).toContain('Contrast 5, Brightness -10');
    // What is shown is what will be.
    expect(await number(page, 'brightness').inputValue()).toBe('-10');
    await part(page, 'back').click();
    await eventually(() => part(line, 'waiting').textContent()).toBe('2 changes wait until it is back');
    await page.locator('[data-filter="waiting"]').click();
    await line.waitFor();
    await page.locator('[data-filter="live"]').click();
    await part(page, 'nothing').waitFor();
    await page.locator('[data-filter="all"]').click();

    porch = await Perch.start({ PERCH_CAMERAS: `street=file:${streetScene},yard=test`, ...link(porchKey) }, porch.data);
    await eventually(() => applied(porch, 'street', 'brightness')).toBe(-10);
    expect(await applied(porch, 'street', 'contrast')).toBe(5);
    await eventually(() => part(line, 'waiting').textContent()).toBe('');
  });

  test('a preset goes to several at once, with a result for each camera', async () => {
    attic = await Perch.start(link(await relay.register('attic')));
    await eventually(() => part(row(page, 'attic'), 'status').textContent()).toMatch(/^Live/);
    await relay.register('cellar');
    await row(page, 'cellar').waitFor();
    await part(page, 'select').click();
    await part(page, 'select-shown').click();
    await part(page, 'selection').getByText('3 selected').waitFor();
    await part(page, 'apply-many').click();
    await part(page, 'fleet-dialog').locator('[data-preset="Low bandwidth"]').click();
    await part(page, 'results').getByText('3 done, 1 waits until it is back').waitFor();
    const outcomes = part(page, 'results').locator('li');
    expect(await outcomes.count()).toBe(4);
    expect(await part(page, 'results').locator('[data-outcome="queued"]').textContent()).toContain('cellar');
    for (const [perch, camera] of [
      [porch, 'street'],
      [porch, 'yard'],
      [attic, 'camera'],
    ] as const) {
      await eventually(() => applied(perch, camera, 'fps')).toBe(12);
    }
    await part(page, 'results-done').click();
    await part(page, 'select').click();
  });

  test('a device is called something else, and removed', async () => {
    await row(page, 'cellar').getByRole('link').click();
    await part(page, 'unknown').waitFor();
    await part(page, 'rename').click();
    await page.fill('#title-input', 'Wine cellar');
    await part(page, 'confirm').click();
    await page.getByRole('heading', { name: 'Wine cellar' }).waitFor();
    await part(page, 'remove').click();
    await part(page, 'confirm').click();
    await row(page, 'cellar').waitFor({ state: 'detached' });
    expect((await relay.call('GET', '/api/devices/cellar')).status).toBe(404);
  });

  test('a viewer sees everything and is told why nothing can be changed', async () => {
    await page.locator('[data-tab="people"]').click();
    const form = page.getByRole('form', { name: 'Let somebody in' });
    await form.getByLabel('Name').fill('wilma');
    await form.getByLabel('Password').fill('short');
    await part(page, 'add-user').click();
    await eventually(() => part(page, 'user-error').textContent()).toContain('8');
    await form.getByLabel('Password').fill('long enough for wilma');
    await part(page, 'add-user').click();
    await page.locator('[data-user="wilma"]').waitFor();

    const wilma = await (await chromium.newContext(desktop)).newPage();
    await wilma.goto(relay.url);
    await logIn(wilma, 'wilma', 'nothing like it');
    await eventually(() => part(wilma, 'error').textContent()).toContain('do not belong together');
    await logIn(wilma, 'wilma', 'long enough for wilma');
    await row(wilma, 'attic').waitFor();
    await eventually(() => part(wilma, 'read-only').first().textContent()).toContain('your role here is viewer');
    expect(await part(wilma, 'select').isDisabled()).toBe(true);
    expect(await part(wilma, 'add').isVisible()).toBe(false);
    expect(await wilma.locator('[data-tab="people"]').count()).toBe(0);
    await row(wilma, 'attic').getByRole('link').click();
    await panelReady(wilma);
    expect(await number(wilma, 'brightness').isDisabled()).toBe(true);
    expect(await wilma.locator('.device [data-preset="Night"]').isDisabled()).toBe(true);
    await wilma.locator('.device [data-part="read-only"]', { hasText: 'viewer' }).waitFor();

    // Removed while she looks: she is out.
    await page.locator('[data-user="wilma"]').getByRole('button', { name: 'Remove wilma' }).click();
    await wilma.locator('[data-screen="login"]').waitFor();
    await wilma.context().close();
  });

  test('what was done is told', async () => {
    await page.reload();
    await page.locator('[data-tab="people"]').click();
    await part(page, 'audit').getByText('porch: preset Low bandwidth').first().waitFor();
    await part(page, 'audit').getByText('user wilma removed').waitFor();
  });

  test('a relay that is away is told, and when it is back everything goes on by itself', async () => {
    await page.locator('[data-tab="fleet"]').click();
    await row(page, 'attic').waitFor();
    const { folder, port } = relay;
    await relay.stop({ keep: true });
    await page.locator('[data-part="link"]', { hasText: 'The relay does not answer since' }).waitFor();
    await row(page, 'attic').waitFor();
    relay = await RelayProcess.start({ folder, port });
    await part(page, 'link').waitFor({ state: 'hidden' });
    await eventually(() => part(row(page, 'attic'), 'status').textContent()).toMatch(/^Live/);
    await row(page, 'attic').getByRole('link').click();
    await panelReady(page);
    await type(page, 'sharpness', '7');
    await eventually(() => applied(attic, 'camera', 'sharpness')).toBe(7);
  });

  test('where MediaMTX can be reached, the picture is live', async () => {
    let offers = 0;
    // In MediaMTX's place: its address and its answers, with the appliance's own picture behind it.
    const server = createServer((request, response) => {
      response.setHeader('access-control-allow-origin', '*');
      response.setHeader('access-control-allow-headers', 'content-type');
      response.setHeader('access-control-expose-headers', 'location');
      const answer = async () => {
        if (request.method !== 'POST') return response.writeHead(204).end();
        offers += 1;
        const offer: Buffer[] = [];
        for await (const chunk of request) offer.push(chunk as Buffer);
        const made = await fetch(`${attic.url}/whep/camera`, {
          method: 'POST',
          headers: { authorization: `Bearer ${attic.token}`, 'content-type': 'application/sdp' },
          body: Buffer.concat(offer),
        });
        return response.writeHead(made.status, { location: `${request.url}/1` }).end(await made.text());
      };
      void answer();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const [device] = await playMany(relay, 1, () => 'studio');
    const watching = await visit(relay, desktop);
    await watching.evaluate(rememberHiding);
    try {
      // A host that means the device itself is told by the address it came from.
      const streams = {
        rtsp: 'rtsp://localhost:8554/camera',
        webrtc: `http://localhost:${port}/camera/`,
        loopback: true,
      };
      device?.socket.once('open', () => device.tell({ streams }));
      if (device?.socket.readyState === 1) device.tell({ streams });
      await row(watching, 'studio').getByRole('link').click();
      await eventually(() => part(watching, 'picture').textContent()).toBe('live, from MediaMTX');
      expect(await part(watching, 'addresses').textContent()).toContain('rtsp://127.0.0.1:8554/camera');
      const size = await watching.locator('.device video').evaluate((video: HTMLVideoElement) => video.videoWidth);
      expect(size).toBeGreaterThan(0);
      // A tab that comes back has an old picture for a moment: no reason to give its connection up.
      await watching.evaluate(() => dispatchEvent(new Event('hide')));
      await watching.waitForSelector('body[data-held]');
      await watching.evaluate(() => dispatchEvent(new Event('looked-at')));
      await watching.waitForSelector('body[data-on]');
      expect(await part(watching, 'picture').textContent()).toBe('live, from MediaMTX');
      expect(offers).toBe(1);
    } finally {
      await watching.context().close();
      device?.socket.terminate();
      server.close();
    }
  });

  test('nothing of it broke a rule', () => expect(trouble).toEqual([]));
});

describe('with a thousand devices', () => {
  const count = 1_000;
  let relay: RelayProcess;
  let devices: PlayedDevice[];
  let page: Page;

  beforeAll(async () => {
    relay = await RelayProcess.start();
    const options = (at: number) => {
      if (at % 10 === 9) return undefined;
      return at === 500 ? { state: CameraStateNumber.missing, message: 'Camera unplugged. Plug it in.' } : {};
    };
    devices = await playMany(relay, count, (at) => `pi-${at}`, options);
    page = await visit(relay, desktop);
    await part(page, 'summary').getByText('900 of 1,000 connected').waitFor();
  });
  afterAll(async () => {
    for (const { socket } of devices ?? []) socket.terminate();
    await page?.context().close();
    await relay?.stop();
  });

  test('only the rows on the screen stand in the page; what needs somebody comes first', async () => {
    await eventually(() => page.locator('.pi').first().getAttribute('data-device')).toBe('pi-500');
    expect(await page.locator('.pi').count()).toBeLessThan(40);
    expect(await page.locator('.pi').first().getAttribute('aria-setsize')).toBe('1000');
    await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
    // Those that never came stand last.
    await row(page, 'pi-999').waitFor();
    expect(await page.locator('.pi').count()).toBeLessThan(40);
  });

  test('any of them is found by a few letters, and opened by keyboard alone', async () => {
    await page.keyboard.press('/');
    await page.keyboard.type('pi-77');
    await eventually(() => part(page, 'found').textContent()).toBe('11 found');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowLeft');
    const focused = () => page.evaluate(() => document.activeElement?.closest('li')?.getAttribute('data-device'));
    await eventually(focused).toBe('pi-77');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'pi-77', exact: true }).waitFor();
    await panelReady(page);
    await page.keyboard.press('Escape');
    await eventually(focused).toBe('pi-77');
  });

  test('a change of one of them is in its row', async () => {
    const device = devices.find(({ name }) => name === 'pi-77');
    device?.tell({ state: CameraStateNumber.stopped, state_message: 'Stopped.' });
    await eventually(() => part(row(page, 'pi-77'), 'status').textContent()).toBe('Stopped.');
  });

  test('a preset for all of them has a thousand results', async () => {
    await part(page, 'select').click();
    await page.fill('#search', '');
    await eventually(() => page.locator('.pi').first().getAttribute('aria-setsize')).toBe('1000');
    await part(page, 'select-shown').click();
    await part(page, 'apply-many').click();
    await part(page, 'fleet-dialog').locator('[data-preset="Night"]').click();
    await part(page, 'results').getByText('900 done, 100 wait until they are back').waitFor();
    await part(page, 'results-done').click();
    expect(devices.every(({ settings }) => settings.fps === 10)).toBe(true);
  });

  test.each([
    ['a small phone, light', { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true }, 'light'],
    ['a phone, dark', phone, 'dark'],
    ['a desk, light', desktop, 'light'],
    ['a desk, dark', desktop, 'dark'],
  ] as const)('axe-core finds nothing serious and nothing is cut off on %s', async (_, options, colorScheme) => {
    const small = await visit(relay, { ...options, colorScheme });
    try {
      await small.locator('.pi').first().waitFor();
      expect(await serious(small)).toEqual([]);
      expect(await overflow(small)).toBe(0);
      await row(small, 'pi-500').getByRole('link').click();
      await panelReady(small);
      expect(await serious(small)).toEqual([]);
      expect(await overflow(small)).toBe(0);
      await small.goto(relay.url);
      for (const tab of ['people', 'setup']) {
        await small.locator(`[data-tab="${tab}"]`).click();
        await part(small, tab).waitFor();
        if (tab === 'people') await part(small, 'user').first().waitFor();
        expect(await serious(small)).toEqual([]);
        expect(await overflow(small)).toBe(0);
      }
    } finally {
      await small.context().close();
    }
  });
});
