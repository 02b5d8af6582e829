import { expect, test } from 'vitest';
import { loadConfig } from './config.ts';
import { minimal } from './safe-mode.ts';

test('in safe mode only the page, its address and the first camera are left', () => {
  const config = loadConfig({
    PERCH_CAMERAS: 'door=test,yard=v4l2:/dev/video0',
    PERCH_RELAY_URL: 'ws://relay.example:8001',
    PERCH_MEDIAMTX_RTSP: 'rtsp://127.0.0.1:8554',
    PERCH_PORT: '81',
    PERCH_SAFE_MODE: 'It failed.',
  });
  expect(config.safe_mode).toBe('It failed.');
  expect(minimal(config)).toMatchObject({ cameras: [{ name: 'door' }], port: 81 });
  expect(minimal(config).relay_url).toBeUndefined();
  expect(minimal(config).mediamtx_rtsp).toBeUndefined();
});
