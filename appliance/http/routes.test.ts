import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { settingNames } from '../settings/table.ts';
import { type PlainCamera, TestServer } from './testing/server.ts';

let server: TestServer;
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(() => server.close());

const patch = (body: unknown, name = 'front') => server.call('PATCH', `/api/cameras/${name}/settings`, body);

describe('the cameras', () => {
  it('are listed with all there is to know', async () => {
    const { status, body } = await server.call('GET', '/api/cameras');
    expect(status).toBe(200);
    expect(body.notices).toEqual([]);
    expect(body.cameras.map(({ name }: { name: string }) => name)).toEqual(['front', 'garage']);
    expect(body.cameras[0]).toMatchObject({
      name: 'front',
      index: 0,
      source: 'test',
      source_label: 'Synthetic picture',
      state: 'live',
      state_message: 'Live.',
      features: { brightness: true, exposure_time: false },
      limits: {
        brightness: { available: true, min: -100, max: 100, step: 1, applied: 'live' },
        exposure_time: { available: false, reason: 'This camera chooses it by itself.' },
        fps: { max: 30, applied: 'brief' },
        encoding: { choices: ['h264', 'h265', 'mjpeg'] },
      },
      sizes: ['1280x720', '640x480'],
      desired: { brightness: 0, cameraName: 'front' },
      applied: { brightness: 0 },
      revision: 1,
      applied_revision: 1,
      saved_revision: 1,
      measured: { fps: 29.9, restarts: 2, last_restart: 'It was unplugged.' },
      viewers: { total: 0, webrtc: 0, mse: 0, mjpeg: 0 },
    });
    expect((await server.call('GET', '/api/cameras/garage')).body).toEqual(body.cameras[1]);
  });

  it('say where MediaMTX serves them, when it does', async () => {
    await server.close();
    const mediamtx = { status: (camera: string) => ({ readers: 3, addresses: { rtsp: `rtsp://host/${camera}` } }) };
    server = await TestServer.start({ parts: { mediamtx } });
    expect((await server.call('GET', '/api/cameras/garage')).body.mediamtx).toEqual(mediamtx.status('garage'));
  });

  it('that do not exist are told apart from those that do, everywhere', async () => {
    for (const [method, path] of [
      ['GET', '/api/cameras/attic'],
      ['GET', '/api/cameras/attic/settings'],
      ['PATCH', '/api/cameras/attic/settings'],
      ['POST', '/api/cameras/attic/start'],
      ['GET', '/api/cameras/attic/snapshot.jpg'],
      ['GET', '/api/cameras/attic/stream.mjpg'],
      ['GET', '/api/cameras/__proto__/settings'],
    ] as const) {
      const { status, body } = await server.call(method, path);
      expect([path, status, body.error.code]).toEqual([path, 404, 'unknown_camera']);
      expect(body.error.message).toMatch(/The cameras are: front, garage\.$/);
    }
    expect(await server.socket('/api/mse/attic').closed).toBe(404);
  });

  it('start, stop and restart', async () => {
    const state = async () => (await server.call('GET', '/api/cameras/front')).body.state;
    expect((await server.call('POST', '/api/cameras/front/stop')).body).toMatchObject({ success: true });
    expect(await state()).toBe('stopped');
    const started = await server.call('POST', '/api/cameras/front/start', { request_id: 's' });
    expect(started.body).toMatchObject({ success: true, request_id: 's' });
    expect(await state()).toBe('live');
    // As curl sends it when told the type and given no body.
    const response = await fetch(server.url('/api/cameras/front/restart'), {
      method: 'POST',
      headers: { cookie: server.cookie, 'content-type': 'application/json' },
    });
    expect(response.status).toBe(200);
    expect((await server.call('POST', '/api/cameras/front/explode')).status).toBe(404);
  });
});

