/** Somebody watches, and others do to the same Perch what nobody should: the picture goes on as if they were not there. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setInterval } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { CommandType, decodeStatus, encodeCommand, type WireStatus } from '../../proto/index.ts';
import { openPage, phone, rememberTrouble, startChromium } from './browser.ts';
import { desired, eventually, field, panelReady, part, picture, putBack } from './controls.ts';
import { Perch, streetScene } from './perch.ts';
import { averageColour, playing, rememberConnections, settled, type Watched, watch } from './watched.ts';

let perch: Perch;
let chromium: Browser;
let page: Page;
let trouble: string[];
let before: Watched;
const open: (Socket | WebSocket)[] = [];

beforeAll(async () => {
  perch = await Perch.start({ PERCH_CAMERAS: `street=file:${streetScene}` });
  await putBack(perch, 'street', { width: 640, height: 480, fps: 15, bitrate: '1M' });
  chromium = await startChromium();
  const context = await chromium.newContext(phone);
  trouble = await rememberTrouble(context, () => perch.url);
  await rememberConnections(context);
  page = await openPage(context, perch);
  await settled(page);
  await panelReady(page);
  before = await watch(page);
});
afterEach(async () => {
  for (const socket of open.splice(0)) 'terminate' in socket ? socket.terminate() : socket.destroy();
  // Whatever was done: pictures come, on the connection and in the video of before, and the controls work.
  for (let count = 0; count < 3; count += 1) await playing(page);
  expect(await watch(page)).toEqual(before);
  expect(await part(page, 'link').isVisible()).toBe(false);
});
afterAll(async () => {
  await chromium?.close();
  await perch?.stop();
});

async function control(path = '/api/control'): Promise<WebSocket> {
  const socket = new WebSocket(`${perch.url.replace(/^http/, 'ws')}${path}`, {
    headers: { authorization: `Bearer ${perch.token}` },
  });
  open.push(socket);
  await once(socket, 'open');
  return socket;
}

/** An offer as Chromium makes it, in a page of its own. */
async function browserOffer(): Promise<string> {
  const context = await chromium.newContext();
  const blank = await context.newPage();
  const offer = await blank.evaluate(async () => {
    const connection = new RTCPeerConnection();
    connection.addTransceiver('video', { direction: 'recvonly' });
    const { sdp } = await connection.createOffer();
    connection.close();
    return sdp ?? '';
  });
  await context.close();
  return offer;
}

/** The answer to this request, among whatever else comes. */
function answerTo(socket: WebSocket, id: string): Promise<WireStatus> {
  return new Promise((resolve) => {
    socket.on('message', (data) => {
      const status = decodeStatus(data as Buffer);
      if (status.request_id === id) resolve(status);
    });
  });
}

test('1,000 commands a second: the last value is applied, shown by the control and seen in the picture', async () => {
  const plain = await averageColour(page);
  const socket = await control();
  const seconds = 3;
  const last = answerTo(socket, 'last');
  let sent = 0;
  for await (const _ of setInterval(10)) {
    for (let count = 0; count < 10; count += 1) {
      sent += 1;
      const isLast = sent === seconds * 1000;
      socket.send(
        encodeCommand({
          command: CommandType.UPDATE_SETTINGS,
          settings: { cameraName: 'street', brightness: isLast ? 60 : -(sent % 100) },
          request_id: isLast ? 'last' : `c${sent}`,
        }),
      );
    }
    if (sent >= seconds * 1000) break;
  }
  expect(await last).toMatchObject({ success: true, current_settings: { brightness: 60 } });
  const camera = await perch.camera('street');
  expect(camera).toMatchObject({ desired: { brightness: 60 } });
  // Far fewer were carried out than were sent: 60 a second and 40 at once.
  expect(camera.revision as number).toBeLessThan(1000);
  await eventually(async () => (await perch.camera('street')).applied).toMatchObject({ brightness: 60 });
  await eventually(() => part(field(page, 'brightness'), 'range').inputValue()).toBe('60');
  await eventually(() => part(field(page, 'brightness'), 'who').textContent()).toBe('Token e2e, just now');
  await picture(page, (luma) => luma > plain.luma + 30);
  await putBack(perch, 'street', { brightness: 0 });
});

test('200 half-open WebSockets, and connections that never finish their request', async () => {
  const { host, hostname, port } = new URL(perch.url);
  const shake = async (path: string) => {
    const socket = connect(Number(port), hostname);
    open.push(socket);
    socket.on('error', () => {});
    socket.write(
      `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: Bearer ${perch.token}\r\nConnection: Upgrade\r\n` +
        `Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`,
    );
    const [first] = (await once(socket, 'data')) as [Buffer];
    // Never read from again: a viewer of MSE that takes nothing holds nobody up.
    socket.pause();
    return first.toString('latin1').split('\r\n')[0];
  };
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, at) => shake(at % 2 === 0 ? '/api/control' : '/api/mse/street')),
  );
  // Viewers are limited (those of a camera together), control connections are not at this number.
  expect(answers.filter((_, at) => at % 2 === 0)).toEqual(
    Array.from({ length: 100 }, () => 'HTTP/1.1 101 Switching Protocols'),
  );
  for (let count = 0; count < 100; count += 1) {
    const socket = connect(Number(port), hostname);
    open.push(socket);
    socket.on('error', () => {});
    socket.write('POST /api/session HTTP/1.1\r\nHost: ');
  }
  for (let count = 0; count < 20; count += 1) await playing(page);
  expect(await perch.patch('street', { contrast: 8 })).toMatchObject({ success: true });
  await eventually(() => part(field(page, 'contrast'), 'range').inputValue()).toBe('8');
  await putBack(perch, 'street', { contrast: 0 });
});

