import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect as connectTcp, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TestServer } from '../../appliance/http/testing/server.ts';
import { CommandType, encodeCommand } from '../../proto/index.ts';
import { TestRelay } from '../relay/testing/relay.ts';
import { retryDelay } from './backoff.ts';
import { gained, stillHas } from './network.ts';
import { TestAppliance, untilLink } from './testing/appliance.ts';

let appliance: TestAppliance;
let relay: TestRelay;
let key: string;
beforeEach(async () => {
  relay = await TestRelay.start();
  key = await relay.register('porch');
  appliance = await TestAppliance.start();
});
afterEach(async () => {
  await appliance.close();
  await relay.close();
});

function link(more = {}, tuning = {}) {
  return appliance.link({ relay_url: relay.url, relay_key: key, ...more }, tuning);
}

async function operator(query = '') {
  const statuses = relay.operator('porch', query);
  await statuses.opened;
  return statuses;
}

test('without an address there is no link', () => {
  const off = appliance.link({});
  expect(off.status()).toEqual({ state: 'off', message: 'No relay is configured.', since: 0, connections: 0 });
});

test('on connecting it reports every camera unasked, with its limits', async () => {
  const own = link();
  await relay.untilConnected('porch');
  const anna = await operator();
  for (const name of ['front', 'garage']) {
    const status = await anna.until(({ current_settings }) => current_settings?.cameraName === name);
    expect(status).toMatchObject({ success: true, message: 'Live.' });
    expect(status.request_id).toBeUndefined();
    expect(status.limits?.length).toBeGreaterThan(10);
  }
  const status = await untilLink(own, ({ roundTripMs }) => roundTripMs !== undefined);
  expect(status).toMatchObject({
    state: 'connected',
    connections: 1,
    message: `Connected to the relay at 127.0.0.1:${relay.port}.`,
    url: `${relay.url}/`,
  });
  expect(JSON.stringify(status)).not.toContain(key);
});

test('of several relays of a fleet the next one is tried when one is away', async () => {
  // Port 1 is nobody's.
  const own = link({ relay_url: `ws://127.0.0.1:1, ${relay.url}` });
  await relay.untilConnected('porch');
  const status = await untilLink(own, ({ state }) => state === 'connected');
  expect(status).toMatchObject({ url: `${relay.url}/`, connections: 1 });
  expect(status.lastError).toContain('127.0.0.1:1');
});

test('its state is in the health and the metrics of the appliance', async () => {
  const own = link();
  const server = await TestServer.start({ parts: { link: own } });
  await untilLink(own, ({ roundTripMs }) => roundTripMs !== undefined);
  const { body } = await server.call('GET', '/api/health');
  expect(body.link).toMatchObject({ state: 'connected', connections: 1, round_trip_ms: expect.any(Number) });
  expect((await server.call('GET', '/metrics')).text).toContain('perch_link_connected 1');
  await server.close();
});

test('a command goes through the door and is answered with its id; everybody hears the change and who made it', async () => {
  link();
  await relay.untilConnected('porch');
  const [anna, ben] = [await operator(), await operator()];
  anna.socket.send(encodeCommand({ settings: { brightness: 10, cameraName: 'garage' }, request_id: 'a' }));
  expect(await anna.until(({ request_id }) => request_id === 'a')).toMatchObject({
    success: true,
    message: 'Brightness is now 10.',
    current_settings: { brightness: 10, cameraName: 'garage' },
  });
  expect(await ben.until(({ changed_fields }) => changed_fields?.includes('brightness') ?? false)).toMatchObject({
    changed_by: 'Token test (Central)',
    current_settings: { cameraName: 'garage' },
  });
  expect(appliance.door.status('garage')?.current_settings?.brightness).toBe(10);
  expect(appliance.door.status('front')?.current_settings?.brightness).toBe(0);
});

test('a local change goes up by itself', async () => {
  link();
  await relay.untilConnected('porch');
  const anna = await operator();
  await appliance.door.update('front', { brightness: 3 }, { who: 'Page at 192.168.1.7', client: 'page' });
  expect(await anna.until(({ current_settings }) => current_settings?.brightness === 3)).toMatchObject({
    changed_by: 'Page at 192.168.1.7',
  });
});

test('a mistake is answered in a sentence', async () => {
  link();
  await relay.untilConnected('porch');
  const anna = await operator();
  anna.socket.send(encodeCommand({ settings: { brightness: 900 }, request_id: 'a' }));
  expect(await anna.until(({ request_id }) => request_id === 'a')).toMatchObject({
    success: false,
    error_code: 'bad_value',
    message: 'brightness is 900, but must be a whole number from -100 to 100.',
  });
  anna.socket.send(encodeCommand({ settings: { cameraName: 'attic' }, request_id: 'b' }));
  expect(await anna.until(({ request_id }) => request_id === 'b')).toMatchObject({ error_code: 'unknown_camera' });
});

