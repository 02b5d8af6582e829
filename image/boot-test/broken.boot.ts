/** What an owner does when something is broken, without a screen: terminal, recovery, an update that fails, a hung kernel. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Bundles } from './bundles.ts';
import { Card } from './card.ts';
import { Machine, makeLogin } from './machine.ts';
import { typed } from './terminal.ts';
import { until } from './until.ts';
import { password, Visitor } from './visitor.ts';

const camera = 'camera';
/** Of the card's own login, and so of sudo in the page's terminal. */
const loginPassword = 'another horse, same battery';

let folder: string;
let machine: Machine;
let visitor: Visitor;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perch-broken-'));
  const card = await Card.flash(join(folder, 'card'));
  const { login, userData } = await makeLogin(folder);
  await card.put('user-data', userData);
  await card.put(
    'perch.toml',
    `password = "${password}"\ncameras = "${camera}=test"\n[login]\nname = "anna"\npassword = "${loginPassword}"\n`,
  );
  machine = await Machine.start(card, {
    login,
    devices: ['-device', 'i6300esb', '-action', 'watchdog=reset'],
    // The image's own 15 s, the most a Pi's watchdog can, are over when a busy host lets the machine stand still so long.
    append: 'systemd.watchdog_sec=60',
  });
  visitor = new Visitor(machine);
  await machine.serving();
  expect((await visitor.login()).status).toBe(200);
  // Small and slow: an emulated processor encodes it.
  await visitor.patch(camera, { width: 320, height: 180, fps: 5 });
});
afterAll(async () => {
  await machine?.pullPlug();
  await rm(folder, { recursive: true, force: true });
});

test('a terminal on the page asks for the password again, runs what is typed, and may sudo by the password of the login', async () => {
  await expect(typed(visitor.socket('/api/shell'), 'not the password', 'id')).rejects.toThrow('password');
  expect(await typed(visitor.socket('/api/shell'), password, 'id -un; stty size')).toBe('perch-recovery\r\n24 80');
  const sudo = (given: string) =>
    typed(visitor.socket('/api/shell'), password, `echo '${given}' | sudo -k -S -p '' id -un 2>/dev/null || echo no`);
  expect(await sudo(loginPassword)).toBe('root');
  expect(await sudo(password)).toBe('no');
});

test('its program and its modules gone, the service killed: recovery lets in, tells what is wrong, and brings it back', async () => {
  const gone = ['/usr/lib/perch/node_modules', '/usr/lib/perch/dist'];
  const hide = gone.map((each) => `mount -t tmpfs none ${each}`).join('; ');
  await machine.shell(`sudo sh -c '${hide}; systemctl kill --kill-whom=all --signal=KILL perch'`);
  const owner = new Visitor(machine, 'recovery');
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
  await until('safe mode was tried', () => machine.shell('ls /run/perch-safe-mode/environment'), 120);
  const repair = `echo '${loginPassword}' | sudo -S -p '' umount ${gone.join(' ')} && echo done`;
  expect(await typed(owner.socket('/api/shell'), password, repair)).toBe('done');
  const answer = await owner.send('/api/do', 'POST', { verb: 'leave-safe-mode' });
  expect({ status: answer.status, said: await answer.text() }).toMatchObject({ status: 200 });
  await machine.serving();
  await visitor.until(camera, 'is live', ({ state }) => state === 'live');
});

interface UpdateStatus {
  readonly version: string;
  readonly builtIn: boolean;
  readonly result?: { readonly tried: string; readonly ok: boolean; readonly reason?: string };
}

/** Until the update to this version came to an end, whichever. */
function updated(version: string): Promise<UpdateStatus> {
  return until(
    `the update to ${version} is over`,
    async () => {
      const status = await visitor.json<UpdateStatus>('/api/update');
      return status.result?.tried === version ? status : undefined;
    },
    400,
  );
}

test('updates: unsigned by a trusted key it is refused, one that fails is taken back, one that works is kept', async () => {
  const bundles = await Bundles.open(await mkdtemp(join(folder, 'bundles-')));
  const offer = async (bundle: Buffer) => {
    const headers = { 'content-type': 'application/octet-stream' };
    const signal = AbortSignal.timeout(300_000);
    const answer = await visitor.fetch('/api/update', {
      method: 'POST',
      headers,
      body: new Uint8Array(bundle),
      signal,
    });
    return { status: answer.status, said: await answer.text() };
  };
  const good = await bundles.make('9.0.1');
  const before = await visitor.json<UpdateStatus>('/api/update');
  expect(await offer(good)).toMatchObject({ status: 400, said: expect.stringContaining('bad_bundle') });

  const key = Buffer.from(await bundles.publicKey()).toString('base64');
  await machine.shell(
    `sudo sh -c 'mkdir -p /etc/perch/update-keys && echo ${key} | base64 -d >/etc/perch/update-keys/mine.pub'`,
  );
  const { revision } = await visitor.camera(camera);
  const failing = await bundles.make('9.0.0', "throw new Error('This version cannot start.');\n");
  expect(await offer(failing)).toMatchObject({ status: 202 });
  expect(await updated('9.0.0')).toMatchObject({
    version: before.version,
    builtIn: true,
    result: { ok: false, reason: expect.stringContaining('again and again') },
  });
  expect((await visitor.json<{ notices: string[] }>('/api/cameras')).notices.join('\n')).toContain('taken back');
  await visitor.until(camera, 'is live', ({ state }) => state === 'live');

  expect(await offer(good)).toMatchObject({ status: 202 });
  expect(await updated('9.0.1')).toMatchObject({ version: '9.0.1', builtIn: false, result: { ok: true } });
  expect(await visitor.camera(camera)).toMatchObject({ state: 'live', revision, desired: { width: 320 } });
});

test('a kernel that hangs is restarted by the watchdog: the update, the settings and the login are there', async () => {
  const lines = machine.lines.length;
  // No panic, which the kernel would answer with a restart of its own: every processor stands still.
  await machine
    .shell("sudo sh -c 'echo 0 >/proc/sys/kernel/panic; echo c >/proc/sysrq-trigger' >/dev/null 2>&1 &")
    .catch(() => '');
  await machine.said(/Booting Linux/, lines);
  await machine.serving();
  expect((await visitor.login()).status).toBe(200);
  expect(await visitor.json<UpdateStatus>('/api/update')).toMatchObject({ version: '9.0.1', builtIn: false });
  expect((await visitor.camera(camera)).desired).toMatchObject({ width: 320, height: 180, fps: 5 });
});
