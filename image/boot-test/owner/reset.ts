/** Before it is given away. */
import { expect, test } from 'vitest';
import { typed } from '../typed.ts';
import { password } from '../visitor.ts';
import type { Place, UpdateStatus } from './place.ts';

export function reset(at: Place): void {
  test('a factory reset forgets the password, the settings, the camera’s name, the VPN and the update', async () => {
    const lines = at.machine.lines.length;
    const answer = await at.visitor.send('/api/factory-reset', 'POST', { password });
    expect({ status: answer.status, said: await answer.text() }).toMatchObject({ status: 202 });
    await at.machine.said(/perch: factory reset/, lines);
    await at.machine.serving();
    expect(await at.visitor.json('/api/session')).toMatchObject({ claimed: false, authenticated: false });

    expect((await at.visitor.claim()).status).toBe(200);
    expect(await at.visitor.json<UpdateStatus>('/api/update')).toMatchObject({ builtIn: true });
    const { name, desired } = await at.visitor.camera((await at.visitor.cameras())[0]?.name ?? '');
    expect({ name, ...desired }).toMatchObject({ name: 'camera', contrast: 0 });
    expect(await at.machine.card.get('perch.toml')).toBeUndefined();
    expect(await typed(at.visitor.socket('/api/shell'), password, 'ls /etc/openvpn/client')).toBe('');
  });
}
