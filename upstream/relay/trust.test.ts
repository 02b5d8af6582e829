import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CommandType, encodeCommand } from '../../proto/index.ts';
import { closeCodes } from '../link/wire.ts';
import { password, TestRelay } from './testing/relay.ts';

let relay: TestRelay;
let key: string;
beforeEach(async () => {
  relay = await TestRelay.start();
  key = await relay.register('porch');
});
afterEach(() => relay.close());

describe('a device', () => {
  test.each([
    ['no key', undefined],
    ['a made-up key', `pi_0123456789ab.${'A'.repeat(43)}`],
    ['a key that is no key', 'x'],
    ['a very long key', 'x'.repeat(8_000)],
  ])('with %s is refused, and told what to do', async (_, wrong) => {
    const { code, reason } = await relay.pi(wrong).closed;
    expect(code).toBe(401);
    expect(JSON.parse(reason).error).toEqual({
      code: 'unknown_key',
      message: 'This key is not known here. Register the device at the relay and give it the key shown there.',
    });
  });

  test('is who its key says, wherever it comes from', async () => {
    const garage = await relay.register('garage');
    await relay.pi(garage).opened;
    await relay.untilConnected('garage');
    expect(relay.relay.fleet.backplane.presence('porch')).toBeUndefined();
  });

  test('may put its key into the address, where it cannot send a header', async () => {
    const pi = relay.pi(undefined, { plain: true, path: `/?key=${key}` });
    expect((await pi.command()).command).toBe(CommandType.GET_STATUS);
  });

  test('whose key is revoked is disconnected at once, and stays out', async () => {
    const pi = relay.pi(key);
    await pi.opened;
    expect((await relay.call('DELETE', '/api/devices/porch')).status).toBe(204);
    expect(await pi.closed).toEqual({ code: closeCodes.revoked, reason: 'The key was revoked.' });
    expect((await relay.pi(key).closed).code).toBe(401);
    expect((await relay.call('GET', '/api/devices')).body).toEqual({ devices: [] });
    // Registered anew, the old key still opens nothing.
    await relay.register('porch');
    expect((await relay.pi(key).closed).code).toBe(401);
  });

  test("with a key of the people's side is refused, and the other way round", async () => {
    expect((await relay.pi(relay.token).closed).code).toBe(401);
    expect(await relay.operator('porch', '', key).closed).toBe(401);
  });

  test('who tries many keys is slowed down', async () => {
    const codes: number[] = [];
    for (let n = 0; n < 70; n += 1) codes.push((await relay.pi('x').closed).code);
    expect(codes.slice(0, 60)).toEqual(Array(60).fill(401));
    expect(codes).toContain(429);
  });
});

test('a device without a key is let in by its address only where that is configured', async () => {
  const own = await TestRelay.start({ config: { keyless: new Map([['127.0.0.1', 'attic']]) } });
  const pi = own.pi(undefined, { plain: true });
  expect((await pi.command()).command).toBe(CommandType.GET_STATUS);
  expect(own.relay.fleet.backplane.presence('attic')?.connected).toBe(true);
  // A wrong key is not no key.
  expect((await own.pi('x').closed).code).toBe(401);
  await own.close();
});

describe('registering', () => {
  test('shows the key once, and keeps only its hash', async () => {
    const { status, body } = await relay.call('POST', '/api/devices', { name: 'attic' });
    expect(status).toBe(201);
    expect(body).toEqual({ name: 'attic', key: expect.stringMatching(/^pi_[0-9a-f]{12}\.[\w-]{43}$/) });
    expect(JSON.stringify([...relay.relay.fleet.devices.entries()])).not.toContain(body.key);
    await relay.pi(body.key).opened;
  });

  test.each([
    [{ name: 'porch' }, 409, 'device_exists'],
    [{ name: '' }, 400, 'bad_value'],
    [{ name: '../x' }, 400, 'bad_value'],
    [{ name: 'a b' }, 400, 'bad_value'],
    [{ name: 'x'.repeat(64) }, 400, 'bad_value'],
    [{ name: 7 }, 400, 'bad_request'],
    [{}, 400, 'bad_request'],
    [{ name: 'a', more: 1 }, 400, 'bad_request'],
  ])('%j is %i %s', async (body, status, code) => {
    const answer = await relay.call('POST', '/api/devices', body);
    expect(answer.status).toBe(status);
    expect(answer.body.error).toMatchObject({ code, message: expect.stringMatching(/\.$/) });
  });

  test('two at once with one name: one wins', async () => {
    const answers = await Promise.all([1, 2, 3].map(() => relay.call('POST', '/api/devices', { name: 'attic' })));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
  });
});

