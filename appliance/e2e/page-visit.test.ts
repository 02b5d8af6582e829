/** A person's first minutes: claiming, being let in, being turned away, leaving; tokens for programs. */
import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { phone, rememberTrouble, startChromium } from './browser.ts';
import { eventually, panelReady, part } from './controls.ts';
import { Perch, password, streetScene } from './perch.ts';
import { rememberConnections, settled } from './watched.ts';

let perch: Perch;
let chromium: Browser;
let owner: BrowserContext;
let guest: BrowserContext;
let page: Page;
let trouble: string[];

beforeAll(async () => {
  perch = await Perch.start({ PERCH_CAMERAS: `street=file:${streetScene}`, PERCH_ADMIN_PASSWORD: undefined });
  chromium = await startChromium();
  owner = await chromium.newContext({ ...phone, colorScheme: 'dark' });
  guest = await chromium.newContext(phone);
  trouble = await rememberTrouble(owner, () => perch.url);
  await rememberConnections(owner);
  page = await owner.newPage();
});
afterAll(async () => {
  await chromium?.close();
  await perch?.stop();
});

const screen = (of: Page, name: string) => of.locator(`[data-screen="${name}"]`);

test('the first visitor claims the camera with a password that is good enough', async () => {
  await page.goto(perch.url);
  await screen(page, 'claim').waitFor();
  const claim = page.getByRole('button', { name: 'Claim this camera' });
  expect(await page.evaluate(() => document.activeElement?.id)).toBe('claim-password');

  await page.fill('#claim-password', 'ladder');
  expect(await part(page, 'strength').textContent()).toBe('2 more characters.');
  expect(await claim.isDisabled()).toBe(true);
  await page.keyboard.press('Enter');
  expect(await (await fetch(`${perch.url}/api/session`)).json()).toMatchObject({ claimed: false });

  // What only the server knows is told in its words.
  await page.fill('#claim-password', 'ab3-'.repeat(65));
  await claim.click();
  await eventually(() => part(page, 'error').textContent()).toBe('The password must be 8 to 256 characters long.');
  expect(await page.getAttribute('#claim-password', 'aria-invalid')).toBe('true');

  await page.fill('#claim-password', password);
  expect(await part(page, 'strength').textContent()).toBe('Strong.');
  await part(page, 'error').waitFor({ state: 'hidden' });
  await claim.click();
  await settled(page);
  await eventually(() => part(page, 'latency').textContent()).toMatch(/^live( \d+ ms)?$/);
  await panelReady(page);
  expect(await page.title()).toBe('street · Perch');
});

test('the next one is asked for the password, hears when it is wrong, and is let in when it is right', async () => {
  const second = await guest.newPage();
  await second.goto(perch.url);
  await screen(second, 'login').waitFor();
  await second.fill('#login-password', 'incorrect horse');
  await second.keyboard.press('Enter');
  await eventually(() => part(second, 'error').textContent()).toBe('That password is not right. Try again.');
  expect(await second.locator('video').count()).toBe(0);

  const shown = second.getByRole('button', { name: 'Show the password' });
  await shown.click();
  expect(await second.getAttribute('#login-password', 'type')).toBe('text');
  await second.fill('#login-password', password);
  await part(second, 'error').waitFor({ state: 'hidden' });
  await second.getByRole('button', { name: 'Log in' }).click();
  await settled(second);
});

test('who reloads stays in; who logs out is out at once, and on every tab', async () => {
  const [second] = guest.pages();
  if (!second) throw new Error('the guest has no page');
  await second.reload();
  await settled(second);
  const third = await guest.newPage();
  await third.goto(perch.url);
  await settled(third);

  await second.locator('[data-tab="setup"]').click();
  await part(second, 'log-out').click();
  await screen(second, 'login').waitFor();
  expect(await second.locator('video').count()).toBe(0);
  await screen(third, 'login').waitFor();
  await second.reload();
  await screen(second, 'login').waitFor();
  // The owner saw nothing of it.
  await settled(page);
});

