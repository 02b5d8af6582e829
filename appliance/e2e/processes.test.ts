/** The program at a shell: words, mistakes, signals, and no process left behind. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { childrenOf, Perch, password, streetScene } from './perch.ts';

const program = fileURLToPath(new URL('../../dist/perch.js', import.meta.url));
let folder: string;
let perch: Perch | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perch-processes-'));
});
afterEach(async () => {
  await perch?.stop({ signal: 'SIGKILL', keepData: true });
  perch = undefined;
  await rm(folder, { recursive: true, force: true });
});

function run(words: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], {
    // To end a program that hangs, never to measure.
    timeout: 30_000,
    encoding: 'utf8',
    env: {
      PATH: process.env.PATH,
      PERCH_DATA: join(folder, 'data'),
      PERCH_HOST: '127.0.0.1',
      PERCH_HTTPS: 'off',
      ...env,
    },
  });
  return { status, stdout, stderr };
}

describe('words', () => {
  test.each([
    [['--help'], 'reset-password'],
    [[], 'serve'],
    [['serve', '--help'], 'PERCH_CAMERAS'],
    [['status', '--help'], 'prints each camera'],
    [['reset-password', '--help'], 'settings and presets stay'],
  ])('%j explains', (words, text) => {
    const { status, stdout } = run(words);
    expect(status).toBe(0);
    expect(stdout).toContain(text);
  });

  test.each([
    [['dance'], {}, 'perch: There is no "dance".'],
    [['serve', 'now'], {}, 'perch: "perch serve" takes nothing more, but got "now".'],
    [['serve'], { PERCH_PORT: 'x' }, 'perch: PERCH_PORT is "x"'],
    [['status'], {}, 'perch: Perch is not running with this data folder. Start it with: perch serve'],
  ])('%j %j is answered by a sentence, without a stack', (words, env, sentence) => {
    const { status, stderr } = run(words, env);
    expect(status).toBe(1);
    expect(stderr).toContain(sentence);
    expect(stderr).not.toContain('    at ');
  });

  test('status shows the cameras of the running program', async () => {
    perch = await Perch.start({}, join(folder, 'data'));
    const { stdout } = run(['status']);
    expect(JSON.parse(stdout)).toEqual([expect.objectContaining({ name: 'camera', sourceLabel: 'Synthetic picture' })]);
  });

  test.each(['while it runs', 'while it does not'])(
    'reset-password %s: the next visitor claims, and who was in is out',
    async (when) => {
      const data = join(folder, 'data');
      perch = await Perch.start({}, data);
      const { token } = perch;
      if (when === 'while it does not') await perch.stop({ keepData: true });
      expect(run(['reset-password'])).toMatchObject({
        status: 0,
        stdout: expect.stringContaining('The password is forgotten'),
      });
      if (when === 'while it does not') perch = await Perch.start({ PERCH_ADMIN_PASSWORD: '' }, data);
      const session = (await (await fetch(`${perch.url}/api/session`)).json()) as { claimed: boolean };
      expect(session.claimed).toBe(false);
      perch.token = token;
      // Not even the token: a reset really takes the camera back.
      expect((await perch.fetch('/api/cameras')).status).toBe(403);
      const claim = await fetch(`${perch.url}/api/claim`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ password: `${password} again` }),
      });
      expect(claim.status).toBe(200);
      if (when === 'while it does not') return;
      await perch.stop({ keepData: true });
      expect(await readFile(join(data, 'audit.jsonl'), 'utf8')).toMatch(
        /"who":"Shell","camera":"","action":"password reset"/,
      );
    },
  );
});

test('a port in use is a sentence, and nothing is left running', async () => {
  perch = await Perch.start({}, join(folder, 'one'));
  const { port } = new URL(perch.url);
  const { status, stderr } = run(['serve'], { PERCH_PORT: port });
  expect(status).toBe(1);
  expect(stderr).toMatch(new RegExp(`^perch: Port ${port} is used by another program`));
  expect(stderr).not.toContain('    at ');
});

test('two programs never share a data folder', async () => {
  perch = await Perch.start({}, join(folder, 'data'));
  const { status, stderr } = run(['serve'], { PERCH_PORT: '0' });
  expect(status).toBe(1);
  expect(stderr).toContain('Perch is already running with the data folder');
});

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('%s ends everything in good order', async (signal) => {
  perch = await Perch.start({ PERCH_CAMERAS: `a=test,b=file:${streetScene}` }, join(folder, 'data'));
  await perch.fetch('/api/cameras/a/snapshot.jpg');
  const workers = await childrenOf(perch.process.pid ?? 0);
  expect(workers.length).toBeGreaterThanOrEqual(2);
  expect(await perch.stop({ signal, keepData: true })).toBe(0);
  for (const { pid } of workers) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});

test('killed with -9, its workers end by themselves', async () => {
  perch = await Perch.start({}, join(folder, 'data'));
  await perch.fetch('/api/cameras/camera/snapshot.jpg');
  const workers = await childrenOf(perch.process.pid ?? 0);
  // tail ends when the process it watches does: the event this test waits for.
  const ends = workers.map(({ pid }) =>
    once(spawn('tail', [`--pid=${pid}`, '-f', '/dev/null'], { stdio: 'ignore' }), 'close'),
  );
  await perch.stop({ signal: 'SIGKILL', keepData: true });
  await Promise.all(ends);
});

describe('a camera that cannot play says why, and the rest goes on', () => {
  test.each([
    ['a missing video device', 'v4l2:/dev/video77', /video77|unplugged|Plug/],
    ['a file that is no video', 'file:/etc/passwd', /passwd/],
    ['a file that is not there', 'file:/nowhere/film.mp4', /nowhere\/film\.mp4/],
    ['a folder', 'file:/etc', /\/etc/],
  ])('%s', async (_, source, sentence) => {
    perch = await Perch.start({ PERCH_CAMERAS: `bad=${source},good=test` }, join(folder, 'data'));
    const bad = await perch.until('bad', ({ state }) => state !== 'starting');
    expect(['missing', 'reconnecting']).toContain(bad.state);
    expect(bad.state_message).toMatch(sentence);
    expect((await perch.fetch('/api/cameras/good/snapshot.jpg')).status).toBe(200);
    expect((await perch.fetch('/api/cameras/bad/snapshot.jpg')).status).toBe(503);
    // It can be set all the same, for when it comes back.
    expect(await perch.patch('bad', { brightness: 5 })).toMatchObject({ success: true });
  });

  test('and plays by itself when its file appears', async () => {
    const path = join(folder, 'film.avi');
    perch = await Perch.start({ PERCH_CAMERAS: `late=file:${path}` }, join(folder, 'data'));
    await perch.until('late', ({ state }) => state === 'missing');
    await copyFile(streetScene, path);
    await perch.until('late', ({ state }) => state === 'live');
    await writeFile(path, 'no film any more');
  });
});

test('four cameras play at once, each in a process of its own', async () => {
  const names = ['a', 'b', 'c', 'd'];
  perch = await Perch.start({ PERCH_CAMERAS: names.map((name) => `${name}=test`).join(',') }, join(folder, 'data'));
  for (const name of names) {
    expect(await perch.patch(name, { width: 640, height: 480, fps: 15 })).toMatchObject({ success: true });
    expect((await perch.fetch(`/api/cameras/${name}/snapshot.jpg`)).status).toBe(200);
  }
  const workers = (await childrenOf(perch.process.pid ?? 0)).filter(({ command }) => command.includes('worker.py'));
  expect(workers.length).toBeGreaterThanOrEqual(4);
});

/** Whether a process still runs: one that ended may keep its number until somebody asks for its end. */
async function runs(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z');
  return stat[stat.lastIndexOf(')') + 2] !== 'Z';
}

