/** A card that is full: what cannot be saved now is not forgotten, and nothing else stops. */
import { expect, test } from 'vitest';
import { until } from '../until.ts';
import type { Place } from './place.ts';

const contrast = 7;

export function full(at: Place): void {
  test('changes are in effect, and said to be unsaved', async () => {
    await at.machine.shell('sudo fallocate -l "$(df --output=avail -B1 /data | tail -n 1)" /data/full');
    await at.visitor.patch(at.camera, { contrast });
    await until('the page says so', async () => (await told(at)).includes('Settings cannot be saved'), 120);
    expect((await at.visitor.camera(at.camera)).desired.contrast).toBe(contrast);
  });
}

export function roomAgain(at: Place): void {
  test('once there is room again, changes are saved', async () => {
    const revision = await at.visitor.patch(at.camera, { contrast });
    await at.machine.shell('sudo rm /data/full');
    await at.visitor.until(at.camera, 'is saved', ({ saved_revision }) => saved_revision >= revision);
    expect(await told(at)).not.toContain('Settings cannot be saved');
  });
}

/** What everybody who opens the page is told. */
async function told(at: Place): Promise<string> {
  return (await at.visitor.json<{ notices: string[] }>('/api/cameras')).notices.join('\n');
}
