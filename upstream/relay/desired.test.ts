import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { encodeCommand } from '../../proto/index.ts';
import { settle, type Waiting } from './fleet/desired.ts';
import { TestRelay } from './testing/relay.ts';

let relay: TestRelay;
let key: string;
beforeEach(async () => {
  relay = await TestRelay.start();
  key = await relay.register('porch');
});
afterEach(() => relay.close());

async function operator() {
  const statuses = relay.operator('porch', '?queue=1');
  await statuses.opened;
  return statuses;
}

async function pending() {
  return (await relay.call('GET', '/api/devices/porch')).body.pending;
}

async function settled() {
  if (Object.keys(relay.relay.fleet.desired.get('porch').waiting).length === 0) return;
  await new Promise<void>((resolve) => {
    const end = relay.relay.fleet.desired.onChange(() => {
      if (Object.keys(relay.relay.fleet.desired.get('porch').waiting).length > 0) return;
      end();
      resolve();
    });
  });
}

test('settings wait for a device that is away, merged by field, and come once it is back', async () => {
  const anna = await operator();
  anna.socket.send(encodeCommand({ settings: { brightness: 5, fps: 10 }, request_id: 'a' }));
  expect(await anna.until(({ request_id }) => request_id === 'a')).toMatchObject({
    success: true,
    message: 'porch is not connected and never was. The change waits and is made when it is back.',
    pending_settings: { brightness: 5, fps: 10 },
  });
  anna.socket.send(encodeCommand({ settings: { brightness: 0 }, request_id: 'b' }));
  expect(await anna.until(({ request_id }) => request_id === 'b')).toMatchObject({
    pending_settings: { brightness: 0, fps: 10 },
  });
  expect(await pending()).toMatchObject({ '': { settings: { brightness: 0, fps: 10 }, by: 'Token test' } });

  const pi = relay.pi(key);
  const command = await pi.command();
  expect(command).toMatchObject({ command: 0, settings: { brightness: 0, fps: 10 }, asked_by: 'Token test' });
  // Brought, not yet answered: it still waits.
  expect(await pending()).toMatchObject({ '': { settings: { fps: 10 } } });
  pi.answer(command);
  await settled();
  expect(await pending()).toEqual({});
  await anna.until(({ message }) => message === 'What waited for it is applied.');
});

test('they survive a restart of the relay, and are brought again with the same id until answered', async () => {
  const { status, body } = await relay.call('PATCH', '/api/devices/porch/settings', { brightness: 5 });
  expect(status).toBe(200);
  expect(body).toMatchObject({ success: true, pending_settings: { brightness: 5 } });
  const first = relay.pi(key);
  const asked = await first.command();
  first.socket.terminate();
  await relay.untilConnected('porch', false);
  const seen = relay.relay.fleet.backplane.presence('porch')?.since;

  await relay.close({ keep: true });
  relay = await TestRelay.start({ folder: relay.folder });
  expect(await pending()).toMatchObject({ '': { settings: { brightness: 5 } } });
  expect((await relay.call('GET', '/api/devices/porch')).body).toMatchObject({ connected: false, last_seen: seen });
  const second = relay.pi(key);
  const again = await second.command();
  expect(again).toEqual(asked);
  second.answer(again);
  await settled();
});

test('what was asked for while they were under way still comes', async () => {
  await relay.call('PATCH', '/api/devices/porch/settings', { brightness: 5, fps: 10 });
  const pi = relay.pi(key);
  const first = await pi.command();
  await relay.relay.fleet.desired.add('porch', { brightness: 6 }, 'Ben');
  pi.answer(first);
  const second = await pi.command();
  expect(second).toMatchObject({ settings: { brightness: 6 }, asked_by: 'Ben' });
  expect(second.settings).not.toHaveProperty('fps');
  pi.answer(second);
  await settled();
});

