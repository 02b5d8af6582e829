import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CameraStateNumber, CommandType, decodeCommand, encodeCommand, encodeStatus } from '../../proto/index.ts';
import { closeCodes } from '../link/wire.ts';
import { TestRelay } from './testing/relay.ts';

let relay: TestRelay;
let key: string;
beforeEach(async () => {
  relay = await TestRelay.start();
  key = await relay.register('porch');
});
afterEach(() => relay.close());

async function connected(options = {}) {
  const pi = relay.pi(key, options);
  await pi.opened;
  await relay.untilConnected('porch');
  return pi;
}

async function operator(query = '', token?: string) {
  const statuses = relay.operator('porch', query, token);
  await statuses.opened;
  return statuses;
}

/** Field 2000, which nobody knows. */
const unknown = Buffer.from([0x82, 0x7d, 3, 0x61, 0x62, 0x63]);

describe('frames', () => {
  test('reach a peer of the first protocol byte for byte, and its answer comes back so', async () => {
    const pi = await connected({ plain: true });
    expect(await pi.command()).toEqual({ command: CommandType.GET_STATUS, request_id: 'relay-status' });
    const anna = await operator();
    const raw = new Promise<Buffer>((resolve) => {
      anna.socket.on('message', (data) => {
        if ((data as Buffer).includes('abc')) resolve(data as Buffer);
      });
    });
    const frame = Buffer.concat([encodeCommand({ settings: { brightness: 0 }, request_id: 'a' }), unknown]);
    anna.socket.send(frame);
    expect(await pi.frame()).toEqual(frame);
    const answer = Buffer.concat([encodeStatus({ success: true, request_id: 'a' }), unknown]);
    pi.socket.send(answer);
    expect(await raw).toEqual(answer);
  });

  test('reach our own link byte for byte, with who asks put behind them', async () => {
    const pi = await connected();
    const anna = await operator();
    const frame = Buffer.concat([encodeCommand({ settings: { brightness: 0 }, request_id: 'a' }), unknown]);
    anna.socket.send(frame);
    const got = await pi.frame();
    expect(got.subarray(0, frame.length)).toEqual(frame);
    expect(decodeCommand(got)).toMatchObject({ request_id: 'a', asked_by: 'Token test' });
  });

  test('cannot say that somebody else asks', async () => {
    const pi = await connected();
    const anna = await operator();
    anna.socket.send(encodeCommand({ request_id: 'a', asked_by: 'The boss', asker: 'desired' }));
    expect(await pi.command()).toMatchObject({ asked_by: 'Token test', asker: expect.not.stringContaining('desired') });
  });
});

describe('many operators on one camera', () => {
  test('each gets the answers to its own requests, everybody the pushes', async () => {
    const pi = await connected();
    const [anna, ben] = [await operator(), await operator()];
    anna.socket.send(encodeCommand({ request_id: 'a' }));
    pi.answer(await pi.command(), { message: 'for anna' });
    ben.socket.send(encodeCommand({ request_id: 'b' }));
    pi.answer(await pi.command(), { message: 'for ben' });
    pi.send({ message: 'for all', success: true });
    await Promise.all([anna, ben].map((each) => each.until(({ message }) => message === 'for all')));
    expect(anna.received.map(({ message }) => message)).toEqual(['for anna', 'for all']);
    expect(ben.received.map(({ message }) => message)).toEqual(['for ben', 'for all']);
  });

  test('equal ids are kept apart, in whatever order the answers come', async () => {
    const pi = await connected();
    const [anna, ben] = [await operator(), await operator()];
    anna.socket.send(encodeCommand({ request_id: '1' }));
    const first = await pi.command();
    ben.socket.send(encodeCommand({ request_id: '1' }));
    const second = await pi.command();
    expect(first.asker).not.toEqual(second.asker);
    pi.answer(second, { message: 'for ben' });
    pi.answer(first, { message: 'for anna' });
    expect(await anna.until(({ request_id }) => request_id === '1')).toMatchObject({ message: 'for anna' });
    expect(await ben.until(({ request_id }) => request_id === '1')).toMatchObject({ message: 'for ben' });
  });

  test('equal ids at a peer of the first protocol are answered in their order', async () => {
    const pi = await connected({ plain: true });
    await pi.command();
    const [anna, ben] = [await operator(), await operator()];
    anna.socket.send(encodeCommand({ request_id: '1' }));
    await pi.frame();
    ben.socket.send(encodeCommand({ request_id: '1' }));
    await pi.frame();
    pi.send({ request_id: '1', message: 'for anna' });
    pi.send({ request_id: '1', message: 'for ben' });
    expect(await anna.until(({ request_id }) => request_id === '1')).toMatchObject({ message: 'for anna' });
    expect(await ben.until(({ request_id }) => request_id === '1')).toMatchObject({ message: 'for ben' });
  });

  test('a command without an id is answered to whoever sent it, by our own link', async () => {
    const pi = await connected();
    const [anna, ben] = [await operator(), await operator()];
    anna.socket.send(encodeCommand({ settings: { brightness: 999 } }));
    pi.answer(await pi.command(), { success: false, message: 'too bright' });
    await anna.until(({ message }) => message === 'too bright');
    pi.send({ message: 'for all' });
    await ben.until(({ message }) => message === 'for all');
    expect(ben.received.map(({ message }) => message)).toEqual(['for all']);
  });

  test('a client that names itself stays the same asker when it comes back', async () => {
    const pi = await connected();
    const scopes = [];
    for (let time = 0; time < 2; time += 1) {
      const anna = await operator('?client=tab-1');
      anna.socket.send(encodeCommand({ request_id: 'a' }));
      scopes.push((await pi.command()).asker);
      anna.socket.close();
      await anna.closed;
    }
    expect(scopes[0]).toBe(scopes[1]);
  });
});

