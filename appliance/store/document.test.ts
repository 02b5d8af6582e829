import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createLog } from '../log.ts';
import { Document, type DocumentOptions } from './document.ts';

const log = createLog('fatal');
let folder: string;
let path: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perch-document-'));
  path = join(folder, 'state', 'count.json');
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true });
});

function open(options: Partial<DocumentOptions<number>> = {}): Promise<Document<number>> {
  const parse = (value: unknown) => {
    if (typeof value !== 'number') throw new Error('not a number');
    return value;
  };
  return Document.open({ path, parse, initial: 0, log, ...options });
}

/** One whose clock is played, while the disk is real: it tells each write. */
async function openPlayed() {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  const disk = new EventEmitter();
  let writes = 0;
  const onSaved = () => {
    writes += 1;
    disk.emit('written');
  };
  return { document: await open({ onSaved }), disk, writes: () => writes };
}

async function saved(value: number): Promise<void> {
  const document = await open();
  document.update(() => value);
  await document.close();
}

test('a value comes back after a restart', async () => {
  await saved(7);
  const again = await open();
  expect(again.value).toBe(7);
  expect(again.savedValue).toBe(7);
  expect(again.notices).toEqual([]);
});

test('changes are written once, after a quiet time, and savedRevision tells when', async () => {
  const done = vi.fn();
  const document = await open({ delayMs: 50, onSaved: done });
  for (let count = 1; count <= 100; count += 1) document.update((value) => value + 1);
  expect(document.revision).toBe(100);
  expect(document.savedRevision).toBe(0);
  await expect.poll(() => document.savedRevision).toBe(100);
  expect(done).toHaveBeenCalledTimes(1);
  expect(document.savedValue).toBe(100);
});

test('dragging without a pause is still written now and then, and only then', async () => {
  const { document, disk, writes } = await openPlayed();
  // A minute of dragging, 20 touches a second; a write is due every 15 s.
  for (let touch = 1; touch <= 60 * 20; touch += 1) {
    document.update((value) => value + 1);
    // It runs on the real disk, while the played clock stands.
    const written = touch % (15 * 20) === 0 ? once(disk, 'written') : undefined;
    await vi.advanceTimersByTimeAsync(50);
    await written;
  }
  await document.close();
  expect(writes()).toBe(4);
});

test('what nobody would miss is written with the next change, or half a minute later', async () => {
  const { document, disk, writes } = await openPlayed();
  /** Lets the played clock go on until something was written, which takes the real disk. */
  const afterMs = async (ms: number) => {
    const written = once(disk, 'written');
    await vi.advanceTimersByTimeAsync(ms);
    await written;
  };
  document.note(() => 1);
  await vi.advanceTimersByTimeAsync(29_000);
  expect(writes()).toBe(0);
  document.update((value) => value + 1);
  await afterMs(500);
  expect(document.savedValue).toBe(2);
  document.note(() => 3);
  await vi.advanceTimersByTimeAsync(29_000);
  expect(writes()).toBe(1);
  await afterMs(1000);
  expect(document.savedValue).toBe(3);
  document.note(() => 4);
  await document.close();
  expect(document.savedValue).toBe(4);
});

describe('a damaged file', () => {
  test.each([
    ['empty', ''],
    ['cut off', '{"version":1,"sum":"00'],
    ['not ours', '{"hello":"world"}'],
    ['changed', '{"version":1,"sum":"0000000000000000","value":8}'],
    ['zeros', '\0\0\0\0\0\0'],
  ])('(%s) is set aside and the version before it is used', async (_, text) => {
    await saved(7);
    await saved(8);
    await saved(9);
    await writeFile(path, text);
    const document = await open();
    expect(document.value).toBe(8);
    expect(document.notices).toEqual([expect.stringContaining('count.json was damaged and has been set aside')]);
    const files = await readdir(join(folder, 'state'));
    expect(files.some((file) => file.startsWith('count.json.damaged-'))).toBe(true);
  });

  test('with another that is damaged too begins anew, and says so', async () => {
    await saved(7);
    await writeFile(path, 'x');
    await writeFile(`${path}.twin`, '');
    const document = await open();
    expect(document.value).toBe(0);
    expect(document.notices[0]).toContain('begins anew');
  });

  test('that is the older of the two is set aside without a notice: nothing was lost', async () => {
    await saved(7);
    await saved(8);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.slice(0, text.indexOf('"value"')));
    const document = await open();
    expect(document.value).toBe(8);
    expect(document.notices).toEqual([]);
    expect(await readdir(join(folder, 'state'))).toContainEqual(expect.stringMatching(/^count\.json\.damaged-/));
  });
});

