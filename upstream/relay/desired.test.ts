import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decodeCommand, encodeCommand } from '../../proto/index.ts';
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

test('what may have got there is brought as the same request; what was asked for since goes beside it', async () => {
  const anna = relay.operator('porch', '?queue=1&client=anna');
  await anna.opened;
  const first = relay.pi(key);
  await first.opened;
  await relay.untilConnected('porch');
  // On its way when the connection goes: whether it is made, nobody here knows.
  anna.socket.send(encodeCommand({ settings: { brightness: 5, contrast: 5 }, request_id: 'a' }));
  anna.socket.send(encodeCommand({ settings: { fps: 10 }, request_id: 'b' }));
  anna.socket.send(encodeCommand({ settings: { fps: 15 }, request_id: 'c' }));
  const asked = [await first.command(), await first.command(), await first.command()];
  first.socket.terminate();
  for (const id of ['a', 'b', 'c']) await anna.until(({ request_id }) => request_id === id);
  anna.socket.send(encodeCommand({ settings: { contrast: 6, sharpness: 6 }, request_id: 'd' }));
  await anna.until(({ request_id }) => request_id === 'd');
  expect(await pending()).toEqual({
    '': {
      settings: { brightness: 5, contrast: 6, fps: 15, sharpness: 6 },
      by: 'Token test',
      since: expect.any(Number),
      id: expect.stringMatching(/^desired-/),
    },
  });

  await relay.close({ keep: true });
  relay = await TestRelay.start({ folder: relay.folder });
  const second = relay.pi(key);
  const brought = [await second.command(), await second.command(), await second.command()];
  // As they were; what the next one replaced whole is left out.
  expect(brought[0]).toMatchObject(asked[0] ?? {});
  expect(brought[1]).toMatchObject(asked[2] ?? {});
  expect(brought[2]).toMatchObject({ settings: { contrast: 6, sharpness: 6 }, asker: 'desired' });
  for (const command of brought) second.answer(command);
  await settled();
  expect(await pending()).toEqual({});
  expect(second.waiting).toBe(0);
});

test('many that may have got there are all wanted, and a bounded number is brought as it was', async () => {
  const anna = await operator();
  const first = relay.pi(key);
  await first.opened;
  await relay.untilConnected('porch');
  const fields = ['brightness', 'contrast', 'saturation', 'sharpness', 'fps'] as const;
  // Thirty different sets of fields, none of which makes another one needless.
  for (let n = 1; n < 31; n += 1) {
    const settings = Object.fromEntries(fields.filter((_, bit) => n & (1 << bit)).map((name) => [name, n]));
    anna.socket.send(encodeCommand({ settings, request_id: `n${n}` }));
  }
  for (let n = 1; n < 31; n += 1) await first.command();
  first.socket.terminate();
  await relay.untilConnected('porch', false);
  for (let n = 1; n < 31; n += 1) await anna.until(({ request_id }) => request_id === `n${n}`);
  const second = relay.pi(key);
  const has: Record<string, unknown> = {};
  const asWere: string[] = [];
  second.socket.on('message', (data) => {
    const command = decodeCommand(data as Buffer);
    if (command.asker !== 'desired') asWere.push(command.request_id ?? '');
    Object.assign(has, command.settings);
    second.answer(command);
  });
  await settled();
  expect(asWere.length).toBeLessThanOrEqual(16);
  expect(new Set(asWere).size).toBe(asWere.length);
  expect(has).toMatchObject({ brightness: 29, contrast: 30, saturation: 30, sharpness: 30, fps: 30 });
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
