/** The control page's controls, as a person finds and uses them. */
import type { Locator, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { Perch } from './perch.ts';
import { averageColour, playing } from './watched.ts';

/** Asserts what comes true in time. */
export function eventually<T>(read: () => T | Promise<T>) {
  return expect.poll(read);
}

export const field = (page: Page, name: string): Locator => page.locator(`[data-field="${name}"]`);
/** A named part of the page, or of one of its controls. */
export const part = (of: Page | Locator, name: string): Locator => of.locator(`[data-part="${name}"]`);

/** Resolves when the panel shows what the camera is set to. */
export async function panelReady(page: Page): Promise<void> {
  await page.locator('.panel-body:not([aria-busy="true"])').waitFor();
}

/** Types a number as a person does. */
export async function type(page: Page, name: string, text: string): Promise<void> {
  const number = part(field(page, name), 'number');
  await number.fill(text);
  await number.press('Enter');
}

/** What the settings are now, as REST tells it. */
export async function desired(perch: Perch, camera: string): Promise<Readonly<Record<string, unknown>>> {
  return (await perch.camera(camera)).desired as Readonly<Record<string, unknown>>;
}

/** Resolves with the first average brightness, 0 to 255, that is so; pictures come and are looked at one by one. */
export async function picture(page: Page, test: (luma: number) => boolean): Promise<number> {
  for (;;) {
    const { luma } = await averageColour(page);
    if (test(luma)) return luma;
    await playing(page);
  }
}

/** Follows what the line under a control tells, from now on, until it is confirmed by a picture or refused. */
export async function followPhases(page: Page, name: string): Promise<() => Promise<string[]>> {
  const handle = await field(page, name).evaluateHandle((element) => {
    const phases: string[] = [];
    const ended = new Promise<string[]>((resolve) => {
      const observer = new MutationObserver(() => {
        const phase = element.getAttribute('data-phase') ?? '';
        if (phase !== '' && phases.at(-1) !== phase) phases.push(phase);
        if (phase !== 'confirmed' && phase !== 'refused') return;
        observer.disconnect();
        resolve(phases);
      });
      observer.observe(element, { attributeFilter: ['data-phase'] });
    });
    return { ended };
  });
  return () => handle.evaluate(({ ended }) => ended);
}

/** Sets what a test starts from, or what it has changed. */
export async function putBack(perch: Perch, camera: string, settings: Record<string, unknown>): Promise<void> {
  const answer = await perch.patch(camera, settings);
  expect(answer).toMatchObject({ success: true });
}