test('offers that are none: each is refused in a sentence', async () => {
  const offer = await browserOffer();
  const whep = (body: string | Uint8Array<ArrayBuffer>, type = 'application/sdp') =>
    fetch(`${perch.url}/whep/street`, {
      method: 'POST',
      headers: { authorization: `Bearer ${perch.token}`, 'content-type': type },
      body,
    });
  const broken: [string, string | Uint8Array<ArrayBuffer>, string?][] = [
    ['nothing', ''],
    ['a word', 'hello'],
    ['another type', offer, 'text/plain'],
    ['random bytes', new Uint8Array(randomBytes(2000))],
    ['half of it', offer.slice(0, offer.length / 2).replaceAll(/a=fingerprint.*\r\n/g, '')],
    ['no ICE user', offer.replaceAll(/a=ice-ufrag.*\r\n/g, '')],
    ['a short ICE password', offer.replaceAll(/a=ice-pwd:.*/g, 'a=ice-pwd:short')],
    ['a broken fingerprint', offer.replaceAll(/a=fingerprint:.*/g, 'a=fingerprint:sha-256 zz')],
    ['no video', offer.replaceAll('m=video', 'm=audio')],
    ['a video that only sends', offer.replaceAll('a=recvonly', 'a=sendonly')],
    ['no H.264', offer.replaceAll('H264/90000', 'H999/90000')],
    ['a thousand media', offer + 'm=video 9 UDP/TLS/RTP/SAVPF 96\r\n'.repeat(1000)],
    ['a hundred kilobytes', offer + `a=x:${'y'.repeat(100)}\r\n`.repeat(1000)],
    ['a megabyte', offer + `a=x:${'y'.repeat(1000)}\r\n`.repeat(1000)],
  ];
  for (const [what, body, type] of broken) {
    const answer = await whep(body, type);
    const told = (await answer.json()) as { error?: { message?: string } };
    expect([what, answer.status]).toEqual([
      what,
      answer.status >= 400 && answer.status < 500 ? answer.status : 'a refusal',
    ]);
    expect([what, told.error?.message]).toEqual([what, expect.stringMatching(/^[A-Z].+\.$/)]);
  }
  // Bits turned at random, at fixed places: an answer or a sentence, nothing else.
  for (let at = 0; at < 200; at += 1) {
    const place = Math.floor((at / 200) * offer.length);
    const answer = await whep(offer.slice(0, place) + String.fromCharCode(33 + (at % 90)) + offer.slice(place + 1));
    expect([place, answer.status]).toEqual([place, answer.status === 201 ? 201 : 400]);
    const location = answer.headers.get('location');
    await answer.arrayBuffer();
    if (location) await perch.fetch(location, { method: 'DELETE' });
  }
  await eventually(async () => (await perch.camera('street')).viewers).toMatchObject({ webrtc: 1 });
});

test('empty frames and frames of a megabyte, to everything that takes any', async () => {
  for (const path of ['/api/control', '/api/mse/street']) {
    const socket = await control(path);
    const closed = once(socket, 'close');
    for (let count = 0; count < 100; count += 1) socket.send(Buffer.alloc(0));
    socket.send('');
    socket.send(randomBytes(1_000_000));
    const [code] = (await closed) as [number];
    expect([path, code]).toEqual([path, 1009]);
  }
  for (const [method, path] of [
    ['POST', '/api/session'],
    ['PATCH', '/api/cameras/street/settings'],
    ['PUT', '/api/profiles/Big'],
    ['POST', '/api/tokens'],
  ] as const) {
    const answer = await perch.fetch(path, { method, body: { name: 'x'.repeat(1_000_000) } });
    expect([path, answer.status]).toEqual([path, 413]);
    expect(await answer.json()).toMatchObject({ error: { message: expect.stringMatching(/^[A-Z].+\.$/) } });
  }
  const empty = await perch.fetch('/api/cameras/street/settings', {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
  });
  expect(empty.status).toBe(400);
  expect(await desired(perch, 'street')).toMatchObject({ brightness: 0, contrast: 0 });
});

test('nothing of it broke a rule, and Perch had no error to log', () => {
  expect(trouble).toEqual([]);
  expect(perch.lines.filter(({ level }) => level === 'error' || (typeof level === 'number' && level >= 50))).toEqual(
    [],
  );
  expect(perch.stderr).toBe('');
});
