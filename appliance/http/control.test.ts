import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { CommandType, encodeCommand, type WireCommand } from '../../proto/index.ts';
import { readCommand } from '../command/conversation.ts';
import { type PlainCamera, type Statuses, TestServer } from './testing/server.ts';

let server: TestServer;
const open: (WebSocket | Socket)[] = [];
beforeEach(async () => {
  server = await TestServer.start();
});
afterEach(async () => {
  for (const socket of open.splice(0)) 'terminate' in socket ? socket.terminate() : socket.destroy();
  await server.close();
});

async function control(path = '/api/control', protocols: string[] = []): Promise<Statuses> {
  const control = server.socket(path, {}, protocols);
  open.push(control.socket);
  await control.opened;
  return control;
}

function say(to: Statuses, command: WireCommand): void {
  to.socket.send(encodeCommand(command));
}

/** Asks for the status and waits for the answer: everything said before has been heard by then. */
async function settled(to: Statuses): Promise<void> {
  const request_id = randomBytes(6).toString('hex');
  say(to, { command: CommandType.GET_STATUS, request_id });
  await to.until((status) => status.request_id === request_id);
}

describe('a control connection', () => {
  it('is told the whole state of every camera first', async () => {
    const page = await control();
    const garage = await page.until(({ current_settings }) => current_settings?.cameraName === 'garage');
    const front = page.received[0];
    for (const status of [front, garage]) {
      expect(status).toMatchObject({ success: true, message: 'Live.', revision: 1, saved_revision: 1, state: 2 });
      expect(status?.limits?.length).toBe(17);
      expect(status?.sizes).toEqual(['1280x720', '640x480']);
      expect(status?.request_id).toBeUndefined();
    }
    expect(front?.current_settings?.cameraName).toBe('front');
  });

  it('speaks camera_control.v1 when asked to, and without a name too', async () => {
    expect((await control('/api/control', ['camera_control.v1'])).socket.protocol).toBe('camera_control.v1');
    expect((await control()).socket.protocol).toBe('');
  });

  it('gets the answer to its own command, everyone else the push with who and what', async () => {
    const [mine, theirs] = await Promise.all([control(), control()]);
    say(mine, { settings: { brightness: 10, cameraName: 'front' }, request_id: 'mine' });
    const push = await theirs.until(({ changed_by }) => changed_by !== undefined);
    expect(push).toMatchObject({
      changed_by: 'Page at 127.0.0.1',
      changed_fields: ['brightness'],
      current_settings: { brightness: 10, cameraName: 'front' },
      revision: 2,
    });
    expect(push.request_id).toBeUndefined();
    const answer = await mine.until(({ request_id }) => request_id === 'mine');
    expect(answer).toMatchObject({ success: true, current_settings: { brightness: 10 }, revision: 2 });
    await settled(mine);
    await settled(theirs);
    expect(mine.received.filter(({ changed_by }) => changed_by !== undefined)).toEqual([]);
    expect(theirs.received.some(({ request_id }) => request_id === 'mine')).toBe(false);
    // That a picture shows it, both are told.
    for (const each of [mine, theirs]) {
      expect(each.received.some(({ request_id, applied_revision }) => !request_id && applied_revision === 2)).toBe(
        true,
      );
    }
  });

  it('hears what REST changed', async () => {
    const page = await control();
    await server.call('PATCH', '/api/cameras/garage/settings', { contrast: 5 });
    const push = await page.until(({ changed_fields }) => changed_fields?.includes('contrast') ?? false);
    expect(push).toMatchObject({ current_settings: { cameraName: 'garage', contrast: 5 } });
  });

  it('is one client to its request_ids when it comes back under its name', async () => {
    const first = await control('/api/control?client=page-12345');
    say(first, { settings: { brightness: 10, cameraName: 'front' }, request_id: 'again' });
    await first.until(({ request_id }) => request_id === 'again');
    await server.call('PATCH', '/api/cameras/front/settings', { brightness: 20 });
    const second = await control('/api/control?client=page-12345');
    say(second, { settings: { brightness: 10, cameraName: 'front' }, request_id: 'again' });
    expect(await second.until(({ request_id }) => request_id === 'again')).toMatchObject({ revision: 2 });
    expect((await server.call('GET', '/api/cameras/front/settings')).body.brightness).toBe(20);
  });

  it.each<[string, WireCommand, object]>([
    [
      'a value out of range',
      { settings: { brightness: 101 } },
      { error_code: 'bad_value', error_field: 'brightness', message: /-100 to 100/ },
    ],
    ['a setting this camera has not', { settings: { exposure_time: 100 } }, { error_code: 'not_offered' }],
    ['a bitrate like "fast"', { settings: { bitrate: 'fast' } }, { error_code: 'bad_value', error_field: 'bitrate' }],
    ['an unknown encoding', { settings: { encoding: 'av1' } }, { error_code: 'bad_value', error_field: 'encoding' }],
    [
      'an unknown camera',
      { settings: { cameraName: 'attic' } },
      { error_code: 'unknown_camera', message: /front, garage/ },
    ],
    ['an unknown command', { command: 99 }, { error_code: 'unknown_command' }],
  ])('is refused %s in a sentence, and nothing changes', async (_, command, expected) => {
    const page = await control();
    say(page, { ...command, request_id: 'wrong' });
    const answer = await page.until(({ request_id }) => request_id === 'wrong');
    const { message, ...rest } = expected as { message?: RegExp };
    expect(answer).toMatchObject({ success: false, ...rest });
    expect(answer.message).toMatch(message ?? /./);
    expect((await server.call('GET', '/api/cameras')).body.cameras[0]).toMatchObject({ revision: 1 });
  });

  it('answers an empty frame: it is a command that changes nothing', async () => {
    const page = await control();
    await settled(page);
    const before = page.received.length;
    page.socket.send(Buffer.alloc(0));
    await settled(page);
    expect(page.received[before]).toMatchObject({ success: true, revision: 1 });
  });

  it('says what a text frame should have been', async () => {
    const page = await control();
    page.socket.send('{"settings":{"brightness":10}}');
    expect(await page.until(({ error_code }) => error_code === 'bad_message')).toMatchObject({
      success: false,
      message: 'This is not a ControlCommand: send it as a binary frame.',
    });
  });

  it('is closed when it sends a megabyte, and nobody else notices', async () => {
    const [page, other] = await Promise.all([control(), control()]);
    page.socket.send(randomBytes(1_000_000));
    expect(await page.closed).toBe(1009);
    await settled(other);
  });

  it('survives thousands of commands that are none', async () => {
    const page = await control();
    const valid = encodeCommand({
      command: CommandType.UPDATE_SETTINGS,
      settings: { brightness: 10, bitrate: '2M', ai_confidence: 0.5, cameraName: 'front' },
      request_id: 'fuzz',
    });
    const frames = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(valid.length).map((length) => valid.slice(0, length)),
      fc.tuple(fc.nat(valid.length - 1), fc.nat(255)).map(([at, byte]) => valid.with(at, byte)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(frames, { minLength: 40, maxLength: 40 }), async (burst) => {
        for (const frame of burst) page.socket.send(frame);
        await settled(page);
      }),
      { numRuns: 75 },
    );
    expect(page.received.length).toBeGreaterThanOrEqual(3000);
    // What got through by chance was valid, and only that.
    const { desired } = (await server.call('GET', '/api/cameras')).body.cameras[0];
    expect(Math.abs(desired.brightness)).toBeLessThanOrEqual(100);
  });

  it('takes 1,000 commands at once; the last value wins and is applied', async () => {
    const page = await control();
    for (let at = 1; at <= 1000; at++) {
      say(page, { settings: { brightness: at === 1000 ? 77 : at % 50, cameraName: 'front' }, request_id: `c${at}` });
    }
    const last = await page.until(({ request_id }) => request_id === 'c1000');
    expect(last).toMatchObject({ success: true, current_settings: { brightness: 77 } });
    const { body } = await server.call('GET', '/api/cameras/front');
    expect(body).toMatchObject({ desired: { brightness: 77 }, applied: { brightness: 77 } });
  });
});

