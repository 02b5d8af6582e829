/** Real Chromium for end-to-end tests, as Debian ships it. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { executablePath, flags } from '../stream/testing/browser.ts';
import { type Perch, password } from './perch.ts';

export const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };
export const desktop = { viewport: { width: 1280, height: 800 } };

/** A browser with a fresh profile; `close` ends it and removes the profile. */
export async function openBrowser(options: BrowserContextOptions = phone): Promise<BrowserContext> {
  const profile = await mkdtemp(join(tmpdir(), 'perch-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    args: flags,
    ...options,
  });
  // Chromium's last processes may still write while its profile is removed: what is left then is only litter in /tmp.
  context.on('close', () => void rm(profile, { recursive: true, force: true, maxRetries: 5 }).catch(() => {}));
  return context;
}

/**
 * A Chromium for several people: each `newContext` is a browser of its own, with its own cookies. It knows no host
 * but this machine.
 */
export function startChromium(): Promise<Browser> {
  const nobodyElse = '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1';
  return chromium.launch({ executablePath, args: [...flags, nobodyElse] });
}

/**
 * What must never happen on a page, in sentences: errors of its scripts, what its content security policy stops, and
 * requests to anybody but `origin`. Call before a page is opened; what happens later is added to the array.
 */
export async function rememberTrouble(context: BrowserContext, origin: () => string): Promise<string[]> {
  const trouble: string[] = [];
  await context.exposeBinding('perchTrouble', (_, sentence: string) => void trouble.push(sentence));
  await context.addInitScript(() => {
    addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI, sourceFile, lineNumber }) => {
      const told = `stopped by ${violatedDirective}: ${blockedURI} at ${sourceFile}:${lineNumber}`;
      (window as unknown as { perchTrouble(sentence: string): void }).perchTrouble(told);
    });
  });
  const strange = (url: string) => {
    const { protocol, host } = new URL(url);
    if (!['blob:', 'data:'].includes(protocol) && host !== new URL(origin()).host) trouble.push(`request to ${url}`);
  };
  context.on('request', (request) => strange(request.url()));
  context.on('weberror', (error) => trouble.push(`script error: ${error.error()}`));
  context.on('console', (message) => {
    // A refused login and a Perch that is away are logged by the browser itself.
    const expected = /^(Failed to load resource|WebSocket connection to)/.test(message.text());
    if (message.type() === 'error' && !expected) trouble.push(`console: ${message.text()}`);
  });
  context.on('page', (page) => page.on('websocket', (socket) => strange(socket.url())));
  return trouble;
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
