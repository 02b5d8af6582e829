/** perch-recovery as a process of its own, as built: who is let in, whatever became of the camera's own files. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { Auth } from '../auth/auth.ts';
import { createLog } from '../log.ts';
import { type FakeMachine, fakeHelper, fakeMachine } from '../system/testing.ts';
import { phone, rememberTrouble, startChromium } from './browser.ts';
import { eventually, part } from './controls.ts';
import { freePort } from './free-port.ts';
import { password } from './perch.ts';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const log = createLog('silent');
let installed: string;
let program: string;
let folder: string;
let data: string;
let helper: Awaited<ReturnType<typeof fakeHelper>>;
let machine: FakeMachine;
let askedFor: string[];
let recovery: ChildProcess | undefined;
let url: string;

const authFile = () => join(data, 'auth.json');

async function claim(secret = password): Promise<void> {
  const auth = await Auth.open({ path: authFile(), log, adminPassword: secret });
  await auth.close();
}

/** Programs of the system, answering as they do on a camera whose program fails. */
async function failingCamera(): Promise<void> {
  const bin = join(folder, 'bin');
  await mkdir(bin);
  const put = (name: string, text: string) =>
    writeFile(join(bin, name), `#!/bin/sh\ncat <<'X'\n${text}\nX\n`, { mode: 0o755 });
  await put('systemctl', 'LoadState=loaded\nActiveState=failed\nSubState=failed\nResult=exit-code\nNRestarts=5');
  await put('journalctl', "perch[77]: Error: Cannot find package 'fastify'");
}

