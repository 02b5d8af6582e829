/** A USB camera: found, watched, changed while it is watched. */
import { expect, test } from 'vitest';
import { until } from '../until.ts';
import { meanLuma } from '../visitor.ts';
import type { Place } from './place.ts';

export function camera(at: Place): void {
  test('a USB camera that is plugged in takes the place of the test picture, whose viewer sees it get darker', async () => {
    const [first] = await at.visitor.cameras();
    const name = first?.name ?? '';
    expect(first).toMatchObject({ name: 'camera', source: 'test' });
    at.camera = name;
    // Small and slow: an emulated processor encodes it.
    await at.visitor.patch(name, { width: 320, height: 180, fps: 5 });
    await at.visitor.until(name, 'is live', ({ state }) => state === 'live');
    const viewer = at.visitor.watch(name);
    await until('pictures arrive', async () => viewer.received.length > 3, 120);
    // Plugged in from now on, at later starts too.
    await at.machine.shell('echo vivid | sudo tee /etc/modules-load.d/vivid.conf && sudo modprobe vivid');
    await at.visitor.until(
      name,
      'shows the USB camera',
      ({ source, state }) => /^v4l2:/.test(source) && state === 'live',
    );
    expect((await at.visitor.cameras()).map((each) => each.name)).toEqual([name]);
    const before = viewer.received.length;
    await until('pictures go on', async () => viewer.received.length > before + 3, 120);
    const bright = await meanLuma(Buffer.concat(viewer.received));
    const revision = await at.visitor.patch(name, { brightness: -60 });
    await at.visitor.until(name, 'shows the change', ({ applied_revision }) => applied_revision >= revision);
    const seen = viewer.received.length;
    await until('pictures go on', async () => viewer.received.length > seen + 3, 120);
    expect(await meanLuma(Buffer.concat(viewer.received))).toBeLessThan(bright - 20);
    expect(viewer.closed).toBe(false);
    expect(await at.visitor.brightness(name)).toBeLessThan(bright - 20);
    viewer.socket.close();
  });
}
