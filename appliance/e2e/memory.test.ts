/** Viewers come and go, and Perch stays as large as it was. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { TestPeer } from '../stream/testing/peer.ts';
import { eventually, putBack } from './controls.ts';
import { Perch, streetScene } from './perch.ts';

let perch: Perch;
beforeAll(async () => {
  perch = await Perch.start({ PERCH_CAMERAS: `street=file:${streetScene}`, PERCH_LOG_LEVEL: 'info' });
  // Small, so that the viewers here cost this machine little: what is looked for is left behind by each, not by its pictures.
  await putBack(perch, 'street', { width: 320, height: 240, fps: 10, bitrate: '200k' });
});
afterAll(() => perch?.stop());

/** Comes by WHEP, gets pictures, says goodbye. */
async function byWebRtc(): Promise<void> {
  const peer = new TestPeer();
  try {
    const answer = await fetch(`${perch.url}/whep/street`, {
      method: 'POST',
      headers: { authorization: `Bearer ${perch.token}`, 'content-type': 'application/sdp' },
      body: await peer.offer(),
    });
    expect(answer.status).toBe(201);
    const pictures = once(peer, 'packet');
    peer.answer(await answer.text());
    await pictures;
    expect((await perch.fetch(answer.headers.get('location') ?? '', { method: 'DELETE' })).status).toBe(204);
  } finally {
    peer.close();
  }
}

/** Comes by MSE, gets the codec, the beginning and two pictures, and leaves. */
async function byMse(): Promise<void> {
  const socket = new WebSocket(`${perch.url.replace(/^http/, 'ws')}/api/mse/street`, {
    headers: { authorization: `Bearer ${perch.token}` },
  });
  for (let messages = 0; messages < 4; messages += 1) await once(socket, 'message');
  const closed = once(socket, 'close');
  socket.close();
  await closed;
}

async function comeAndGo(count: number): Promise<void> {
  const together = 10;
  for (let done = 0; done < count; done += together) {
    await Promise.all(Array.from({ length: together }, (_, at) => (at % 2 === 0 ? byWebRtc() : byMse())));
  }
  await eventually(async () => (await perch.camera('street')).viewers).toMatchObject({ webrtc: 0, mse: 0 });
}

/** Memory of the server itself, MB. */
async function resident(): Promise<number> {
  const status = await readFile(`/proc/${perch.process.pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

test('200 viewers leave nothing behind', { timeout: 180_000 }, async () => {
  await comeAndGo(100);
  const sizes: number[] = [];
  for (let wave = 0; wave < 4; wave += 1) {
    sizes.push(await resident());
    await comeAndGo(50);
  }
  sizes.push(await resident());
  console.log(`memory: ${sizes.map((size) => size.toFixed(1)).join(', ')} MB`);
  const [warm = 0] = sizes;
  expect((sizes.at(-1) ?? 0) - warm).toBeLessThan(10);
});
