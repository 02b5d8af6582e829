/**
 * MediaMTX beside Perch, fed with the same pictures by Perch's RTSP: WebRTC latency and what 20 viewers cost.
 * Only where PERCH_BENCH_MEDIAMTX names its program.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext } from 'playwright-core';
import { desktop, openBrowser, openPage } from '../e2e/browser.ts';
import type { Perch } from '../e2e/perch.ts';
import { playing, settled } from '../e2e/watched.ts';
import { watchStamps } from './latency.ts';
import { live, pause, startStamped, Viewers } from './programs.ts';
import { clockOffset, notePictures, seenFor } from './seen.ts';
import { type Row, shown, spread, tidy } from './table.ts';
import { cpuShares, memory } from './usage.ts';

const ports = { rtsp: 18554, webrtc: 18889, udp: 18189 };
const whep = `http://127.0.0.1:${ports.webrtc}/camera/whep`;

export async function mediamtx(program: string): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'perch-bench-'));
  const config = join(folder, 'mediamtx.yml');
  await writeFile(
    config,
    [
      'logLevel: error',
      'rtmp: no',
      'hls: no',
      'srt: no',
      'rtspTransports: [tcp]',
      `rtspAddress: 127.0.0.1:${ports.rtsp}`,
      `webrtcAddress: 127.0.0.1:${ports.webrtc}`,
      `webrtcLocalUDPAddress: 127.0.0.1:${ports.udp}`,
      'paths: {all_others: {}}',
    ].join('\n'),
  );
  const server = spawn(program, [config], { stdio: 'ignore' });
  const gone = once(server, 'exit');
  let perch: Perch | undefined;
  let browser: BrowserContext | undefined;
  try {
    perch = await startStamped({ PERCH_MEDIAMTX_RTSP: `rtsp://127.0.0.1:${ports.rtsp}` });
    browser = await openBrowser(desktop);
    if (server.exitCode !== null) throw new Error(`MediaMTX ended at once; are ports ${Object.values(ports)} free?`);
    await live(perch);
    await perch.patch('camera', { width: 1280, height: 720, fps: 30, bitrate: '2M' });
    await notePictures(browser);
    const own = await openPage(browser, perch);
    await settled(own);
    await seenFor(own, 2000, 'nothing');
    const ours = spread((await watchStamps(own, await clockOffset(own))).read);
    await own.close();

    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${ports.webrtc}/camera`);
    await playing(page);
    await seenFor(page, 2000, 'nothing');
    const theirs = spread((await watchStamps(page, await clockOffset(page))).read);
    await page.close();

    const costs: string[] = [];
    for (const [address, pid] of [
      [`${perch.url}/whep/camera`, perch.process.pid ?? 0],
      [whep, server.pid ?? 0],
    ] as const) {
      const joined = await Viewers.join([address], 20, 30, perch.token);
      await pause(1500);
      await joined.count();
      const [share = 0] = await cpuShares([pid], 5000);
      const { bytes } = await joined.count();
      const { rss } = await memory(pid);
      costs.push(`${tidy(share)} %, ${tidy(rss)} MB at ${tidy((bytes * 8) / 1e6 / 5 / 20)} Mbit/s each`);
      await joined.leave();
    }
    return [
      {
        figure: 'WebRTC beside MediaMTX, which gets the same pictures from us by RTSP',
        ours: shown(ours),
        target: '',
        beside: `MediaMTX ${shown(theirs)}`,
      },
      { figure: '  ... 20 WebRTC viewers', ours: costs[0] ?? '', target: '', beside: `MediaMTX ${costs[1] ?? ''}` },
    ];
  } finally {
    await browser?.close();
    await perch?.stop();
    server.kill();
    await gone;
    await rm(folder, { recursive: true, force: true });
  }
}
