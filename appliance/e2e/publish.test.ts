/** A whole Perch publishes to a real RTSP server while everything about its camera is changed. */
import { afterEach, expect, it } from 'vitest';
import { RecordServer } from '../stream/rtsp/testing/record-server.ts';
import { childrenOf, Perch } from './perch.ts';

const endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

it('stays on one connection through sizes, frame rates and a dead worker, and announces new encodings', async () => {
  const server = await RecordServer.start();
  endings.push(() => server.kill());
  const perch = await Perch.start({
    PERCH_CAMERAS: 'cam=test',
    PERCH_MEDIAMTX_RTSP: `rtsp://127.0.0.1:${server.port}`,
  });
  endings.push(() => perch.stop());
  await server.framesMore(10, ({ width }) => width === 1280);

  for (const [width, height, fps] of [
    [640, 360, 30],
    [640, 480, 15],
    [1280, 720, 25],
  ] as const) {
    expect(await perch.patch('cam', { width, height, fps, quality: 50 + fps })).toMatchObject({ success: true });
    await server.framesMore(10, (frame) => frame.width === width && frame.height === height);
  }

  const [worker] = (await childrenOf(perch.process.pid ?? 0)).filter(({ command }) => command.includes('worker'));
  if (!worker) throw new Error('there is no worker');
  process.kill(worker.pid, 'SIGKILL');
  await server.framesMore(10, ({ width }) => width === 1280);
  expect(server.count('announce')).toBe(1);
  expect(server.count('disconnected')).toBe(0);

  for (const [encoding, codec] of [
    ['h265', 'H265'],
    ['mjpeg', 'JPEG'],
    ['h264', 'H264'],
  ] as const) {
    expect(await perch.patch('cam', { encoding })).toMatchObject({ success: true });
    await server.framesMore(10, (frame) => frame.codec === codec && frame.width === 1280);
    const { mediamtx } = await perch.camera('cam');
    expect(mediamtx).toMatchObject({
      publish: { state: 'publishing', codec: encoding, address: `rtsp://127.0.0.1:${server.port}/cam`, skipped: 0 },
      addresses: { rtsp: `rtsp://127.0.0.1:${server.port}/cam` },
    });
  }
  expect(server.count('announce')).toBe(4);
  expect(server.count('error')).toBe(0);

  const before = server.events.length;
  expect(await perch.stop()).toBe(0);
  await server.until(({ event }) => event === 'ended', before);
  expect(server.count('teardown')).toBe(4);
});
