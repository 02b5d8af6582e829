import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLog } from '../log.ts';
import { Document } from '../store/document.ts';
import { Auth, type AuthOptions } from './auth.ts';
import { LoginBrake } from './brake.ts';
import { parseAuthState, unclaimed } from './state.ts';

const log = createLog('silent');
const password = 'correct horse';
const address = '192.168.1.7';
const day = 86_400_000;

let folder: string;
let path: string;
const opened: Auth[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perch-auth-'));
  path = join(folder, 'auth.json');
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((auth) => auth.close()));
  await rm(folder, { recursive: true, force: true });
});

async function open(options: Partial<AuthOptions> = {}): Promise<Auth> {
  const auth = await Auth.open({ path, log, ...options });
  opened.push(auth);
  return auth;
}

async function claimed(options: Partial<AuthOptions> = {}): Promise<Auth> {
  const auth = await open(options);
  await auth.claim(password, address);
  return auth;
}

describe('claiming', () => {
  it('is open to the first visitor, who is then in', async () => {
    const auth = await open();
    expect(auth.claimed).toBe(false);
    const cookie = await auth.claim(password, address);
    expect(auth.claimed).toBe(true);
    expect(auth.verify({ cookie, address })).toEqual({
      kind: 'session',
      who: 'Page at 192.168.1.7',
      client: `session:${cookie.slice(0, 12)}`,
    });
    await expect(auth.claim('another password', address)).rejects.toMatchObject({ code: 'already_claimed' });
  });

  it('has exactly one winner among many at once', async () => {
    const auth = await open();
    const tries = Array.from({ length: 8 }, (_, at) => auth.claim(`password of ${at}`, address));
    const outcomes = await Promise.allSettled(tries);
    const winner = outcomes.findIndex(({ status }) => status === 'fulfilled');
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'already_claimed' });
    }
    await expect(auth.login(`password of ${winner}`, address)).resolves.toEqual(expect.any(String));
  });

  it.each([
    ['too short', 'seven77', 'The password must be 8 to 256 characters long.'],
    ['too long', 'x'.repeat(257), 'The password must be 8 to 256 characters long.'],
    ['only white space', ' '.repeat(10), 'The password must be more than spaces.'],
    ['only white space of another script', '\u3000'.repeat(10), 'The password must be more than spaces.'],
  ])('refuses a password that is %s', async (_, weak, sentence) => {
    const auth = await open();
    await expect(auth.claim(weak, address)).rejects.toMatchObject({ code: 'weak_password', message: sentence });
    expect(auth.claimed).toBe(false);
  });

  it.each(['8letters', 'x'.repeat(256), '🔭'.repeat(8), 'пароль камеры', '   space at both ends   '])(
    'takes %s',
    async (good) => {
      const auth = await open();
      await auth.claim(good, address);
      await expect(auth.login(good, address)).resolves.toEqual(expect.any(String));
    },
  );

  it('knows the same letters from another keyboard', async () => {
    const auth = await open();
    await auth.claim('caf\u00e9 \ufb01nal', address);
    await expect(auth.login('cafe\u0301 final', address)).resolves.toEqual(expect.any(String));
  });

  it('by PERCH_ADMIN_PASSWORD happens at first start only', async () => {
    const first = await open({ adminPassword: password });
    expect(first.claimed).toBe(true);
    await first.close();
    const second = await open({ adminPassword: 'changed in the file' });
    await expect(second.login('changed in the file', address)).rejects.toMatchObject({ code: 'wrong_password' });
    await expect(second.login(password, address)).resolves.toEqual(expect.any(String));
  });

  it('by a PERCH_ADMIN_PASSWORD that is too short is refused in a sentence without it', async () => {
    await expect(open({ adminPassword: 'short' })).rejects.toThrow(
      'PERCH_ADMIN_PASSWORD cannot be used. The password must be 8 to 256 characters long.',
    );
  });

  it('that cannot be saved did not happen', async () => {
    // Folders stand where the files should go, so the rename fails for every user.
    const auth = await open();
    await mkdir(join(`${path}.twin`, 'in the way'), { recursive: true });
    await mkdir(join(path, 'in the way'), { recursive: true });
    await expect(auth.claim(password, address)).rejects.toMatchObject({ code: 'not_saved', status: 507 });
    expect(auth.claimed).toBe(false);
  });
});

