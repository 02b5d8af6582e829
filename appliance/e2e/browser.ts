/** Real Chromium for end-to-end tests, as Debian ships it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { type Perch, password } from './perch.ts';

/** Pages shown in a sandbox-less container without a screen, and a browser that talks to nobody else. */
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
export const desktop = { viewport: { width: 1280, height: 800 } };

/** A browser with a fresh profile; `close` ends it and removes the profile. */
export async function openBrowser(options: BrowserContextOptions = phone): Promise<BrowserContext> {
  const profile = await mkdtemp(join(tmpdir(), 'perch-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium',
    args: flags,
    ...options,
  });
  // Chromium's last processes may still write while its profile is removed: what is left then is only litter in /tmp.
  context.on('close', () => void rm(profile, { recursive: true, force: true, maxRetries: 5 }).catch(() => {}));
  return context;
}

/** Logs a browser in, without its page. */
export async function logIn(context: BrowserContext, perch: Perch): Promise<void> {
  const answer = await context.request.post(`${perch.url}/api/session`, { data: { password } });
  if (!answer.ok()) throw new Error(`login answered ${answer.status()}: ${await answer.text()}`);
}

/** Opens the page of a Perch, logged in. */
export async function openPage(context: BrowserContext, perch: Perch, path = '/'): Promise<Page> {
  await logIn(context, perch);
  const page = await context.newPage();
  await page.goto(`${perch.url}${path}`);
  return page;
}
