/** The player in a real browser, against real delivery of a real encoder's pictures. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { launchBrowser } from '../../stream/testing/browser.ts';
import { serveForTest, type TestServer } from '../../stream/testing/server.ts';
import { TestSource } from '../../stream/testing/source.ts';
import type { Player, PlayerOptions } from './index.ts';

let browser: Browser;
let page: Page;
let source: TestSource;
let server: TestServer;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser.close());

beforeEach(async () => {
  // Its groups of pictures never end by themselves: everyone here is a late joiner.
  source = new TestSource({ width: 640, height: 360, jpeg: true });
  server = await serveForTest(source);
  page = await browser.newPage();
});
afterEach(async () => {
  await page.close();
  await server.close();
  await source.close();
});

/** What the page notes while the player runs. */
interface Notes {
  frames: { timeUs: number | undefined; latencyMs: number | undefined }[];
  states: { kind: string; sentence?: string }[];
  transports: (string | undefined)[];
  sizes: string[];
}
declare global {
  var perch: { Player: new (options: PlayerOptions) => Player };
  var trial: { player: Player; notes: Notes; kept?: { element: unknown; connection: unknown } };
}

async function play(transports?: PlayerOptions['transports'], camera = 'test'): Promise<void> {
  await page.goto(server.url);
  await page.evaluate(
    ({ transports, camera }) => {
      const into = document.getElementById('picture') ?? document.body;
      const player = new globalThis.perch.Player({ camera, into, ...(transports ? { transports } : {}) });
      const notes: Notes = { frames: [], states: [], transports: [], sizes: [] };
      player.on('frame', (frame) => notes.frames.push(frame));
      player.on('state', (state) => notes.states.push(state));
      player.on('transport', (transport) => notes.transports.push(transport));
      player.on('size', ({ width, height }) => notes.sizes.push(`${width}x${height}`));
      globalThis.trial = { player, notes };
      player.start();
    },
    { transports, camera },
  );
}

/** Waits for this many further pictures. */
async function pictures(count: number): Promise<void> {
  const before = await page.evaluate(() => globalThis.trial.notes.frames.length);
  await page.waitForFunction((wanted) => globalThis.trial.notes.frames.length >= wanted, before + count);
}

function keep(): Promise<void> {
  return page.evaluate(() => {
    globalThis.trial.kept = {
      element: globalThis.trial.player.element,
      connection: globalThis.trial.player.connection,
    };
  });
}

/** Whether element and connection are still the very same objects. */
function same(): Promise<boolean> {
  return page.evaluate(() => {
    const { element, connection } = globalThis.trial.player;
    return globalThis.trial.kept?.element === element && globalThis.trial.kept?.connection === connection;
  });
}

const noted = () => page.evaluate(() => globalThis.trial.notes);
const elements = () => page.evaluate(() => document.querySelectorAll('#picture > *').length);
const lastState = () => page.evaluate(() => globalThis.trial.player.state.kind);

describe.each(['webrtc', 'mse'] as const)('by %s', (transport) => {
  it('shows the picture, says when it was captured, and leaves when the tab is closed', async () => {
    const captured: number[] = [];
    const end = source.video.subscribe(({ timeUs }) => captured.push(timeUs));
    await play([transport]);
    await pictures(30);
    end();
    const { frames, transports, sizes } = await noted();
    expect(transports).toEqual([transport]);
    expect(sizes).toEqual(['640x360']);
    for (const { timeUs } of frames.slice(0, 30)) {
      const nearest = Math.min(...captured.map((one) => Math.abs(one - (timeUs ?? 0))));
      expect(nearest).toBeLessThan(12);
    }
    const viewers = () => [...server.whep.viewers('test'), ...server.mse.viewers('test')];
    expect(viewers()).toHaveLength(1);
    await page.close({ runBeforeUnload: false });
    await expect.poll(() => viewers().length).toBe(0);
  });

  it('stays on one connection and one element through size, rate and a killed process', async () => {
    await play([transport]);
    await pictures(10);
    await keep();
    for (const [width, height] of [
      [320, 240],
      [1280, 720],
      [640, 480],
    ]) {
      source.tell(`size ${width} ${height}`);
      await page.waitForFunction((size) => globalThis.trial.notes.sizes.at(-1) === size, `${width}x${height}`);
      await pictures(5);
    }
    source.tell('fps 5');
    await pictures(5);
    source.tell('fps 30');
    source.tell('bitrate 300');
    await pictures(20);
    await source.replace();
    await page.waitForFunction(() => globalThis.trial.notes.sizes.at(-1) === '640x360');
    await pictures(20);
    expect(await same()).toBe(true);
    expect((await noted()).transports).toEqual([transport]);
    expect((await noted()).states.map(({ kind }) => kind)).not.toContain('reconnecting');
  });

  it('says that the picture is old while the camera is silent, and goes on when it is back', async () => {
    await play([transport]);
    await pictures(10);
    await keep();
    source.tell('pause');
    await page.waitForFunction(() => {
      const { state } = globalThis.trial.player;
      return state.kind === 'stale' && state.ageMs > 3_500;
    });
    source.tell('play');
    source.video.requestKeyFrame();
    await page.waitForFunction(() => globalThis.trial.player.state.kind === 'playing');
    await pictures(10);
    expect(await same()).toBe(true);
  });

  it('comes back by itself when the server was started anew', async () => {
    await play([transport]);
    await pictures(10);
    const { port } = server;
    await server.close();
    await page.waitForFunction(() => globalThis.trial.player.state.kind === 'reconnecting');
    // The last picture stays.
    expect(await elements()).toBeGreaterThanOrEqual(1);
    server = await serveForTest(source, { port });
    await page.waitForFunction(() => globalThis.trial.player.state.kind === 'playing');
    await pictures(10);
    expect(await elements()).toBe(1);
  });
});

