/** A card that wears out: what of the program lies beside it is gone, and the camera is watched all the same. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { Perch } from './perch.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
let perch: Perch;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perch-damaged-'));
  await cp(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
  await cp(join(root, 'package.json'), join(folder, 'package.json'));
  perch = await Perch.start({}, join(folder, 'data'), [], [join(folder, 'dist/perch.js'), 'serve']);
});
afterAll(async () => {
  await perch?.stop();
  await rm(folder, { recursive: true, force: true });
});

test('without node_modules pictures come by MSE, and settings change', async () => {
  const socket = new WebSocket(`${perch.url.replace('http', 'ws')}/api/mse/camera`, {
    headers: { authorization: `Bearer ${perch.token}` },
  });
  try {
    let pictures = 0;
    socket.on('message', (_data: Buffer, binary: boolean) => {
      if (binary) pictures += 1;
    });
    await expect.poll(() => pictures).toBeGreaterThan(3);
    expect(await perch.patch('camera', { brightness: 20 })).toMatchObject({ success: true });
    const before = pictures;
    await expect.poll(() => pictures).toBeGreaterThan(before + 3);
  } finally {
    socket.terminate();
  }
});

test('what is missing is said to whoever wants it, and by the doctor', async () => {
  const offer = [
    'v=0',
    'o=- 1 1 IN IP4 127.0.0.1',
    's=-',
    't=0 0',
    'm=video 9 UDP/TLS/RTP/SAVPF 96',
    'c=IN IP4 0.0.0.0',
    'a=rtpmap:96 H264/90000',
    '',
  ].join('\r\n');
  const answer = await fetch(`${perch.url}/whep/camera`, {
    method: 'POST',
    headers: { authorization: `Bearer ${perch.token}`, 'content-type': 'application/sdp' },
    body: offer,
  });
  expect(answer.status).toBe(503);
  expect(await answer.json()).toMatchObject({ error: { code: 'no_webrtc' } });
  await perch.stop();
  const doctor = promisify(execFile)(process.execPath, [join(folder, 'dist/perch.js'), 'doctor'], {
    env: { ...process.env, PERCH_DATA: perch.data },
  });
  // It ends with 1 when there is something to do.
  await expect(doctor).rejects.toMatchObject({
    stdout: expect.stringContaining('node-datachannel: Cannot find package'),
  });
});