describe('the saved file', () => {
  it('holds no password, cookie or token, and only its owner may read it', async () => {
    const auth = await open();
    const cookie = await auth.claim(password, address);
    const { token } = await auth.createToken('script');
    const text = await readFile(path, 'utf8');
    for (const secret of [password, cookie, cookie.slice(13), token, token.slice(19)]) {
      expect(text).not.toContain(secret);
    }
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it('that was damaged leaves the camera to nobody', async () => {
    await (await claimed()).close();
    for (const name of await readdir(folder)) await writeFile(join(folder, name), '{"half":');
    const auth = await open();
    expect(auth.claimed).toBe(true);
    expect(auth.notices.join(' ')).toContain('perch reset-password');
    await expect(auth.claim('a stranger', address)).rejects.toMatchObject({ code: 'already_claimed' });
    await expect(auth.login(password, address)).rejects.toMatchObject({ code: 'auth_damaged' });
    await auth.resetPassword();
    await auth.claim('the owner again', address);
    await auth.close();
    const after = await open();
    expect(after.notices).toEqual([]);
    await expect(after.login('the owner again', address)).resolves.toEqual(expect.any(String));
  });

  it('that was damaged is claimed again by PERCH_ADMIN_PASSWORD', async () => {
    await (await claimed()).close();
    for (const name of await readdir(folder)) await writeFile(join(folder, name), 'rot');
    const auth = await open({ adminPassword: 'from the device' });
    await expect(auth.login('from the device', address)).resolves.toEqual(expect.any(String));
  });
});

describe('sessions', () => {
  it('survive a restart', async () => {
    const first = await open();
    const cookie = await first.claim(password, address);
    await first.close();
    const second = await open();
    expect(second.verify({ cookie, address })).toMatchObject({ kind: 'session' });
  });

  it('end for good on logout, and whoever listens is told', async () => {
    const auth = await open();
    const cookie = await auth.claim(password, address);
    const other = await auth.login(password, address);
    const ended: string[] = [];
    auth.onEnded((client) => ended.push(client));
    await auth.logout(cookie);
    expect(ended).toEqual([`session:${cookie.slice(0, 12)}`]);
    expect(auth.verify({ cookie, address })).toBeUndefined();
    expect(auth.verify({ cookie: other, address })).toBeDefined();
    await auth.logout('no such cookie');
    await auth.close();
    expect((await open()).verify({ cookie, address })).toBeUndefined();
  });

  it('last 30 days unused', async () => {
    const clock = { ms: Date.UTC(2026, 0, 1) };
    const auth = await open({ now: () => clock.ms });
    const cookie = await auth.claim(password, address);
    clock.ms += 30 * day;
    expect(auth.verify({ cookie, address })).toBeDefined();
    clock.ms += 31 * day;
    expect(auth.verify({ cookie, address })).toBeUndefined();
  });

  it('are used while something that they opened stands, without any request', async () => {
    const clock = { ms: Date.UTC(2026, 0, 1) };
    const auth = await open({ now: () => clock.ms });
    const ended: string[] = [];
    auth.onEnded((client) => ended.push(client));
    const cookie = await auth.claim(password, address);
    const client = auth.verify({ cookie, address })?.client ?? '';
    for (let at = 0; at < 2; at++) {
      clock.ms += 29 * day;
      auth.noteUse(client);
    }
    auth.noteUse('session:of nobody');
    // A login puts away what is unused.
    await auth.login(password, address);
    expect(ended).toEqual([]);
    expect(auth.verify({ cookie, address })).toBeDefined();
  });

  it('last 90 days used', async () => {
    const clock = { ms: Date.UTC(2026, 0, 1) };
    const auth = await open({ now: () => clock.ms });
    const cookie = await auth.claim(password, address);
    for (let at = 0; at < 9; at++) {
      clock.ms += 10 * day;
      expect(auth.verify({ cookie, address })).toBeDefined();
    }
    clock.ms += day;
    expect(auth.verify({ cookie, address })).toBeUndefined();
  });

  it('are 100 at the most; the one unused longest ends', async () => {
    const clock = { ms: Date.UTC(2026, 0, 1) };
    const first = await open({ now: () => clock.ms });
    const oldest = await first.claim(password, address);
    await first.close();
    // 99 more, a day younger, without hashing a password for each.
    const document = await Document.open({ path, log, parse: parseAuthState, initial: unclaimed });
    const younger = Array.from({ length: 99 }, (_, at) => ({
      id: at.toString(16).padStart(12, '0'),
      hash: '0'.repeat(64),
      created: '2026-01-02',
      used: '2026-01-02',
    }));
    document.update((state) => ({ ...state, sessions: [...state.sessions, ...younger] }));
    await document.close();

    clock.ms += 2 * day;
    const auth = await open({ now: () => clock.ms });
    const ended: string[] = [];
    auth.onEnded((client) => ended.push(client));
    const newest = await auth.login(password, address);
    expect(ended).toEqual([`session:${oldest.slice(0, 12)}`]);
    expect(auth.verify({ cookie: oldest, address })).toBeUndefined();
    expect(auth.verify({ cookie: newest, address })).toBeDefined();
  });

  it.each([
    ['nothing', ''],
    ['a word', 'admin'],
    ['an id alone', '0123456789ab'],
    ['a megabyte', 'x'.repeat(1_000_000)],
    ['another secret', `0123456789ab.${'A'.repeat(43)}`],
    ['a prototype', '__proto__'],
  ])('are not made of %s', async (_, cookie) => {
    const auth = await claimed();
    expect(auth.verify({ cookie, address })).toBeUndefined();
    expect(auth.verify({ bearer: cookie, address })).toBeUndefined();
  });

  it('are not forged by changing one letter, nor by the id with another secret', async () => {
    const auth = await open();
    const cookie = await auth.claim(password, address);
    for (let at = 0; at < cookie.length; at++) {
      const letter = cookie[at] === 'b' ? 'c' : 'b';
      const forged = `${cookie.slice(0, at)}${letter}${cookie.slice(at + 1)}`;
      expect(auth.verify({ cookie: forged, address })).toBeUndefined();
    }
  });
});

describe('login', () => {
  it('before the claim says what to do', async () => {
    const auth = await open();
    await expect(auth.login(password, address)).rejects.toMatchObject({ code: 'not_claimed' });
  });

  it('is braked per address, a thousand at once included, and the right password waits too', async () => {
    const clock = { ms: 0 };
    const auth = await claimed({ brake: new LoginBrake(() => clock.ms) });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 1000 }, () => auth.login('wrong password', '10.0.0.9')),
    );
    const codes = outcomes.map((outcome) => outcome.status === 'rejected' && (outcome.reason as { code: string }).code);
    expect(codes.filter((code) => code === 'wrong_password')).toHaveLength(5);
    expect(codes.filter((code) => code === 'login_braked')).toHaveLength(995);
    await expect(auth.login(password, '10.0.0.9')).rejects.toMatchObject({
      code: 'login_braked',
      status: 429,
      retryAfter: 2,
      message: 'Too many wrong passwords. Wait 2 seconds and try again.',
    });
    clock.ms += 2000;
    await expect(auth.login(password, '10.0.0.9')).resolves.toEqual(expect.any(String));
  });

  it('never makes more than nine passwords wait or be checked', async () => {
    const auth = await claimed();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 40 }, (_, at) => auth.login('wrong password', `10.0.0.${at}`)),
    );
    const codes = outcomes.map((outcome) => outcome.status === 'rejected' && (outcome.reason as { code: string }).code);
    expect(codes.filter((code) => code === 'wrong_password')).toHaveLength(9);
    expect(codes.filter((code) => code === 'busy')).toHaveLength(31);
  });

  it('gives the memory of its hashes back', async () => {
    const auth = await claimed();
    const before = process.memoryUsage.rss();
    for (let at = 0; at < 12; at++) await auth.login(password, address);
    // glibc would keep 16 MB or more for each of libuv's threads that freed less than 32 MiB.
    expect(process.memoryUsage.rss() - before).toBeLessThan(30_000_000);
  });

  it('works while the card is full, until the next restart', async () => {
    const auth = await claimed();
    await rm(`${path}.twin`, { force: true });
    await mkdir(join(`${path}.twin`, 'in the way'), { recursive: true });
    const cookie = await auth.login(password, address);
    expect(auth.verify({ cookie, address })).toBeDefined();
    await expect(auth.createToken('script')).rejects.toMatchObject({ code: 'not_saved' });
    expect(auth.tokens()).toEqual([]);
    await rm(`${path}.twin`, { recursive: true });
  });
});

