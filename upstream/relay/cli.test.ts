/** The words of `perch relay` as a person at a shell uses them, with a relay that runs and without. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { RelayProcess } from './testing/process.ts';
import { password, TestRelay } from './testing/relay.ts';

const program = fileURLToPath(new URL('../../dist/perch.js', import.meta.url));
let made: string;
let folder: string;
beforeEach(async () => {
  made = await mkdtemp(join(tmpdir(), 'perch-relay-'));
  folder = made;
});
afterEach(() => rm(made, { recursive: true, force: true }));

async function perch(...words: string[]): Promise<{ readonly code: number; readonly out: string }> {
  const env = { PATH: process.env.PATH, PERCH_RELAY_DATA: folder, PERCH_RELAY_CONFIG: '' };
  const child = spawn(process.execPath, [program, 'relay', ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
  }
  const [code] = (await once(child, 'close')) as [number];
  return { code, out };
}

async function logIn(url: string, secret: string, name = 'admin'): Promise<number> {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ name, password: secret });
  return (await fetch(`${url}/api/session`, { method: 'POST', headers, body })).status;
}

/** The last line that was printed. */
function lastLine(out: string): string {
  return out.trim().split('\n').at(-1) ?? '';
}

test('a forgotten password is replaced while the relay runs: sessions end, devices and tokens stay', async () => {
  const relay = await RelayProcess.start({ folder });
  try {
    const key = await relay.register('porch');
    const login = await fetch(`${relay.url}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ password }),
    });
    const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
    const mine = async () => {
      const answer = await fetch(`${relay.url}/api/session`, { headers: { cookie } });
      return ((await answer.json()) as { logged_in: boolean }).logged_in;
    };
    expect(await mine()).toBe(true);
    const { code, out } = await perch('reset-password');
    expect(code).toBe(0);
    expect(out).toMatch(/^The new password of admin, shown this once; their sessions are ended:\n(\w{5}-){3}\w{5}\n$/);
    expect(await logIn(relay.url, password)).toBe(401);
    expect(await mine()).toBe(false);
    expect(await logIn(relay.url, lastLine(out))).toBe(200);
    expect((await relay.call('GET', '/api/devices')).status).toBe(200);
    expect(key).toMatch(/^pi_/);
    expect(await readFile(join(folder, 'users.json'), 'utf8')).not.toContain(lastLine(out));
  } finally {
    await relay.stop({ keep: true });
  }
});

test('and while it does not run; where there is no admin yet it makes one', async () => {
  const made = await perch('reset-password');
  expect(made.code).toBe(0);
  const again = await perch('reset-password');
  const relay = await RelayProcess.start({ folder, unclaimed: true });
  try {
    expect(await logIn(relay.url, lastLine(made.out))).toBe(401);
    expect(await logIn(relay.url, lastLine(again.out))).toBe(200);
  } finally {
    await relay.stop({ keep: true });
  }
});

test('another user gets a new password and keeps the role; the first admin is one again', async () => {
  const relay = await TestRelay.start({ folder });
  const { people } = relay.relay;
  await people.addUser('olga', password, 'operator');
  await people.addUser('eve', password, 'admin');
  await people.changeUser('admin', { role: 'viewer' });
  await relay.close({ keep: true });
  expect((await perch('reset-password', 'olga')).code).toBe(0);
  expect((await perch('reset-password')).code).toBe(0);
  const after = await TestRelay.start({ folder });
  expect(after.relay.people.users()).toEqual([
    { name: 'admin', role: 'admin' },
    { name: 'eve', role: 'admin' },
    { name: 'olga', role: 'operator' },
  ]);
  await after.close({ keep: true });
});

test('a folder that is not there yet is made, for nobody else to look into', async () => {
  folder = join(folder, 'state', 'perch-relay');
  const relay = await RelayProcess.start({ folder });
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect((await stat(join(folder, 'perch.sock'))).mode & 0o777).toBe(0o600);
  expect((await perch('add-device', 'porch')).code).toBe(0);
  await relay.stop();
});

test('a folder that cannot be made is said in a sentence', async () => {
  await writeFile(join(folder, 'file'), '');
  folder = join(folder, 'file', 'perch-relay');
  const { code, out } = await perch();
  expect(out).toMatch(
    /^perch: The folder \S+ cannot be made \(ENOTDIR: .*\)\. Set PERCH_RELAY_DATA to one that can\.\n$/,
  );
  expect(code).toBe(1);
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s ends it in good order', async (signal) => {
  const relay = await RelayProcess.start({ folder });
  const goodbye = new WebSocket(relay.url.replace('http', 'ws'), {
    headers: { authorization: `Bearer ${await relay.register('porch')}` },
  });
  await once(goodbye, 'open');
  const closed = once(goodbye, 'close');
  relay.process.kill(signal);
  expect((await closed)[0]).toBe(1001);
  await relay.ended;
  expect(relay.process.exitCode).toBe(0);
});

test('`perch relay stop` ends it in good order too, and says so when none runs', async () => {
  const relay = await RelayProcess.start({ folder });
  expect(await perch('stop')).toEqual({ code: 0, out: '' });
  await relay.ended;
  expect(relay.process.exitCode).toBe(0);
  expect(await perch('stop')).toEqual({ code: 1, out: `perch: No relay is running with the folder ${folder}.\n` });
});

test.each([
  [['reset-password', 'nobody'], 'There is no user "nobody".'],
  [['reset-password', 'a', 'b'], '"perch relay reset-password a b" is not known.'],
  [['add-device'], '"perch relay add-device" is not known.'],
  [['add-device', 'a b'], 'name is "a b"'],
  [['remove-device', 'attic'], 'attic'],
  [['paint'], '"perch relay paint" is not known.'],
])('perch relay %j is refused in a sentence', async (words, sentence) => {
  const { code, out } = await perch(...words);
  expect(out).toContain(sentence);
  expect(out).not.toContain('    at ');
  expect(code).toBe(1);
});
