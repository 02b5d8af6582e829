import { once } from 'node:events';
import { type AddressInfo, createConnection, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createLog } from '../log.ts';
import { readFragment } from '../page/player/fragment.ts';
import { type AccessUnit, Feed } from './feed.ts';
import { MseViewers } from './mse.ts';
import { TestSource } from './testing/source.ts';

let server: WebSocketServer;
let viewers: MseViewers;
let source: TestSource | undefined;
let clients: WebSocket[];

beforeEach(() => {
  clients = [];
  viewers = new MseViewers({ maxViewers: 300, log: createLog('silent') });
});

afterEach(async () => {
  for (const client of clients) client.terminate();
  viewers.close();
  for (const socket of server.clients) socket.terminate();
  await new Promise((resolve) => server.close(resolve));
  await source?.close();
  source = undefined;
});

async function serve(feed: Feed): Promise<void> {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  server.on('connection', (socket) => viewers.serve(feed, socket, { camera: 'test', who: 'test' }));
  await once(server, 'listening');
}

interface Heard {
  readonly client: WebSocket;
  readonly texts: string[];
  readonly inits: Buffer[];
  readonly fragments: { time: number; key: boolean }[];
}

function connect(): Heard {
  const { port } = server.address() as AddressInfo;
  const client = new WebSocket(`ws://127.0.0.1:${port}`);
  clients.push(client);
  const heard: Heard = { client, texts: [], inits: [], fragments: [] };
  client.on('error', () => {});
  client.on('message', (data: Buffer, binary) => {
    if (!binary) heard.texts.push(data.toString());
    else {
      const facts = readFragment(new Uint8Array(data).buffer);
      if (facts) heard.fragments.push(facts);
      else heard.inits.push(data);
    }
  });
  return heard;
}

/** A feed of pictures by hand, each of this many bytes. */
function handFeed() {
  let wanted = 0;
  const feed = new Feed({ keyFrameWanted: () => void wanted++, demandChanged: () => {} }, (error) => {
    throw error;
  });
  let timeUs = 1_000_000;
  const parameters = Buffer.from(
    '000000016742c01fda014016ec05a808080a000003000200000300791e3065400000000168ce3c80',
    'hex',
  );
  const push = (key: boolean, size: number) => {
    timeUs += 33_333;
    const slice = Buffer.alloc(size, 0xaa);
    slice.write(key ? '0000000165' : '0000000141', 'hex');
    const unit: AccessUnit = {
      data: key ? Buffer.concat([parameters, slice]) : slice,
      key,
      timeUs,
      codec: 'h264',
      revision: 1,
    };
    feed.push(unit);
    return timeUs / 1_000_000;
  };
  return { feed, push, wanted: () => wanted };
}

it('says the codec, then init, then a fragment for each picture, begun by a key frame', async () => {
  source = new TestSource({ width: 320, height: 240 });
  await serve(source.video);
  const { texts, inits, fragments } = connect();
  await expect.poll(() => fragments.length).toBeGreaterThanOrEqual(20);
  expect(texts).toEqual([expect.stringMatching(/^avc1\.42C0[0-9A-F]{2}$/)]);
  expect(inits).toHaveLength(1);
  expect(fragments[0]?.key).toBe(true);
  const times = fragments.map(({ time }) => time);
  expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
});

it('says codec and init again when the size changes', async () => {
  source = new TestSource({ width: 320, height: 240 });
  await serve(source.video);
  const { texts, inits, fragments } = connect();
  await expect.poll(() => fragments.length).toBeGreaterThanOrEqual(5);
  source.tell('size 1280 720');
  await expect.poll(() => inits.length).toBe(2);
  expect(texts).toEqual([expect.stringMatching(/^avc1\./), 'avc1.42C01F']);
});

it('gives a late one a picture at once, by asking for a key frame', async () => {
  const { feed, push, wanted } = handFeed();
  await serve(feed);
  const late = connect();
  await expect.poll(() => wanted()).toBe(1);
  push(false, 100);
  const time = push(true, 100);
  push(false, 100);
  await expect.poll(() => late.fragments.length).toBe(2);
  expect(late.fragments[0]).toEqual({ time, key: true });
});