describe('tokens', () => {
  it('work across a restart until revoked', async () => {
    const first = await claimed();
    const { token, id } = await first.createToken(' garage script ');
    await first.close();
    const second = await open();
    const identity = { kind: 'token', who: 'Token garage script', client: `token:${id}` };
    expect(second.verify({ bearer: token, address })).toEqual(identity);
    expect(second.tokens()).toMatchObject([{ id, name: 'garage script', used: expect.any(String) }]);
    const ended: string[] = [];
    second.onEnded((client) => ended.push(client));
    await second.revokeToken(id);
    expect(ended).toEqual([`token:${id}`]);
    expect(second.verify({ bearer: token, address })).toBeUndefined();
    await expect(second.revokeToken(id)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('are no cookies, and cookies are no tokens', async () => {
    const auth = await open();
    const cookie = await auth.claim(password, address);
    const { token } = await auth.createToken('script');
    expect(auth.verify({ cookie: token, address })).toBeUndefined();
    expect(auth.verify({ bearer: cookie, address })).toBeUndefined();
    expect(auth.verify({ bearer: 'wrong', cookie, address })).toBeUndefined();
  });

  it.each(['', '   ', 'x'.repeat(41), 'a\nb', '\u0000'])('are not named %j', async (name) => {
    const auth = await claimed();
    await expect(auth.createToken(name)).rejects.toMatchObject({ code: 'bad_value', field: 'name' });
  });
});

describe('another password', () => {
  it('ends every other session and keeps this one and the tokens', async () => {
    const auth = await open();
    const mine = await auth.claim(password, address);
    const other = await auth.login(password, address);
    const { token } = await auth.createToken('script');
    await expect(auth.changePassword('wrong', 'the next one', address, mine)).rejects.toMatchObject({
      code: 'wrong_password',
    });
    await auth.changePassword(password, 'the next one', address, mine);
    expect(auth.verify({ cookie: mine, address })).toBeDefined();
    expect(auth.verify({ cookie: other, address })).toBeUndefined();
    expect(auth.verify({ bearer: token, address })).toBeDefined();
    await expect(auth.login(password, address)).rejects.toMatchObject({ code: 'wrong_password' });
    await expect(auth.login('the next one', address)).resolves.toEqual(expect.any(String));
  });

  it('after a reset is chosen by the next visitor; sessions and tokens are gone', async () => {
    const auth = await open();
    const cookie = await auth.claim(password, address);
    const { token } = await auth.createToken('script');
    await auth.resetPassword();
    expect(auth.claimed).toBe(false);
    expect(auth.verify({ cookie, address })).toBeUndefined();
    expect(auth.verify({ bearer: token, address })).toBeUndefined();
    await auth.close();
    const next = await open();
    expect(next.claimed).toBe(false);
    await next.claim('the new owner', address);
  });
});
