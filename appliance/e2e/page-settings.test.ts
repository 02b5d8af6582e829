/** Every kind of control on the page, used by a person who watches real footage while the picture changes. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openPage, phone, rememberTrouble, startChromium } from './browser.ts';
import { desired, eventually, field, followPhases, panelReady, part, picture, putBack, type } from './controls.ts';
import { Perch, streetScene } from './perch.ts';
import { averageColour, playing, rememberConnections, settled, watch } from './watched.ts';

let perch: Perch;
let chromium: Browser;
let person: BrowserContext;
let page: Page;
let trouble: string[];
/** Small and calm, so that two cores show every picture. */
const start = { width: 640, height: 480, fps: 15, bitrate: '1M', encoding: 'h264', quality: 75 };

beforeAll(async () => {
  perch = await Perch.start({ PERCH_CAMERAS: `street=file:${streetScene}` });
  await putBack(perch, 'street', start);
  chromium = await startChromium();
  person = await chromium.newContext(phone);
  trouble = await rememberTrouble(person, () => perch.url);
  await rememberConnections(person);
  page = await openPage(person, perch);
  await settled(page);
  await panelReady(page);
});
afterEach(async () => {
  const look = { brightness: 0, contrast: 0, saturation: 0, sharpness: 0, auto_exposure: true };
  await putBack(perch, 'street', { ...start, ...look });
});
afterAll(async () => {
  await chromium?.close();
  await perch?.stop();
});

const now = () => desired(perch, 'street');

describe('a slider', () => {
  test('moved by hand brightens the picture, and says sent, applied and confirmed', async () => {
    const before = await averageColour(page);
    const phases = await followPhases(page, 'brightness');
    const slider = part(field(page, 'brightness'), 'slider');
    await slider.scrollIntoViewIfNeeded();
    const box = await slider.boundingBox();
    if (!box) throw new Error('the slider is not on the page');
    const middle = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width / 2, middle);
    await page.mouse.down();
    await eventually(() => field(page, 'brightness').getAttribute('data-held')).toBe('true');
    expect(await page.locator('[data-screen="camera"]').getAttribute('data-holding')).toBe('true');
    await page.mouse.move(box.x + box.width * 0.7, middle, { steps: 8 });
    await page.mouse.up();
    const value = Number(await part(field(page, 'brightness'), 'range').inputValue());
    expect(value).toBeGreaterThan(25);
    expect(value).toBeLessThan(55);
    await eventually(async () => (await now()).brightness).toBe(value);

    const seen = await phases();
    expect(seen[0]).toBe('sent');
    expect(seen.at(-1)).toBe('confirmed');
    // A picture may reach the screen before the answer does; else it is told that the camera took it.
    expect(seen.filter((phase) => phase !== 'sent' && phase !== 'confirmed')).toEqual(
      seen.includes('applied') ? ['applied'] : [],
    );
    // A quarter of the range and more, seen on the screen.
    await picture(page, (luma) => luma > before.luma + 20);
    await eventually(() => page.locator('[data-part="saved"]').getAttribute('data-saved')).toBe('yes');
  });

  test('takes a typed number; one it cannot be is refused in a sentence and goes back', async () => {
    const number = part(field(page, 'brightness'), 'number');
    await type(page, 'brightness', '-35');
    await eventually(async () => (await now()).brightness).toBe(-35);
    expect(await part(field(page, 'brightness'), 'range').inputValue()).toBe('-35');

    for (const [text, sentence] of [
      ['500', 'Brightness goes from -100 to 100.'],
      ['bright', '“bright” is no number. Brightness goes from -100 to 100.'],
    ] as const) {
      await type(page, 'brightness', text);
      await eventually(() => part(field(page, 'brightness'), 'error').textContent()).toBe(sentence);
      expect(await number.inputValue()).toBe('-35');
      expect(await number.getAttribute('aria-invalid')).toBe('true');
      expect(await field(page, 'brightness').getAttribute('data-phase')).toBe('refused');
    }
    expect((await now()).brightness).toBe(-35);

    await type(page, 'bitrate', 'fast');
    await eventually(() => part(field(page, 'bitrate'), 'error').textContent()).toMatch(/^“fast” is no bitrate\./);
    await type(page, 'bitrate', '800k');
    await eventually(async () => (await now()).bitrate).toBe('800k');
    await part(field(page, 'bitrate'), 'error').waitFor({ state: 'hidden' });
  });

  test('goes by keys: one step, ten steps, and to where the last control was', async () => {
    await part(field(page, 'contrast'), 'range').focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Shift+ArrowRight');
    await eventually(async () => (await now()).contrast).toBe(11);
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    await page.keyboard.press('ArrowLeft');
    await eventually(async () => (await now()).contrast).toBe(10);
    await page.keyboard.press('u');
    await eventually(async () => (await now()).contrast).toBe(0);
  });

  test('follows a finger sideways; up and down the same finger scrolls the page and changes nothing', async () => {
    const finger = await person.newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...touchPoints: { x: number; y: number }[]) =>
      finger.send('Input.dispatchTouchEvent', { type, touchPoints });
    const slider = part(field(page, 'sharpness'), 'slider');
    await slider.evaluate((element) => element.scrollIntoView({ block: 'center' }));
    const box = await slider.boundingBox();
    if (!box) throw new Error('the slider is not on the page');
    const at = { x: box.x + box.width * 0.3, y: box.y + box.height / 2 };
    // A thumb is taken along from wherever the finger was put down.
    await touch('touchStart', at);
    for (let step = 1; step <= 6; step += 1) await touch('touchMove', { ...at, x: at.x + step * 10 });
    await touch('touchEnd');
    await eventually(async () => (await now()).sharpness).toBeGreaterThan(15);
    const value = Number(await part(field(page, 'sharpness'), 'range').inputValue());
    expect(value).toBeLessThan(50);
    await eventually(async () => (await now()).sharpness).toBe(value);

    const before = await page.evaluate(() => scrollY);
    await touch('touchStart', at);
    for (let step = 1; step <= 10; step += 1) await touch('touchMove', { ...at, y: at.y - step * 12 });
    await touch('touchEnd');
    await eventually(() => page.evaluate(() => scrollY)).toBeGreaterThan(before + 30);
    expect((await now()).sharpness).toBe(value);
    expect(await field(page, 'sharpness').getAttribute('data-held')).not.toBe('true');
    await finger.detach();
  });

  test('tells what a camera does not offer, and why', async () => {
    const { limits } = (await perch.camera('street')) as unknown as {
      limits: Record<string, { available?: boolean; reason?: string }>;
    };
    const off = Object.entries(limits).filter(([name, { available }]) => available === false && name !== 'cameraName');
    expect(off.length).toBeGreaterThan(0);
    for (const [name, { reason = '' }] of off) {
      const own = field(page, name);
      if ((await own.count()) === 0) continue;
      expect([name, await own.getAttribute('data-disabled')]).toEqual([name, 'true']);
      expect([name, await part(own, 'reason').textContent()]).toEqual([name, reason]);
    }
  });
});