describe('what a device may not do', () => {
  test('answer the request of somebody at another device', async () => {
    const pi = await connected();
    const other = relay.pi(await relay.register('garage'));
    await other.opened;
    const anna = await operator();
    anna.socket.send(encodeCommand({ request_id: 'a' }));
    const command = await pi.command();
    other.answer(command, { message: 'made up' });
    other.send({ request_id: 'a', message: 'made up' });
    other.send({ message: 'a push of its own' });
    // When the other's push was remembered, what it made up before has been dealt with.
    other.send({ success: true, current_settings: { cameraName: 'x' } });
    await new Promise<void>((resolve) => relay.relay.fleet.backplane.onStatus(() => resolve()));
    pi.answer(command, { message: 'true' });
    await anna.until(({ request_id }) => request_id === 'a');
    expect(anna.received.map(({ message }) => message)).toEqual(['true']);
  });

  test('send what is no StatusResponse', async () => {
    const pi = await connected();
    pi.socket.send(Buffer.from([0xff, 0xff, 0xff]));
    expect(await pi.closed).toEqual({ code: 1007, reason: 'This is not a StatusResponse.' });
  });

  test('send text', async () => {
    const pi = await connected();
    pi.socket.send('hello');
    expect(await pi.closed).toMatchObject({ code: 1007 });
  });

  test('send 10 MB', async () => {
    const pi = await connected();
    pi.socket.send(Buffer.alloc(10_000_000));
    expect((await pi.closed).code).toBe(1009);
  });
});

describe('an operator', () => {
  test('who sends random bytes is told, and stays', async () => {
    const pi = await connected();
    const anna = await operator();
    anna.socket.send(Buffer.from([0xff, 0xff]));
    anna.socket.send('text');
    await anna.until(({ message }) => message?.includes('binary') ?? false);
    expect(anna.received).toMatchObject([{ error_code: 'bad_message' }, { error_code: 'bad_message' }]);
    anna.socket.send(encodeCommand({ request_id: 'a' }));
    pi.answer(await pi.command());
    await anna.until(({ request_id }) => request_id === 'a');
  });

  test('who sends 10 MB is let go', async () => {
    await connected();
    const anna = await operator();
    anna.socket.send(Buffer.alloc(10_000_000));
    expect(await anna.closed).toBe(1009);
  });

  test('learns the last status when coming, the limits too', async () => {
    const pi = await connected();
    pi.send({ success: true, current_settings: { cameraName: 'door' }, limits: [{ field: 'fps' }], revision: 1 });
    const known = new Promise<void>((resolve) =>
      relay.relay.fleet.backplane.onStatus(() => {
        if (relay.relay.fleet.backplane.recall('porch').get('door')?.whole?.length) resolve();
      }),
    );
    await known;
    pi.send({ success: true, current_settings: { cameraName: 'door' }, revision: 2 });
    await new Promise<void>((resolve) => relay.relay.fleet.backplane.onStatus(() => resolve()));
    const anna = await operator();
    await anna.until(({ revision }) => revision === 2);
    expect(anna.received).toMatchObject([{ revision: 1, limits: [{ field: 'fps' }] }, { revision: 2 }]);
  });

  test('who floods is braked, and holds nobody up', async () => {
    const pi = await connected();
    pi.socket.on('message', (data) => pi.answer(decodeCommand(data as Buffer)));
    const garage = relay.pi(await relay.register('garage'));
    await garage.opened;
    garage.socket.on('message', (data) => garage.answer(decodeCommand(data as Buffer)));
    const [flooder, other] = [await operator(), relay.operator('garage')];
    await other.opened;
    const count = 12_000;
    for (let n = 0; n < count; n += 1) flooder.socket.send(encodeCommand({ request_id: `f${n}` }));
    other.socket.send(encodeCommand({ request_id: 'mine' }));
    expect(await other.until(({ request_id }) => request_id === 'mine')).toMatchObject({ success: true });
    await flooder.until(({ error_code }) => error_code === 'too_many');
    // It is served again once it has calmed down.
    let tries = 0;
    const again = setInterval(() => {
      tries += 1;
      flooder.socket.send(encodeCommand({ request_id: `calm${tries}` }));
    }, 100);
    await flooder.until(({ request_id, success }) => success === true && (request_id?.startsWith('calm') ?? false));
    clearInterval(again);
    expect(flooder.received.filter(({ success }) => success).length).toBeLessThan(count);
  });

  test('who does not read is let go with a reason, and memory stays bounded', async () => {
    const pi = await connected();
    const [slow, good] = [await operator(), await operator()];
    slow.socket.pause();
    const picture = Buffer.alloc(200_000);
    for (let n = 0; n < 60; n += 1) {
      pi.send({ message: `push ${n}`, picture });
      await good.until(({ message }) => message === `push ${n}`);
    }
    // 12 MB were pushed: the one who read has them, the other was given up.
    expect((await relay.call('GET', '/metrics')).text).toContain('perch_relay_too_slow_total 1');
    slow.socket.resume();
    expect([closeCodes.tooSlow, 1006]).toContain(await slow.closed);
    good.socket.close();
  });
});

