/** Who is let in where: the whole table, over real connections. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { password, type Statuses, TestServer, type TestServerOptions } from './testing/server.ts';

/** What strangers may have. A route that is added later and not listed here needs a login, or fails the test below. */
const openRoutes = [
  'GET /',
  'GET /*',
  'GET /healthz',
  'GET /api/session',
  'POST /api/session',
  'DELETE /api/session',
  'POST /api/claim',
];
const webSockets = ['/api/control', '/api/mse/front'];

const servers: TestServer[] = [];
async function start(options: TestServerOptions = {}): Promise<TestServer> {
  const server = await TestServer.start(options);
  servers.push(server);
  return server;
}

describe('a stranger', () => {
  let server: TestServer;
  let routes: readonly { method: string; url: string }[];
  beforeAll(async () => {
    server = await TestServer.start();
    routes = server.http.routes();
  });
  afterAll(() => server.close());

  it('is shown the door at every route but the open ones', async () => {
    expect(routes.length).toBeGreaterThan(30);
    for (const { method, url } of routes) {
      if (method === 'HEAD' || openRoutes.includes(`${method} ${url}`)) continue;
      const path = url.replace(':name', 'front').replace(':id', '0123456789ab').replace('*', 'x');
      const response = await fetch(server.url(path), { method });
      expect([method, path, response.status]).toEqual([method, path, 401]);
      expect(await response.json()).toEqual({
        error: { code: 'not_logged_in', message: 'Log in first: open the page, or send an API token.' },
      });
    }
  });

  it('finds no open route that is not meant to be', async () => {
    for (const { method, url } of routes) {
      if (method === 'HEAD') continue;
      const response = await fetch(server.url(url.replace(':name', 'front').replace(':id', 'x').replace('*', 'x')), {
        method,
      });
      const open = response.status !== 401;
      expect([method, url, open]).toEqual([method, url, openRoutes.includes(`${method} ${url}`)]);
    }
  });

  it.each(webSockets)('gets no WebSocket at %s', async (path) => {
    const socket = server.socket(path, { cookie: '' });
    expect(await socket.closed).toBe(401);
  });

  it.each([
    ['no cookie', {}],
    ['an empty cookie', { cookie: 'perch_session=' }],
    ['a forged cookie', { cookie: `perch_session=0123456789ab.${'A'.repeat(43)}` }],
    ['a cookie that is no cookie', { cookie: ';;;=;' }],
    ['a huge cookie', { cookie: `perch_session=${'x'.repeat(8000)}` }],
    ['the cookie of https over http', { cookie: 'https' }],
    ['an empty token', { authorization: 'Bearer ' }],
    ['a made-up token', { authorization: `Bearer perch_0123456789ab.${'A'.repeat(43)}` }],
    ['Basic', { authorization: `Basic ${btoa('admin:admin')}` }],
  ])('with %s is still one', async (_, headers: Record<string, string>) => {
    const cookie =
      headers.cookie === 'https' ? server.cookie.replace('perch_session', '__Host-perch_session') : headers.cookie;
    const response = await fetch(server.url('/api/cameras'), {
      headers: { ...headers, ...(cookie !== undefined && { cookie }) },
    });
    expect(response.status).toBe(401);
  });

  it('who sends a wrong token is not let in by a good cookie', async () => {
    expect((await server.call('GET', '/api/cameras', undefined, { authorization: 'Bearer wrong' })).status).toBe(401);
  });

  it('with a cookie changed in one letter is still one', async () => {
    const end = server.cookie.at(-1) === 'A' ? 'B' : 'A';
    const forged = `${server.cookie.slice(0, -1)}${end}`;
    const socket = server.socket('/api/control', { cookie: forged });
    expect(await socket.closed).toBe(401);
    expect((await server.call('GET', '/api/cameras', undefined, { cookie: forged })).status).toBe(401);
  });

  it('learns nothing from addresses that do not exist', async () => {
    for (const path of [
      '/api/nothing',
      '/whep',
      '/whep/',
      '/api/',
      '/../etc/passwd',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/.env',
    ]) {
      const response = await fetch(server.url(path));
      expect([path, response.status]).toEqual([path, 404]);
      expect((await response.json()).error.code).toBe('not_found');
    }
  });
});

