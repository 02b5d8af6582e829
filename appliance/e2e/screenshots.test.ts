/** Pictures of the page for the README, of a real Perch with real footage: PERCH_SCREENSHOTS=1 writes docs/screenshots/. */
import { execFileSync } from 'node:child_process';
import { rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { desktop, logIn, phone, startChromium } from './browser.ts';
import { eventually, panelReady, part, putBack } from './controls.ts';
import { Perch, streetScene } from './perch.ts';
import { playing, rememberConnections, settled } from './watched.ts';

const folder = fileURLToPath(new URL('../../docs/screenshots', import.meta.url));
/** A README is read on a phone too, kB. */
const most = 400;

let perch: Perch;
let chromium: Browser;
beforeAll(async () => {
  perch = await Perch.start({ PERCH_CAMERAS: `street=file:${streetScene}` });
  await putBack(perch, 'street', { width: 1024, height: 768, fps: 10, bitrate: '6M', quality: 95 });
  chromium = await startChromium();
});
afterAll(async () => {
  await chromium?.close();
  await perch?.stop();
});

async function take(
  name: string,
  options: BrowserContextOptions,
  prepare: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await chromium.newContext(options);
  try {
    await rememberConnections(context);
    const page = await context.newPage();
    await prepare(page);
    const path = join(folder, `${name}.png`);
    const full = join(tmpdir(), `perch-${name}.png`);
    await page.screenshot({ path: full });
    // 256 colours chosen for this picture: less than half the size, and hardly to be told apart.
    const palette = 'split[a][b];[a]palettegen[p];[b][p]paletteuse=dither=sierra2_4a';
    execFileSync('ffmpeg', ['-loglevel', 'error', '-y', '-i', full, '-vf', palette, '-pred', 'mixed', path]);
    await rm(full);
    expect([name, Math.round((await stat(path)).size / 1000) <= most]).toEqual([name, true]);
  } finally {
    await context.close();
  }
}

async function live(page: Page): Promise<void> {
  await logIn(page.context(), perch);
  await page.goto(perch.url);
  await settled(page);
  await panelReady(page);
  await eventually(() => part(page, 'bitrate').textContent()).toMatch(/bit\/s/);
  await eventually(() => part(page, 'latency').textContent()).toMatch(/^live \d+ ms$/);
  // Of the settings of now; measured over the last seconds.
  await eventually(() => part(page, 'size').textContent()).toBe('1024×768 10 fps');
  for (let count = 0; count < 20; count += 1) await playing(page);
  // The facts over the picture are shown for three seconds after a touch.
  await page.locator('.stage').dispatchEvent('focusin');
  await eventually(() => part(page, 'facts').evaluate((facts) => getComputedStyle(facts).opacity)).toBe('1');
}

test.each([
  ['phone-dark', { ...phone, colorScheme: 'dark' }],
  ['phone-light', { ...phone, colorScheme: 'light' }],
  ['desktop-dark', { ...desktop, colorScheme: 'dark' }],
  ['desktop-light', { ...desktop, colorScheme: 'light' }],
] as const)('%s', (name, options) => take(name, options, live));

test('claim', async () => {
  const unclaimed = await Perch.start({ PERCH_CAMERAS: 'door=test', PERCH_ADMIN_PASSWORD: undefined });
  try {
    await take('claim', { ...phone, colorScheme: 'dark' }, async (page) => {
      await page.goto(unclaimed.url);
      await page.fill('#claim-password', 'tulips in may');
    });
  } finally {
    await unclaimed.stop();
  }
});
