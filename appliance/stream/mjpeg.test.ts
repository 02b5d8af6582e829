import { PassThrough } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { PartReader } from '../page/player/mjpeg.ts';
import { Feed } from './feed.ts';
import { snapshot, writeMjpeg } from './mjpeg.ts';
import { TestSource } from './testing/source.ts';

function makeFeed() {
  const feed = new Feed({ keyFrameWanted: () => {}, demandChanged: () => {} }, (error) => {
    throw error;
  });
  const push = (timeUs: number, size = 10) =>
    feed.push({ data: Buffer.alloc(size, timeUs), key: true, timeUs, codec: 'mjpeg', revision: 1 });
  return { feed, push };
}

describe('writeMjpeg', () => {
  it('writes pictures that the page reads back, whatever way they are cut on the way', () => {
    const { feed, push } = makeFeed();
    const out = new PassThrough();
    const end = writeMjpeg(feed, out);
    for (let i = 1; i <= 5; i += 1) push(i);
    end();
    const bytes: Buffer = out.read();
    for (const step of [1, 7, 64, bytes.length]) {
      const reader = new PartReader();
      const times: (number | undefined)[] = [];
      for (let at = 0; at < bytes.length; at += step) {
        const part = reader.take(bytes.subarray(at, at + step));
        if (part) {
          times.push(part.timeUs);
          expect(Buffer.from(part.jpeg)).toEqual(Buffer.alloc(10, part.timeUs));
        }
      }
      expect(times).toEqual(step >= 64 ? times : [1, 2, 3, 4, 5]);
      expect(times.at(-1)).toBe(5);
    }
  });

  it('skips pictures for a slow reader and goes on with the newest', async () => {
    const { feed, push } = makeFeed();
    const out = new PassThrough({ highWaterMark: 1000 });
    writeMjpeg(feed, out);
    for (let i = 1; i <= 100; i += 1) push(i, 600);
    expect(out.readableLength).toBeLessThan(3000);
    const reader = new PartReader();
    out.on('data', (bytes: Buffer) => reader.take(bytes));
    const newest = new Promise<number | undefined>((resolve) => {
      out.on('data', (bytes: Buffer) => {
        const part = new PartReader().take(bytes);
        if (part?.timeUs !== undefined && part.timeUs > 100) resolve(part.timeUs);
      });
    });
    await expect.poll(() => out.writableNeedDrain).toBe(false);
    push(200, 600);
    expect(await newest).toBe(200);
    out.destroy();
  });

  it('cuts a reader off that takes nothing any more, and no other', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { feed, push } = makeFeed();
    const stuck = new PassThrough({ highWaterMark: 1000 });
    const reads = new PassThrough({ highWaterMark: 1000 }).resume();
    writeMjpeg(feed, stuck);
    writeMjpeg(feed, reads);
    for (let second = 1; second <= 16; second += 1) {
      push(second, 2000);
      await vi.advanceTimersByTimeAsync(1000);
      await new Promise((resolve) => setImmediate(resolve));
      if (second === 14) expect(stuck.destroyed).toBe(false);
    }
    vi.useRealTimers();
    expect([stuck.destroyed, reads.destroyed]).toEqual([true, false]);
    reads.destroy();
  });

  it('leaves the feed when the reader goes, or was gone before', async () => {
    const { feed, push } = makeFeed();
    const out = new PassThrough();
    writeMjpeg(feed, out);
    expect(feed.listeners).toBe(1);
    out.destroy(new Error('reset'));
    await expect.poll(() => feed.listeners).toBe(0);
    push(1);
    writeMjpeg(feed, out);
    expect(feed.listeners).toBe(0);
  });
});

describe('snapshot', () => {
  it('is one JPEG of a real picture', async () => {
    const source = new TestSource({ jpeg: true });
    const jpeg = await snapshot(source.jpeg, 'test');
    expect(jpeg.subarray(0, 3).toString('hex')).toBe('ffd8ff');
    expect(jpeg.subarray(-2).toString('hex')).toBe('ffd9');
    expect(source.jpeg.listeners).toBe(0);
    await source.close();
  });

  it('says so when the camera gives none', async () => {
    const { feed } = makeFeed();
    await expect(snapshot(feed, 'door', 10)).rejects.toMatchObject({ code: 'camera_away' });
    expect(feed.listeners).toBe(0);
  });
});
