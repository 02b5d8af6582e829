/** Chromium for tests: the distribution's, or the one in PERCH_CHROMIUM, with nothing of its own on the network. */
import { type Browser, chromium } from 'playwright-core';

export const executablePath = process.env.PERCH_CHROMIUM ?? '/usr/bin/chromium';

/** For containers without a sandbox and without a screen, and a browser that talks to nobody else. */
export const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, args: flags });
}
