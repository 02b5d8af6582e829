/** A card that is full: settings are saved all the same, and nothing stops. */
import { expect, test } from 'vitest';
import type { Place } from './place.ts';

const contrast = 7;

export function full(at: Place): void {
  test('changes are in effect, and saved in the room that their files have', async () => {
    await at.machine.shell('sudo fallocate -l "$(df --output=avail -B1 /data | tail -n 1)" /data/full');
    const room = await at.machine.shell('df --output=avail -B1 /data | tail -n 1');
    expect(Number(room)).toBeLessThan(4096);
    const revision = await at.visitor.patch(at.camera, { contrast });
    const { desired } = await at.visitor.until(at.camera, 'is saved', (camera) => camera.saved_revision >= revision);
    expect(desired.contrast).toBe(contrast);
    expect((await at.visitor.json<{ notices: string[] }>('/api/cameras')).notices.join('\n')).not.toContain('saved');
  });
}

export function roomAgain(at: Place): void {
  test('with room again nothing is left to tell', async () => {
    await at.machine.shell('sudo rm /data/full');
    const revision = await at.visitor.patch(at.camera, { contrast });
    await at.visitor.until(at.camera, 'is saved', ({ saved_revision }) => saved_revision >= revision);
    expect((await at.visitor.json<{ notices: string[] }>('/api/cameras')).notices.join('\n')).not.toContain('saved');
  });
}
