/** Updates: refused, taken back, kept. */
import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Bundles } from '../bundles.ts';
import { until } from '../until.ts';
import type { Place, UpdateStatus } from './place.ts';

export function update(at: Place): void {
  /** Until the update to this version came to an end, whichever. */
  function updated(version: string): Promise<UpdateStatus> {
    return until(
      `the update to ${version} is over`,
      async () => {
        const status = await at.visitor.json<UpdateStatus>('/api/update');
        return status.result?.tried === version ? status : undefined;
      },
      400,
    );
  }

  test('updates: unsigned by a trusted key it is refused, one that fails is taken back, one that works is kept', async () => {
    const bundles = await Bundles.open(await mkdtemp(join(at.folder, 'bundles-')));
    const offer = async (bundle: Buffer) => {
      const headers = { 'content-type': 'application/octet-stream' };
      const signal = AbortSignal.timeout(300_000);
      const answer = await at.visitor.fetch('/api/update', {
        method: 'POST',
        headers,
        body: new Uint8Array(bundle),
        signal,
      });
      return { status: answer.status, said: await answer.text() };
    };
    const good = await bundles.make('9.0.1');
    const before = await at.visitor.json<UpdateStatus>('/api/update');
    expect(await offer(good)).toMatchObject({ status: 400, said: expect.stringContaining('bad_bundle') });

    const key = Buffer.from(await bundles.publicKey()).toString('base64');
    await at.machine.shell(
      `sudo sh -c 'mkdir -p /etc/perch/update-keys && echo ${key} | base64 -d >/etc/perch/update-keys/mine.pub'`,
    );
    const { revision } = await at.visitor.camera(at.camera);
    const failing = await bundles.make('9.0.0', "throw new Error('This version cannot start.');\n");
    expect(await offer(failing)).toMatchObject({ status: 202 });
    expect(await updated('9.0.0')).toMatchObject({
      version: before.version,
      builtIn: true,
      result: { ok: false, reason: expect.stringContaining('again and again') },
    });
    expect((await at.visitor.json<{ notices: string[] }>('/api/cameras')).notices.join('\n')).toContain('taken back');
    await at.visitor.until(at.camera, 'is live', ({ state }) => state === 'live');

    expect(await offer(good)).toMatchObject({ status: 202 });
    const kept = await updated('9.0.1');
    expect(kept.result).toEqual(expect.objectContaining({ ok: true }));
    expect(kept).toMatchObject({ version: '9.0.1', builtIn: false });
    expect(await at.visitor.camera(at.camera)).toMatchObject({ state: 'live', revision, desired: { width: 320 } });
  });
}