it('lets a slow one skip to the next key frame, and the fast one gets all', async () => {
  const { feed, push, wanted } = handFeed();
  await serve(feed);
  const fast = connect();
  const slow = connect();
  await expect.poll(() => feed.listeners).toBe(2);
  push(true, 1000);
  await expect.poll(() => slow.fragments.length === 1 && fast.fragments.length === 1).toBe(true);
  // It stops reading; what the kernel holds for it is a few megabytes.
  slow.client.pause();
  const before = wanted();
  let sent = 1;
  while (!viewers.viewers().some(({ skipped }) => skipped > 20)) {
    push(false, 100_000);
    sent += 1;
    await expect.poll(() => fast.fragments.length, { interval: 1 }).toBe(sent);
  }
  slow.client.resume();
  await expect
    .poll(() => {
      // A picture that is not a key frame makes it ask for one as soon as there is room again.
      push(false, 1000);
      sent += 1;
      return wanted() > before;
    })
    .toBe(true);
  const time = push(true, 1000);
  sent += 1;
  await expect.poll(() => slow.fragments.at(-1)?.time === time && fast.fragments.length === sent).toBe(true);
  const [, ...others] = fast.fragments.map((one) => one.time);
  expect(others).toHaveLength(sent - 1);
  const gap = slow.fragments.findIndex((one, i) => i > 0 && one.time - (slow.fragments[i - 1]?.time ?? 0) > 0.05);
  expect(slow.fragments[gap]).toEqual({ time, key: true });
});

it('keeps nothing of 200 half-open sockets', async () => {
  const { feed } = handFeed();
  await serve(feed);
  const { port } = server.address() as AddressInfo;
  const sockets: Socket[] = [];
  for (let i = 0; i < 200; i += 1) {
    const socket = createConnection(port, '127.0.0.1');
    socket.on('error', () => {});
    sockets.push(socket);
    // Every second one never finishes its request; the others join and then never read.
    const request = `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n`;
    socket.write(i % 2 === 0 ? request : `${request}Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`);
    socket.pause();
  }
  await expect.poll(() => viewers.viewers().length).toBe(100);
  expect(feed.listeners).toBe(100);
  for (const socket of sockets) socket.destroy();
  await expect.poll(() => viewers.viewers().length).toBe(0);
  expect(feed.listeners).toBe(0);
});

it('takes one that answers no ping for gone', async () => {
  const { feed } = handFeed();
  await serve(feed);
  const { port } = server.address() as AddressInfo;
  const dead = createConnection(port, '127.0.0.1');
  dead.write(
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  dead.on('error', () => {});
  await expect.poll(() => viewers.viewers().length).toBe(1);
  await expect.poll(() => viewers.viewers().length).toBe(0);
  dead.destroy();
});

it('tells its clock and gives a key frame for the asking, and bears nonsense', async () => {
  const { feed, wanted } = handFeed();
  await serve(feed);
  const { client, texts } = connect();
  await expect.poll(() => viewers.viewers().length === 1 && client.readyState === WebSocket.OPEN).toBe(true);
  feed.push({ data: Buffer.from('0000000165aa', 'hex'), key: true, timeUs: 1, codec: 'h264', revision: 1 });
  const before = wanted();
  const beganUs = Number(process.hrtime.bigint() / 1000n);
  for (const text of ['nonsense', '', 'clock', 'key', 'key', 'key', 'x'.repeat(10_000)]) client.send(text);
  client.send(Buffer.from([1, 2, 3]));
  await expect.poll(() => texts.length === 1 && wanted() > before).toBe(true);
  expect(wanted()).toBe(before + 1);
  const clock = Number(/^clock (\d+)$/.exec(texts[0] ?? '')?.[1]);
  expect(clock).toBeGreaterThanOrEqual(beganUs);
});

it('turns further ones away with a sentence', async () => {
  viewers = new MseViewers({ maxViewers: 1, log: createLog('silent') });
  await serve(handFeed().feed);
  connect();
  await expect.poll(() => viewers.viewers().length).toBe(1);
  const { client } = connect();
  const [code, reason] = await new Promise<[number, Buffer]>((resolve) =>
    client.on('close', (...args) => resolve(args)),
  );
  expect(code).toBe(1013);
  expect(reason.toString()).toContain('already has 1 viewers');
});
