/** A card that its owner prepared, mistakes included, at its first start. */
import { expect, test } from 'vitest';
import { Visitor } from '../visitor.ts';
import type { Place } from './place.ts';

export function prepared(at: Place): void {
  test('the page is served, and belongs to whoever claims it first', async () => {
    expect(await (await at.machine.fetch('/')).text()).toContain('<title>');
    expect((await at.visitor.claim()).status).toBe(200);
    expect((await new Visitor(at.machine).claim()).status).toBe(409);
  });

  test('the card that somebody prepared was taken in: name, login, and what was wrong by line', async () => {
    expect((await at.machine.shell('hostname')).trim()).toBe('garden');
    expect(await at.machine.shell('id -nG')).toContain('sudo');
    const report = await at.machine.shell('sudo cat /boot/firmware/perch-report.txt');
    for (const line of [2, 3, 4, 8]) expect(report).toContain(`perch.toml, line ${line}:`);
    // What holds secrets is on the card's first partition no more.
    expect(await at.machine.shell('sudo ls /boot/firmware')).not.toMatch(/user-data|ovpn/);
  });

  test('every unit is well, and the camera is its own user', async () => {
    expect(await at.machine.shell('systemctl --failed --no-legend --plain')).toBe('');
    expect(await at.machine.shell('ps -o user= -C node')).toContain('perch');
  });

  test('the root cannot be written, what may change can, and the data partition fills the card', async () => {
    await expect(at.machine.shell('sudo touch /usr/lib/perch/x')).rejects.toThrow('Read-only file system');
    await at.machine.shell('sudo touch /etc/x /var/lib/x && sudo rm /etc/x /var/lib/x');
    const [size] = (await at.machine.shell('df --output=size -BM /data | tail -n 1')).match(/\d+/) ?? [];
    // Of a card of 4096 MiB.
    expect(Number(size)).toBeGreaterThan(2000);
    expect(await at.machine.shell('ls /run/perch')).not.toContain('data-problem');
  });
}