test('a file that cannot be read is kept aside through later writes, and the version before it is used', async () => {
  await saved(6);
  await saved(7);
  await saved(8);
  // Cannot be read, whoever the tests run as.
  await rename(path, `${path}.kept`);
  await mkdir(path);
  await rename(`${path}.kept`, join(path, 'inside'));
  const document = await open();
  expect(document.value).toBe(7);
  expect(document.notices).toEqual([expect.stringMatching(/count\.json could not be read .* has been set aside/)]);
  for (const value of [9, 10, 11]) {
    document.update(() => value);
    await document.flush();
  }
  const aside = (await readdir(join(folder, 'state'))).find((file) => file.startsWith('count.json.unreadable-'));
  expect(JSON.parse(await readFile(join(folder, 'state', aside ?? '', 'inside'), 'utf8'))).toMatchObject({ value: 8 });
  expect((await open()).value).toBe(11);
});

test('one file that is gone is not missed, and one alone that is torn is said', async () => {
  await saved(7);
  await rm(path);
  expect(await open()).toMatchObject({ value: 7, notices: [] });
  await writeFile(`${path}.twin`, 'torn');
  const document = await open();
  expect(document.value).toBe(0);
  expect(document.notices[0]).toContain('begins anew');
});

test('a full disk is told in words, and saving goes on when there is room again', async () => {
  // A file stands where the folder should be: every write fails until it is gone.
  await writeFile(join(folder, 'state'), '');
  const document = await open();
  document.update(() => 5);
  await expect(document.flush()).rejects.toThrow();
  expect(document.error).toBeDefined();
  expect(document.value).toBe(5);
  await rm(join(folder, 'state'));
  await document.flush();
  expect(document.error).toBeUndefined();
  expect((await open()).value).toBe(5);
});

test('what is saved is for its owner alone', async () => {
  await saved(1);
  await chmod(folder, 0o755);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('killed with -9 at any moment, nothing that was reported as saved is lost', async () => {
  // Counts up as fast as it can, telling each revision only once it is saved.
  const program = `
    import { Document } from ${JSON.stringify(fileURLToPath(new URL('./document.ts', import.meta.url)))};
    const quiet = { error() {}, info() {} };
    const document = await Document.open({ path: process.argv[2], parse: Number, initial: 0, log: quiet, delayMs: 0 });
    for (;;) {
      document.update((value) => value + 1);
      await document.flush();
      process.stdout.write(document.savedValue + '\\n');
    }`;
  const built = join(folder, 'counter.mjs');
  await build({
    stdin: { contents: program, resolveDir: folder },
    outfile: built,
    bundle: true,
    platform: 'node',
    format: 'esm',
  });
  for (let round = 0; round < 5; round += 1) {
    const before = (await open()).value;
    const counter = spawn(process.execPath, [built, path], { stdio: ['ignore', 'pipe', 'inherit'] });
    let told = before;
    // Killed in the middle of a write: output arrives between writes, the kill lands in the next one.
    await new Promise<void>((resolve) => {
      counter.stdout?.on('data', (chunk: Buffer) => {
        told = Number(chunk.toString().trim().split('\n').at(-1));
        if (told >= before + 20 + round * 7) resolve();
      });
    });
    counter.kill('SIGKILL');
    await once(counter, 'close');
    const document = await open();
    expect(document.value).toBeGreaterThanOrEqual(told);
    expect(document.notices).toEqual([]);
  }
});
