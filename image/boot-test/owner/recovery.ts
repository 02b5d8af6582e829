/** The way back in, when the camera's own program does not start any more. */
import { expect, test } from 'vitest';
import { typed } from '../typed.ts';
import { until } from '../until.ts';
import { password, Visitor } from '../visitor.ts';
import { loginPassword, type Place } from './place.ts';

export function recovery(at: Place): void {
  test('its program and its modules gone, the service killed: recovery lets in, tells what is wrong, and brings it back', async () => {
    const gone = ['/usr/lib/perch/node_modules', '/usr/lib/perch/dist'];
    const hide = gone.map((each) => `mount -t tmpfs none ${each}`).join('; ');
    await at.machine.shell(`sudo sh -c '${hide}; systemctl kill --kill-whom=all --signal=KILL perch'`);
    const owner = new Visitor(at.machine, 'recovery');
    expect((await owner.login()).status).toBe(200);
    const state = await until(
      'the camera is given up on',
      async () => {
        const { sentence, lines } = await owner.json<{ sentence: string; lines: string[] }>('/api/state');
        return sentence.includes('is not tried again') && `${sentence}\n${lines.join('\n')}`;
      },
      300,
    );
    expect(state).toContain('/usr/lib/perch/dist/perch.js');
    const { text } = (await (await owner.send('/api/doctor', 'POST', {})).json()) as { text: string };
    expect(text).toContain('Perch does not stay up');
    expect(await typed(owner.socket('/api/shell'), password, 'id -un')).toBe('perch-recovery');

    // Safe mode fails for the same reason; nothing is repaired in the middle of that.
    await until('safe mode was tried', () => at.machine.shell('ls /run/perch-safe-mode/environment'), 120);
    const repair = `echo '${loginPassword}' | sudo -S -p '' umount ${gone.join(' ')} && echo done`;
    expect(await typed(owner.socket('/api/shell'), password, repair)).toBe('done');
    const answer = await owner.send('/api/do', 'POST', { verb: 'leave-safe-mode' });
    expect({ status: answer.status, said: await answer.text() }).toMatchObject({ status: 200 });
    await at.machine.serving();
    await at.visitor.until(at.camera, 'is live', ({ state }) => state === 'live');
  });
}
