/** A page that is opened: how soon there is a picture, and what it weighs. */
import { get } from 'node:http';
import type { BrowserContext } from 'playwright-core';
import { logIn, openBrowser } from '../e2e/browser.ts';
import type { Perch } from '../e2e/perch.ts';
import { live, startPerch } from './programs.ts';
import { firstPicture, notePictures } from './seen.ts';
import { type Row, timed } from './table.ts';

export async function opening(): Promise<Row[]> {
  const perch = await startPerch();
  const browser = await openBrowser();
  try {
    await live(perch);
    await notePictures(browser);
    await logIn(browser, perch);
    return [await clicks(browser, perch), await weight(browser, perch)];
  } finally {
    await browser.close();
    await perch.stop();
  }
}

/** A link to the page is clicked in a tab that has never seen it. */
async function clicks(browser: BrowserContext, perch: Perch): Promise<Row> {
  const times: number[] = [];
  for (let run = 0; run < 8; run += 1) {
    const page = await browser.newPage();
    const session = await browser.newCDPSession(page);
    await session.send('Network.enable');
    await session.send('Network.setCacheDisabled', { cacheDisabled: true });
    await page.setContent(`<a href="${perch.url}/">camera</a>`);
    await page.click('a');
    times.push(await firstPicture(page));
    await page.close();
  }
  return timed('click to first picture, page just opened, nothing cached', times.slice(1), 1000);
}

/** Everything the page loads until it plays, as a phone on the LAN gets it: plain http means gzip, browsers keep brotli to https. */
async function weight(browser: BrowserContext, perch: Perch): Promise<Row> {
  const page = await browser.newPage();
  await page.goto(perch.url);
  await firstPicture(page);
  const urls = await page.evaluate(() => [
    location.href,
    ...(performance.getEntriesByType('resource') as PerformanceResourceTiming[])
      .map(({ name }) => name)
      .filter((name) => !/\/(api|whep)\//.test(name)),
  ]);
  await page.close();
  let gzip = 0;
  let brotli = 0;
  for (const url of new Set(urls)) {
    gzip += await bytesOf(url, 'gzip');
    brotli += await bytesOf(url, 'br');
  }
  return {
    figure: 'page weight, compressed, everything it loads',
    ours: `${(gzip / 1000).toFixed(0)} kB (${new Set(urls).size} files)`,
    target: '≤ 150 kB',
    ok: gzip <= 150_000,
    beside: `gzip, as over http; ${(brotli / 1000).toFixed(0)} kB with brotli over https`,
  };
}

function bytesOf(url: string, encoding: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { headers: { 'accept-encoding': encoding } }, (response) => {
      let bytes = 0;
      response.on('data', (piece: Buffer) => {
        bytes += piece.length;
      });
      response.on('end', () => resolve(bytes));
    }).on('error', reject);
  });
}