test('a device that will not take them: they are shown as refused and not tried again', async () => {
  await relay.call('PATCH', '/api/devices/porch/settings?camera=door', { width: 3840 });
  const pi = relay.pi(key);
  const command = await pi.command();
  expect(command.settings).toEqual({ width: 3840, cameraName: 'door' });
  pi.answer(command, { success: false, error_code: 'bad_value', message: 'Width is 3840, but must be less.' });
  await settled();
  const { body } = await relay.call('GET', '/api/devices/porch');
  expect(body.pending).toEqual({});
  expect(body.refused).toMatchObject({
    door: { settings: { width: 3840 }, message: 'Width is 3840, but must be less.' },
  });
  // A new wish takes the old refusal away.
  await pi.end();
  await relay.untilConnected('porch', false);
  await relay.call('PATCH', '/api/devices/porch/settings?camera=door', { width: 1280 });
  expect((await relay.call('GET', '/api/devices/porch')).body.refused).toEqual({});
});

test('a connection that breaks before the answer: the settings wait, and nobody is told a lie', async () => {
  const pi = relay.pi(key);
  await pi.opened;
  const anna = await operator();
  anna.socket.send(encodeCommand({ settings: { brightness: 5 }, request_id: 'a' }));
  await pi.command();
  pi.socket.terminate();
  expect(await anna.until(({ request_id }) => request_id === 'a')).toMatchObject({
    success: true,
    pending_settings: { brightness: 5 },
  });
  const back = relay.pi(key);
  expect((await back.command()).settings).toEqual({ brightness: 5 });
});

test('they can be taken back', async () => {
  await relay.call('PATCH', '/api/devices/porch/settings', { brightness: 5 });
  expect((await relay.call('DELETE', '/api/devices/porch/pending')).status).toBe(204);
  const pi = relay.pi(key);
  await pi.opened;
  const anna = await operator();
  anna.socket.send(encodeCommand({ request_id: 'a' }));
  // The first that comes is Anna's, not what waited.
  expect((await pi.command()).request_id).toBe('a');
});

describe('what no camera takes does not wait', () => {
  test.each([
    [{ brightness: 900 }, 'bad_value'],
    [{ brightness: '5' }, 'bad_value'],
    [{ colour: 1 }, 'unknown_field'],
    [{ cameraName: 7 }, 'bad_value'],
    [[], 'bad_message'],
  ])('%j', async (body, code) => {
    const answer = await relay.call('PATCH', '/api/devices/porch/settings', body);
    expect(answer.status).toBe(400);
    expect(answer.body.error.code).toBe(code);
    expect(await pending()).toEqual({});
  });

  test('and over the WebSocket', async () => {
    const anna = await operator();
    anna.socket.send(encodeCommand({ settings: { brightness: 900 }, request_id: 'a' }));
    const answer = await anna.until(({ request_id }) => request_id === 'a');
    expect(answer).toMatchObject({ success: false, error_code: 'bad_value', error_field: 'brightness' });
  });

  test('nor does anything where it is not wished', async () => {
    const answer = await relay.call('PATCH', '/api/devices/porch/settings?queue=0', { brightness: 5 });
    expect(answer.status).toBe(503);
    expect(answer.body.error.code).toBe('not_connected');
    const restart = await relay.call('POST', '/api/devices/porch/restart');
    expect(restart.status).toBe(503);
  });
});

describe('what is left after an answer', () => {
  const sent: Waiting = { settings: { fps: 10, brightness: 5 }, by: 'Anna', since: 1, id: 'x' };
  const now = (settings: Waiting['settings']) => ({ waiting: { door: { ...sent, settings } }, refused: {} });
  test.each([
    ['nothing was added', { fps: 10, brightness: 5 }, undefined],
    ['one changed since', { fps: 10, brightness: 6 }, { brightness: 6 }],
    ['one came since', { fps: 10, brightness: 5, contrast: 1 }, { contrast: 1 }],
  ])('when %s', (_, settings, left) => {
    expect(settle(now(settings), 'door', sent, undefined)?.waiting.door?.settings).toEqual(left);
  });
});