describe('a device that is away', () => {
  test('is said to be at once, with since when', async () => {
    const anna = await operator();
    expect((await anna.until(() => true)).state).toBe(CameraStateNumber.away);
    anna.socket.send(encodeCommand({ settings: { brightness: 1 }, request_id: 'a' }));
    expect(await anna.until(({ request_id }) => request_id === 'a')).toMatchObject({
      success: false,
      error_code: 'not_connected',
      message: 'porch is not connected and never was.',
    });
    const pi = await connected();
    await pi.end();
    await anna.until(({ state_message }) => state_message?.startsWith('porch is not connected since 20') ?? false);
    anna.socket.send(encodeCommand({ settings: { brightness: 1 }, request_id: 'b' }));
    const answer = await anna.until(({ request_id }) => request_id === 'b');
    expect(answer.message).toMatch(/^porch is not connected since \d{4}-\d\d-\d\d \d\d:\d\d UTC\.$/);
  });

  test('is answered for with what was last known of it', async () => {
    const pi = await connected();
    pi.send({
      success: true,
      current_settings: { cameraName: 'door', brightness: 7 },
      limits: [{ field: 'fps' }],
      state: 2,
    });
    await new Promise<void>((resolve) => relay.relay.fleet.backplane.onStatus(() => resolve()));
    await pi.end();
    await relay.untilConnected('porch', false);
    const anna = await operator();
    anna.socket.send(encodeCommand({ command: CommandType.GET_STATUS, request_id: 'a' }));
    expect(await anna.until(({ request_id }) => request_id === 'a')).toMatchObject({
      success: false,
      error_code: 'not_connected',
      state: CameraStateNumber.away,
      current_settings: { brightness: 7 },
      limits: [{ field: 'fps' }],
    });
  });

  test('that goes while a command is under way: whoever asked learns it', async () => {
    const pi = await connected();
    const anna = await operator();
    anna.socket.send(encodeCommand({ command: CommandType.RESTART_CAMERA, request_id: 'a' }));
    await pi.command();
    pi.socket.terminate();
    expect(await anna.until(({ request_id }) => request_id === 'a')).toMatchObject({
      success: false,
      error_code: 'no_answer',
      message: expect.stringContaining('lost its connection before it answered. Send it again'),
    });
  });
});

test('of two connections of one device the newer one wins and the older one is told', async () => {
  const older = await connected();
  const newer = relay.pi(key);
  await newer.opened;
  expect(await older.closed).toEqual({ code: closeCodes.replaced, reason: 'It came from 127.0.0.1.' });
  const anna = await operator();
  anna.socket.send(encodeCommand({ request_id: 'a' }));
  newer.answer(await newer.command());
  await anna.until(({ request_id }) => request_id === 'a');
  expect(relay.relay.gate.pis).toBe(1);
});

test('a device that flaps is braked, leaves nothing behind and is let in again', async () => {
  const codes: number[] = [];
  for (let n = 0; n < 30; n += 1) {
    const pi = relay.pi(key);
    const opened = await pi.opened.then(
      () => true,
      () => false,
    );
    if (opened) pi.socket.terminate();
    codes.push((await pi.closed).code);
  }
  expect(codes.slice(0, 8)).toEqual(Array(8).fill(1006));
  expect(codes.slice(9)).toContain(429);
  await relay.untilConnected('porch', false);
  expect(relay.relay.gate.pis).toBe(0);
  const refused = await relay.pi(key).closed;
  expect(refused.reason).toContain('porch connects too often. Wait 3 s.');
});
