/** A kernel that hangs. */
import { expect, test } from 'vitest';
import type { Place, UpdateStatus } from './place.ts';

export function watchdog(at: Place): void {
  test('a kernel that hangs is restarted by the watchdog: the update, the settings and the login are there', async () => {
    const lines = at.machine.lines.length;
    // No panic, which the kernel would answer with a restart of its own: every processor stands still.
    await at.machine
      .shell("sudo sh -c 'echo 0 >/proc/sys/kernel/panic; echo c >/proc/sysrq-trigger' >/dev/null 2>&1 &")
      .catch(() => '');
    await at.machine.said(/Booting Linux/, lines);
    await at.machine.serving();
    expect((await at.visitor.login()).status).toBe(200);
    expect(await at.visitor.json<UpdateStatus>('/api/update')).toMatchObject({ version: '9.0.1', builtIn: false });
    expect((await at.visitor.camera(at.camera)).desired).toMatchObject({
      width: 320,
      height: 180,
      fps: 5,
      contrast: 7,
    });
  });
}
