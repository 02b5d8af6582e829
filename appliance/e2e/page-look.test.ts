/** How the page stands on a phone and on a desk: sizes, several cameras, keys, access, weight, and its own Pi alone. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { desktop, logIn, openPage, phone, rememberTrouble, startChromium } from './browser.ts';
import { desired, eventually, field, panelReady, part, putBack, type } from './controls.ts';
import { Perch, streetScene } from './perch.ts';
import { playing, rememberConnections, settled } from './watched.ts';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

let perch: Perch;
let chromium: Browser;
let wide: BrowserContext;
let page: Page;
let trouble: string[];

beforeAll(async () => {
  perch = await Perch.start({ PERCH_CAMERAS: `street=file:${streetScene},yard=test` });
  for (const name of ['street', 'yard'])
    await putBack(perch, name, { width: 640, height: 480, fps: 10, bitrate: '600k' });
  chromium = await startChromium();
  wide = await chromium.newContext({ ...desktop, acceptDownloads: true });
  trouble = await rememberTrouble(wide, () => perch.url);
  await rememberConnections(wide);
  page = await openPage(wide, perch);
  await settled(page);
  await panelReady(page);
});
afterAll(async () => {
  await chromium?.close();
  await perch?.stop();
});

/** Opens the page in a browser of its own for as long as `use` takes. */
async function visit(
  options: Parameters<Browser['newContext']>[0],
  use: (page: Page) => Promise<void>,
  stranger = false,
) {
  const context = await chromium.newContext(options);
  const own = await rememberTrouble(context, () => perch.url);
  try {
    await rememberConnections(context);
    if (!stranger) await logIn(context, perch);
    const opened = await context.newPage();
    await opened.goto(perch.url);
    await use(opened);
    expect(own).toEqual([]);
  } finally {
    await context.close();
  }
}

const overflow = (of: Page) =>
  of.evaluate(() => ({
    sideways: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    beyond: [...document.querySelectorAll<HTMLElement>('body *')]
      .filter((element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true }))
      // What scrolls by itself, or is only for screen readers, may be wider.
      .filter((element) => !element.closest('.chips, .hidden, [data-part="camera-tabs"]'))
      .filter((element) => element.getBoundingClientRect().right > innerWidth + 1)
      .map((element) => element.outerHTML.slice(0, 80)),
  }));
const fits = { sideways: 0, beyond: [] };

describe('sizes', () => {
  test('at 360 px nothing stands over the edge, on any tab, and what is touched is large enough', async () => {
    await visit({ ...phone, viewport: { width: 360, height: 740 } }, async (small) => {
      await settled(small);
      await panelReady(small);
      for (const card of ['AI', 'Exposure']) {
        const fold = small.locator(`[data-card="${card}"] .card-fold`);
        if ((await fold.getAttribute('aria-expanded')) === 'false') await fold.click();
      }
      await part(field(small, 'resolution'), 'select').selectOption('custom');
      await part(small, 'custom-width').waitFor({ state: 'visible' });
      expect(await overflow(small)).toEqual(fits);
      // 44 CSS pixels (WCAG 2.5.5), by half a pixel of rounding.
      const low = await small.evaluate(() =>
        [
          ...document.querySelectorAll(
            '[data-part="slider"], .chip, .tabs button, .card-camera button, .stage-tools button',
          ),
        ]
          .filter((element) => element.checkVisibility())
          .filter((element) => element.getBoundingClientRect().height < 43.5)
          .map((element) => element.outerHTML.slice(0, 80)),
      );
      expect(low).toEqual([]);
      for (const tab of ['health', 'setup']) {
        await small.locator(`[data-tab="${tab}"]`).click();
        await part(small, tab).waitFor({ state: 'visible' });
        expect(await overflow(small)).toEqual(fits);
      }
      await part(small, 'cameras').click();
      await small.locator('.tile').first().waitFor();
      expect(await overflow(small)).toEqual(fits);
    });
  });

  test('on a phone the picture stays in sight while the rest scrolls', async () => {
    await visit(phone, async (small) => {
      await settled(small);
      await panelReady(small);
      await small.locator('[data-card="Camera"]').scrollIntoViewIfNeeded();
      const stage = await small.locator('.stage').boundingBox();
      expect(stage?.y).toBeGreaterThanOrEqual(-1);
      expect(stage?.y).toBeLessThan(2);
      expect(await overflow(small)).toEqual(fits);
    });
  });

  test('on a desk picture and panel stand side by side', async () => {
    const left = await page.locator('.stage').boundingBox();
    const right = await page.locator('[data-card="Picture"]').boundingBox();
    if (!left || !right) throw new Error('not on the page');
    expect(right.x).toBeGreaterThanOrEqual(left.x + left.width - 1);
    expect(right.y).toBeLessThan(left.y + left.height);
    expect(left.width).toBeGreaterThan(1.5 * right.width);
    expect(await overflow(page)).toEqual(fits);
  });
});