describe('resets', () => {
  test('of a field: the dot shows that it differs, a press takes it to its default, Undo brings it back', async () => {
    const dot = part(field(page, 'saturation'), 'reset');
    expect(await dot.isVisible()).toBe(false);
    await type(page, 'saturation', '-100');
    await dot.waitFor({ state: 'visible' });
    await eventually(async () => (await averageColour(page)).rgb.map(Math.round)).toSatisfy(
      (rgb: number[]) => Math.max(...rgb) - Math.min(...rgb) < 6,
    );
    await dot.click();
    await eventually(async () => (await now()).saturation).toBe(0);
    await dot.waitFor({ state: 'hidden' });
    await part(page, 'undo').click();
    await eventually(async () => (await now()).saturation).toBe(-100);
    await dot.waitFor({ state: 'visible' });
  });

  test('of a card and of everything, each with its Undo', async () => {
    await putBack(perch, 'street', { brightness: 12, sharpness: 5, quality: 60 });
    await eventually(() => part(field(page, 'sharpness'), 'range').inputValue()).toBe('5');
    await page.locator('[data-card="Picture"] [data-part="reset-card"]').click();
    await eventually(now).toMatchObject({ brightness: 0, sharpness: 0, quality: 60 });
    await eventually(() => part(page, 'toast').textContent()).toContain('Picture is at its defaults.');
    await part(page, 'toast-undo').click();
    await eventually(now).toMatchObject({ brightness: 12, sharpness: 5 });

    await part(page, 'reset-all').click();
    await eventually(now).toMatchObject({
      brightness: 0,
      sharpness: 0,
      quality: 75,
      width: 1280,
      height: 720,
      fps: 30,
    });
    await part(page, 'undo').click();
    await eventually(now).toMatchObject({ brightness: 12, sharpness: 5, quality: 60, ...{ width: 640, fps: 15 } });
  });
});