describe('roles', () => {
  const table = [
    ['GET', '/api/devices', undefined, 'viewer'],
    ['GET', '/api/devices/porch', undefined, 'viewer'],
    ['GET', '/metrics', undefined, 'viewer'],
    ['PATCH', '/api/devices/porch/settings', { brightness: 1 }, 'operator'],
    ['DELETE', '/api/devices/porch/pending', undefined, 'operator'],
    ['POST', '/api/devices', { name: 'attic' }, 'admin'],
    ['GET', '/api/users', undefined, 'admin'],
    ['POST', '/api/users', { name: 'eva', password, role: 'viewer' }, 'admin'],
    ['GET', '/api/tokens', undefined, 'admin'],
    ['POST', '/api/tokens', { name: 't' }, 'admin'],
    ['DELETE', '/api/devices/porch', undefined, 'admin'],
  ] as const;
  const order = ['nobody', 'viewer', 'operator', 'admin'] as const;

  test.each(table)('%s %s %j needs the role %s', async (method, path, body, needed) => {
    for (const role of order) {
      const authorization = role === 'nobody' ? '' : `Bearer ${await relay.tokenFor(role)}`;
      const { status, body: answer } = await relay.call(method, path, body, { authorization });
      if (order.indexOf(role) >= order.indexOf(needed)) expect(status).toBeLessThan(300);
      else {
        expect(status).toBe(role === 'nobody' ? 401 : 403);
        expect(answer.error.code).toBe(role === 'nobody' ? 'not_logged_in' : 'not_allowed');
      }
    }
  });

  test('a viewer sees a camera, and is told that it may not change it', async () => {
    const pi = relay.pi(key);
    await pi.opened;
    const eva = relay.operator('porch', '?queue=1', await relay.tokenFor('viewer'));
    await eva.opened;
    for (const command of [0, 1, 2, 4, 99]) {
      eva.socket.send(encodeCommand({ command, request_id: `c${command}` }));
      const answer = await eva.until(({ request_id }) => request_id === `c${command}`);
      expect(answer).toMatchObject({ success: false, error_code: 'not_allowed' });
    }
    eva.socket.send(encodeCommand({ command: CommandType.GET_STATUS, request_id: 's' }));
    pi.answer(await pi.command(), { success: true, message: 'all is well' });
    await eva.until(({ message }) => message === 'all is well');
    expect(pi.waiting).toBe(0);
  });
});

describe('people', () => {
  const json = { 'content-type': 'application/json' };
  async function login(name: string, given: string) {
    const response = await fetch(`http://127.0.0.1:${relay.port}/api/session`, {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ name, password: given }),
    });
    return { status: response.status, cookie: (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '' };
  }

  test('log in with name and password; the cookie opens WebSockets of its own origin only', async () => {
    await relay.call('POST', '/api/users', { name: 'eva', password: 'eva has a secret', role: 'operator' });
    expect((await login('eva', 'wrong password')).status).toBe(401);
    expect((await login('nobody', 'eva has a secret')).status).toBe(401);
    const { status, cookie } = await login('eva', 'eva has a secret');
    expect(status).toBe(200);
    const headers = { authorization: '', cookie, origin: `http://127.0.0.1:${relay.port}` };
    const without = { cookie, origin: headers.origin };
    const socket = (more: Record<string, string>) => {
      const own = relay.operator('porch', '', '', more);
      return own;
    };
    // An Authorization header that is no Bearer counts as none that is known.
    expect(await socket(headers).closed).toBe(401);
    const { Statuses } = await import('../../appliance/http/testing/server.ts');
    const { WebSocket } = await import('ws');
    const good = new Statuses(new WebSocket(`${relay.url}/control/porch`, { headers: without }));
    await good.opened;
    const evil = new Statuses(
      new WebSocket(`${relay.url}/control/porch`, { headers: { cookie, origin: 'https://evil.example' } }),
    );
    expect(await evil.closed).toBe(403);
    // Their rights change: what is open is closed.
    await relay.call('PATCH', '/api/users/eva', { role: 'viewer' });
    expect(await good.closed).toBe(closeCodes.revoked);
  });

  test('guessing is braked', async () => {
    const answers = [];
    for (let n = 0; n < 7; n += 1) answers.push((await login('admin', `wrong ${n} password`)).status);
    expect(answers).toEqual([401, 401, 401, 401, 401, 429, 429]);
  });

  test('the last admin stays', async () => {
    expect((await relay.call('DELETE', '/api/users/admin')).body.error.code).toBe('last_admin');
    expect((await relay.call('PATCH', '/api/users/admin', { role: 'viewer' })).body.error.code).toBe('last_admin');
    await relay.call('POST', '/api/users', { name: 'eva', password, role: 'admin' });
    expect((await relay.call('DELETE', '/api/users/admin')).status).toBe(204);
  });

  test.each([
    [{ name: 'eva', password: 'short', role: 'viewer' }, 'weak_password'],
    [{ name: 'eva', password, role: 'boss' }, 'bad_value'],
    [{ name: '<eva>', password, role: 'viewer' }, 'bad_value'],
    [{ name: 'admin', password, role: 'viewer' }, 'user_exists'],
  ])('%j is refused as %s', async (body, code) => {
    expect((await relay.call('POST', '/api/users', body)).body.error.code).toBe(code);
  });

  test('a token that is revoked closes what it opened', async () => {
    const { body } = await relay.call('POST', '/api/tokens', { name: 'site', role: 'operator' });
    const site = relay.operator('porch', '', body.token);
    await site.opened;
    expect((await relay.call('DELETE', `/api/tokens/${body.id}`)).status).toBe(204);
    expect(await site.closed).toBe(closeCodes.revoked);
    expect(await relay.operator('porch', '', body.token).closed).toBe(401);
  });
});

test('nobody may do anything before the first visitor has become admin, and only one does', async () => {
  const own = await TestRelay.start({ unclaimed: true });
  const claim = () => own.call('POST', '/api/claim', { password }, { authorization: '' });
  expect((await own.call('GET', '/api/devices', undefined, { authorization: '' })).body.error.code).toBe('not_claimed');
  const answers = await Promise.all([claim(), claim()]);
  expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
  expect(answers.find(({ status }) => status === 200)?.headers.get('set-cookie')).toMatch(
    /^perch_relay=.*HttpOnly; SameSite=Strict/,
  );
  await own.close();
});

test.each([
  ['/control/attic', 404],
  ['/control/', 404],
  ['/control/porch/x', 404],
  ['/control/%ff', 404],
  ['/elsewhere', 404],
  ['/control/porch?client=a%20b', 400],
])('a WebSocket to %s is refused with %i', async (path, status) => {
  const pi = relay.pi(relay.token, { path });
  expect((await pi.closed).code).toBe(status);
});