describe('several cameras', () => {
  test('are tabs and a grid; each has its own picture and settings', async () => {
    const tabs = part(page, 'camera-tabs');
    await putBack(perch, 'yard', { brightness: 15 });
    await tabs.locator('[data-camera="yard"]').click();
    await settled(page);
    await panelReady(page);
    expect(page.url()).toContain('camera=yard');
    expect(await page.title()).toBe('yard · Perch');
    await part(page, 'synthetic').waitFor({ state: 'visible' });
    await eventually(() => part(field(page, 'brightness'), 'range').inputValue()).toBe('15');
    await type(page, 'brightness', '10');
    await eventually(async () => (await desired(perch, 'yard')).brightness).toBe(10);
    expect((await desired(perch, 'street')).brightness).toBe(0);
    await page.reload();
    await settled(page);
    expect(await page.title()).toBe('yard · Perch');

    await page.locator('.stage').hover();
    await part(page, 'cameras').click();
    const tile = page.locator('.tile[data-camera="street"]');
    await eventually(() =>
      tile.locator('img').evaluate((image: HTMLImageElement) => image.naturalWidth),
    ).toBeGreaterThan(0);
    expect(await page.locator('.tile').count()).toBe(2);
    await tile.click();
    await settled(page);
    expect(await page.title()).toBe('street · Perch');
    expect(await part(page, 'synthetic').count()).toBe(0);
  });
});

describe('keys', () => {
  test('presets, compare, full screen, snapshot, help', async () => {
    await page.locator('.stage').hover();
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    await type(page, 'brightness', '30');
    await eventually(async () => (await desired(perch, 'street')).brightness).toBe(30);
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());

    await page.keyboard.down('c');
    await part(page, 'still').waitFor({ state: 'visible' });
    await page.keyboard.up('c');
    await part(page, 'still').waitFor({ state: 'hidden' });

    await page.keyboard.press('?');
    await part(page, 'help').waitFor({ state: 'visible' });
    await page.keyboard.press('Escape');
    await part(page, 'help').waitFor({ state: 'hidden' });

    await page.keyboard.press('f');
    await eventually(() => page.evaluate(() => document.fullscreenElement?.classList.contains('stage') ?? false)).toBe(
      true,
    );
    await page.keyboard.press('f');
    await eventually(() => page.evaluate(() => document.fullscreenElement === null)).toBe(true);

    const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('s')]);
    expect(download.suggestedFilename()).toMatch(/^street-[\d-]+\.jpg$/);
    const file = await readFile(await download.path());
    expect([...file.subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);

    const wanted = await page.locator('[data-preset="Low bandwidth"] kbd').textContent();
    await page.keyboard.press(wanted ?? '');
    await eventually(() => desired(perch, 'street')).toMatchObject({ width: 640, height: 360, fps: 12, brightness: 0 });
    await eventually(() => part(page, 'toast').textContent()).toContain('Low bandwidth is on.');
    await page.keyboard.press('u');
    await eventually(() => desired(perch, 'street')).toMatchObject({
      width: 640,
      height: 480,
      fps: 10,
      brightness: 30,
    });

    // A letter that is typed is a letter.
    await part(field(page, 'bitrate'), 'number').focus();
    await page.keyboard.type('s?f');
    expect(await part(page, 'help').isVisible()).toBe(false);
    await page.keyboard.press('Escape');
  });

  test('every control can be reached by Tab alone, and shows that it has the focus', async () => {
    await page.evaluate(() => {
      (document.activeElement as HTMLElement).blur();
      document.body.focus();
    });
    const reached = new Set<string>();
    for (let count = 0; count < 120; count += 1) {
      await page.keyboard.press('Tab');
      const at = await page.evaluate(() => {
        const element = document.activeElement;
        if (!element || element === document.body) return undefined;
        const name = element.closest('[data-field]')?.getAttribute('data-field');
        const seen = [
          element,
          element.parentElement,
          element.nextElementSibling,
          ...(element.parentElement?.children ?? []),
        ];
        const marked = seen.some((each) => {
          if (!each) return false;
          const { outlineStyle, boxShadow } = getComputedStyle(each);
          return outlineStyle !== 'none' || boxShadow !== 'none';
        });
        return {
          name: name ?? element.getAttribute('data-part') ?? element.getAttribute('data-tab') ?? '',
          marked,
          html: element.outerHTML.slice(0, 120),
        };
      });
      if (!at) continue;
      expect(at).toMatchObject({ marked: true });
      reached.add(at.name);
    }
    for (const name of [
      'brightness',
      'contrast',
      'resolution',
      'fps',
      'bitrate',
      'encoding',
      'quality',
      'stop',
      'restart',
      'setup',
    ]) {
      expect([...reached]).toContain(name);
    }
  });
});

