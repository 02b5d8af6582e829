/** Safe mode, as the unit starts it after a crash loop: next to nothing, and what was saved comes back untouched. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser, openPage } from './browser.ts';
import { eventually, part } from './controls.ts';
import { freePort } from './free-port.ts';
import { Perch } from './perch.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perch-safe-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const cameras = { PERCH_CAMERAS: 'door=test,yard=test' };
const saved = () => readFile(join(folder, 'cameras.json'), 'utf8');

test('one camera with its defaults, a reason, no setting saved; afterwards all is as before', async () => {
  const before = await Perch.start(cameras, folder);
  expect(await before.patch('door', { brightness: 37 })).toMatchObject({ success: true });
  await before.stop({ keepData: true });
  const kept = await saved();
  expect(kept).toContain('"brightness":37');

  const safe = await Perch.start({ ...cameras, PERCH_SAFE_MODE: 'It failed five times.' }, folder);
  const { cameras: shown } = (await (await safe.fetch('/api/cameras')).json()) as { cameras: { name: string }[] };
  expect(shown).toMatchObject([{ name: 'door', desired: { brightness: 0 } }]);
  expect(await (await safe.fetch('/api/session')).json()).toMatchObject({
    safe_mode: expect.stringContaining('It failed five times.'),
  });
  // Only an installed Perch has somebody to ask.
  expect((await safe.fetch('/api/safe-mode/leave', { method: 'POST' })).status).toBe(501);
  expect(await safe.patch('door', { brightness: -5 })).toMatchObject({ success: true });
  await safe.stop({ keepData: true });
  expect(await saved()).toBe(kept);

  const after = await Perch.start(cameras, folder);
  expect(await after.camera('door')).toMatchObject({ desired: { brightness: 37 } });
  expect(await (await after.fetch('/api/session')).json()).not.toHaveProperty('safe_mode');
  await after.stop();
});

test('the page says so once, above every tab, and no more once it is over', async () => {
  const port = { PERCH_PORT: String(await freePort()) };
  const safe = await Perch.start({ ...cameras, ...port, PERCH_SAFE_MODE: 'It failed five times.' }, folder);
  const browser = await openBrowser();
  let after: Perch | undefined;
  try {
    const page = await openPage(browser, safe);
    const line = part(page, 'safe-mode');
    for (const tab of ['live', 'health', 'setup']) {
      await page.locator(`button[data-tab="${tab}"]`).click();
      await line.getByRole('button', { name: 'Back to normal' }).waitFor();
    }
    await page.locator('button[data-tab="health"]').click();
    await part(page, 'charts').waitFor();
    const { findings } = (await (await safe.fetch('/api/health')).json()) as { findings: { id: string }[] };
    expect(findings.map(({ id }) => id)).toContain('safe_mode');
    expect(
      await part(page, 'machine')
        .getByText(/safe mode/i)
        .count(),
    ).toBe(0);
    expect(await part(page, 'well').isVisible()).toBe(false);

    await safe.stop({ keepData: true });
    after = await Perch.start({ ...cameras, ...port }, folder);
    // The page is the same one: it connects again by itself.
    await eventually(() => line.isVisible()).toBe(false);
  } finally {
    await browser.close();
    await after?.stop({ keepData: true });
    await safe.stop({ keepData: true });
  }
});