describe('bytes that are no command', () => {
  it('are an error or a command, never anything else (20,000 cases)', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const read = readCommand(Buffer.from(bytes), true);
        expect(read instanceof Error ? read.message : typeof read).toMatch(/^object$|^This is not a ControlCommand: /);
      }),
      { numRuns: 20_000 },
    );
  });
});

describe('a slow client', () => {
  it('takes no memory: pushes wait as one, and then it is told how things are', async () => {
    const slow = await control();
    await settled(slow);
    slow.socket.pause();
    const camera = server.cameras.get('front') as PlainCamera;
    // Each push carries new limits, so that there is much to say; by REST's client, far more than the socket holds.
    const reason = 'x'.repeat(4000);
    let most = 0;
    for (let at = 0; at < 3000; at++) {
      camera.limits = { ...camera.limits, exposure_time: { available: false, reason: `${reason}${at}` } };
      camera.emit('status');
      if (at % 100 === 0) {
        await new Promise((resolve) => setImmediate(resolve));
        for (const { bufferedAmount } of server.http.webSockets()) most = Math.max(most, bufferedAmount);
      }
    }
    await server.call('PATCH', '/api/cameras/front/settings', { brightness: 33 });
    expect(most).toBeLessThan(256 * 1024);
    slow.socket.resume();
    const told = await slow.until(({ current_settings }) => current_settings?.brightness === 33);
    expect(told.limits?.find(({ field }) => field === 'exposure_time')?.reason).toBe(`${reason}2999`);
    expect(told).toMatchObject({ changed_by: 'Page at 127.0.0.1', changed_fields: ['brightness'] });
    expect(slow.received.length).toBeLessThan(1500);
  });

  it('that reads no answers is not read from either', async () => {
    const slow = await control();
    await settled(slow);
    slow.socket.pause();
    for (let at = 0; at < 20_000; at++) say(slow, { command: 99, request_id: `r${at}` });
    await settled(await control());
    for (const { bufferedAmount } of server.http.webSockets()) expect(bufferedAmount).toBeLessThan(256 * 1024);
  });
});