describe.each(['light', 'dark'] as const)('axe-core finds nothing serious, %s:', (colorScheme) => {
  async function serious(of: Page): Promise<unknown[]> {
    // Axe judges colours: nothing may be half faded in.
    await of.evaluate(() => Promise.all(document.getAnimations().map((each) => each.finished.catch(() => {}))));
    return of.evaluate(`(async () => {
      const { violations } = await window.axe.run(document, { resultTypes: ['violations'] });
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, nodes }) => ({ id, nodes: nodes.map(({ target, failureSummary }) => target + ': ' + failureSummary) }));
    })()`);
  }

  test('claim', async () => {
    const unclaimed = await Perch.start({ PERCH_ADMIN_PASSWORD: undefined, PERCH_CAMERAS: 'door=test' });
    const context = await chromium.newContext({ ...phone, colorScheme });
    try {
      const claim = await context.newPage();
      await claim.goto(unclaimed.url);
      await claim.fill('#claim-password', 'tulips in may');
      await claim.evaluate(axe);
      expect(await serious(claim)).toEqual([]);
    } finally {
      await context.close();
      await unclaimed.stop();
    }
  });

  test('login', () =>
    visit(
      { ...phone, colorScheme },
      async (login) => {
        await login.fill('#login-password', 'wrong');
        await login.keyboard.press('Enter');
        await part(login, 'error').waitFor({ state: 'visible' });
        await login.evaluate(axe);
        expect(await serious(login)).toEqual([]);
      },
      true,
    ));

  test('live, health and setup, on a phone and on a desk', async () => {
    for (const size of [phone, desktop]) {
      await visit({ ...size, colorScheme }, async (live) => {
        await settled(live);
        await panelReady(live);
        await type(live, 'brightness', '500');
        await part(field(live, 'brightness'), 'error').waitFor({ state: 'visible' });
        await live.evaluate(axe);
        expect(await serious(live)).toEqual([]);
        for (const tab of ['health', 'setup']) {
          await live.locator(`[data-tab="${tab}"]`).click();
          await part(live, tab).waitFor({ state: 'visible' });
          expect(await serious(live)).toEqual([]);
        }
      });
    }
  });
});

test('who wants less motion gets it', () =>
  visit({ ...phone, reducedMotion: 'reduce' }, async (calm) => {
    await settled(calm);
    await panelReady(calm);
    await type(calm, 'contrast', '6');
    await type(calm, 'brightness', '6');
    const moving = await calm.evaluate(() =>
      document
        .getAnimations()
        .filter(({ effect, playState }) => playState === 'running' && Number(effect?.getComputedTiming().endTime) > 20)
        .map(
          (animation) => (animation as CSSAnimation).animationName ?? (animation as CSSTransition).transitionProperty,
        ),
    );
    expect(moving).toEqual([]);
    // Not only now: nothing on the page could move for longer.
    const slow = await calm.evaluate(() =>
      [...document.querySelectorAll('*')].flatMap((element) =>
        ['', '::before', '::after'].flatMap((pseudo) => {
          const { animationName, animationDuration, transitionDuration } = getComputedStyle(element, pseudo || null);
          const longest = (text: string) => Math.max(...text.split(',').map((each) => Number.parseFloat(each)));
          const moves =
            (animationName !== 'none' && longest(animationDuration) > 0.01) || longest(transitionDuration) > 0.01;
          return moves ? [`${element.outerHTML.slice(0, 80)}${pseudo}`] : [];
        }),
      ),
    );
    expect(slow).toEqual([]);
    await playing(calm);
  }));

test('the whole page weighs at most 150 kB on the wire, and all of it comes from the Pi', async () => {
  const context = await chromium.newContext(phone);
  try {
    const stranger = await context.newPage();
    const loaded: { url: string; bytes: Promise<number> }[] = [];
    stranger.on('requestfinished', (request) => {
      if (new URL(request.url()).pathname.startsWith('/api/')) return;
      loaded.push({
        url: request.url(),
        bytes: request
          .sizes()
          .then(({ responseBodySize, responseHeadersSize }) => responseBodySize + responseHeadersSize),
      });
    });
    await stranger.goto(perch.url, { waitUntil: 'networkidle' });
    const sizes = await Promise.all(loaded.map(({ bytes }) => bytes));
    const total = sizes.reduce((sum, bytes) => sum + bytes, 0);
    expect(loaded.length).toBeGreaterThanOrEqual(5);
    expect(loaded.filter(({ url }) => new URL(url).origin !== new URL(perch.url).origin)).toEqual([]);
    console.log(`page weight: ${total} bytes in ${loaded.length} answers`);
    expect(total).toBeLessThanOrEqual(150_000);
  } finally {
    await context.close();
  }
});

test('no servers of anybody else are asked about the way here', async () => {
  const servers = await page.evaluate(() =>
    (window as unknown as { madeConnections: RTCPeerConnection[] }).madeConnections.flatMap(
      (connection) => connection.getConfiguration().iceServers ?? [],
    ),
  );
  expect(servers).toEqual([]);
});

test('nothing of it broke a rule', () => expect(trouble).toEqual([]));