describe('the stream goes on in the same video and on the same connection', () => {
  test('through sizes, frame rates, bitrates, and encodings a browser cannot play', async () => {
    const before = await watch(page);
    expect(before.state).toBe('connected');
    const size = part(field(page, 'resolution'), 'select');
    const shows = (wanted: string) => eventually(async () => (await watch(page)).size).toBe(wanted);

    await size.selectOption('320x240');
    await shows('320x240');
    await eventually(() => part(page, 'size').textContent()).toContain('320×240');
    await size.selectOption('custom');
    await part(page, 'custom-width').fill('99999');
    await part(page, 'custom-set').click();
    await eventually(() => part(field(page, 'resolution'), 'error').textContent()).toMatch(
      /^Width goes from \d+ to \d+\.$/,
    );
    await part(page, 'custom-width').fill('400');
    await part(page, 'custom-height').fill('304');
    await part(page, 'custom-set').click();
    await shows('400x304');
    await size.selectOption('640x480');
    await shows('640x480');

    for (const encoding of ['h265', 'mjpeg', 'h264']) {
      await part(field(page, 'encoding'), 'select').selectOption(encoding);
      await eventually(async () => (await perch.camera('street')).applied).toMatchObject({ encoding });
      await playing(page);
      await eventually(() => part(page, 'latency').textContent()).toMatch(/^live/);
    }

    await type(page, 'fps', '10');
    await eventually(async () => (await perch.camera('street')).applied).toMatchObject({ fps: 10 });
    await eventually(() => part(page, 'size').textContent()).toMatch(/ 1[01] fps$/);
    await type(page, 'bitrate', '0.4');
    await eventually(async () => (await perch.camera('street')).applied).toMatchObject({ bitrate: '400k' });
    await playing(page);

    expect(await watch(page)).toEqual({ ...before, size: '640x480' });
  });
});

describe('presets', () => {
  const preset = (name: string) => page.locator(`[data-preset="${name}"]`);
  const menu = () => part(page, 'preset-dialog');

  test('a tap applies one, and Undo takes it back', async () => {
    await preset('Night').click();
    await eventually(now).toMatchObject({ fps: 10, brightness: 12, saturation: -30, width: 1280 });
    await eventually(() => preset('Night').getAttribute('aria-pressed')).toBe('true');
    await eventually(() => part(page, 'toast').textContent()).toContain('Night is on.');
    // The one who did it is not told who it was.
    await part(field(page, 'brightness'), 'who').waitFor({ state: 'hidden' });
    await part(page, 'toast-undo').click();
    await eventually(now).toMatchObject({ ...start, brightness: 0, saturation: 0 });
    await eventually(() => preset('Night').getAttribute('aria-pressed')).toBe('false');
  });

  test('one of their own is kept, renamed, replaced and deleted, each with an Undo', async () => {
    await type(page, 'contrast', '9');
    await eventually(async () => (await now()).contrast).toBe(9);
    await part(page, 'add-preset').click();
    await part(page, 'keep-preset').click();
    await page.getByText('Give it a name.').waitFor();
    await page.fill('#preset-name', 'balanced');
    await part(page, 'keep-preset').click();
    await page.getByText(/There is already a preset “Balanced”/).waitFor();
    await page.fill('#preset-name', 'Evening');
    await part(page, 'keep-preset').click();
    await eventually(() => preset('Evening').getAttribute('aria-pressed')).toBe('true');

    // As on a phone: a finger that stays.
    const box = await preset('Evening').boundingBox();
    if (!box) throw new Error('the preset is not on the page');
    await preset('Evening').scrollIntoViewIfNeeded();
    await preset('Evening').hover();
    await page.mouse.down();
    await menu().waitFor({ state: 'visible' });
    await page.mouse.up();
    await part(page, 'rename-preset').click();
    await page.fill('#preset-name', 'Late evening');
    await part(page, 'keep-preset').click();
    await preset('Late evening').waitFor();
    await part(page, 'toast-undo').click();
    await preset('Evening').waitFor();
    expect(await preset('Late evening').count()).toBe(0);

    await type(page, 'contrast', '-4');
    await eventually(async () => (await now()).contrast).toBe(-4);
    await preset('Evening').click({ button: 'right' });
    await part(page, 'replace-preset').click();
    await eventually(() => preset('Evening').getAttribute('aria-pressed')).toBe('true');
    await part(page, 'toast-undo').click();
    await eventually(() => preset('Evening').getAttribute('aria-pressed')).toBe('false');

    await preset('Evening').click({ button: 'right' });
    await part(page, 'delete-preset').click();
    await preset('Evening').waitFor({ state: 'detached' });
    await part(page, 'toast-undo').click();
    await preset('Evening').waitFor();
    await preset('Evening').click();
    await eventually(async () => (await now()).contrast).toBe(9);
  });

  test('those that come with Perch stay as they are', async () => {
    await preset('Detail').click({ button: 'right' });
    await menu()
      .getByText(/stays as it is/)
      .waitFor();
    for (const name of ['rename-preset', 'replace-preset', 'delete-preset']) {
      expect(await part(page, name).isVisible()).toBe(false);
    }
    await page.keyboard.press('Escape');
    await menu().waitFor({ state: 'hidden' });
  });
});

test('nothing of it broke a rule', () => expect(trouble).toEqual([]));