describe('the settings', () => {
  it('are every field by the protocol\u2019s name', async () => {
    const { body } = await server.call('GET', '/api/cameras/front/settings');
    expect(Object.keys(body).sort()).toEqual([...settingNames].sort());
    expect(body).toMatchObject({ cameraName: 'front', width: 1280, bitrate: '2M' });
  });

  it('change in part, zero included', async () => {
    await patch({ brightness: 7 });
    const { status, body } = await patch({ brightness: 0, contrast: 5, request_id: 'r1' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      success: true,
      message: expect.stringContaining('Brightness is now 0'),
      current_settings: { brightness: 0, contrast: 5, cameraName: 'front' },
      request_id: 'r1',
      timestamp: expect.any(Number),
      revision: 3,
    });
  });

  it('are back at the old ones, with 504 and a sentence, when no picture came', async () => {
    const camera = server.cameras.get('front') as PlainCamera;
    camera.outcome = async () => {
      // The camera goes back once; that it is told the number of what it shows works again.
      camera.outcome = async () => ({ kind: 'set' });
      return { kind: 'rolledBack', settings: camera.status().applied, fields: ['width'] };
    };
    const { status, body } = await patch({ width: 640, height: 480 });
    expect(status).toBe(504);
    expect(body).toMatchObject({ success: false, error_code: 'no_frames', current_settings: { width: 1280 } });
    expect(body.message).toBe('No picture came after this change, so it was taken back: Width as before.');
  });

  it.each<[string, unknown, string, string | undefined, RegExp]>([
    ['out of range', { brightness: 101 }, 'bad_value', 'brightness', /101.*-100 to 100/],
    ['a text for a number', { brightness: '10' }, 'bad_value', 'brightness', /"10".*a whole number from -100 to 100/],
    ['a number for a text', { bitrate: 2000000 }, 'bad_value', 'bitrate', /2000000.*such as "800k" or "2M"/],
    ['a bitrate like "fast"', { bitrate: 'fast' }, 'bad_value', 'bitrate', /"fast".*such as "800k" or "2M"/],
    ['a number for yes or no', { ai_enabled: 1 }, 'bad_value', 'ai_enabled', /true or false/],
    ['null', { fps: null }, 'bad_value', 'fps', /null.*from 1 to 30/],
    ['half a picture', { fps: 12.5 }, 'bad_value', 'fps', /12\.5/],
    ['more than this camera can', { fps: 60 }, 'bad_value', 'fps', /from 1 to 30 fps/],
    ['what this camera has not', { exposure_time: 100 }, 'not_offered', 'exposure_time', /chooses it by itself/],
    ['an unknown encoding', { encoding: 'av1' }, 'bad_value', 'encoding', /h264, h265, mjpeg/],
    ['an odd size', { width: 641 }, 'bad_value', 'width', /even/],
    ['an unknown field', { brightnes: 10 }, 'unknown_field', 'brightnes', /The settings are: width, height/],
    ['a prototype', JSON.parse('{"constructor": {}}'), 'unknown_field', 'constructor', /no setting/],
    ['another camera', { cameraName: 'garage' }, 'identity_mismatch', 'cameraName', /"front"/],
    ['a list', [1], 'bad_message', undefined, /object such as/],
    ['a number', 5, 'bad_message', undefined, /object such as/],
    ['nothing', undefined, 'bad_message', undefined, /object such as/],
    ['one wrong among right ones', { contrast: 5, brightness: 500 }, 'bad_value', 'brightness', /500/],
  ])('refuse %s in a sentence, and nothing is applied', async (_, body, code, field, sentence) => {
    const before = await server.call('GET', '/api/cameras/front');
    const answer = await patch(body);
    expect([answer.status, answer.body.success, answer.body.error_code]).toEqual([400, false, code]);
    expect(answer.body.error_field).toBe(field);
    expect(answer.body.message).toMatch(sentence);
    // The same as on every other route, for those who look there.
    expect(answer.body.error).toMatchObject({ code, message: answer.body.message });
    expect((await server.call('GET', '/api/cameras/front')).body).toEqual(before.body);
  });

  it('refuse a request_id that is no text', async () => {
    expect((await patch({ brightness: 1, request_id: 5 })).body.error).toMatchObject({ field: 'request_id' });
  });

  it('take a burst of 500 changes over as many connections, and the one after them', async () => {
    const answers = await Promise.all(Array.from({ length: 500 }, (_, at) => patch({ brightness: at % 50 })));
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    const last = await patch({ brightness: 66 });
    expect(last.body.current_settings.brightness).toBe(66);
    expect((await server.call('GET', '/api/cameras/front')).body.applied.brightness).toBe(66);
  });
});

