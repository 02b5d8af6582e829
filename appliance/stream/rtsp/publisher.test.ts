/** Against GStreamer's RTSP server, which decodes what it is given. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { pino } from 'pino';
import { generate } from 'selfsigned';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Encoding } from '../../settings/table.ts';
import { type PublishStatus, RtspPublisher } from './publisher.ts';
import { type Clip, makeClip, Player } from './testing/footage.ts';
import { RecordServer, type ServerOptions } from './testing/record-server.ts';

const clips = new Map<string, Clip>();
beforeAll(() => {
  for (const codec of ['h264', 'h265', 'mjpeg'] as const) {
    clips.set(codec, makeClip(codec, 640, 480));
    clips.set(`${codec} small`, makeClip(codec, 320, 240));
  }
});
function clip(name: string): Clip {
  const found = clips.get(name);
  if (!found) throw new Error(`there is no clip ${name}`);
  return found;
}

const endings: (() => Promise<unknown> | unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function serve(options: ServerOptions = {}): Promise<RecordServer> {
  const server = await RecordServer.start(options);
  endings.push(() => server.kill());
  return server;
}

function publishTo(server: string, player: Player): RtspPublisher {
  const publisher = new RtspPublisher({ feed: player.feed, server, camera: 'cam', log: pino({ level: 'silent' }) });
  endings.push(() => publisher.close());
  publisher.start();
  return publisher;
}

function play(name: string): Player {
  const player = new Player(clip(name));
  endings.push(() => player.pause());
  player.play();
  return player;
}

/** Resolves when the status fits. */
async function until(publisher: RtspPublisher, fits: (status: PublishStatus) => boolean): Promise<PublishStatus> {
  while (!fits(publisher.status())) await once(publisher, 'status');
  return publisher.status();
}

const publishing = ({ state }: PublishStatus) => state === 'publishing';
const failed = ({ state }: PublishStatus) => state === 'waiting';
const at = (port: number, login = '') => `rtsp://${login}127.0.0.1:${port}`;
const size = (width: number) => (frame: { width?: number }) => frame.width === width;
const troubles = (server: RecordServer) => server.count('error') + server.count('warning');

describe.each(['h264', 'h265', 'mjpeg'] as const)('%s', (codec: Encoding) => {
  it('arrives, decodes, changes its size on the same connection, and ends when told', async () => {
    const server = await serve();
    const player = play(codec);
    const publisher = publishTo(at(server.port), player);
    await server.framesMore(10, size(640));
    player.show(clip(`${codec} small`));
    await server.framesMore(10, size(320));
    player.show(clip(codec));
    await server.framesMore(5, size(640));
    await publisher.close();
    await server.until(({ event }) => event === 'ended');
    expect(troubles(server)).toBe(0);
    expect(server.count('announce')).toBe(1);
    expect(server.count('teardown')).toBe(1);
    // The test picture is a grey of its own brightness: a wrong table or a lost packet shows.
    for (const frame of server.frames) expect(frame.light).toBeCloseTo(126, -1);
    expect(publisher.status()).toMatchObject({ state: 'off', connections: 1, skipped: 0 });
  });
});