it('shows JPEGs where nothing else works', async () => {
  await play(['mjpeg']);
  await pictures(10);
  const { frames, transports, sizes } = await noted();
  expect(transports).toEqual(['mjpeg']);
  expect(sizes).toEqual(['640x360']);
  expect(frames.every(({ timeUs }) => timeUs !== undefined && timeUs > 0)).toBe(true);
});

it('races, and ends with WebRTC alone', async () => {
  await play();
  await page.waitForFunction(() => globalThis.trial.notes.transports.length > 0);
  expect((await noted()).transports).toEqual(['webrtc']);
  expect(await elements()).toBe(1);
  await expect.poll(() => server.mse.viewers('test').length).toBe(0);
  expect(server.whep.viewers('test')).toHaveLength(1);
});

it('takes MSE when UDP does not pass, and keeps it', async () => {
  await page.addInitScript(() => {
    // What a network without UDP looks like: candidates lead nowhere.
    const set = RTCPeerConnection.prototype.setRemoteDescription;
    RTCPeerConnection.prototype.setRemoteDescription = async function (description: RTCSessionDescriptionInit) {
      const sdp = description.sdp?.replaceAll(/(a=candidate:\S+ 1 UDP \d+) \S+ \d+/gi, '$1 127.0.0.1 9') ?? '';
      await Reflect.apply(set, this, [{ type: description.type, sdp }]);
    };
  });
  await play();
  await page.waitForFunction(() => globalThis.trial.notes.transports.length > 0);
  expect((await noted()).transports).toEqual(['mse']);
  expect(await elements()).toBe(1);
  await pictures(10);
});

it('is not decided by JPEGs while nobody looks at the page', async () => {
  await page.addInitScript(() => {
    // A tab opened in the background: it says so, and presents no video until it is looked at.
    let hidden = true;
    Object.defineProperty(document, 'hidden', { get: () => hidden });
    const waiting: (() => void)[] = [];
    const present = HTMLVideoElement.prototype.requestVideoFrameCallback;
    HTMLVideoElement.prototype.requestVideoFrameCallback = function (callback) {
      if (!hidden) return Reflect.apply(present, this, [callback]);
      return waiting.push(() => Reflect.apply(present, this, [callback]));
    };
    addEventListener('looked-at', () => {
      hidden = false;
      for (const begin of waiting.splice(0)) begin();
      document.dispatchEvent(new Event('visibilitychange'));
    });
    // The clock jumps, long past the time after which a page that is seen tries JPEGs; then the player looks again.
    const now = performance.now.bind(performance);
    let ahead = 0;
    performance.now = () => now() + ahead;
    let looks = 0;
    const repeat = globalThis.setInterval;
    globalThis.setInterval = ((action: () => void, ms: number) =>
      repeat(() => {
        action();
        looks += 1;
        if (looks === 1) ahead = 60_000;
        if (looks === 3) document.body.dataset.looked = 'yes';
      }, ms)) as typeof setInterval;
  });
  await play();
  await expect
    .poll(() => server.mse.viewers('test').length === 1 && server.whep.viewers('test').length === 1)
    .toBe(true);
  await page.waitForSelector('[data-looked]');
  expect(await elements()).toBe(2);
  await page.evaluate(() => dispatchEvent(new Event('looked-at')));
  await page.waitForFunction(() => globalThis.trial.notes.transports.length > 0);
  expect((await noted()).transports).toEqual(['webrtc']);
});