describe('bodies', () => {
  const send = (body: string, type = 'application/json') =>
    fetch(server.url('/api/cameras/front/settings'), {
      method: 'PATCH',
      headers: { cookie: server.cookie, 'content-type': type },
      body,
    });
  it.each([
    ['a megabyte', `{"bitrate":"${'x'.repeat(1_000_000)}"}`, 'application/json', 413, 'at most 64 kB'],
    ['no JSON', '{"brightness":', 'application/json', 400, 'This is not a JSON text'],
    ['poison', '{"__proto__": {"admin": true}}', 'application/json', 400, 'not valid JSON'],
    ['a form', 'brightness=10', 'application/x-www-form-urlencoded', 415, 'Send this as application/json'],
    ['plain text', '{"brightness":10}', 'text/plain', 415, 'Send this as application/json'],
  ])('of %s are refused in a sentence', async (_, body, type, status, sentence) => {
    const response = await send(body, type);
    expect(response.status).toBe(status);
    expect((await response.json()).error.message).toContain(sentence);
  });
});

describe('presets', () => {
  it('are saved, renamed, applied and deleted', async () => {
    const name = encodeURIComponent('Mein Preset / 夜');
    const saved = await server.call('PUT', `/api/profiles/${name}`, { settings: { brightness: 22, fps: 60 } });
    expect(saved.body).toEqual({ name: 'Mein Preset / 夜', builtin: false, settings: { brightness: 22, fps: 60 } });
    expect((await server.call('PATCH', `/api/profiles/${name}`, { name: 'Evening' })).status).toBe(200);
    const list = await server.call('GET', '/api/profiles');
    expect(list.body.profiles.map((each: { name: string }) => each.name)).toContain('Evening');
    const applied = await server.call('POST', '/api/profiles/Evening/apply', { camera: 'garage', request_id: 'p' });
    expect(applied.body).toMatchObject({
      success: true,
      request_id: 'p',
      message: expect.stringContaining('Adapted to this camera: Frame rate.'),
      current_settings: { cameraName: 'garage', brightness: 22, fps: 30 },
    });
    expect((await server.call('POST', '/api/profiles/Night/apply')).body.current_settings.cameraName).toBe('front');
    expect((await server.call('DELETE', '/api/profiles/Evening')).status).toBe(204);
    expect((await server.call('DELETE', '/api/profiles/Evening')).status).toBe(404);
  });

  it.each([
    ['PUT', '/api/profiles/Night', { settings: { fps: 5 } }, 409, 'builtin_profile'],
    ['PUT', '/api/profiles/Mine', { settings: { fps: 'fast' } }, 400, 'bad_value'],
    ['PUT', '/api/profiles/Mine', { settings: {} }, 400, 'bad_request'],
    ['PUT', '/api/profiles/Mine', {}, 400, 'bad_request'],
    ['PATCH', '/api/profiles/Nobody', { name: 'Somebody' }, 404, 'unknown_profile'],
    ['POST', '/api/profiles/Nobody/apply', undefined, 404, 'unknown_profile'],
    ['POST', '/api/profiles/Night/apply', { camera: 'attic' }, 404, 'unknown_camera'],
    ['POST', '/api/profiles/Night/apply', { camera: 5 }, 400, 'bad_request'],
  ])('%s %s %j is refused', async (method, path, body, status, code) => {
    const answer = await server.call(method, path, body);
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  });
});