describe('half-open WebSockets', () => {
  /** A client that shakes hands and then says nothing, not even pong. */
  async function halfOpen(port: number, cookie: string): Promise<{ readonly closed: Promise<unknown> }> {
    const socket = connect(port, '127.0.0.1');
    open.push(socket);
    const closed = once(socket, 'close');
    socket.on('error', () => {});
    socket.write(
      `GET /api/control HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nCookie: ${cookie}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    );
    await once(socket, 'data');
    socket.resume();
    return { closed };
  }

  it('of which there are 200 hold nobody up and are put away', async () => {
    await server.close();
    server = await TestServer.start({ tuning: { pingMs: 1000 } });
    const sockets = await Promise.all(Array.from({ length: 200 }, () => halfOpen(server.port, server.cookie)));
    const page = await control();
    say(page, { settings: { brightness: 10, cameraName: 'front' }, request_id: 'a' });
    await page.until(({ request_id }) => request_id === 'a');
    await Promise.all(sockets.map(({ closed }) => closed));
    await settled(page);
    expect(server.http.webSockets()).toHaveLength(1);
  });

  it('beyond 256 are turned away with a sentence', async () => {
    await Promise.all(Array.from({ length: 256 }, () => halfOpen(server.port, server.cookie)));
    expect(await server.socket('/api/control').closed).toBe(503);
    expect((await server.call('GET', '/healthz')).status).toBe(200);
  });

  it('of strangers are not opened at all', async () => {
    const { closed } = await halfOpen(server.port, '');
    expect(server.http.webSockets()).toHaveLength(0);
    await closed;
  });
});
