/** A card that is full. */
import { expect, test } from 'vitest';
import { until } from '../until.ts';
import type { Place } from './place.ts';

export function full(at: Place): void {
  test('a full data partition: changes are in effect and said to be unsaved, and saved once there is room', async () => {
    const name = at.camera;
    await at.machine.shell('sudo fallocate -l "$(df --output=avail -B1 /data | tail -n 1)" /data/full');
    const revision = await at.visitor.patch(name, { contrast: 7 });
    const told = async () => (await at.visitor.json<{ notices: string[] }>('/api/cameras')).notices.join('\n');
    await until('the page says so', async () => (await told()).includes('Settings cannot be saved'), 120);
    expect((await at.visitor.camera(name)).desired.contrast).toBe(7);
    await at.machine.shell('sudo rm /data/full');
    await at.visitor.until(name, 'is saved', ({ saved_revision }) => saved_revision >= revision);
    expect(await told()).not.toContain('Settings cannot be saved');
  });
}
