/**
 * What a newcomer does who has one camera and three places to steer it from: its own page, the fleet page of a relay,
 * and a Django site. All of it is real: the camera's pipeline, the link, `perch relay`, Daphne, Chromium.
 */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Site, sitePassword } from '../../upstream/django/testing/site.ts';
import { RelayProcess } from '../../upstream/relay/testing/process.ts';
import { password } from '../../upstream/relay/testing/relay.ts';
import { desktop, openPage, startChromium } from './browser.ts';
import { eventually, field, panelReady, part, type } from './controls.ts';
import { Perch } from './perch.ts';

let relay: RelayProcess;
let perch: Perch;
let site: Site;
let chromium: Browser;
const contexts: BrowserContext[] = [];
/** By place. */
let pages: Readonly<Record<'own' | 'fleet' | 'django', Page>>;

async function newContext(): Promise<BrowserContext> {
  const context = await chromium.newContext(desktop);
  contexts.push(context);
  return context;
}

beforeAll(async () => {
  relay = await RelayProcess.start();
  const key = (await relay.say('add-device', 'garden')).trim().split('\n').at(-1) ?? '';
  const made = (await (await relay.call('POST', '/api/tokens', { name: 'site', role: 'operator' })).json()) as {
    token: string;
  };
  const address = relay.url.replace('http', 'ws');
  perch = await Perch.start({ PERCH_RELAY_URL: address, PERCH_RELAY_KEY: key });
  const device = { PERCH_RELAY_URL: address, PERCH_RELAY_TOKEN: made.token, PERCH_DEVICE: 'garden' };
  site = await Site.start(device);
  chromium = await startChromium();

  const own = await openPage(await newContext(), perch);
  await panelReady(own);
  const fleet = await (await newContext()).newPage();
  await fleet.goto(relay.url);
  await fleet.fill('#login-name', 'admin');
  await fleet.fill('#login-password', password);
  await fleet.keyboard.press('Enter');
  await fleet.locator('.pi[data-device="garden"]').getByRole('link').click();
  await panelReady(fleet);
  const django = await (await newContext()).newPage();
  await django.goto(`${site.url}/login`);
  await django.fill('[name=username]', 'olga');
  await django.fill('[name=password]', sitePassword);
  await django.click('button');
  await panelReady(django);
  pages = { own, fleet, django };
});
afterAll(async () => {
  for (const context of contexts) await context.close();
  await chromium?.close();
  await site?.stop();
  await perch?.stop();
  await relay?.stop();
});

/** Changes a setting and leaves the field, which is the typist's alone until then. */
async function change(page: Page, name: string, value: string): Promise<void> {
  await type(page, name, value);
  await part(field(page, name), 'number').blur();
}
const shown = (page: Page, name: string) => part(field(page, name), 'number').inputValue();
const applied = async (name: string): Promise<unknown> =>
  ((await perch.camera('camera')).applied as Record<string, unknown>)[name];

test.each([
  ['own', '21'],
  ['fleet', '-32'],
  ['django', '43'],
] as const)(
  'brightness changed from the place "%s" is in the picture, and shown in all three',
  async (place, value) => {
    await change(pages[place], 'brightness', value);
    await eventually(() => applied('brightness')).toBe(Number(value));
    for (const page of Object.values(pages)) await eventually(() => shown(page, 'brightness')).toBe(value);
    // Everybody else reads who it was.
    const who = { own: /^Page/, fleet: /^admin \(Central\)/, django: /^olga, Token site \(Central\)/ }[place];
    for (const [other, page] of Object.entries(pages)) {
      if (other !== place) await eventually(() => part(field(page, 'brightness'), 'who').textContent()).toMatch(who);
    }
  },
);

test('the relay goes: the camera’s own page says so and works on; what is changed meanwhile meets when it is back', async () => {
  const { own, fleet, django } = pages;
  await own.locator('[data-tab="health"]').click();
  const block = part(own, 'relay');
  await eventually(() => block.textContent()).toMatch(
    /Connected to the relay at .*Connected\d+ s ago.*There and back[\d.]+ ms/s,
  );

  const port = relay.port;
  await relay.stop({ keep: true });
  await eventually(() => part(own, 'relay-message').textContent()).toMatch(/^(Not connected|Connecting) to the relay/);
  await eventually(() => block.textContent()).toMatch(/Next try(in \d+ s|now)/);
  await own.locator('[data-tab="live"]').click();
  await change(own, 'contrast', '14');
  await eventually(() => applied('contrast')).toBe(14);

  relay = await RelayProcess.start({ folder: relay.folder, port });
  for (const page of [fleet, django]) await eventually(() => shown(page, 'contrast')).toBe('14');
  expect(await applied('brightness')).toBe(43);
  await change(django, 'saturation', '15');
  for (const page of [own, fleet]) await eventually(() => shown(page, 'saturation')).toBe('15');
});
