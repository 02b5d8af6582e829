import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { encodeCommand } from '../../proto/index.ts';
import { closeCodes } from '../link/wire.ts';
import type { FleetMessage } from './events.ts';
import { TestRelay } from './testing/relay.ts';

let relay: TestRelay;
beforeEach(async () => {
  relay = await TestRelay.start();
});
afterEach(() => relay.close());

/** Follows the fleet: the newest row of each device. */
async function follow(token = relay.token) {
  const socket = new WebSocket(`${relay.url}/api/events`, { headers: { authorization: `Bearer ${token}` } });
  const rows = new Map<string, FleetMessage['devices'][number]>();
  const removed: string[] = [];
  const waiting = new Set<() => void>();
  socket.on('message', (data) => {
    const message = JSON.parse(String(data)) as FleetMessage;
    for (const row of message.devices) rows.set(row.name, row);
    removed.push(...message.removed);
    for (const look of waiting) look();
  });
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await new Promise<void>((resolve) => socket.on('open', () => resolve()));
  const until = (test: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!test()) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
    });
  return { rows, removed, until, closed, socket };
}

test('the list says who is there, since when, how its cameras are and what waits', async () => {
  const key = await relay.register('porch');
  await relay.register('attic');
  const pi = relay.pi(key);
  await pi.opened;
  pi.send({ success: true, current_settings: { cameraName: 'door', fps: 20 }, state: 2, state_message: 'Live.' });
  await new Promise<void>((resolve) => relay.relay.fleet.backplane.onStatus(() => resolve()));
  const { body } = await relay.call('GET', '/api/devices');
  expect(body.devices).toMatchObject([
    { name: 'attic', connected: false, cameras: [], pending: {} },
    {
      name: 'porch',
      connected: true,
      address: '127.0.0.1',
      cameras: [{ name: 'door', state: 2, state_message: 'Live.', current_settings: { fps: 20 } }],
    },
  ]);
  expect(body.devices[1].connected_since).toBeGreaterThan(Date.now() - 60_000);
  expect((await relay.call('GET', '/api/devices/cellar')).body.error.code).toBe('unknown_device');
});

test('the fleet page hears of everything that changes', async () => {
  const page = await follow();
  const key = await relay.register('porch');
  await page.until(() => page.rows.get('porch')?.connected === false);
  const pi = relay.pi(key);
  await page.until(() => page.rows.get('porch')?.connected === true);
  pi.send({ success: true, current_settings: { cameraName: 'door', fps: 20 } });
  await page.until(() => page.rows.get('porch')?.cameras[0]?.current_settings?.fps === 20);
  await pi.end();
  await page.until(() => page.rows.get('porch')?.connected === false);
  await relay.call('PATCH', '/api/devices/porch/settings', { fps: 10 });
  await page.until(() => page.rows.get('porch')?.pending['']?.settings.fps === 10);
  await relay.call('DELETE', '/api/devices/porch');
  await page.until(() => page.removed.includes('porch'));
});

test('the fleet page is closed with its login', async () => {
  const { body } = await relay.call('POST', '/api/tokens', { name: 'wall', role: 'viewer' });
  const page = await follow(body.token);
  await relay.call('DELETE', `/api/tokens/${body.id}`);
  expect(await page.closed).toBe(closeCodes.revoked);
});

test('a device that does not read is let go with a reason, and whoever waits for it is told', async () => {
  const key = await relay.register('porch');
  const pi = relay.pi(key);
  await pi.opened;
  pi.socket.pause();
  const anna = relay.operator('porch');
  await anna.opened;
  // Large commands, as many as one may send at once: far more than its network takes.
  const settings = { cameraName: 'x'.repeat(30_000) };
  for (let n = 0; n < 400; n += 1) anna.socket.send(encodeCommand({ settings, request_id: `a${n}` }));
  const told = await anna.until(({ error_code }) => error_code === 'no_answer' || error_code === 'not_connected');
  expect(told.success).toBe(false);
  expect((await relay.call('GET', '/metrics')).text).toContain('perch_relay_too_slow_total 1');
  pi.socket.resume();
  expect([closeCodes.tooSlow, 1006]).toContain((await pi.closed).code);
});

describe('over HTTP', () => {
  test('a command is asked of the device and answered with what it said', async () => {
    const pi = relay.pi(await relay.register('porch'));
    await pi.opened;
    const answer = relay.call('PATCH', '/api/devices/porch/settings?camera=door', {
      brightness: 5,
      request_id: 'mine',
    });
    const command = await pi.command();
    expect(command).toMatchObject({
      command: 0,
      settings: { brightness: 5, cameraName: 'door' },
      request_id: 'mine',
      asked_by: 'Token test',
    });
    pi.answer(command, { success: true, message: 'Brightness is now 5.', revision: 2 });
    const { status, body } = await answer;
    expect(status).toBe(200);
    expect(body).toEqual({ success: true, message: 'Brightness is now 5.', revision: 2, request_id: 'mine' });
  });

  test.each([
    ['start', 1],
    ['stop', 2],
    ['restart', 4],
  ])('%s is command %i', async (action, number) => {
    const pi = relay.pi(await relay.register('porch'));
    await pi.opened;
    const answer = relay.call('POST', `/api/devices/porch/${action}`);
    const command = await pi.command();
    expect(command.command).toBe(number);
    pi.answer(command, { success: false, message: 'It is broken.', error_code: 'camera_away' });
    expect(await answer).toMatchObject({ status: 400, body: { success: false, message: 'It is broken.' } });
  });

  test('a picture that many ask for is asked of the device once', async () => {
    const pi = relay.pi(await relay.register('porch'));
    await pi.opened;
    let come = 0;
    const allCame = new Promise<void>((resolve) => {
      const count = () => {
        come += 1;
        if (come < 3) return;
        unsubscribe('http.server.request.start', count);
        resolve();
      };
      subscribe('http.server.request.start', count);
    });
    const asked = [1, 2, 3].map(() => relay.call('GET', '/api/devices/porch/snapshot.jpg?camera=door'));
    const command = await pi.command();
    expect(command).toMatchObject({ command: 5, settings: { cameraName: 'door' } });
    await allCame;
    pi.answer(command, { success: true, picture: Buffer.from([0xff, 0xd8]) });
    for (const { status, headers } of await Promise.all(asked)) {
      expect(status).toBe(200);
      expect(headers.get('content-type')).toBe('image/jpeg');
    }
    expect(pi.waiting).toBe(0);
    const refused = relay.call('GET', '/api/devices/porch/snapshot.jpg');
    pi.answer(await pi.command(), { success: false, message: 'The camera is off.' });
    expect(await refused).toMatchObject({ status: 503, body: { error: { code: 'camera_away' } } });
  });

  test('health, metrics and the description of all of it', async () => {
    const healthy = await relay.call('GET', '/healthz', undefined, { authorization: '' });
    expect(healthy).toMatchObject({ status: 200, body: { ok: true } });
    expect((await relay.call('GET', '/metrics', undefined, { authorization: '' })).status).toBe(401);
    const { text } = await relay.call('GET', '/metrics');
    for (const name of ['devices', 'connected', 'operators', 'commands_total', 'refused_total', 'pending']) {
      expect(text).toContain(`# TYPE perch_relay_${name} `);
    }
    const { body } = await relay.call('GET', '/api/openapi.json');
    expect(body.info.title).toBe('Perch relay');
    for (const path of ['/api/devices', '/api/devices/{name}/settings', '/api/users', '/api/tokens', '/api/session']) {
      expect(body.paths).toHaveProperty([path]);
    }
  });
});
