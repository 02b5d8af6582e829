/**
 * The light of a whole Perch, through the real onoff: /sys is a folder of this test, in a mount name space of its own.
 * A button needs a kernel that tells of edges: it is pressed in the image's boot test.
 */
import { watch } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ledMeanings } from '../led/led.ts';
import { logIn, phone, rememberTrouble, startChromium } from './browser.ts';
import { eventually, part } from './controls.ts';
import { Perch } from './perch.ts';

let sys: string;
let perch: Perch;
let chromium: Browser;
/** What stood in the pin's value file, from the first moment. */
const levels: string[] = [];
let watching: ReturnType<typeof watch>;

const gpio = (name: string) => join(sys, 'class/gpio', name);
const asRoot = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];

beforeAll(async () => {
  sys = await mkdtemp(join(tmpdir(), 'perch-sys-'));
  const files = {
    export: '',
    unexport: '',
    'gpiochip512/label': 'pinctrl-bcm2711\n',
    'gpiochip512/base': '512\n',
    'gpiochip512/ngpio': '58\n',
    // As a run left it that was killed: a folder is no kernel that would make it.
    'gpio529/value': '0\n',
    'gpio529/direction': 'in\n',
    'gpio529/active_low': '0\n',
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(gpio(name), '..'), { recursive: true });
    await writeFile(gpio(name), text);
  }
  watching = watch(gpio('gpio529/value'), async () => {
    const level = (await readFile(gpio('gpio529/value'), 'utf8')).slice(0, 1);
    if (level !== levels.at(-1)) levels.push(level);
  });
  perch = await Perch.start({ PERCH_LED_PIN: '17', PERCH_BUTTON_PIN: '99' }, undefined, [
    'unshare',
    ...asRoot,
    '--mount',
    'sh',
    '-c',
    'mount --bind "$0" /sys && exec "$@"',
    sys,
  ]);
  chromium = await startChromium();
});
afterAll(async () => {
  await chromium?.close();
  await perch?.stop();
  watching?.close();
  await rm(sys, { recursive: true, force: true });
});

const led = async () => (await perch.fetch('/api/led')).json() as Promise<Readonly<Record<string, unknown>>>;

/** Uses the Health tab as somebody sees it. */
async function onHealthTab(options: object, use: (page: Page) => Promise<void>): Promise<void> {
  const context = await chromium.newContext({ ...phone, ...options });
  const trouble = await rememberTrouble(context, () => perch.url);
  await logIn(context, perch);
  const page = await context.newPage();
  await page.goto(perch.url);
  await page.locator('[data-tab="health"]').click();
  await use(page);
  expect(trouble).toEqual([]);
  await context.close();
}

test('it blinks while Perch starts, stays on while it is live, and a wrong pin is a notice', async () => {
  await eventually(async () => (await led()).state).toBe('live');
  await eventually(() => levels.at(-1)).toBe('1');
  expect(levels.length).toBeGreaterThan(1);
  expect(await readFile(gpio('gpio529/direction'), 'utf8')).toMatch(/^low/);
  expect(await led()).toMatchObject({ light: 'GPIO 17', button: false, now: { looks: 'stays on', pattern: [1000] } });
  const { notices } = (await (await perch.fetch('/api/cameras')).json()) as { notices: string[] };
  expect(notices).toEqual([expect.stringMatching(/^button_pin is "99": .* The button does nothing\.$/)]);
});

test('the page plays the same, tells what it means, and all that it can say', async () => {
  await onHealthTab({}, async (page) => {
    const playing = () =>
      page.evaluate(() => document.querySelector('.light-lamp span')?.getAnimations()[0]?.effect?.getTiming().duration);
    await eventually(() => part(page, 'light-says').textContent()).toBe('Live.');
    expect(await playing()).toBeUndefined();
    await perch.fetch('/api/cameras/camera/stop', { method: 'POST' });
    await eventually(() => part(page, 'light-looks').textContent()).toBe('1 flash every 3 s');
    expect(await playing()).toBe(3000);
    await part(page, 'light-all').locator('summary').click();
    const rows = part(page, 'light-all').locator('.light-looks');
    expect(await rows.allTextContents()).toEqual(ledMeanings().map(({ looks }) => looks));
    await expect.poll(() => page.locator('.light-rows [data-now="true"]').innerText()).toContain('Switched off.');
  });
});

test('who wants no motion sees none', async () => {
  await onHealthTab({ reducedMotion: 'reduce' }, async (page) => {
    await eventually(() => part(page, 'light-looks').textContent()).toBe('1 flash every 3 s');
    expect(await page.evaluate(() => document.querySelector('.light-lamp span')?.getAnimations().length)).toBe(0);
  });
});

test('the pin follows: one flash for a camera that is off, and dark and free when Perch ends', async () => {
  const from = levels.length;
  await eventually(() => levels.length - from).toBeGreaterThanOrEqual(2);
  await perch.stop();
  expect((await readFile(gpio('gpio529/value'), 'utf8')).slice(0, 1)).toBe('0');
  expect(await readFile(gpio('unexport'), 'utf8')).toBe('529');
});