/** Opens a terminal as a program does; gives its socket and what it said. */
async function openTerminal(of: Perch): Promise<{ socket: WebSocket; shows: (text: string) => Promise<void> }> {
  const { host } = new URL(of.url);
  const socket = new WebSocket(`ws://${host}/api/shell`, { headers: { authorization: `Bearer ${of.token}` } });
  let text = '';
  socket.on('message', (data) => {
    text += String(data);
  });
  await once(socket, 'open');
  socket.send(JSON.stringify({ type: 'open', password, cols: 80, rows: 24 }));
  const shows = async (wanted: string) => {
    while (!text.includes(wanted)) await once(socket, 'message');
  };
  await shows('"opened"');
  return { socket, shows };
}

describe('a terminal of a checkout', () => {
  test('is a child of its own; one that is killed comes anew, and Ctrl-C leaves nothing behind', async () => {
    perch = await Perch.start({}, join(folder, 'data'));
    const pid = perch.process.pid ?? 0;
    const hosts = async () => (await childrenOf(pid)).filter(({ command }) => command.includes('recovery.js'));
    expect(await hosts()).toEqual([]);
    const first = await openTerminal(perch);
    const [host] = await hosts();
    if (!host) throw new Error('no host');
    expect(await readFile(`/proc/${host.pid}/environ`, 'utf8')).not.toContain('PERCH_');
    const closed = once(first.socket, 'close');
    process.kill(host.pid, 'SIGKILL');
    await closed;

    const second = await openTerminal(perch);
    second.socket.send(Buffer.from('sleep 4321 & echo star""ted\r'));
    await second.shows('started');
    const [again] = await hosts();
    const shells = await childrenOf(again?.pid ?? 0);
    const jobs = (await Promise.all(shells.map((shell) => childrenOf(shell.pid)))).flat();
    expect(jobs.map(({ command }) => command)).toContain('sleep 4321');
    expect(await perch.stop({ signal: 'SIGINT', keepData: true })).toBe(0);
    for (const each of [again, ...shells, ...jobs]) expect(await runs(each?.pid ?? 0)).toBe(false);
    expect(perch.lines.filter(({ msg }) => msg === 'terminal opened')).toHaveLength(2);
    const audit = await readFile(join(folder, 'data', 'audit.jsonl'), 'utf8');
    expect(audit).toMatch(/"who":"Token e2e","camera":"","action":"terminal opened"/);
  });

  test('is not served where it is switched off, nor to a stranger', async () => {
    perch = await Perch.start({ PERCH_SHELL: 'off' }, join(folder, 'data'));
    const { host } = new URL(perch.url);
    for (const [headers, status] of [
      [{ authorization: `Bearer ${perch.token}` }, 403],
      [{}, 401],
    ] as const) {
      const socket = new WebSocket(`ws://${host}/api/shell`, { headers });
      const [, response] = await once(socket, 'unexpected-response');
      expect(response.statusCode).toBe(status);
      socket.on('error', () => undefined).terminate();
    }
  });
});
