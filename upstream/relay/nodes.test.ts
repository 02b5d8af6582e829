/** Several relays as one fleet, by a real NATS. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Answer, Statuses } from '../../appliance/http/testing/server.ts';
import { CommandType, encodeCommand } from '../../proto/index.ts';
import { closeCodes, subprotocol } from '../link/wire.ts';
import { TestNats } from './testing/nats.ts';
import { RelayProcess } from './testing/process.ts';
import { Pi, TestRelay } from './testing/relay.ts';

let nats: TestNats;
let relays: TestRelay[];
beforeEach(async () => {
  nats = await TestNats.start();
  relays = [];
});
afterEach(async () => {
  await Promise.all(relays.map((relay) => relay.close()));
  await nats.stop();
});

async function node(): Promise<TestRelay> {
  const relay = await TestRelay.start({ config: { nats: nats.address } });
  relays.push(relay);
  return relay;
}

async function twoNodes(): Promise<[TestRelay, TestRelay]> {
  return [await node(), await node()];
}

/** Resolves when `look` is so; it is looked at whenever something changed at that relay. */
async function until(relay: TestRelay, look: () => boolean): Promise<void> {
  if (look()) return;
  const { backplane, devices, desired } = relay.relay.fleet;
  await new Promise<void>((resolve) => {
    const ends: (() => void)[] = [];
    const check = () => {
      if (!look()) return;
      for (const end of ends) end();
      resolve();
    };
    ends.push(backplane.onPresence(check), backplane.onStatus(check), devices.onChange(check), desired.onChange(check));
    check();
  });
}

const known = (relay: TestRelay, device: string) => until(relay, () => relay.relay.fleet.devices.has(device));
const waiting = (relay: TestRelay, device: string) => relay.relay.fleet.desired.get(device).waiting[''];

async function operator(relay: TestRelay, device: string, query = ''): Promise<Statuses> {
  const statuses = relay.operator(device, query);
  await statuses.opened;
  return statuses;
}