describe('a page from elsewhere', () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await TestServer.start({ config: { origins: ['https://site.example'] } });
  });
  afterAll(() => server.close());

  const foreign = ['http://evil.example', 'null', 'http://127.0.0.1:1', 'https://site.example.evil.example'];

  it.each(foreign)('(%s) cannot write, cookie or not', async (origin) => {
    const routes = server.http.routes().filter(({ method }) => !['GET', 'HEAD', 'OPTIONS'].includes(method));
    for (const { method, url } of routes) {
      const path = url.replace(':name', 'front').replace(':id', '0123456789ab');
      const { status, body } = await server.call(method, path, undefined, { origin });
      expect([method, path, status, body.error.code]).toEqual([method, path, 403, 'wrong_origin']);
    }
    const before = await server.call('GET', '/api/cameras/front/settings');
    expect((await server.call('PATCH', '/api/cameras/front/settings', { brightness: 9 }, { origin })).status).toBe(403);
    expect((await server.call('GET', '/api/cameras/front/settings')).body).toEqual(before.body);
  });

  it.each(foreign)('(%s) gets no WebSocket', async (origin) => {
    for (const path of webSockets) expect(await server.socket(path, { origin }).closed).toBe(403);
  });

  it('that is configured may write, and open WebSockets', async () => {
    const origin = 'https://site.example';
    const answer = await server.call('PATCH', '/api/cameras/front/settings', { brightness: 9 }, { origin });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe(origin);
    const socket = server.socket('/api/control', { origin });
    await socket.opened;
    socket.socket.terminate();
  });

  it('that is configured is told so when its browser asks; others are not', async () => {
    const ask = (origin: string) =>
      fetch(server.url('/api/cameras/front/settings'), {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'PATCH',
          'access-control-request-headers': 'authorization',
        },
      });
    const good = await ask('https://site.example');
    expect(good.status).toBe(204);
    expect(good.headers.get('access-control-allow-methods')).toContain('PATCH');
    expect(good.headers.get('access-control-allow-headers')).toContain('authorization');
    const bad = await ask('http://evil.example');
    expect(bad.headers.get('access-control-allow-origin')).toBeNull();
  });

  it('is not minded where there is no page: scripts send no Origin', async () => {
    const response = await fetch(server.url('/api/cameras/front/settings'), {
      method: 'PATCH',
      headers: { cookie: server.cookie, 'content-type': 'application/json' },
      body: '{"contrast": 3}',
    });
    expect(response.status).toBe(200);
  });
});

