/** The Setup tab's network, as somebody meets it who has just joined the camera's hotspot with a phone. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WorldOutside } from '../network/testing/world.ts';
import { openBrowser, openPage, phone, rememberTrouble } from './browser.ts';
import { Perch } from './perch.ts';

let world: WorldOutside;
let perch: Perch;
let browser: BrowserContext;
let page: Page;
let trouble: string[];

/** There is no radio whose address could give it a name. */
const hotspot = 'Perch-0000';
const open = { uuid: 'u-ap', id: 'perch-hotspot', ssid: hotspot, mode: 'ap', autoconnect: false, saved: false };
const odd = 'Café ☕: 50% "quick" & <b>';

beforeAll(async () => {
  world = new WorldOutside({
    air: [
      { ssid: 'home', signal: 82, password: 'its password' },
      { ssid: odd, signal: 61 },
      { ssid: 'company', signal: 33, security: 'WPA2 802.1X' },
    ],
    profiles: [open],
    active: 'u-ap',
    stations: 1,
    joinSeconds: 1,
  });
  perch = await Perch.start({ ...world.env, PERCH_MANAGE_WIFI: 'on' });
  browser = await openBrowser(phone);
  trouble = await rememberTrouble(browser, () => perch.url);
  page = await openPage(browser, perch);
});
afterAll(async () => {
  await browser?.close();
  await perch?.stop();
  world?.end();
});

const part = (name: string) => page.locator(`[data-part="${name}"]`);
const row = (ssid: string) => part('wifi').filter({ has: page.locator('.net-name', { hasText: ssid }) });
const shot = (name: string) =>
  process.env.PERCH_SHOTS === undefined
    ? undefined
    : page.screenshot({ path: `${process.env.PERCH_SHOTS}/${name}.png`, fullPage: true });

test('who comes by the hotspot is led to the networks', async () => {
  await part('network-message').waitFor();
  expect(await part('network-message').textContent()).toMatch(/The camera is its own network/);
  await row(odd).waitFor();
  expect(await page.locator('[data-part="wifi"] .net-name').allTextContents()).toEqual(['home', odd, 'company']);
  await shot('hotspot');
  // The rest of the page is there, and says how to come back.
  await page.locator('[data-tab="live"]').click();
  await part('note-hotspot').getByRole('button').click();
  await row('home').waitFor();
});

test('a wrong password is told in words, and the hotspot is back', async () => {
  await row('home').getByRole('button').first().click();
  await page.locator('#wifi-password').fill('wrong password');
  await shot('password');
  await part('join').click();
  await page.locator('[data-part="trial"][data-state="trying"]').waitFor();
  expect(await part('trial-message').textContent()).toMatch(/The hotspot goes away meanwhile/);
  await shot('trying');
  await page.locator('[data-part="trial"][data-state="failed"]').waitFor();
  expect(await part('trial-message').textContent()).toBe(
    '“home” did not accept the password. Upper and lower case count.',
  );
  await shot('failed');
  expect(world.state.profiles.map(({ ssid }) => ssid)).toEqual([hotspot]);
});

test('what cannot be tried is refused at the field', async () => {
  await row('company').getByRole('button').first().click();
  await page.locator('#wifi-password').fill('anything at all');
  await part('join').click();
  await page.locator('[data-part="wifi-error"]:visible').waitFor();
  expect(await part('wifi-error').textContent()).toMatch(/as companies' networks do/);
  await row('company').getByRole('button').first().click();
});

test('the right one joins, and says where the page is from now on', async () => {
  await row('home').getByRole('button').first().click();
  await page.locator('#wifi-password').fill('its password');
  await part('join').click();
  await page.locator('[data-part="trial"][data-state="joined"]').waitFor();
  expect(await part('trial-message').textContent()).toMatch(
    /^The camera is in “home”\. Its page is at http:\/\/\S+\.local there\.$/,
  );
  expect(await part('network-message').textContent()).toBe('Connected to “home”.');
  await row('home').locator('[data-in-use]').waitFor();
  // Claimed and in a network: from now on the hotspot has the password that stands here.
  expect(await part('hotspot-password').textContent()).toMatch(/^[a-z2-9]{4}(-[a-z2-9]{4}){2}$/);
  await shot('joined');
});

test('a known network is forgotten, and the page has had no trouble', async () => {
  await row('home').getByRole('button').first().click();
  await part('forget').click();
  await page.locator('[data-part="network-message"]', { hasText: 'in no network' }).waitFor();
  await shot('offline');
  expect(trouble).toEqual([]);
});

test('the audit log tells who did what to the network; the password stands nowhere', async () => {
  await perch.stop({ keepData: true });
  const audit = await readFile(join(perch.data, 'audit.jsonl'), 'utf8');
  expect(audit).toMatch(
    /"who":"Page at 127\.0\.0\.1","camera":"","action":"network not joined","network":"home","problem":/,
  );
  expect(audit).toMatch(/"action":"network joined","network":"home"/);
  expect(audit).toMatch(/"action":"network forgotten","network":"home"/);
  for (const text of [audit, JSON.stringify(perch.lines)]) expect(text).not.toContain('its password');
});