test('the same request sent again is answered again and carried out once, after a reconnect too', async () => {
  const own = link();
  await relay.untilConnected('porch');
  const anna = await operator('?client=anna');
  const frame = encodeCommand({ settings: { brightness: 10 }, request_id: 'a' });
  anna.socket.send(frame);
  const first = await anna.until(({ request_id }) => request_id === 'a');
  await appliance.door.update('front', { brightness: 20 }, { who: 'Page', client: 'page' });

  // Both connections break, and everybody comes back.
  anna.socket.terminate();
  const { connections } = own.status();
  await own.stop();
  own.start();
  await untilLink(own, (status) => status.connections > connections);
  await relay.untilConnected('porch');
  const again = await operator('?client=anna');
  again.socket.send(frame);
  const second = await again.until(({ request_id }) => request_id === 'a');
  expect(second.revision).toBe(first.revision);
  expect(appliance.door.status('front')?.current_settings?.brightness).toBe(20);
});

test('somebody else with the same request_id is somebody else', async () => {
  link();
  await relay.untilConnected('porch');
  for (const brightness of [10, 20]) {
    const each = await operator();
    each.socket.send(encodeCommand({ settings: { brightness }, request_id: '1' }));
    const answer = await each.until(({ request_id }) => request_id === '1');
    expect(answer.current_settings?.brightness).toBe(brightness);
    each.socket.close();
  }
});

test('what waited at the relay is made on connecting, once', async () => {
  await relay.call('PATCH', '/api/devices/porch/settings', { brightness: 5 });
  const anna = await operator();
  link();
  await anna.until(({ message }) => message === 'What waited for it is applied.');
  expect(appliance.door.status('front')).toMatchObject({ revision: 2, current_settings: { brightness: 5 } });
  expect(relay.relay.fleet.desired.size).toBe(0);
});

test('a picture comes over the link', async () => {
  link();
  await relay.untilConnected('porch');
  const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(1000), Buffer.from([0xff, 0xd9])]);
  const front = appliance.cameras[0];
  const wanted = setInterval(() => {
    if (!front || front.jpeg.listeners === 0) return;
    clearInterval(wanted);
    front.jpeg.push({ codec: 'mjpeg', data: jpeg, key: true, timeUs: 0, revision: 1 });
  }, 5);
  const response = await fetch(`http://127.0.0.1:${relay.port}/api/devices/porch/snapshot.jpg?camera=front`, {
    headers: { authorization: `Bearer ${relay.token}` },
  });
  expect(response.headers.get('content-type')).toBe('image/jpeg');
  expect(Buffer.from(await response.arrayBuffer())).toEqual(jpeg);
});

test('the relay restarts: the link comes back by itself, and local control went on meanwhile', async () => {
  const own = link();
  await relay.untilConnected('porch');
  const { port } = relay;
  // Looked at from before: the first try again may come while the relay still closes, and has a reason of its own.
  const away = untilLink(own, ({ state }) => state === 'waiting');
  await relay.close({ keep: true });
  const down = await away;
  expect(down.lastError).toBe('The relay is restarting.');
  expect(down.message).toBe('Not connected to the relay. The relay is restarting.');
  const answer = await appliance.door.update('front', { brightness: 9 }, { who: 'Page', client: 'page' });
  expect(answer.success).toBe(true);
  relay = await TestRelay.start({ folder: relay.folder, config: { port } });
  await relay.untilConnected('porch');
  const anna = await operator();
  await anna.until(({ current_settings }) => current_settings?.brightness === 9);
  expect(own.status().connections).toBe(2);
});

describe('why there is no connection, in a sentence', () => {
  test.each([
    ['wrong key', { relay_key: 'x' }, 'The relay refused: This key is not known here. Register the device'],
    ['no key', { relay_key: undefined }, 'The relay refused: This key is not known here.'],
    ['nothing listens', { relay_url: 'ws://127.0.0.1:1' }, 'Nothing answers at 127.0.0.1:1. Is the relay running'],
    ['unknown name', { relay_url: 'ws://relay.invalid' }, 'The name relay.invalid is not known here.'],
    ['a missing file', { relay_ca: '/nowhere.pem' }, 'relay_ca names /nowhere.pem, which cannot be read'],
  ])('%s', async (_, config, sentence) => {
    const own = link(config);
    const { lastError, state } = await untilLink(own, (status) => status.lastError !== undefined);
    expect(lastError).toContain(sentence);
    expect(state).toBe('waiting');
  });

  test('a server that is no relay', async () => {
    const web = createHttpServer((_request, response) => response.end('hello'));
    await new Promise<void>((resolve) => web.listen(0, '127.0.0.1', resolve));
    const own = link({ relay_url: `ws://127.0.0.1:${(web.address() as AddressInfo).port}` });
    const { lastError } = await untilLink(own, (status) => status.lastError !== undefined);
    expect(lastError).toBe('What answers at relay_url is no relay (HTTP 200).');
    web.close();
    web.closeAllConnections();
  });

  test('a revoked key', async () => {
    const own = link();
    await relay.untilConnected('porch');
    const away = untilLink(own, (status) => status.lastError !== undefined);
    await relay.relay.fleet.devices.revoke('porch');
    const { lastError } = await away;
    expect(lastError).toBe('The key of this device was revoked at the relay.');
  });

  test('another device with the same key: the older one is told, and keeps its distance', async () => {
    const first = link();
    await relay.untilConnected('porch');
    const second = link();
    await untilLink(second, ({ state }) => state === 'connected');
    const told = await untilLink(first, ({ state }) => state === 'waiting');
    expect(told.lastError).toContain("Another connection with this device's key took over.");
    expect((told.nextTryAt ?? 0) - Date.now()).toBeGreaterThan(10_000);
  });
});

