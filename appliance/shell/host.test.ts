/** Terminals with a real bash in them, over the real socket. */
import { EventEmitter, once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Auth } from '../auth/auth.ts';
import { createLog } from '../log.ts';
import { PasswordGate } from './gate.ts';
import { ShellHost } from './host.ts';
import { PasswordFile } from './password-file.ts';
import { processesOf } from './processes.ts';
import type { FromHost, FromPage } from './protocol.ts';
import { loginShell, type Pty, startShell } from './pty.ts';
import { type SessionTimes, scrollbackMost, usualTimes } from './session.ts';
import { addressHeader, serveSocket, type Watched, whoHeader } from './socket.ts';

const password = 'correct horse battery';
const log = createLog('silent');
const size = { cols: 80, rows: 24 } as const;

/** A page: what it was told and shown, waiting for what is to come. */
class Page {
  readonly socket: WebSocket;
  readonly told: FromHost[] = [];
  text = '';
  received = 0;
  /** Whether it says what it has shown, as a real page does. */
  acks = true;
  readonly closed: Promise<number>;
  readonly #changed = new EventEmitter();

  constructor(path: string) {
    this.socket = new WebSocket(`ws+unix:${path}:/terminal`, {
      headers: { [whoHeader]: 'Page%20at%20192.0.2.1', [addressHeader]: '192.0.2.1' },
    });
    this.socket.on('message', (data, isBinary) => {
      const bytes = data as Buffer;
      if (isBinary) {
        this.text += bytes.toString('latin1');
        this.received += bytes.length;
        if (this.acks) this.say({ type: 'ack', received: this.received });
      } else {
        const frame = JSON.parse(bytes.toString()) as FromHost;
        if (frame.type === 'resumed') this.received = frame.from;
        this.told.push(frame);
      }
      this.#changed.emit('change');
    });
    this.closed = once(this.socket, 'close').then(([code]) => code as number);
  }

  say(frame: FromPage | Record<string, unknown>): void {
    this.socket.send(JSON.stringify(frame));
  }

  type(keys: string): void {
    this.socket.send(Buffer.from(keys));
  }