async function start(): Promise<void> {
  const child = spawn(process.execPath, [program], {
    env: {
      PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
      HOME: folder,
      PERCH_DATA: data,
      PERCH_HOST: '127.0.0.1',
      PERCH_RECOVERY_PORT: '0',
      PERCH_SYSTEM_SOCKET: helper.path,
      STATE_DIRECTORY: join(folder, 'state'),
      RUNTIME_DIRECTORY: join(folder, 'run'),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  recovery = child;
  for await (const line of createInterface({ input: child.stdout as NodeJS.ReadableStream })) {
    const { msg, port } = JSON.parse(line) as { msg: string; port?: number };
    if (msg !== 'recovery is running') continue;
    child.stdout?.resume();
    url = `http://127.0.0.1:${port}`;
    return;
  }
  throw new Error('recovery ended at once');
}

async function stop(): Promise<number | null> {
  const child = recovery;
  recovery = undefined;
  if (!child || child.exitCode !== null) return child?.exitCode ?? null;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  return (await ended)[0] as number | null;
}

async function ask(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(`${url}${path}`, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const read = (await answer.json()) as { text?: string; error?: { code: string; message: string } };
  return { status: answer.status, cookie: answer.headers.get('set-cookie')?.split(';', 1)[0] ?? '', ...read };
}

const logIn = (secret = password) => ask('POST', '/api/session', { password: secret });

// Away from the checkout, as the package has it: it may need nothing but Node.
beforeAll(async () => {
  installed = await mkdtemp(join(tmpdir(), 'perch-recovery-program-'));
  program = join(installed, 'recovery.js');
  await cp(join(dist, 'recovery'), installed, { recursive: true });
  await cp(join(dist, 'doctor.js'), join(installed, 'doctor.js'));
});
afterAll(() => rm(installed, { recursive: true, force: true }));
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perch-recovery-'));
  data = join(folder, 'data');
  for (const name of ['data', 'state', 'run']) await mkdir(join(folder, name), { mode: 0o700 });
  machine = await fakeMachine();
  askedFor = [];
  helper = await fakeHelper(machine, async ({ request }) => {
    askedFor.push(request.do);
    return 'The camera starts anew.';
  });
});
afterEach(async () => {
  await stop();
  await helper.close();
  await rm(folder, { recursive: true, force: true });
});

describe('the login', () => {
  test('lets in who knows the password, and nobody else', async () => {
    await claim();
    await start();
    expect(await ask('GET', '/api/session')).toMatchObject({ claimed: true, authenticated: false });
    expect(await logIn('incorrect horse')).toMatchObject({ status: 401, error: { code: 'wrong_password' } });
    for (const [method, path] of [
      ['GET', '/api/state'],
      ['POST', '/api/doctor'],
      ['POST', '/api/do'],
    ] as const) {
      expect(await ask(method, path)).toMatchObject({ status: 401, error: { code: 'not_logged_in' } });
    }
    const { cookie, ...session } = await logIn();
    expect(session).toMatchObject({ status: 200, authenticated: true, from_copy: false });
    expect((await ask('GET', '/api/state', undefined, { cookie })).status).toBe(200);
    await ask('DELETE', '/api/session', undefined, { cookie });
    expect((await ask('GET', '/api/state', undefined, { cookie })).status).toBe(401);
    expect(await stop()).toBe(0);
  });

  test('brakes who guesses; the right password has to wait as well', async () => {
    await claim();
    await start();
    for (let tries = 0; tries < 5; tries++) expect((await logIn(`guess ${tries}`)).status).toBe(401);
    expect(await logIn()).toMatchObject({ status: 429, error: { code: 'login_braked' } });
  });

  test('ends when the password is changed', async () => {
    await claim();
    await start();
    const { cookie } = await logIn();
    const auth = await Auth.open({ path: authFile(), log });
    await auth.resetPassword();
    await auth.close();
    await claim('another horse battery');
    expect((await ask('GET', '/api/state', undefined, { cookie })).status).toBe(401);
    expect((await logIn()).status).toBe(401);
    expect((await logIn('another horse battery')).status).toBe(200);
  });

  test('an unclaimed camera lets nobody in, and is claimed elsewhere', async () => {
    await start();
    expect(await ask('GET', '/api/session')).toMatchObject({ claimed: false, authenticated: false });
    expect(await logIn()).toMatchObject({ error: { code: 'not_claimed' } });
  });

  test.each<[string, () => Promise<unknown>]>([
    ['is damaged', () => writeFile(authFile(), '{"half":')],
    ['cannot be read', () => rm(authFile()).then(() => mkdir(authFile()))],
    ['is gone with its folder', () => rm(data, { recursive: true })],
  ])('works from its own copy when the camera’s file %s', async (_what, damage) => {
    await claim();
    await start();
    expect(await stop()).toBe(0);
    await rm(`${authFile()}.twin`, { force: true });
    await damage();
    await start();
    expect((await logIn('incorrect horse')).status).toBe(401);
    expect(await logIn()).toMatchObject({ status: 200, from_copy: true });
    expect((await stat(join(folder, 'state/password.json'))).mode & 0o077).toBe(0);
  });

  test('a camera whose password is lost lets nobody in and says why', async () => {
    await writeFile(authFile(), '{"half":');
    await start();
    expect(await ask('GET', '/api/session')).toMatchObject({ claimed: false, lost: expect.stringMatching(/./) });
    expect(await logIn()).toMatchObject({ error: { code: 'auth_damaged' } });
  });
});

describe('started by whoever connects, as systemd does it', () => {
  /** systemd's own tool listens, and becomes the program with the first connection. */
  async function listen(quietSeconds: number): Promise<{ readonly ended: Promise<number | null> }> {
    const port = await freePort();
    const run = join(folder, 'run');
    const env = {
      PERCH_DATA: data,
      PERCH_RECOVERY_QUIET: String(quietSeconds),
      STATE_DIRECTORY: join(folder, 'state'),
      RUNTIME_DIRECTORY: run,
    };
    const set = Object.entries(env).flatMap(([name, value]) => ['-E', `${name}=${value}`]);
    const sockets = ['-l', `127.0.0.1:${port}`, '-l', join(run, 'shell.sock')];
    recovery = spawn('systemd-socket-activate', [...sockets, ...set, process.execPath, program], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    url = `http://127.0.0.1:${port}`;
    const ended = once(recovery, 'exit').then(([code]) => code as number | null);
    const said = createInterface({ input: recovery.stderr as NodeJS.ReadableStream });
    let listening = 0;
    for await (const line of said) if (line.startsWith('Listening on') && ++listening === 2) break;
    recovery.stderr?.resume();
    return { ended };
  }
  const there = (name: string) => existsSync(join(folder, 'run', name));

  test('it lets in, is seen to be awake, and ends when nobody uses it; its sockets stay', async () => {
    await claim();
    const { ended } = await listen(2);
    expect(there('awake')).toBe(false);
    expect(await logIn()).toMatchObject({ status: 200, authenticated: true });
    expect(there('awake')).toBe(true);
    expect(await ended).toBe(0);
    expect(there('awake')).toBe(false);
    expect(there('shell.sock')).toBe(true);
  });

  test('it is woken by the camera’s program as well, and then has its copy of the password', async () => {
    await claim();
    const { ended } = await listen(1);
    const asked = request({ socketPath: join(folder, 'run/shell.sock'), path: '/' }).end();
    const [answer] = await once(asked, 'response');
    expect(answer.resume().statusCode).toBe(426);
    expect(await ended).toBe(0);
    expect(JSON.parse(await readFile(join(folder, 'state/password.json'), 'utf8'))).toMatchObject({
      value: { hash: expect.any(String) },
    });
  });
});

describe('who is in', () => {
  let cookie: string;
  beforeEach(async () => {
    await claim();
    await failingCamera();
    await start();
    ({ cookie } = await logIn());
  });
  const inside = (method: string, path: string, body?: unknown, headers = {}) =>
    ask(method, path, body, { cookie, ...headers });

  test('learns why the camera does not run, and what the doctor says', async () => {
    expect(await inside('GET', '/api/state')).toMatchObject({
      sentence: 'The camera’s program has failed (exit-code) and is not tried again. It was started anew 5 times.',
      lines: ["perch[77]: Error: Cannot find package 'fastify'"],
      helper: true,
    });
    expect((await inside('POST', '/api/doctor')).text).toContain('Perch is not running');
  });

  test('has the camera started anew; a factory reset asks for the password again', async () => {
    expect(await inside('POST', '/api/do', { verb: 'restart-camera' })).toMatchObject({
      message: 'The camera starts anew.',
    });
    expect(await inside('POST', '/api/do', { verb: 'factory-reset' })).toMatchObject({ status: 401 });
    expect(await inside('POST', '/api/do', { verb: 'factory-reset', password: 'incorrect' })).toMatchObject({
      status: 401,
    });
    expect(askedFor).toEqual(['restart-camera']);
    await inside('POST', '/api/do', { verb: 'factory-reset', password });
    expect(askedFor).toEqual(['restart-camera', 'factory-reset']);
  });

  test.each<[string, unknown, number]>([
    ['a verb that is not for this page', { verb: 'update' }, 400],
    ['a name that every object has', { verb: 'toString' }, 400],
    ['a number', { verb: 7 }, 400],
    ['nothing', {}, 400],
    ['a list', [], 400],
    ['a strange argument', { verb: 'reboot', now: 'yes' }, 400],
    ['too much', { verb: 'x'.repeat(5000) }, 413],
  ])('%s is refused in words', async (_what, body, status) => {
    const { error, ...answer } = await inside('POST', '/api/do', body);
    expect(answer.status).toBe(status);
    expect(error?.message).toMatch(/\.$/);
    expect(askedFor).toEqual([]);
  });

  test('a page on another site, the camera’s own port included, can do nothing with the cookie', async () => {
    for (const origin of ['http://elsewhere.example', 'http://127.0.0.1', 'null']) {
      expect(await inside('POST', '/api/do', { verb: 'reboot' }, { origin })).toMatchObject({
        status: 403,
        error: { code: 'wrong_origin' },
      });
      const socket = new WebSocket(`${url.replace('http', 'ws')}/api/shell`, { headers: { cookie, origin } });
      const [, response] = await once(socket, 'unexpected-response');
      expect(response.statusCode).toBe(403);
      socket.on('error', () => undefined).terminate();
    }
    expect(askedFor).toEqual([]);
  });

  test('opens a terminal with the password, in which a command runs; logging out ends it', async () => {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/api/shell`, { headers: { cookie, origin: url } });
    let text = '';
    socket.on('message', (bytes) => {
      text += String(bytes);
    });
    const shows = async (wanted: string) => {
      while (!text.includes(wanted)) await once(socket, 'message');
    };
    await once(socket, 'open');
    socket.send(JSON.stringify({ type: 'open', password: 'incorrect', cols: 80, rows: 24 }));
    await shows('"wrong_password"');
    socket.send(JSON.stringify({ type: 'open', password, cols: 80, rows: 24 }));
    await shows('"opened"');
    socket.send(Buffer.from('echo $((6 * 7))-answer; echo [$PERCH_DATA$STATE_DIRECTORY]; echo pid=$$.\r'));
    await shows('42-answer');
    await shows('[]');
    while (!/pid=\d+\./.test(text)) await once(socket, 'message');
    const shell = Number(/pid=(\d+)\./.exec(text)?.[1]);
    const closed = once(socket, 'close');
    await inside('DELETE', '/api/session');
    await closed;
    await expect.poll(() => readFile(`/proc/${shell}/stat`, 'utf8').catch(() => 'gone')).toMatch(/^gone$|\) Z /);
  });
});

describe('the page on a phone', () => {
  let chromium: Browser;
  beforeAll(async () => {
    chromium = await startChromium();
  });
  afterAll(() => chromium?.close());

  test('lets in, says what is wrong, acts, and has a terminal; nothing of it breaks a rule', async () => {
    await claim();
    await failingCamera();
    await start();
    const context = await chromium.newContext({ ...phone, colorScheme: 'dark' });
    const trouble = await rememberTrouble(context, () => url);
    const page = await context.newPage();
    const picture = async (name: string) => {
      const to = process.env.PERCH_LOOK;
      if (to !== undefined) await page.screenshot({ path: join(to, `recovery-${name}.png`) });
    };
    const answer = await page.goto(url);
    expect(answer?.headers()['content-security-policy']).toContain("script-src 'self';");
    await part(page, 'login').waitFor();
    await picture('login');
    await page.fill('#password', 'incorrect horse');
    await part(page, 'enter').click();
    await eventually(() => part(page, 'login-error').textContent()).toMatch(/not right/);
    await page.fill('#password', password);
    await part(page, 'enter').click();
    await eventually(() => part(page, 'sentence').textContent()).toMatch(/has failed/);
    await part(page, 'doctor').click();
    await page.getByText('Perch is not running').first().waitFor();
    await page.locator('[data-verb="restart-camera"]').click();
    await eventually(() => part(page, 'done').textContent()).toBe('The camera starts anew.');
    await picture('device');
    await page.locator('[data-verb="factory-reset"]').click();
    await page.fill('#sure-password', 'incorrect horse');
    await picture('sure');
    await part(page, 'sure-act').click();
    await eventually(() => part(page, 'sure-error').textContent()).toMatch(/not right/);
    await part(page, 'sure-cancel').click();
    expect(askedFor).toEqual(['restart-camera']);
    // Nothing is wider than the phone.
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(phone.viewport.width);

    await page.locator('.tabs [data-tab="shell"]').click();
    await page.fill('#shell-password', password);
    await part(page, 'shell-open').click();
    await page.locator('.xterm-rows').getByText('what is wrong, and what to do').waitFor();
    await page.keyboard.type('echo $((6 * 7))-answer\r');
    await page.locator('.xterm-rows').getByText('42-answer', { exact: true }).waitFor();
    await picture('terminal');
    await page.setViewportSize({ width: 1280, height: 800 });
    await picture('wide-terminal');
    await page.locator('.tabs [data-tab="device"]').click();
    await picture('wide-device');
    await part(page, 'log-out').click();
    await part(page, 'login').waitFor();
    expect(trouble).toEqual([]);
    await context.close();
  });

  test('of an unclaimed camera says where to claim it', async () => {
    await start();
    const page = await chromium.newPage(phone);
    await page.goto(url);
    await part(page, 'unclaimed').waitFor();
    expect(await part(page, 'camera-page').first().getAttribute('href')).toBe('http://127.0.0.1/');
    await page.close();
  });
});

test('mistakes of the configuration end it with a sentence', async () => {
  const child = spawn(process.execPath, [program], {
    env: { PATH: process.env.PATH, PERCH_DATA: data, PERCH_RECOVERY_PORT: 'http' },
  });
  let said = '';
  child.stdout.on('data', (bytes) => {
    said += String(bytes);
  });
  expect((await once(child, 'close'))[0]).toBe(1);
  expect(said).toContain('PERCH_RECOVERY_PORT is \\"http\\", but must be a port');
});
