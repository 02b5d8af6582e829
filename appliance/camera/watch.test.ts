import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { quiet } from './testing/cameras.ts';
import { waitFor, watchNewDevices } from './watch.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});
function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'perch-watch-'));
  folders.push(folder);
  return folder;
}
const long = 600_000;

describe('waiting for a file', () => {
  it('ends when it comes', async () => {
    const path = join(emptyFolder(), 'video0');
    const away = waitFor(path, long);
    writeFileSync(path, 'x');
    expect(await away.over).toBe(true);
  });

  it('ends when another one takes its place', async () => {
    const folder = emptyFolder();
    const path = join(folder, 'street.mp4');
    writeFileSync(path, 'bad');
    const away = waitFor(path, long);
    writeFileSync(join(folder, 'new'), 'good');
    renameSync(join(folder, 'new'), path);
    expect(await away.over).toBe(true);
  });

  it('ends when a folder on the way comes', async () => {
    const folder = emptyFolder();
    const away = waitFor(join(folder, 'usb', 'street.mp4'), long);
    mkdirSync(join(folder, 'usb'));
    expect(await away.over).toBe(true);
  });

  it('ends with its time, and when cancelled', async () => {
    expect(await waitFor(undefined, 1).over).toBe(true);
    const away = waitFor(join(emptyFolder(), 'never'), long);
    away.cancel();
    expect(await away.over).toBe(false);
  });
});

describe('watching for new devices', () => {
  it('tells once for several nodes, and of nothing else', async () => {
    const folder = emptyFolder();
    let times = 0;
    const told = new Promise<void>((resolve) => {
      const watcher = watchNewDevices(
        folder,
        /^video\d+$/,
        async () => {
          times++;
          watcher.close();
          resolve();
        },
        quiet,
      );
    });
    for (const name of ['tty1', 'video0', 'video1', 'media0']) writeFileSync(join(folder, name), '');
    await told;
    expect(times).toBe(1);
  });
});