  /** The first frame of this kind, told or to come. */
  async frame<T extends FromHost['type']>(type: T, at = 0): Promise<FromHost & { type: T }> {
    for (;;) {
      const found = this.told.filter((each): each is FromHost & { type: T } => each.type === type)[at];
      if (found) return found;
      await once(this.#changed, 'change');
    }
  }

  async shows(text: string | RegExp): Promise<void> {
    while (!(typeof text === 'string' ? this.text.includes(text) : text.test(this.text)))
      await once(this.#changed, 'change');
  }
}

let folder: string;
let path: string;
let auth: Auth;
let host: ShellHost;
let stop: () => Promise<void>;
const pages: Page[] = [];
const ptys: Pty[] = [];

async function begin(options: { times?: Partial<SessionTimes>; most?: number } = {}): Promise<void> {
  const file = await PasswordFile.open({ path: join(folder, 'auth.json'), log });
  host = new ShellHost({
    gate: new PasswordGate(file, log),
    log,
    greeting: async () => 'Welcome.\n',
    start: (wanted) => {
      const pty = startShell(
        { ...loginShell(), file: '/bin/bash', args: ['--noprofile', '--norc'], home: folder },
        wanted,
      );
      ptys.push(pty);
      return pty;
    },
    times: { ...usualTimes, ...options.times },
    ...(options.most !== undefined && { most: options.most }),
  });
  stop = await serveSocket(host, { path, mode: 0o600 });
}

async function newPage(): Promise<Page> {
  const made = new Page(path);
  pages.push(made);
  await once(made.socket, 'open');
  return made;
}

async function opened(secret = password): Promise<{ page: Page; session: string; pid: number }> {
  const made = await newPage();
  made.say({ type: 'open', password: secret, ...size });
  const { session } = await made.frame('opened');
  return { page: made, session, pid: ptys.at(-1)?.pid ?? 0 };
}

beforeEach(async () => {
  process.env.PERCH_ADMIN_PASSWORD = 'a secret of this process';
  folder = await mkdtemp(join(tmpdir(), 'perch-shell-'));
  path = join(folder, 'shell.sock');
  auth = await Auth.open({ path: join(folder, 'auth.json'), log });
  await auth.claim(password, '192.0.2.1');
});
afterEach(async () => {
  for (const { socket } of pages.splice(0)) socket.terminate();
  await host.close();
  await stop();
  for (const { pid } of ptys.splice(0)) expect(await processesOf(pid)).toEqual([]);
  await auth.close();
  await rm(folder, { recursive: true, force: true });
  delete process.env.PERCH_ADMIN_PASSWORD;
});

describe('a terminal', () => {
  it('greets, runs commands in an environment of its own, and ends with its shell', async () => {
    await begin();
    const { page, pid } = await opened();
    await page.shows('Welcome.');
    page.type('env; echo $((6 * 7)) done\r');
    await page.shows('42 done');
    const variables = [...page.text.matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(variables.sort()).toEqual(
      ['COLORTERM', 'HOME', 'LANG', 'LOGNAME', 'PATH', 'PWD', 'SHELL', 'SHLVL', 'TERM', 'USER', '_'].sort(),
    );
    expect(page.text).not.toContain('a secret of this process');
    page.type('exit 3\r');
    expect(await page.frame('ended')).toMatchObject({ reason: 'exit', message: 'The shell has ended.' });
    expect(await page.closed).toBe(1000);
    expect(await processesOf(pid)).toEqual([]);
  });

  it('is as large as the page says, and stays so when the page says nonsense', async () => {
    await begin();
    const { page } = await opened();
    page.say({ type: 'resize', cols: 100, rows: 31 });
    page.type('stty size\r');
    await page.shows('31 100');
    for (const wrong of [
      { cols: 0, rows: 5 },
      { cols: 501, rows: 5 },
      { cols: 80, rows: 100_000 },
      { cols: 80.5, rows: 5 },
      { cols: '80', rows: 5 },
      { cols: Number.NaN, rows: 5 },
      {},
    ])
      page.say({ type: 'resize', ...wrong });
    const { code, message } = await page.frame('refused', 6);
    expect(code).toBe('bad_message');
    expect(message).toBe('This is not a frame of the terminal: cols must be a whole number from 2 to 500.');
    page.type('stty size; echo still\r');
    await page.shows(/31 100\s+still/);
  });

  it('refuses what is no frame of its protocol, before and after it is open', async () => {
    await begin();
    const stranger = await newPage();
    stranger.type('ls\r');
    stranger.socket.send('{');
    stranger.socket.send('null');
    stranger.say({ type: 'dance' });
    stranger.say({ type: 'resize', ...size });
    stranger.say({ type: 'open', password: 7, ...size });
    stranger.say({ type: 'resume', session: 'x', received: -1, ...size });
    stranger.say({ type: 'resume', session: '000000000000.'.padEnd(56, 'a'), received: 0, ...size });
    await stranger.frame('refused', 7);
    expect(stranger.told.map((each) => 'code' in each && each.code)).toEqual([
      'terminal_first',
      'bad_message',
      'bad_message',
      'bad_message',
      'terminal_first',
      'bad_message',
      'bad_message',
      'terminal_gone',
    ]);
    expect(host.opened).toEqual([]);
    stranger.socket.send('x'.repeat(70_000));
    expect(await stranger.closed).toBe(1009);
  });

  it('tells who watches of its beginning and its end', async () => {
    await begin();
    const watcher = new WebSocket(`ws+unix:${path}:/watch`);
    const heard: Watched[] = [];
    const changes = new EventEmitter();
    watcher.on('message', (data) => {
      heard.push(JSON.parse(String(data)) as Watched);
      changes.emit('change');
    });
    await once(changes, 'change');
    const { page } = await opened();
    page.say({ type: 'end' });
    await page.closed;
    while (heard.length < 3) await once(changes, 'change');
    const terminal = { id: expect.stringMatching(/^[0-9a-f]{12}$/), who: 'Page at 192.0.2.1' };
    expect(heard).toEqual([
      { type: 'all', terminals: [] },
      { type: 'opened', terminal },
      { type: 'closed', terminal, reason: 'asked' },
    ]);
    watcher.terminate();
  });
});

describe('the end of a terminal', () => {
  it('is the end of everything it started, also of what ignores being hung up', async () => {
    await begin();
    const { page, pid } = await opened();
    page.type('nohup sleep 1000 >/dev/null & (trap "" HUP; sleep 1000; sleep 1000) & jobs | wc -l; echo ready\r');
    await page.shows(/\nready/);
    expect((await processesOf(pid)).length).toBeGreaterThanOrEqual(3);
    page.say({ type: 'end' });
    await page.closed;
    await once(host, 'closed');
    expect(await processesOf(pid)).toEqual([]);
    expect(host.opened).toEqual([]);
  });

  it('comes when nobody types', async () => {
    await begin({ times: { idleMs: 300, warnMs: 1 } });
    const { page } = await opened();
    expect(await page.frame('ended')).toMatchObject({ reason: 'idle' });
  });

  it('is announced while there is time to type, which takes it back', async () => {
    await begin({ times: { idleMs: 60_000, warnMs: 59_700 } });
    const { page } = await opened();
    expect((await page.frame('notice')).message).toMatch(/^Nobody types here: the terminal is closed in \d+ s\./);
    page.type(' ');
    expect((await page.frame('notice', 1)).message).toBe('');
  });

  it('comes also to one that prints all the time', async () => {
    await begin({ times: { unattendedMs: 300, warnMs: 1 } });
    const { page } = await opened();
    page.type('while :; do echo tick; done\r');
    expect(await page.frame('ended')).toMatchObject({ reason: 'idle' });
  });

  it('comes to one without a page', async () => {
    await begin({ times: { aloneMs: 1 } });
    const ended = once(host, 'closed');
    const { page } = await opened();
    page.socket.terminate();
    expect(await ended).toEqual([expect.anything(), 'alone']);
  });

  it('comes when the password is changed', async () => {
    await begin();
    const { page, session } = await opened();
    page.socket.terminate();
    await auth.changePassword(password, `${password} new`, '192.0.2.1');
    const back = await newPage();
    const ended = once(host, 'closed');
    back.say({ type: 'resume', session, received: 0, ...size });
    expect(await back.frame('refused')).toMatchObject({ code: 'terminal_gone' });
    expect(await ended).toEqual([expect.anything(), 'password']);
    back.say({ type: 'open', password: `${password} new`, ...size });
    await back.frame('opened');
  });
});

describe('who has no password', () => {
  it('gets nowhere with 10,000 tries, and costs a few hashes', async () => {
    await begin();
    const guesser = await newPage();
    for (let tries = 0; tries < 10_000; tries += 1) guesser.say({ type: 'open', password: `guess ${tries}`, ...size });
    await guesser.frame('refused', 9_999);
    const codes = guesser.told.map((each) => ('code' in each ? each.code : each.type));
    const hashed = codes.filter((code) => code === 'wrong_password').length;
    expect(hashed).toBeGreaterThanOrEqual(1);
    expect(hashed).toBeLessThanOrEqual(5);
    expect(new Set(codes)).toEqual(new Set(['wrong_password', 'busy']));
    // One after the other, the brake answers.
    for (let tries = 0; tries < 10; tries += 1) {
      guesser.say({ type: 'open', password: `guess ${tries}`, ...size });
      await guesser.frame('refused', 10_000 + tries);
    }
    expect(guesser.told.at(-1)).toMatchObject({ code: 'login_braked', retry_after: expect.any(Number) });
    expect(ptys).toEqual([]);
  });

  it('finds no terminal at a camera that nobody has claimed', async () => {
    await auth.resetPassword();
    await begin();
    const visitor = await newPage();
    visitor.say({ type: 'open', password, ...size });
    expect(await visitor.frame('refused')).toMatchObject({ code: 'not_claimed' });
  });
});

describe('terminals at once', () => {
  it('are limited, and one that ends makes room', async () => {
    await begin({ most: 2 });
    const first = await opened();
    await opened();
    const third = await newPage();
    third.say({ type: 'open', password, ...size });
    expect(await third.frame('refused')).toMatchObject({
      code: 'too_many_terminals',
      message: 'There are already 2 terminals open. Close one and try again.',
    });
    const closed = once(host, 'closed');
    first.page.say({ type: 'end' });
    await closed;
    third.say({ type: 'open', password, ...size });
    await third.frame('opened');
  });
});

describe('a page that comes back', () => {
  it('goes on where its connection broke, byte for byte', async () => {
    await begin();
    const { page: first, session } = await opened();
    first.type('echo be""fore\r');
    await first.shows('before\r\n');
    first.socket.terminate();
    await first.closed;
    const second = await newPage();
    second.say({ type: 'resume', session, received: first.received, ...size });
    expect(await second.frame('resumed')).toEqual({ type: 'resumed', from: first.received, lost: 0 });
    second.type('echo af""ter\r');
    await second.shows('after\r\n');
    expect(second.text).not.toContain('before');
    // One that lost everything gets what is kept.
    const third = await newPage();
    third.say({ type: 'resume', session, received: 0, ...size });
    await third.shows('after\r\n');
    expect(third.text).toContain('before\r\n');
    expect(await second.frame('ended')).toMatchObject({ reason: 'elsewhere' });
    expect(await second.closed).toBe(1000);
  });

  it('finds what its program printed meanwhile, as far as it is kept, from a beginning of a line', async () => {
    await begin();
    const { page: first, session } = await opened();
    first.type('for i in $(seq 100000); do echo line $i of them; done; read x; echo got $x >got; echo af""ter\r');
    await first.shows('line 10 of');
    first.socket.terminate();
    await first.closed;
    const second = await newPage();
    second.say({ type: 'resume', session, received: first.received, ...size });
    const { from, lost } = await second.frame('resumed');
    second.type('keys\r');
    await second.shows('after\r\n');
    expect(lost).toBe(from - first.received);
    if (lost > 0) expect(second.text).toMatch(/^line \d+ of them/);
    expect(await readFile(join(folder, 'got'), 'utf8')).toBe('got keys\n');
  });
});

describe('a flood of output', () => {
  it('waits for a page that shows nothing, in bounded memory, and Ctrl-C ends it', async () => {
    await begin();
    const { page } = await opened();
    page.acks = false;
    page.type('yes\r');
    // As much as may be under way comes; then nothing more until something is shown.
    while (page.received < 128 * 1024) await once(page.socket, 'message');
    // The greeting and the prompt were shown before.
    expect(page.received).toBeLessThanOrEqual(129 * 1024);
    page.type('\x03');
    page.type('echo st""ill here\r');
    page.acks = true;
    page.say({ type: 'ack', received: page.received });
    await page.shows('still here\r\n');
    expect(page.received).toBeLessThan(8 * 1024 * 1024);
  });

  it('goes on while the page shows it; what is kept of it stays bounded', async () => {
    await begin();
    const { page } = await opened();
    page.type('yes | head -c 20000000; echo en""ded\r');
    // Only its end is looked at.
    page.socket.on('message', () => {
      page.text = page.text.slice(-1000);
    });
    await page.shows('ended\r\n');
    expect(page.received).toBeGreaterThan(20_000_000);
    const back = await newPage();
    back.say({ type: 'resume', session: (await page.frame('opened')).session, received: 0, ...size });
    await back.shows('ended\r\n');
    expect(back.received - (await back.frame('resumed')).from).toBeLessThanOrEqual(scrollbackMost);
  });

  it('of keys is bounded too', async () => {
    await begin();
    const { page } = await opened();
    page.type('stty raw -echo; echo ra""w; sleep 1000\r');
    await page.shows('raw');
    for (let at = 0; at < 20; at += 1) page.type('x'.repeat(60_000));
    expect((await page.frame('notice')).message).toContain('The program reads nothing');
    page.say({ type: 'end' });
    await page.closed;
  });
});