/** Stands between link and relay, and can stop carrying anything without closing, as a dead VPN does. */
class Tunnel {
  readonly server: Server;
  readonly #sockets = new Set<Socket>();
  #dead = false;

  constructor(port: number) {
    this.server = createServer((near) => {
      const far = connectTcp(port, '127.0.0.1');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.on('data', (data) => {
          if (!this.#dead) to.write(data);
        });
        from.on('error', () => {});
        from.on('close', () => {
          this.#sockets.delete(from);
          if (!this.#dead) to.destroy();
        });
      }
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return `ws://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  set dead(dead: boolean) {
    this.#dead = dead;
  }

  close(): void {
    this.server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

test('a VPN that carries nothing any more is noticed by both ends, and the link comes back with it', async () => {
  await relay.close({ keep: true });
  relay = await TestRelay.start({ folder: relay.folder, tuning: { pingMs: 1000 } });
  const tunnel = new Tunnel(relay.port);
  const own = link({ relay_url: await tunnel.listen() }, { beatMs: 100, handshakeMs: 500 });
  await untilLink(own, ({ state }) => state === 'connected');
  tunnel.dead = true;
  // A machine that was busy may have missed the hand-shake's short time before; this is about what comes after.
  const silent = /^Nothing was heard from the relay for \d+ seconds\. Is the VPN up\?$/;
  await untilLink(own, ({ lastError }) => silent.test(lastError ?? ''));
  await relay.untilConnected('porch', false);
  const anna = await operator('?queue=1');
  anna.socket.send(encodeCommand({ settings: { contrast: 4 }, request_id: 'a' }));
  expect(await anna.until(({ request_id }) => request_id === 'a')).toMatchObject({ pending_settings: { contrast: 4 } });
  await appliance.door.update('front', { brightness: 6 }, { who: 'Page', client: 'page' });
  tunnel.dead = false;
  await anna.until(({ current_settings }) => current_settings?.contrast === 4 && current_settings.brightness === 6);
  expect(appliance.door.status('front')?.current_settings).toMatchObject({ contrast: 4, brightness: 6 });
  tunnel.close();
});

test('commands beyond what fits are read when there is room, and each is answered once', async () => {
  link();
  await relay.untilConnected('porch');
  const anna = await operator();
  const count = 300;
  for (let n = 0; n < count; n += 1) {
    anna.socket.send(encodeCommand({ command: CommandType.GET_STATUS, request_id: `s${n}` }));
  }
  for (let n = 0; n < count; n += 1) await anna.until(({ request_id }) => request_id === `s${n}`);
  expect(anna.received.filter(({ request_id }) => request_id !== undefined)).toHaveLength(count);
});

describe('when to try again', () => {
  test('full jitter, doubling, at most 30 s', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 100].map((failed) => retryDelay(failed, () => 0.999))).toEqual([
      999, 1998, 3996, 7992, 15984, 29970, 29970, 29970,
    ]);
    expect(retryDelay(5, () => 0)).toBe(50);
  });

  test('at once when an address appears; an address that went takes its connection with it', () => {
    const home = new Set(['wlan0 192.168.1.7']);
    const vpn = new Set(['wlan0 192.168.1.7', 'tun0 10.8.0.6']);
    expect(gained(home, vpn)).toBe(true);
    expect(gained(vpn, home)).toBe(false);
    expect(gained(home, home)).toBe(false);
    expect(stillHas('10.8.0.6', vpn)).toBe(true);
    expect(stillHas('::ffff:10.8.0.6', vpn)).toBe(true);
    expect(stillHas('10.8.0.6', home)).toBe(false);
    expect(stillHas('127.0.0.1', home)).toBe(true);
    expect(stillHas(undefined, home)).toBe(true);
  });
});