it.each([
  ['what was played goes', true],
  ['everything goes when nothing was played up to a key frame', false],
])('by mse, when the browser holds no more: %s, and the connection stays', async (_what, anotherKey) => {
  await page.addInitScript(() => {
    // Full until something is removed.
    const { appendBuffer, remove } = SourceBuffer.prototype;
    let full = false;
    addEventListener('full', () => {
      full = true;
    });
    // A browser that lags asks for a key frame, up to which what was played could go: none comes before the test wants.
    const { send } = WebSocket.prototype;
    WebSocket.prototype.send = function (data) {
      if (full || data !== 'key') Reflect.apply(send, this, [data]);
    };
    SourceBuffer.prototype.appendBuffer = function (data) {
      if (full) throw new DOMException('The SourceBuffer is full.', 'QuotaExceededError');
      return Reflect.apply(appendBuffer, this, [data]);
    };
    SourceBuffer.prototype.remove = function (from, to) {
      full = false;
      document.body.dataset.removed = to === Number.POSITIVE_INFINITY ? 'everything' : 'a part';
      return Reflect.apply(remove, this, [from, to]);
    };
  });
  await play(['mse']);
  await pictures(10);
  await keep();
  if (anotherKey) {
    const key = new Promise<void>((resolve) => {
      const end = source.video.subscribe((unit) => {
        if (!unit.key) return;
        end();
        resolve();
      });
    });
    source.video.requestKeyFrame();
    await key;
    await pictures(20);
  }
  await page.evaluate(() => dispatchEvent(new Event('full')));
  await page.waitForSelector(`body[data-removed="${anotherKey ? 'a part' : 'everything'}"]`, { state: 'attached' });
  await pictures(20);
  expect(await same()).toBe(true);
  expect((await noted()).states.map(({ kind }) => kind)).not.toContain('reconnecting');
});

it('by mse, hidden and paused, asks no key frames of everybody; seen again it is live at once', async () => {
  await page.addInitScript(() => {
    let hidden = false;
    Object.defineProperty(document, 'hidden', { get: () => hidden });
    const { play } = HTMLMediaElement.prototype;
    HTMLMediaElement.prototype.play = function () {
      return hidden ? Promise.reject(new DOMException('Nobody sees it.', 'AbortError')) : Reflect.apply(play, this, []);
    };
    addEventListener('hide', () => {
      hidden = true;
      for (const video of document.querySelectorAll('video')) video.pause();
      document.dispatchEvent(new Event('visibilitychange'));
    });
    addEventListener('looked-at', () => {
      hidden = false;
      document.dispatchEvent(new Event('visibilitychange'));
    });
  });
  await play(['mse']);
  await pictures(10);
  await keep();
  await page.evaluate(() => dispatchEvent(new Event('hide')));
  const before = source.keyFramesWanted;
  await new Promise<void>((resolve) => {
    let seen = 0;
    // Five seconds of pictures: unrestrained it would ask in four of them.
    const end = source.video.subscribe(() => {
      seen += 1;
      if (seen < 150) return;
      end();
      resolve();
    });
  });
  expect(source.keyFramesWanted - before).toBeLessThanOrEqual(1);
  await page.evaluate(() => dispatchEvent(new Event('looked-at')));
  await pictures(10);
  expect(await same()).toBe(true);
});

it('says in a sentence what is wrong, and goes on trying', async () => {
  await play(['webrtc'], 'nose');
  await page.waitForFunction(
    () => globalThis.trial.notes.states.filter(({ kind }) => kind === 'reconnecting').length > 1,
  );
  const { states } = await noted();
  expect(states.find(({ kind }) => kind === 'reconnecting')?.sentence).toContain('There is no camera "nose"');
});

it('ends without a trace', async () => {
  await play();
  await pictures(5);
  await page.evaluate(() => globalThis.trial.player.stop());
  expect(await lastState()).toBe('stopped');
  expect(await elements()).toBe(0);
  await expect.poll(() => server.whep.viewers().length + server.mse.viewers().length).toBe(0);
});