/** A relay says this once NATS is away, or is back. */
async function cutOff(relay: TestRelay, wanted: boolean): Promise<Answer> {
  for (;;) {
    const answer = await relay.call('GET', '/healthz');
    if ((answer.body.notice !== undefined) === wanted) return answer;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

test('an operator at one node reaches a Pi at another; answers and pushes come back byte for byte', async () => {
  const [a, b] = await twoNodes();
  const key = await a.register('porch');
  await known(b, 'porch');
  const pi = b.pi(key);
  await pi.opened;
  await a.untilConnected('porch');

  const anna = await operator(a, 'porch');
  const ben = await operator(b, 'porch');
  anna.socket.send(encodeCommand({ settings: { brightness: 5 }, request_id: 'ä1' }));
  const command = await pi.command();
  expect(command).toMatchObject({ settings: { brightness: 5 }, request_id: 'ä1', asked_by: 'Token test' });
  pi.answer(command, { success: true, message: 'Set.' });
  expect(await anna.until(({ request_id }) => request_id === 'ä1')).toMatchObject({ success: true, message: 'Set.' });
  expect(ben.received.some(({ message }) => message === 'Set.')).toBe(false);

  // Told to everybody at both, and remembered at both.
  const said = pi.send({ success: true, message: 'news', current_settings: { cameraName: 'door', brightness: 5 } });
  await Promise.all([anna, ben].map((each) => each.until(({ message }) => message === 'news')));
  await until(a, () => a.relay.fleet.backplane.recall('porch').get('door') !== undefined);
  expect(a.relay.fleet.backplane.recall('porch').get('door')?.newest.equals(said)).toBe(true);
  const { body } = await a.call('GET', '/api/devices/porch');
  expect(body).toMatchObject({ connected: true, cameras: [{ name: 'door', current_settings: { brightness: 5 } }] });

  // Over HTTP as well.
  const asked = a.call('GET', '/api/devices/porch/status');
  const status = await pi.command();
  expect(status.command).toBe(CommandType.GET_STATUS);
  pi.answer(status, { success: true, message: 'All well.' });
  expect((await asked).body).toMatchObject({ message: 'All well.' });
});

test('equal ids of people at different nodes stay two requests', async () => {
  const [a, b] = await twoNodes();
  const key = await a.register('porch');
  await known(b, 'porch');
  const pi = b.pi(key);
  await pi.opened;
  await a.untilConnected('porch');
  const anna = await operator(a, 'porch');
  const ben = await operator(b, 'porch');
  anna.socket.send(encodeCommand({ settings: { brightness: 1 }, request_id: 'same' }));
  const first = await pi.command();
  ben.socket.send(encodeCommand({ settings: { brightness: 2 }, request_id: 'same' }));
  const second = await pi.command();
  expect(first.asker).not.toBe(second.asker);
  pi.answer(second, { success: true, message: 'two' });
  pi.answer(first, { success: true, message: 'one' });
  expect(await anna.until(({ request_id }) => request_id === 'same')).toMatchObject({ message: 'one' });
  expect(await ben.until(({ request_id }) => request_id === 'same')).toMatchObject({ message: 'two' });
});

test('a Pi that comes to another node: the newer connection wins, and both nodes know', async () => {
  const [a, b] = await twoNodes();
  const key = await a.register('porch');
  await known(b, 'porch');
  const older = a.pi(key);
  await older.opened;
  await b.untilConnected('porch');
  const newer = b.pi(key);
  expect(await older.closed).toMatchObject({ code: closeCodes.replaced });
  const anna = await operator(a, 'porch');
  anna.socket.send(encodeCommand({ request_id: 'x' }));
  newer.answer(await newer.command());
  expect(await anna.until(({ request_id }) => request_id === 'x')).toMatchObject({ success: true });
  // And back again: the end of the older connection takes nothing from the newer one.
  const back = a.pi(key);
  expect(await newer.closed).toMatchObject({ code: closeCodes.replaced });
  const ben = await operator(b, 'porch');
  ben.socket.send(encodeCommand({ request_id: 'y' }));
  back.answer(await back.command());
  expect(await ben.until(({ request_id }) => request_id === 'y')).toMatchObject({ success: true });
  await back.end();
  await Promise.all([a.untilConnected('porch', false), b.untilConnected('porch', false)]);
});

test('revoked at one node: the connection at the other ends, and the key is worth nothing there', async () => {
  const [a, b] = await twoNodes();
  const key = await a.register('porch');
  await known(b, 'porch');
  const pi = b.pi(key);
  await pi.opened;
  await a.untilConnected('porch');
  expect((await a.call('DELETE', '/api/devices/porch')).status).toBe(204);
  expect(await pi.closed).toMatchObject({ code: closeCodes.revoked });
  expect(await b.pi(key).closed).toMatchObject({ code: 401 });
  expect((await b.call('GET', '/api/devices')).body.devices).toEqual([]);
  await until(a, () => a.relay.fleet.backplane.presence('porch') === undefined);
});

test('people and tokens are the same everywhere; what is ended at one node ends at the other', async () => {
  const [a, b] = await twoNodes();
  const token = await a.tokenFor('viewer');
  const of = async (relay: TestRelay) =>
    (await relay.call('GET', '/api/devices', undefined, { authorization: `Bearer ${token}` })).status;
  while ((await of(b)) !== 200) await new Promise((resolve) => setImmediate(resolve));
  await a.register('porch');
  await known(b, 'porch');
  const viewer = b.operator('porch', '', token);
  await viewer.opened;
  const id = a.relay.people.tokens().find(({ name }) => name === 'viewer')?.id ?? '';
  await a.call('DELETE', `/api/tokens/${id}`);
  expect(await viewer.closed).toBe(closeCodes.revoked);
  expect(await of(b)).toBe(401);
});

test('two nodes change what waits for one device at the same time: every field is kept', async () => {
  const [a, b] = await twoNodes();
  await a.register('porch');
  await known(b, 'porch');
  const fields = [{ brightness: 5 }, { contrast: 6 }, { saturation: 7 }, { fps: 10 }] as const;
  await Promise.all(
    fields.map((settings, at) => (at % 2 === 0 ? a : b).relay.fleet.desired.add('porch', settings, 'Anna')),
  );
  const all = { brightness: 5, contrast: 6, saturation: 7, fps: 10 };
  for (const relay of [a, b]) {
    await until(relay, () => Object.keys(waiting(relay, 'porch')?.settings ?? {}).length === 4);
    expect(waiting(relay, 'porch')?.settings).toEqual(all);
  }
});

test('settings left at one node are brought by the other, once, and both see that they are', async () => {
  const [a, b] = await twoNodes();
  const key = await a.register('porch');
  await known(b, 'porch');
  const anna = await operator(a, 'porch', '?queue=1');
  anna.socket.send(encodeCommand({ settings: { brightness: 5 }, request_id: 'a' }));
  expect(await anna.until(({ request_id }) => request_id === 'a')).toMatchObject({
    success: true,
    pending_settings: { brightness: 5 },
  });
  await until(b, () => waiting(b, 'porch') !== undefined);
  const pi = b.pi(key);
  const command = await pi.command();
  expect(command).toMatchObject({ settings: { brightness: 5 }, asked_by: 'Token test' });
  pi.answer(command);
  await anna.until(({ message }) => message === 'What waited for it is applied.');
  await until(a, () => waiting(a, 'porch') === undefined);
  expect(pi.waiting).toBe(0);
});

test('settings left just when the device came to another node are brought all the same', async () => {
  const [a, b] = await twoNodes();
  const key = await a.register('porch');
  await known(b, 'porch');
  const pi = b.pi(key);
  await pi.opened;
  await b.untilConnected('porch');
  // Left at A as if A did not know yet that it is there.
  await a.relay.fleet.desired.add('porch', { brightness: 5 }, 'Anna');
  const command = await pi.command();
  expect(command).toMatchObject({ settings: { brightness: 5 } });
  pi.answer(command);
  await until(a, () => waiting(a, 'porch') === undefined);
});

test('a node that is killed: its Pis come back through another, what waits is brought there', async () => {
  const b = await node();
  const a = await RelayProcess.start({ env: { PERCH_RELAY_NATS: nats.address } });
  try {
    const key = await a.register('porch');
    await known(b, 'porch');
    const first = new Pi(a.url.replace('http', 'ws'), [subprotocol], { headers: { authorization: `Bearer ${key}` } });
    await first.opened;
    const ben = await operator(b, 'porch', '?queue=1');
    await b.untilConnected('porch');
    // Asked of the node that dies before the Pi has answered; and left with it for a device that is away.
    await a.register('shed');
    expect((await a.call('PATCH', '/api/devices/shed/settings', { fps: 10 })).status).toBe(200);
    ben.socket.send(encodeCommand({ settings: { brightness: 5 }, request_id: 'x' }));
    await first.command();
    a.process.kill('SIGKILL');
    expect(await ben.until(({ request_id }) => request_id === 'x')).toMatchObject({
      success: true,
      pending_settings: { brightness: 5 },
    });
    expect(b.relay.fleet.backplane.presence('porch')).toMatchObject({ connected: false });
    expect(waiting(b, 'shed')?.settings).toEqual({ fps: 10 });
    const second = b.pi(key);
    const command = await second.command();
    expect(command.settings).toEqual({ brightness: 5 });
    second.answer(command);
    await until(b, () => waiting(b, 'porch') === undefined);
    // A node that starts later knows as much.
    const c = await node();
    await c.untilConnected('porch');
    expect(waiting(c, 'shed')?.settings).toEqual({ fps: 10 });
  } finally {
    await a.stop();
  }
});

describe('NATS goes away and comes back', () => {
  test.each(['SIGTERM', 'SIGKILL'] as const)('by %s: what is at the node stays usable, and says so', async (signal) => {
    const [a, b] = await twoNodes();
    const keys = [await a.register('porch'), await a.register('shed')] as const;
    await known(b, 'shed');
    const near = a.pi(keys[0]);
    const far = b.pi(keys[1]);
    await Promise.all([near.opened, far.opened, a.untilConnected('shed'), b.untilConnected('porch')]);
    const anna = await operator(a, 'porch', '?queue=1');
    const faraway = await operator(a, 'shed', '?queue=1');

    await nats.signal(signal);
    expect((await cutOff(a, true)).body.notice).toMatch(/^NATS is out of reach: only the devices connected/);
    expect((await a.call('GET', '/api/health')).body.notices).toHaveLength(1);
    anna.socket.send(encodeCommand({ settings: { brightness: 5 }, request_id: 'near' }));
    near.answer(await near.command());
    expect(await anna.until(({ request_id }) => request_id === 'near')).toMatchObject({ success: true });
    near.send({ success: true, message: 'news', current_settings: { cameraName: 'door', brightness: 5 } });
    await anna.until(({ message }) => message === 'news');
    // What is elsewhere is refused at once, and nothing pretends to be kept.
    expect((await a.call('GET', '/api/devices/shed/status')).body.error).toMatchObject({ code: 'out_of_reach' });
    faraway.socket.send(encodeCommand({ settings: { brightness: 7 }, request_id: 'far' }));
    expect(await faraway.until(({ request_id }) => request_id === 'far')).toMatchObject({
      success: false,
      error_code: 'not_shared',
    });
    // A Pi that leaves and one that comes meanwhile.
    await near.end();
    const again = a.pi(keys[0]);
    await again.opened;
    await far.end();

    await nats.run();
    await Promise.all([cutOff(a, false), cutOff(b, false)]);
    await Promise.all([a.untilConnected('shed', false), b.untilConnected('porch')]);
    await until(b, () => b.relay.fleet.backplane.recall('porch').get('door') !== undefined);
    const ben = await operator(b, 'porch');
    ben.socket.send(encodeCommand({ request_id: 'z' }));
    again.answer(await again.command());
    expect(await ben.until(({ request_id }) => request_id === 'z')).toMatchObject({ success: true });
    // And what they share can be changed again.
    await b.register('barn');
    await known(a, 'barn');
  });

  test('a Pi that moved meanwhile belongs to where it is', async () => {
    const [a, b] = await twoNodes();
    const key = await a.register('porch');
    await known(b, 'porch');
    const older = a.pi(key);
    await older.opened;
    await b.untilConnected('porch');
    await nats.signal('SIGKILL');
    await Promise.all([cutOff(a, true), cutOff(b, true)]);
    const newer = b.pi(key);
    await newer.opened;
    await nats.run();
    expect(await older.closed).toMatchObject({ code: closeCodes.replaced });
    await a.untilConnected('porch');
    const anna = await operator(a, 'porch');
    anna.socket.send(encodeCommand({ request_id: 'x' }));
    newer.answer(await newer.command());
    expect(await anna.until(({ request_id }) => request_id === 'x')).toMatchObject({ success: true });
  });

  test('and has lost what it kept in memory: the Pis that are connected stay so', async () => {
    const a = await node();
    const key = await a.register('porch');
    const pi = a.pi(key);
    await pi.opened;
    const anna = await operator(a, 'porch');
    await nats.signal('SIGKILL');
    await cutOff(a, true);
    anna.socket.send(encodeCommand({ request_id: 'x' }));
    pi.answer(await pi.command());
    expect(await anna.until(({ request_id }) => request_id === 'x')).toMatchObject({ success: true });
    await nats.run();
    await cutOff(a, false);
    expect(a.relay.fleet.backplane.presence('porch')).toMatchObject({ connected: true });
  });
});
