/** One camera, steered from its own page and from a Django site: Daphne, relay, link and pipeline are all real. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openRelay } from '../../upstream/django/testing/fleet.ts';
import { Site, sitePassword } from '../../upstream/django/testing/site.ts';
import type { Relay } from '../../upstream/relay/relay.ts';
import { desktop, openBrowser, openPage } from './browser.ts';
import { Perch } from './perch.ts';

let folder: string;
let relay: Relay;
let perch: Perch;
let site: Site;
let browser: BrowserContext;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perch-e2e-relay-'));
  relay = await openRelay(folder, 0);
  const { key } = await relay.fleet.devices.add('garden');
  const { token } = await relay.people.createToken('site', 'operator');
  const url = `ws://127.0.0.1:${relay.port}`;
  site = await Site.start({ PERCH_RELAY_URL: url, PERCH_RELAY_TOKEN: token });
  perch = await Perch.start({ PERCH_RELAY_URL: url, PERCH_RELAY_KEY: key });
  browser = await openBrowser(desktop);
});
afterAll(async () => {
  await browser?.close();
  await site?.stop();
  await perch?.stop();
  await relay?.close();
  await rm(folder, { recursive: true, force: true });
});

const field = (page: Page, name: string): Locator => page.locator(`[data-field=${name}]`);
const number = (page: Page, name: string): Locator => field(page, name).locator('[data-part=number]');
const applied = async (name: string): Promise<unknown> =>
  ((await perch.camera('camera')).applied as Record<string, unknown>)[name];

async function change(page: Page, name: string, value: number): Promise<void> {
  await number(page, name).fill(String(value));
  await number(page, name).press('Enter');
  await number(page, name).blur();
}

test('a change made in Django is in the picture and on the camera’s own page, and the other way round', async () => {
  const django = await browser.newPage();
  await django.goto(`${site.url}/login`);
  await django.fill('[name=username]', 'olga');
  await django.fill('[name=password]', sitePassword);
  await django.click('button');
  await django.locator('.panel-body:not([aria-busy])').waitFor();
  const own = await openPage(browser, perch);
  await expect.poll(() => number(own, 'brightness').isEnabled()).toBe(true);

  await change(django, 'brightness', 35);
  await field(django, 'brightness').and(django.locator('[data-phase=applied]')).waitFor();
  expect(await applied('brightness')).toBe(35);
  await expect.poll(() => number(own, 'brightness').inputValue()).toBe('35');
  await field(own, 'brightness').getByText('olga, Token site (Central), just now').waitFor();

  await change(own, 'contrast', -20);
  await expect.poll(() => number(django, 'contrast').inputValue()).toBe('-20');
  await field(django, 'contrast').locator('[data-part=who]', { hasText: 'just now' }).waitFor();
  await expect.poll(() => applied('contrast')).toBe(-20);

  await django.locator('[data-part=stop]').click();
  await own.locator('[data-part=start]').waitFor();
  await django.locator('[data-part=start]').click();
  await own.locator('[data-part=state][data-state=live]').waitFor();
  await expect.poll(() => applied('brightness')).toBe(35);
});