describe('RtspPublisher', () => {
  it('says when it publishes, where and how much', async () => {
    const server = await serve();
    const publisher = publishTo(at(server.port), play('h264'));
    expect(publisher.status()).toMatchObject({ state: 'connecting', message: "Waits for the camera's picture." });
    await server.framesMore(3);
    const status = publisher.status();
    expect(status).toMatchObject({ state: 'publishing', codec: 'h264', connections: 1, skipped: 0 });
    expect(status.address).toBe(`${at(server.port)}/cam`);
    expect(status.sent).toBeGreaterThanOrEqual(3);
    expect(status.bytes).toBeGreaterThan(3000);
  });

  it('gives readers the wall clock', async () => {
    const server = await serve();
    const before = Date.now();
    publishTo(at(server.port), play('h264'));
    const frame = await server.until(({ wall }) => typeof wall === 'number');
    expect(frame.wall).toBeGreaterThan(before - 1000);
    expect(frame.wall).toBeLessThan(Date.now() + 1000);
  });

  it('announces again when the encoding changes, at once and from a key frame', async () => {
    const server = await serve();
    const player = play('h264');
    const publisher = publishTo(at(server.port), player);
    await server.framesMore(5);
    for (const codec of ['h265', 'mjpeg', 'h264'] as const) {
      player.show(clip(codec));
      await server.framesMore(5, (frame) => frame.codec === (codec === 'mjpeg' ? 'JPEG' : codec.toUpperCase()));
      expect(publisher.status().codec).toBe(codec);
    }
    expect(publisher.status().connections).toBe(4);
    expect(server.count('teardown')).toBe(3);
    expect(troubles(server)).toBe(0);
  });

  it('goes on where it was when a worker is replaced', async () => {
    const server = await serve();
    const player = play('h264');
    const publisher = publishTo(at(server.port), player);
    await server.framesMore(5);
    player.pause();
    player.feed.sourceReplaced();
    player.play();
    await server.framesMore(5);
    expect(publisher.status().connections).toBe(1);
    expect(troubles(server)).toBe(0);
  });

  it('leaves while the camera gives no picture, and comes back with it', async () => {
    const server = await serve();
    const player = play('h264');
    const publisher = publishTo(at(server.port), player);
    await server.framesMore(3);
    player.pause();
    await until(publisher, ({ message }) => message === "Waits for the camera's picture.");
    await server.until(({ event }) => event === 'teardown');
    player.play();
    await server.framesMore(3);
    expect(publisher.status().state).toBe('publishing');
  });

  it('comes back when the server was killed and started again', async () => {
    const first = await serve();
    const publisher = publishTo(at(first.port), play('h264'));
    await first.framesMore(3);
    await first.kill();
    const { message } = await until(publisher, ({ message }) => message.startsWith('Nothing answers'));
    expect(message).toBe(`Nothing answers at ${at(first.port)}. Start MediaMTX there, or correct PERCH_MEDIAMTX_RTSP.`);
    const second = await serve({ port: first.port });
    await second.framesMore(3);
    expect(publisher.status()).toMatchObject({ state: 'publishing', connections: 2 });
  });

  it('gives a server that stops reading no more than it takes, and goes on when it reads again', async () => {
    const server = await serve();
    const big = makeClip('mjpeg', 1280, 720);
    const player = play('mjpeg');
    const publisher = publishTo(at(server.port), player);
    await server.framesMore(3);
    server.freeze();
    player.show(big);
    // As many as the kernel and the sender hold, and then some.
    while (publisher.status().skipped < 20 && publisher.status().connections === 1) {
      for (let n = 0; n < 20; n += 1) player.push();
      await new Promise(setImmediate);
    }
    expect(publisher.status()).toMatchObject({ state: 'publishing', connections: 1 });
    server.thaw();
    await server.framesMore(5, size(1280));
    expect(publisher.status().connections).toBe(1);
  });

  it('skips whole pictures on a network that is too slow, so that what arrives decodes', async () => {
    const server = await serve();
    // About 8 Mbit/s, for pictures of 30.
    const narrow = createServer((from) => {
      const to = connect(server.port, '127.0.0.1');
      const timer = setInterval(() => {
        const piece: unknown = from.read(Math.min(50_000, from.readableLength));
        if (piece instanceof Buffer) to.write(piece);
      }, 50);
      from.on('readable', () => undefined);
      to.pipe(from);
      to.on('error', () => from.destroy());
      from.on('error', () => to.destroy());
      from.on('close', () => {
        clearInterval(timer);
        to.destroy();
      });
    });
    narrow.listen(0, '127.0.0.1');
    await once(narrow, 'listening');
    endings.push(() => narrow.close());
    const address = narrow.address();
    clips.set('heavy', makeClip('h264', 1280, 720, { bitrate: 30_000 }));
    const publisher = publishTo(at(typeof address === 'object' && address ? address.port : 0), play('heavy'));
    await server.framesMore(3);
    while (publisher.status().skipped === 0) await server.framesMore(1);
    await server.framesMore(10);
    expect(publisher.status()).toMatchObject({ state: 'publishing', connections: 1 });
    await publisher.close();
    expect(troubles(server)).toBe(0);
  });

  it('notices a server that takes nothing at all, and tries again', async () => {
    const server = await serve();
    const player = new Player(makeClip('mjpeg', 1280, 720), 100);
    endings.push(() => player.pause());
    player.play();
    const publisher = publishTo(at(server.port), player);
    await server.framesMore(3);
    server.freeze();
    const { message } = await until(publisher, failed);
    expect(message).toBe('The server takes no more data: nothing went out for 10 s.');
    server.thaw();
    await until(publisher, publishing);
    await server.framesMore(3);
  });

  it.each(['basic', 'digest'] as const)('logs in by %s', async (login) => {
    const server = await serve({ user: 'perch', password: 'p@ss', login });
    publishTo(at(server.port, 'perch:p%40ss@'), play('h264'));
    await server.framesMore(3);
  });

  it.each([
    ['perch:wrong@', 'does not accept the user name "perch" with this password. Correct them in PERCH_MEDIAMTX_RTSP.'],
    ['', 'asks for a user name and a password. Put them into PERCH_MEDIAMTX_RTSP: rtsp://user:password@host:8554.'],
  ])('says what is wrong with the login %s', async (login, sentence) => {
    const server = await serve({ user: 'perch', password: 'right' });
    const publisher = publishTo(at(server.port, login), play('h264'));
    const { message } = await until(publisher, failed);
    expect(message).toBe(`${at(server.port)} ${sentence}`);
    expect(publisher.status().address).toBe(`${at(server.port)}/cam`);
  });

  it('says that there is no such path', async () => {
    const server = await serve();
    const publisher = publishTo(`${at(server.port)}/elsewhere`, play('h264'));
    const { message } = await until(publisher, failed);
    expect(message).toBe(`${at(server.port)} has no path "elsewhere/cam" to publish to (404 Not Found). Add it there.`);
  });

  it('says that something else answers there', async () => {
    const web = createServer((socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')));
    web.listen(0, '127.0.0.1');
    await once(web, 'listening');
    endings.push(() => web.close());
    const address = web.address();
    const publisher = publishTo(at(typeof address === 'object' && address ? address.port : 0), play('h264'));
    const { message } = await until(publisher, failed);
    expect(message).toContain('No RTSP server answers there: it said "HTTP/1.1 400 Bad Request".');
  });

  it('says that there is no such host', async () => {
    const publisher = publishTo('rtsp://no-such-host.invalid:8554', play('h264'));
    const { message } = await until(publisher, failed);
    expect(message).toBe('There is no host named "no-such-host.invalid" in this network. Correct PERCH_MEDIAMTX_RTSP.');
  });

  it('says that MJPEG is too large for RTP, and goes on when it fits', async () => {
    const server = await serve();
    clips.set('huge', makeClip('mjpeg', 2560, 1440, { pictures: 1 }));
    const player = play('huge');
    const publisher = publishTo(at(server.port), player);
    const { message } = await until(publisher, failed);
    expect(message).toBe(
      'MJPEG over RTSP carries pictures up to 2040x2040, and this one is 2560x1440. Choose a smaller size, or h264.',
    );
    player.show(clip('mjpeg'));
    await server.framesMore(3, size(640));
    player.show(clip('huge'));
    await until(publisher, failed);
    await server.until(({ event }) => event === 'teardown');
  });

  it.each([
    ['before a picture came', undefined],
    ['while it connects', ({ message }: PublishStatus) => message.startsWith('Connects')],
    ['while it publishes', publishing],
  ])('can be closed %s', async (_when, reached) => {
    const server = await serve();
    const player = play('h264');
    const publisher = publishTo(at(server.port), player);
    if (reached) await until(publisher, reached);
    await publisher.close();
    expect(publisher.status()).toMatchObject({ state: 'off', message: 'Publishing is off.' });
    expect(player.feed.listeners).toBe(0);
    publisher.start();
    expect(publisher.status().state).toBe('off');
  });

  it('can be closed while it waits to try again', async () => {
    const server = await serve();
    await server.kill();
    const publisher = publishTo(at(server.port), play('h264'));
    await until(publisher, failed);
    await publisher.close();
    expect(publisher.status().state).toBe('off');
  });
});

describe('rtsps', () => {
  async function certificate(): Promise<{ ca: string; both: string }> {
    const folder = mkdtempSync(join(tmpdir(), 'perch-rtsps-'));
    endings.push(() => rmSync(folder, { recursive: true }));
    const made = await generate([{ name: 'commonName', value: 'localhost' }], {
      extensions: [
        { name: 'basicConstraints', cA: true },
        { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
      ],
    });
    const ca = join(folder, 'ca.pem');
    const both = join(folder, 'both.pem');
    writeFileSync(ca, made.cert);
    writeFileSync(both, made.cert + made.private);
    return { ca, both };
  }

  it('refuses a certificate nobody vouches for', async () => {
    const { both } = await certificate();
    const server = await serve({ cert: both });
    const publisher = publishTo(`rtsps://localhost:${server.port}`, play('h264'));
    const { message } = await until(publisher, failed);
    expect(message).toBe(
      `The certificate of rtsps://localhost:${server.port} is not signed by anyone known here. Name its CA file in NODE_EXTRA_CA_CERTS.`,
    );
  });

  it('publishes where the certificate is known', async () => {
    const { ca, both } = await certificate();
    const server = await serve({ cert: both });
    // Node reads NODE_EXTRA_CA_CERTS when it starts: a process of its own is needed.
    const program = join(ca, '..', 'publish.mjs');
    const entry = new URL('testing/publish-child.ts', import.meta.url).pathname;
    const banner = {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    };
    await build({ entryPoints: [entry], bundle: true, platform: 'node', format: 'esm', outfile: program, banner });
    const child: ChildProcess = spawn(process.execPath, [program, `rtsps://localhost:${server.port}`], {
      stdio: ['pipe', 'ignore', 'inherit'],
      env: { ...process.env, NODE_EXTRA_CA_CERTS: ca },
    });
    const gone = once(child, 'exit');
    endings.push(async () => {
      child.stdin?.end();
      await gone;
    });
    await server.framesMore(3);
  });
});
