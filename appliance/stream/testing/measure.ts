/**
 * Measures delivery on this machine: latency in Chromium by WebRTC and by MSE, and what viewers cost.
 * Bundle it with esbuild (`--bundle --platform=node --format=esm --packages=external`, output beside
 * source.py) and run it with node; `server.ts` finds the player's source from there.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Player, PlayerOptions } from '../../page/player/index.ts';
import { launchBrowser } from './browser.ts';
import { TestPeer } from './peer.ts';
import { serveForTest, type TestServer } from './server.ts';
import { clockUs, TestSource } from './source.ts';

const seconds = 10;
const [, , role, count, url] = process.argv;
if (role === 'peers') await bePeers(Number(count), url ?? '');
else await measure();

async function measure(): Promise<void> {
  const source = new TestSource({ width: 1280, height: 720, bitrate: 2000, pattern: 'snow' });
  const encoded = new Map<number, number>();
  let bytes = 0;
  source.video.subscribe(({ timeUs, data }) => {
    encoded.set(timeUs, clockUs());
    bytes += data.length;
  });
  const server = await serveForTest(source);
  for (const transport of ['webrtc', 'mse'] as const) {
    const { frames, first } = await watch(server, transport);
    const tail = frames.slice(60);
    const fromCapture = tail.map(({ latencyMs }) => latencyMs);
    const fromEncode = tail.map(({ timeUs, latencyMs }) => {
      const at = [timeUs, timeUs - 1, timeUs - 11, timeUs + 1].find((one) => encoded.has(Math.round(one)));
      const near = at ?? [...encoded.keys()].reduce((a, b) => (Math.abs(a - timeUs) < Math.abs(b - timeUs) ? a : b));
      return latencyMs - ((encoded.get(Math.round(near)) ?? Number.NaN) - timeUs) / 1000;
    });
    console.log(`${transport}: first picture ${first.toFixed(0)} ms, ${tail.length} pictures in ${seconds - 2} s`);
    console.log(`  capture → presented ${both(fromCapture)}, encoded → presented ${both(fromEncode)}`);
  }
  for (const viewers of [0, 1, 5, 20]) {
    const child =
      viewers > 0 ? fork(fileURLToPath(import.meta.url), ['peers', String(viewers), server.url]) : undefined;
    if (child) await once(child, 'message');
    const before = process.cpuUsage();
    const began = performance.now();
    bytes = 0;
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const { user, system } = process.cpuUsage(before);
    const share = (user + system) / 10 / (performance.now() - began);
    const rss = process.memoryUsage().rss / 1e6;
    const rate = (bytes * 8) / 1e6 / seconds;
    console.log(
      `${viewers} WebRTC viewers (${rate.toFixed(1)} Mbit/s each): ${share.toFixed(1)} % of a core, ${rss.toFixed(0)} MB`,
    );
    if (child) {
      child.kill();
      await once(child, 'exit');
      for (const { id } of server.whep.viewers()) server.whep.leave(id);
    }
  }
  await server.close();
  await source.close();
}

async function watch({ url: address }: TestServer, transport: 'webrtc' | 'mse') {
  const browser = await launchBrowser();
  const page = await browser.newPage();
  await page.goto(address);
  const result = await page.evaluate(
    async ({ transport, ms }) => {
      const { perch } = globalThis as unknown as { perch: { Player: new (options: PlayerOptions) => Player } };
      const into = document.getElementById('picture') ?? document.body;
      const player = new perch.Player({ camera: 'test', into, transports: [transport] });
      const frames: { timeUs: number; latencyMs: number }[] = [];
      let first = 0;
      const began = performance.now();
      player.on('frame', ({ timeUs, latencyMs }) => {
        first ||= performance.now() - began;
        if (timeUs !== undefined && latencyMs !== undefined) frames.push({ timeUs, latencyMs });
      });
      player.start();
      await new Promise((resolve) => setTimeout(resolve, ms));
      return { frames, first };
    },
    { transport, ms: seconds * 1000 },
  );
  await browser.close();
  return result;
}

function both(values: readonly number[]): string {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (part: number) => (sorted[Math.floor(sorted.length * part)] ?? Number.NaN).toFixed(0);
  return `${at(0.5)} / ${at(0.95)} ms (median / p95)`;
}

async function bePeers(howMany: number, address: string): Promise<void> {
  const peers: TestPeer[] = [];
  for (let i = 0; i < howMany; i += 1) {
    const peer = new TestPeer();
    const response = await fetch(`${address}whep/test`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/sdp' },
      body: await peer.offer(),
    });
    const open = once(peer, 'open');
    peer.answer(await response.text());
    await open;
    peers.push(peer);
  }
  setInterval(() => {
    for (const peer of peers) peer.sendReport();
  }, 1_000);
  process.send?.('ready');
}
