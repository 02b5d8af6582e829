/** The root helper and the way to it: what it takes, what it refuses, what it does. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { Auth } from '../auth/auth.ts';
import { createSystem, type SystemVerb } from './index.ts';
import { perform } from './perform.ts';
import { parseRequest, requestMost } from './protocol.ts';
import type { Perform } from './serve.ts';
import { type FakeMachine, fakeHelper, fakeMachine } from './testing.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function helper(machine: FakeMachine, does: Perform = perform) {
  const fake = await fakeHelper(machine, does);
  ends.push(fake.close);
  return fake;
}

async function put(machine: FakeMachine, path: string, text = 'x'): Promise<void> {
  await mkdir(dirname(join(machine.root, path)), { recursive: true });
  await writeFile(join(machine.root, path), text);
}

describe('what may be asked', () => {
  test.each([
    ['no JSON', 'reboot', 'it is not JSON'],
    ['a list', '["reboot"]', 'it is no JSON object'],
    ['nothing', 'null', 'it is no JSON object'],
    ['no verb', '{}', '"do" must be one of reboot'],
    ['an unknown verb', '{"do":"rm"}', '"do" must be one of reboot'],
    ['a verb of every object', '{"do":"constructor"}', '"do" must be one of reboot'],
    ['a verb with what it does not take', '{"do":"reboot","path":"/etc/shadow"}', '"reboot" takes no "path"'],
  ])('%s is refused', (_name, line, reason) => {
    expect(() => parseRequest(line)).toThrow(`This is not a request to the system: ${reason}`);
  });

  test('a verb alone is a request', () => {
    expect(parseRequest('{"do":"reboot"}')).toEqual({ do: 'reboot' });
  });
});

describe('the way to it', () => {
  test('in a checkout there is no helper, and a sentence says what to do instead', async () => {
    const system = createSystem('/nowhere/perch-system.sock');
    expect(system.available()).toBe(false);
    await expect(system.ask({ do: 'reset-password' })).rejects.toMatchObject({
      code: 'no_helper',
      message: expect.stringContaining('Use: perch reset-password'),
    });
  });

  test('progress is heard, then the answer', async () => {
    const { path } = await helper(await fakeMachine(), async ({ progress }) => {
      progress('Stopping the camera.');
      progress('Forgetting everything.');
      return 'As new.';
    });
    const heard: string[] = [];
    const said = await createSystem(path).ask({ do: 'factory-reset' }, { onProgress: (each) => heard.push(each) });
    expect(heard).toEqual(['Stopping the camera.', 'Forgetting everything.']);
    expect(said).toBe('As new.');
  });

  test('what follows the line arrives whole', async () => {
    const bytes = Buffer.alloc(3_000_000, 'perch');
    const { path } = await helper(await fakeMachine(), async ({ body }) => {
      const parts: Uint8Array[] = [];
      for await (const part of body) parts.push(part);
      return Buffer.concat(parts).equals(bytes) ? 'the same' : 'not the same';
    });
    async function* body() {
      for (let at = 0; at < bytes.length; at += 70_001) yield bytes.subarray(at, at + 70_001);
    }
    expect(await createSystem(path).ask({ do: 'reboot' }, { body: body() })).toBe('the same');
  });

  test('a failure keeps its sentence', async () => {
    const { path } = await helper(await fakeMachine(), async () => {
      throw new Error('There is no bus.');
    });
    await expect(createSystem(path).ask({ do: 'reboot' })).rejects.toMatchObject({
      code: 'helper_refused',
      message: 'There is no bus.',
    });
  });

  test('a helper that ends without an answer is said to be away', async () => {
    const machine = await fakeMachine();
    const { path } = await helper(machine);
    const server = connect(path);
    await once(server, 'connect');
    server.destroy();
    await rm(path);
    await writeFile(path, '');
    await expect(createSystem(path).ask({ do: 'reboot' })).rejects.toMatchObject({ code: 'helper_away' });
  });

  test.each([
    ['too long a line', 'x'.repeat(requestMost + 1), 'its line is longer than 4096 bytes'],
    ['a line without an end', '{"do":"reboot"}', 'its line has no end'],
  ])('%s is refused, and does nothing', async (_name, text, reason) => {
    const machine = await fakeMachine();
    const { path } = await helper(machine);
    const socket = connect({ path, allowHalfOpen: true });
    socket.end(text);
    let answer = '';
    for await (const chunk of socket) answer += String(chunk);
    expect(JSON.parse(answer)).toMatchObject({ ok: false, message: expect.stringContaining(reason) });
    expect(machine.ran).toEqual([]);
  });
});

describe('the verbs', () => {
  test.each<[SystemVerb, readonly string[]]>([
    ['reboot', ['systemctl reboot']],
    ['poweroff', ['systemctl poweroff']],
    ['restart-camera', ['systemctl reset-failed perch.service', 'systemctl restart --no-block perch.service']],
    ['leave-safe-mode', ['/usr/lib/perch/system/safe-mode leave']],
  ])('%s', async (verb, ran) => {
    const machine = await fakeMachine();
    const { path } = await helper(machine);
    await createSystem(path).ask({ do: verb } as Parameters<ReturnType<typeof createSystem>['ask']>[0]);
    expect(machine.ran).toEqual(ran);
  });

  test('the password is forgotten as the owner of the data folder, never as root', async () => {
    const machine = await fakeMachine();
    const data = join(machine.root, 'var/lib/perch');
    await mkdir(data, { recursive: true });
    const options = { path: join(data, 'auth.json'), log: machine.log };
    await (await Auth.open({ ...options, adminPassword: 'correct horse' })).close();
    const { path } = await helper(machine);
    await createSystem(path).ask({ do: 'reset-password' });
    expect(machine.became).toEqual([data]);
    const auth = await Auth.open(options);
    expect(auth.claimed).toBe(false);
    await auth.close();
  });

  test('factory reset of the image: the boot partition forgets, the rest is asked of the next start', async () => {
    const machine = await fakeMachine();
    await put(machine, 'proc/mounts', '/dev/mmcblk0p3 /data ext4 rw,noatime 0 0\n');
    for (const name of ['perch.toml', 'perch-report.txt', 'office.ovpn', 'perch.toml.example', 'config.txt'])
      await put(machine, `boot/firmware/${name}`);
    await put(machine, 'data/perch/cameras.json');
    const { path } = await helper(machine);
    await createSystem(path).ask({ do: 'factory-reset' });
    expect(await readdir(join(machine.root, 'boot/firmware'))).toEqual(['config.txt', 'perch.toml.example']);
    expect(existsSync(join(machine.root, 'data/.factory-reset'))).toBe(true);
    expect(machine.ran.map((line) => line.replaceAll(machine.root, ''))).toEqual([
      'mount --options-source=disable -o remount,rw /boot/firmware',
      'mount --options-source=disable -o remount,ro /boot/firmware',
      'systemctl reboot',
    ]);
  });

  test('a boot partition that cannot be written keeps nobody from the reset', async () => {
    const machine = await fakeMachine((line) => {
      if (line.includes('remount,rw')) throw new Error('the card is locked');
      return '';
    });
    await put(machine, 'proc/mounts', '/dev/mmcblk0p3 /data ext4 rw,noatime 0 0\n');
    await put(machine, 'boot/firmware/perch.toml');
    await put(machine, 'data/perch/cameras.json');
    const { path } = await helper(machine);
    await createSystem(path).ask({ do: 'factory-reset' });
    expect(machine.ran.at(-1)).toBe('systemctl reboot');
  });

  test("factory reset of the package: Perch's own folders, and nothing else", async () => {
    const machine = await fakeMachine();
    await put(machine, 'var/lib/perch/cameras.json');
    await put(machine, 'var/lib/perch-app/0.2.0/dist/perch.js');
    await put(machine, 'var/lib/perch-recovery/auth.json');
    await put(machine, 'var/lib/perchance/keep');
    await put(machine, 'home/somebody/keep');
    await put(machine, 'etc/perch/perch.toml', 'relay_key = "secret"');
    await put(machine, 'usr/lib/perch/system/perch.toml', 'port = 80');
    const { path } = await helper(machine);
    await createSystem(path).ask({ do: 'factory-reset' });
    expect(await readdir(join(machine.root, 'var/lib/perch'))).toEqual([]);
    expect(await readdir(join(machine.root, 'var/lib/perch-app'))).toEqual([]);
    expect(await readdir(join(machine.root, 'var/lib/perch-recovery'))).toEqual([]);
    expect(existsSync(join(machine.root, 'var/lib/perchance/keep'))).toBe(true);
    expect(existsSync(join(machine.root, 'home/somebody/keep'))).toBe(true);
    expect(await readFile(join(machine.root, 'etc/perch/perch.toml'), 'utf8')).toBe('port = 80');
    expect(machine.ran).toEqual([
      'systemctl stop perch.service perch-recovery.socket perch-recovery.service',
      'systemctl start --no-block perch.service perch-recovery.socket',
    ]);
  });
});
