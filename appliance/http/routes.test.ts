import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestServer } from './testing/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await TestServer.start();
});
afterAll(() => server.close());

describe('the cameras', () => {
  it('are listed with all there is to know', async () => {
    const { status, body } = await server.call('GET', '/api/cameras');
    expect(status).toBe(200);
    expect(body.notices).toEqual([]);
    expect(body.cameras.map(({ name }: { name: string }) => name)).toEqual(['front', 'garage']);
    expect(body.cameras[0]).toMatchObject({
      name: 'front',
      index: 0,
      source: 'test',
      source_label: 'Synthetic picture',
      state: 'live',
      state_message: 'Live.',
      features: { brightness: true, exposure_time: false },
      limits: {
        brightness: { available: true, min: -100, max: 100, step: 1, applied: 'live' },
        exposure_time: { available: false, reason: 'This camera chooses it by itself.' },
        fps: { max: 30, applied: 'brief' },
        encoding: { choices: ['h264', 'h265', 'mjpeg'] },
      },
      sizes: ['1280x720', '640x480'],
      desired: { brightness: 0, cameraName: 'front' },
      applied: { brightness: 0 },
      revision: 1,
      applied_revision: 1,
      saved_revision: 1,
      measured: { fps: 29.9, restarts: 2, last_restart: 'It was unplugged.' },
      viewers: { total: 0, webrtc: 0, mse: 0, mjpeg: 0 },
    });
  });
});