describe('the owner', () => {
  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  it('claims, and the cookie is for this browser and this site alone', async () => {
    const server = await start({ unclaimed: true });
    expect((await server.call('GET', '/api/session')).body).toEqual({ claimed: false, authenticated: false });
    expect((await server.call('GET', '/api/cameras')).body.error).toMatchObject({ code: 'not_claimed' });
    const claim = await server.call('POST', '/api/claim', { password });
    expect(claim.body).toMatchObject({ claimed: true, authenticated: true, who: 'Page at 127.0.0.1' });
    const [cookie = ''] = claim.headers.getSetCookie();
    expect(cookie).toMatch(
      /^perch_session=[0-9a-f]{12}\.[\w-]{43}; Max-Age=7776000; Path=\/; HttpOnly; SameSite=Strict$/,
    );
    const session = { cookie: cookie.split(';')[0] ?? '' };
    expect((await server.call('GET', '/api/cameras', undefined, session)).status).toBe(200);
    expect((await server.call('POST', '/api/claim', { password: 'somebody else' })).body.error.code).toBe(
      'already_claimed',
    );
    const out = await server.call('DELETE', '/api/session', undefined, session);
    expect(out.body).toEqual({ claimed: true, authenticated: false });
    expect(out.headers.getSetCookie()[0]).toMatch(/^perch_session=; .*Expires=Thu, 01 Jan 1970/);
    expect((await server.call('GET', '/api/cameras', undefined, session)).status).toBe(401);
  });

  it('is not a page of the internet that points its own name here', async () => {
    const server = await start({ unclaimed: true });
    const asked = request(server.url('/api/claim'), {
      method: 'POST',
      headers: { host: 'rebound.example', origin: 'http://rebound.example', 'content-type': 'application/json' },
    }).end(JSON.stringify({ password }));
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    answer.resume();
    expect(answer.statusCode).toBe(403);
    expect(server.auth.claimed).toBe(false);
  });

  it('is one of many who claim at once', async () => {
    const server = await start({ unclaimed: true });
    const tries = await Promise.all(
      Array.from({ length: 8 }, (_, at) => server.call('POST', '/api/claim', { password: `password number ${at}` })),
    );
    const winners = tries.flatMap(({ status }, at) => (status === 200 ? [at] : []));
    expect(winners).toHaveLength(1);
    expect(tries.filter(({ status }) => status !== 200).every(({ status }) => status === 409)).toBe(true);
    expect((await server.call('POST', '/api/session', { password: `password number ${winners[0]}` })).status).toBe(200);
  });

  it.each([
    [{ password: 'short' }, 'weak_password', 'The password must be 8 to 256 characters long.'],
    [{ password: 12345678 }, 'bad_request', 'password must be a text.'],
    [{}, 'bad_request', 'password is missing.'],
    [{ password, admin: true }, 'bad_request', 'admin is not known here.'],
    [[], 'bad_request', 'The body must be a JSON object.'],
    [undefined, 'bad_request', 'The body must be a JSON object.'],
  ])('cannot claim with %j', async (body, code, message) => {
    const server = await start({ unclaimed: true });
    expect((await server.call('POST', '/api/claim', body)).body).toMatchObject({ error: { code, message } });
    expect(server.auth.claimed).toBe(false);
  });

  it('is told how long to wait after wrong passwords', async () => {
    const server = await start();
    for (let at = 0; at < 5; at++) {
      const wrong = await server.call('POST', '/api/session', { password: 'wrong password' });
      expect([wrong.status, wrong.body.error.message]).toEqual([401, 'That password is not right. Try again.']);
    }
    const braked = await server.call('POST', '/api/session', { password });
    expect([braked.status, braked.body.error.code]).toEqual([429, 'login_braked']);
    expect(braked.body.error.message).toMatch(/^Too many wrong passwords\. Wait [12] seconds? and try again\.$/);
    expect(Number(braked.headers.get('retry-after'))).toBeGreaterThan(0);
    // Who is in stays in.
    expect((await server.call('GET', '/api/cameras')).status).toBe(200);
  });

  it('stays logged in through a restart', async () => {
    const first = await TestServer.start();
    await first.close({ keep: true });
    const second = await start({ folder: first.folder });
    const answer = await second.call('GET', '/api/session', undefined, { cookie: first.cookie });
    expect(answer.body).toMatchObject({ authenticated: true });
  });

  it('makes a token, uses it everywhere, and takes it back with all it has open', async () => {
    const server = await start();
    const made = await server.call('POST', '/api/tokens', { name: 'garage script' });
    expect([made.status, made.body]).toMatchObject([
      201,
      { name: 'garage script', token: expect.stringMatching(/^perch_/) },
    ]);
    const headers = { authorization: `Bearer ${made.body.token}`, cookie: '' };
    expect((await server.call('GET', '/api/session', undefined, headers)).body).toMatchObject({
      who: 'Token garage script',
    });
    expect((await server.call('PATCH', '/api/cameras/front/settings', { brightness: 4 }, headers)).status).toBe(200);
    const socket: Statuses = server.socket('/api/control', headers);
    await socket.opened;
    const stream = await fetch(server.url('/api/cameras/front/stream.mjpg'), { headers });
    expect(stream.status).toBe(200);

    const list = await server.call('GET', '/api/tokens');
    expect(list.text).not.toContain(made.body.token);
    expect(list.body.tokens).toMatchObject([{ id: made.body.id, name: 'garage script' }]);

    expect((await server.call('DELETE', `/api/tokens/${made.body.id}`)).status).toBe(204);
    expect(await socket.closed).toBe(1008);
    // Cut off or ended: it is over either way.
    await stream.arrayBuffer().catch(() => {});
    expect((await server.call('GET', '/api/cameras', undefined, headers)).status).toBe(401);
    expect((await server.call('DELETE', `/api/tokens/${made.body.id}`)).status).toBe(404);
  });

  it('who logs out closes what that browser had open, and nothing else', async () => {
    const server = await start();
    const other = `perch_session=${await server.auth.login(password, '127.0.0.1')}`;
    const mine = server.socket('/api/control');
    const theirs = server.socket('/api/control', { cookie: other });
    await Promise.all([mine.opened, theirs.opened]);
    await server.call('DELETE', '/api/session');
    expect(await mine.closed).toBe(1008);
    expect(theirs.socket.readyState).toBe(theirs.socket.OPEN);
    theirs.socket.terminate();
  });

  it('changes the password; other browsers are out', async () => {
    const server = await start();
    const other = `perch_session=${await server.auth.login(password, '127.0.0.1')}`;
    const next = 'another fine password';
    expect((await server.call('PUT', '/api/password', { current: 'wrong', password: next })).status).toBe(401);
    expect((await server.call('PUT', '/api/password', { current: password, password: 'short' })).status).toBe(400);
    expect((await server.call('PUT', '/api/password', { current: password, password: next })).status).toBe(200);
    expect((await server.call('GET', '/api/cameras')).status).toBe(200);
    expect((await server.call('GET', '/api/cameras', undefined, { cookie: other })).status).toBe(401);
    expect((await server.call('POST', '/api/session', { password: next })).status).toBe(200);
  });
});