test('tokens are made, shown once, and revoked; Setup tells the version', async () => {
  await page.locator('[data-tab="setup"]').click();
  const setup = part(page, 'setup');
  const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
  await setup.getByText(`Perch ${version}, from a checkout: update it with git pull.`, { exact: true }).waitFor();

  await part(page, 'create-token').click();
  await setup.getByText('Give it the name of the program that will use it.').waitFor();
  await page.fill('#token-name', 'garage script');
  await part(page, 'create-token').click();
  await eventually(() => part(page, 'new-token').textContent()).toMatch(/^perch_/);
  const token = (await part(page, 'new-token').textContent()) ?? '';
  const use = () => fetch(`${perch.url}/api/cameras`, { headers: { authorization: `Bearer ${token}` } });
  expect((await use()).status).toBe(200);

  await setup.getByRole('button', { name: 'Done' }).click();
  await part(page, 'new-token').waitFor({ state: 'hidden' });
  expect(await part(page, 'token').textContent()).toContain('garage script');
  await setup.getByRole('button', { name: 'Revoke garage script' }).click();
  await part(page, 'token').waitFor({ state: 'detached' });
  expect((await use()).status).toBe(401);
});

test('Health counts every viewer once', async () => {
  await page.locator('[data-tab="health"]').click();
  // This page is the only one that watches.
  await eventually(() => part(page, 'viewers').textContent()).toBe('1');
});

test('the terminal asks for the password again, shows colours and the cursor, and is found again by a reload', async () => {
  await page.locator('[data-tab="shell"]').click();
  await page.fill('#shell-password', 'incorrect horse');
  await part(page, 'shell-open').click();
  await eventually(() => part(page, 'shell-error').textContent()).toBe('That password is not right. Try again.');
  await page.fill('#shell-password', password);
  await part(page, 'shell-open').click();
  const rows = page.locator('.xterm-rows');
  await rows.getByText('what is wrong, and what to do').waitFor();

  // Its own sixteen colours come by a style sheet, all others by style attributes: neither may be stopped.
  await page.keyboard.type("clear; printf '\\e[38;2;255;120;0mora''nge\\e[0m \\e[44mbl''ue\\e[0m\\n'\r");
  const colour = (text: string, property: 'color' | 'backgroundColor') =>
    rows
      .locator('span', { hasText: text })
      .first()
      .evaluate((span, name) => getComputedStyle(span)[name], property);
  await rows.locator('span', { hasText: /^orange$/ }).waitFor();
  expect(await colour('orange', 'color')).toBe('rgb(255, 120, 0)');
  expect(await colour('blue', 'backgroundColor')).toBe('rgb(130, 177, 255)');
  const cursor = page.locator('.xterm-cursor');
  // It blinks.
  await eventually(() => cursor.evaluate((span) => getComputedStyle(span).backgroundColor)).toBe('rgb(95, 214, 180)');

  // A phone's own keys: Ctrl is held for the next letter.
  await page.keyboard.type('sleep 1000\r');
  await page.locator('[data-keys="ctrl"]').click();
  await page.keyboard.type('c');
  await page.keyboard.type('echo af""ter\r');
  await rows.getByText('after', { exact: true }).waitFor();

  // The tab Live in between, then a reload: the same shell.
  await page.keyboard.type('kept=same; clear\r');
  await page.locator('[data-tab="live"]').click();
  await settled(page);
  await page.reload();
  await page.locator('[data-tab="shell"]').click();
  await eventually(() => part(page, 'shell').getAttribute('data-state')).toBe('open');
  await page.keyboard.type('echo $kept shell\r');
  await rows.getByText('same shell', { exact: true }).waitFor();

  await part(page, 'shell-end').click();
  await eventually(() => part(page, 'shell-said').textContent()).toBe('The terminal is closed.');
});

test('nothing of it broke a rule', () => expect(trouble).toEqual([]));