describe('pictures', () => {
  const unit = (text: string) =>
    ({ data: Buffer.from(text), key: true, timeUs: 1, codec: 'mjpeg', revision: 1 }) as const;

  it('come one at a time', async () => {
    const camera = server.cameras.get('front') as PlainCamera;
    const wanted = once(camera.demand, 'demand');
    const answer = server.call('GET', '/api/cameras/front/snapshot.jpg');
    await wanted;
    camera.jpeg.push(unit('a picture'));
    const { status, headers, text } = await answer;
    expect([status, headers.get('content-type'), text]).toEqual([200, 'image/jpeg', 'a picture']);
    expect(headers.get('content-disposition')).toMatch(/^inline; filename="front-.*\.jpg"$/);
    expect(camera.jpeg.listeners).toBe(0);
  });

  it('come one after another, until the viewer goes', async () => {
    const camera = server.cameras.get('front') as PlainCamera;
    const gone = new AbortController();
    const stream = await fetch(server.url('/api/cameras/front/stream.mjpg'), {
      headers: { cookie: server.cookie },
      signal: gone.signal,
    });
    expect(stream.headers.get('content-type')).toMatch(/^multipart\/x-mixed-replace; boundary=/);
    expect(stream.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect((await server.call('GET', '/api/cameras/front')).body.viewers).toMatchObject({ total: 1, mjpeg: 1 });
    camera.jpeg.push(unit('first picture'));
    const reader = stream.body?.getReader();
    let text = '';
    while (!text.includes('first picture')) text += new TextDecoder().decode((await reader?.read())?.value);
    expect(text).toContain('Content-Type: image/jpeg');
    const left = once(camera.demand, 'demand');
    gone.abort();
    expect(await left).toEqual([false]);
  });
});

describe('WHEP', () => {
  it.each([
    ['nothing', 'application/sdp', ''],
    ['JSON', 'application/json', '{"sdp": "v=0"}'],
    ['no SDP', 'application/sdp', 'hello'],
    ['half an SDP', 'application/sdp', 'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n'],
  ])('refuses an offer that is %s', async (_, type, body) => {
    const response = await fetch(server.url('/whep/front'), {
      method: 'POST',
      headers: { cookie: server.cookie, 'content-type': type },
      body,
    });
    expect(response.status).toBe(400);
    expect((await response.json()).error).toMatchObject({ code: 'bad_offer' });
    expect(server.whep.viewers()).toEqual([]);
  });

  it('refuses what is no text at all, and a megabyte', async () => {
    const send = (type: string, body: string) =>
      fetch(server.url('/whep/front'), {
        method: 'POST',
        headers: { cookie: server.cookie, 'content-type': type },
        body,
      });
    const picture = await send('image/jpeg', 'x');
    expect([picture.status, (await picture.json()).error.message]).toEqual([
      415,
      'Send this as application/sdp, not as image/jpeg.',
    ]);
    expect((await send('application/sdp', 'v=0'.repeat(400_000))).status).toBe(413);
  });

  it('lets anyone leave twice', async () => {
    expect((await server.call('DELETE', '/whep/front/whoever')).status).toBe(204);
  });
});

describe('what machines read', () => {
  it('/healthz says it serves, to everyone', async () => {
    const response = await fetch(server.url('/healthz'));
    expect([response.status, await response.json()]).toEqual([200, { ok: true }]);
  });

  it('/metrics is Prometheus text', async () => {
    const { headers, text } = await server.call('GET', '/metrics');
    expect(headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(text).toContain('perch_camera_state{camera="front",state="live"} 1\n');
    expect(text).toContain('perch_camera_state{camera="front",state="missing"} 0\n');
    expect(text).toContain('perch_camera_fps{camera="garage"} 29.9\n');
    expect(text).toContain('perch_camera_restarts_total{camera="front"} 2\n');
    expect(text).toContain('perch_camera_viewers{camera="front",by="webrtc"} 0\n');
    expect(text).toMatch(/^process_cpu_seconds_total [\d.]+$/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d{7,}$/m);
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(/^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[\d.e+-]+)$/);
    }
  });

  it('the OpenAPI names every route but the page and the WebSockets, and every setting with its range', async () => {
    const { body } = await server.call('GET', '/api/openapi.json');
    expect(body.openapi).toBe('3.0.3');
    const named = Object.entries<object>(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const hidden = /^(\/|\/\*|\/api\/(docs.*|openapi\.json|control|shell|mse\/\{name\}))$/;
    const served = server.http
      .routes()
      .filter(({ method }) => method !== 'HEAD')
      .map(({ method, url }) => `${method} ${url.replace(/:(\w+)/g, '{$1}')}`)
      .filter((route) => !hidden.test(route.split(' ')[1] ?? ''));
    expect(named.sort()).toEqual(served.sort());
    const change = body.paths['/api/cameras/{name}/settings'].patch;
    const { properties } = change.requestBody.content['application/json'].schema;
    expect(Object.keys(properties)).toEqual([...settingNames, 'request_id']);
    expect(properties.brightness).toMatchObject({ type: 'integer', minimum: -100, maximum: 100, default: 0 });
    expect(body.paths['/healthz'].get.security).toEqual([]);
    expect(body.paths['/metrics'].get.security).toBeUndefined();
  });

  it('the pages about it stand under our own policy', async () => {
    const { status, headers, text } = await server.call('GET', '/api/docs/');
    expect([status, headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(headers.get('content-security-policy')).toContain("script-src 'self';");
    const scripts = [...text.matchAll(/<script([^>]*)>([^<]*)</g)];
    expect(scripts.length).toBeGreaterThan(0);
    for (const [, attributes, inline] of scripts) {
      expect(inline?.trim()).toBe('');
      const path = /src="\.?([^"]+)"/.exec(attributes ?? '')?.[1] ?? '';
      expect((await server.call('GET', `/api/docs${path}`)).status).toBe(200);
    }
    expect((await server.call('GET', '/api/docs')).status).toBe(200);
    const gone = await server.call('GET', '/api/docs/static/gone.js');
    expect([gone.status, JSON.parse(gone.text).error.code]).toEqual([404, 'not_found']);
  });
});

describe('the page', () => {
  let built: TestServer;
  const script = `console.log(${JSON.stringify('x'.repeat(2000))})`;
  beforeAll(async () => {
    built = await TestServer.start();
    const folder = join(built.folder, 'page');
    await mkdir(folder);
    await writeFile(join(folder, 'index.html'), '<!doctype html><title>Perch</title>');
    await writeFile(join(folder, 'app-5TGQ2Y3K.js'), script);
    await writeFile(join(folder, 'app-5TGQ2Y3K.js.br'), brotliCompressSync(script));
    await writeFile(join(folder, 'app-5TGQ2Y3K.js.gz'), gzipSync(script));
    await writeFile(join(folder, '.secret'), 'secret');
    await built.close({ keep: true });
    built = await TestServer.start({ folder: built.folder });
  });
  afterAll(() => built.close());

  const get = (path: string, headers: Record<string, string> = {}) => fetch(built.url(path), { headers });

  it('is at /, for everyone, and checked again each time', async () => {
    const page = await get('/');
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.headers.get('cache-control')).toBe('no-cache');
    // fetch would send Cache-Control: no-cache along with it, as a forced reload does.
    const again = request(built.url('/'), { headers: { 'if-none-match': page.headers.get('etag') ?? '' } }).end();
    const [response] = (await once(again, 'response')) as [IncomingMessage];
    response.resume();
    expect(response.statusCode).toBe(304);
  });

  it.each([
    ['br', 'br'],
    ['gzip', 'gzip'],
    ['gzip, deflate, br', 'br'],
    ['identity', null],
  ])('comes compressed as it was prepared for %s', async (accept, encoding) => {
    const asset = await get('/app-5TGQ2Y3K.js', { 'accept-encoding': accept });
    expect([asset.status, asset.headers.get('content-encoding')]).toEqual([200, encoding]);
    expect(await asset.text()).toBe(script);
    expect(asset.headers.get('content-type')).toMatch(/javascript/);
    expect(asset.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  });

  it.each(['/.secret', '/..%2fauth.json', '/%2e%2e/auth.json', '/nothing.js', '/api/nothing', '/whep'])(
    'does not give away %s',
    async (path) => {
      expect((await get(path)).status).toBe(404);
    },
  );

  it('that is not built says what to do', async () => {
    const response = await fetch(server.url('/'));
    expect([response.status, (await response.json()).error.message]).toEqual([
      404,
      'There is nothing at GET / (the page is not built: make build).',
    ]);
  });

  it.each(['/', '/healthz', '/api/cameras', '/nothing'])('comes with headers that allow little (%s)', async (path) => {
    const { headers } = await get(path);
    expect(headers.get('content-security-policy')).toBe(
      "default-src 'self';script-src 'self';style-src 'self';img-src 'self' blob: data:;media-src 'self' blob:;connect-src 'self' ws: wss:;object-src 'none';base-uri 'none';form-action 'self';frame-ancestors 'none'",
    );
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('referrer-policy')).toBe('no-referrer');
    expect(headers.get('strict-transport-security')).toBeNull();
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('access-control-allow-origin')).toBeNull();
  });
});
