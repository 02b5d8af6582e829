/** A whole update on a machine that is a folder: every bundle that must be refused, and what becomes of a good one. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { brotliCompressSync, constants } from 'node:zlib';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { serveLocal } from '../cli/socket.ts';
import { type FakeMachine, fakeMachine } from '../system/testing.ts';
import { rollBack, update } from './apply.ts';
import { type BundleHeader, bundleHead } from './bundle.ts';
import { packTar } from './tar.ts';
import { bundleBytes, newSigner, putApplication } from './testing.ts';
import type { Vitals } from './trial.ts';
import { Versions, versionsFolder } from './versions.ts';

const signer = newSigner();
let made: string;
let good: Buffer;

beforeAll(async () => {
  made = await mkdtemp(join(tmpdir(), 'perch-bundles-'));
  good = await bundleBytes(made, '0.2.0', signer);
  return () => rm(made, { recursive: true, force: true });
});

let machine: FakeMachine;
let versions: Versions;
/** What runs, as `systemctl restart` chose it. */
let running: Partial<Vitals> | undefined;
/** How a version does once it runs. */
let does: (version: string) => Partial<Vitals> | undefined;
let page: Server;
let local: Server;
const said: string[] = [];

const live = { name: 'door', state: 'live', fps: 30, message: 'Live.' };

beforeEach(async () => {
  machine = await fakeMachine((line) => {
    if (line.startsWith('systemctl restart')) restarted = start();
    return '';
  });
  let restarted: Promise<void> | undefined;
  versions = new Versions(machine.root);
  await putApplication(join(machine.root, 'usr/lib/perch'), '0.1.0');
  await mkdir(join(machine.root, 'etc/perch/update-keys'), { recursive: true });
  await writeFile(join(machine.root, 'etc/perch/update-keys/mine.pub'), signer.pub);
  does = () => ({});
  page = createServer((_request, answer) => answer.end('ok')).listen(0, '127.0.0.1');
  const start = async () => {
    const version = (await versions.versionOf(await versions.current())) ?? '';
    running = does(version) && { version, cameras: [live], link: 'off', ...does(version) };
  };
  await start();
  await mkdir(join(machine.root, 'var/lib/perch'), { recursive: true });
  local = await serveLocal(join(machine.root, 'var/lib/perch'), {
    vitals: async () => {
      await restarted;
      if (!running) throw new Error('it has ended');
      const { port } = page.address() as AddressInfo;
      return { addresses: [{ protocol: 'http', host: '127.0.0.1', port }], ...running };
    },
  });
  said.length = 0;
});

afterEach(async () => {
  page.close();
  local.close();
  await rm(machine.root, { recursive: true, force: true });
});

const updating = () => ({
  machine,
  versions,
  progress: (sentence: string) => said.push(sentence),
  pause: async () => undefined,
});
const apply = (bytes: Buffer, allowOlder = false) => update(Readable.from([bytes]), { allowOlder }, updating());

/** A bundle whose payload is this archive; `header` says what does not follow from it. */
function bundleOf(archive: Buffer, header: Partial<BundleHeader> = {}, key = signer.key): Buffer {
  const payload = brotliCompressSync(archive, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } });
  const full: BundleHeader = {
    format: 1,
    version: '0.2.0',
    arch: process.arch,
    node: '20.0.0',
    size: payload.length,
    sha512: createHash('sha512').update(payload).digest('hex'),
    files: 1,
    unpacked: 4,
    created: '2026-01-01T00:00:00.000Z',
    ...header,
  };
  return Buffer.concat([bundleHead(full, key), payload]);
}

/** An archive of one file "text" under this path and of this kind. */
function archiveOf(path: string, kind = '0', link = ''): Buffer {
  const head = Buffer.alloc(512);
  head.write(path, 0);
  head.write('0000644\x000000000\x000000000\x00', 100, 'latin1');
  head.write(
    `${(kind === '0' ? 4 : 0).toString(8).padStart(11, '0')}\x0000000000000\x00        ${kind}${link}`,
    124,
    'latin1',
  );
  head.write('ustar\x0000', 257, 'latin1');
  const sum = head.reduce((all, byte) => all + byte, 0);
  head.write(`${sum.toString(8).padStart(6, '0')}\x00 `, 148, 'latin1');
  return Buffer.concat([
    head,
    kind === '0' ? Buffer.from('text'.padEnd(512, '\0')) : Buffer.alloc(0),
    Buffer.alloc(1024),
  ]);
}

/** With the byte at `at` turned over; negative from the end. */
function flipped(bytes: Buffer, at: number): Buffer {
  const other = Buffer.from(bytes);
  const where = at < 0 ? other.length + at : at;
  other[where] = (other[where] ?? 0) ^ 0x01;
  return other;
}

describe('what is refused, and changes nothing', () => {
  const cases: readonly (readonly [string, () => Buffer | Promise<Buffer>, string])[] = [
    ['signed by another key', () => bundleBytes(join(made, 'other'), '0.2.0', newSigner()), 'none of the keys'],
    [
      'unsigned',
      () =>
        Buffer.concat([
          good.subarray(0, 19 + good.readUInt32BE(15)),
          Buffer.alloc(64),
          good.subarray(19 + good.readUInt32BE(15) + 64),
        ]),
      'none of the keys',
    ],
    ['empty', () => Buffer.alloc(0), 'cut off'],
    ['cut off in the header', () => good.subarray(0, 60), 'cut off'],
    ['cut off in the payload', () => good.subarray(0, good.length - 1), 'cut off'],
    ['with something after it', () => Buffer.concat([good, Buffer.from('x')]), 'something follows it'],
    ['of another kind', () => Buffer.from('PK\x03\x04'.padEnd(500)), 'no bundle of Perch'],
    ['with a flipped bit in the header', () => flipped(good, 40), 'none of the keys'],
    ['with a flipped bit in the signature', () => flipped(good, 19 + good.readUInt32BE(15) + 3), 'none of the keys'],
    ['with a flipped bit in the payload', () => flipped(good, -100), 'its checksum does not match'],
    [
      'with a header of four gigabytes',
      () => Buffer.concat([good.subarray(0, 15), Buffer.alloc(4, 0xff), Buffer.alloc(200)]),
      'its header is damaged',
    ],
    ['of a newer format', () => bundleOf(archiveOf('dist/a'), { format: 2 as 1 }), 'not known here'],
    ['with a version that is a path', () => bundleOf(archiveOf('dist/a'), { version: '../../etc' }), 'not known here'],
    ['older', () => bundleOf(archiveOf('dist/a'), { version: '0.0.9' }), 'is older than 0.1.0, which runs now'],
    ['the same', () => bundleOf(archiveOf('dist/a'), { version: '0.1.0' }), 'Perch 0.1.0 is what runs already'],
    ['for another machine', () => bundleOf(archiveOf('dist/a'), { arch: 'riscv64' }), 'is for riscv64'],
    ['for a newer Node', () => bundleOf(archiveOf('dist/a'), { node: '99.0.0' }), 'needs Node 99.0.0 or newer'],
    ['that says it is too large', () => bundleOf(archiveOf('dist/a'), { unpacked: 1e12 }), 'not known here'],
    ['whose path leads out', () => bundleOf(archiveOf('dist/../../../../etc/passwd')), 'outside of its folder'],
    ['whose path begins at the root', () => bundleOf(archiveOf('/etc/passwd')), 'outside of its folder'],
    ['with a link', () => bundleOf(archiveOf('dist/a', '2', '/etc/passwd')), 'is no plain file'],
    ['with a hard link', () => bundleOf(archiveOf('dist/a', '1', '/etc/passwd')), 'is no plain file'],
    ['with a device', () => bundleOf(archiveOf('dist/a', '4')), 'is no plain file'],
    [
      'with a file twice',
      () =>
        bundleOf(Buffer.concat([archiveOf('dist/a').subarray(0, 1024), archiveOf('dist/a')]), {
          files: 2,
          unpacked: 8,
        }),
      'twice',
    ],
    [
      'that holds more files than it says',
      () => bundleOf(Buffer.concat([archiveOf('dist/a').subarray(0, 1024), archiveOf('dist/b')]), { unpacked: 8 }),
      'more than its header says',
    ],
    ['that holds less than it says', () => bundleOf(archiveOf('dist/a'), { files: 2 }), 'less than its header says'],
    ['whose payload is no archive', () => bundleOf(Buffer.alloc(2048, 7)), 'its archive is damaged'],
    ['whose archive is cut off', () => bundleOf(archiveOf('dist/a').subarray(0, 700)), 'its archive is damaged'],
  ];
  test.each(cases)('a bundle %s', async (_name, bytes, reason) => {
    await mkdir(join(made, 'other'), { recursive: true });
    await expect(apply(await bytes())).rejects.toThrow(reason);
    await nothingChanged();
  });

  test('a decompression bomb: stopped at what its header promised, long before the disk is full', async () => {
    // 40 MB of zeros in one file, in some 50 bytes.
    const head = archiveOf('dist/a').subarray(0, 512);
    head.write((40e6).toString(8).padStart(11, '0'), 124, 'latin1');
    head.fill(' ', 148, 156);
    head.write(
      `${head
        .reduce((all, byte) => all + byte, 0)
        .toString(8)
        .padStart(6, '0')}\x00 `,
      148,
      'latin1',
    );
    const bomb = Buffer.concat([head, Buffer.alloc(40e6)]);
    await expect(apply(bundleOf(bomb))).rejects.toThrow('more than its header says');
    await nothingChanged();
  });

  test('no room on the disk', async () => {
    const files = { unpacked: 768 * 1024 * 1024 };
    const tight = { ...updating(), room: async () => 100e6 };
    await expect(
      update(Readable.from([bundleOf(archiveOf('dist/a'), files)]), { allowOlder: false }, tight),
    ).rejects.toMatchObject({
      code: 'no_room',
      message: expect.stringMatching(/needs 8\d\d MB, and 100 MB are free/),
    });
    await nothingChanged();
  });

  test('any, where no key is trusted', async () => {
    await rm(join(machine.root, 'etc/perch/update-keys/mine.pub'));
    await expect(apply(good)).rejects.toThrow('this device trusts no key yet');
  });

  test('a file that is no key stands in nobody’s way', async () => {
    await writeFile(join(machine.root, 'etc/perch/update-keys/a.pub'), 'not a key');
    expect(await apply(good)).toBe('Perch 0.2.0 is in use.');
  });

  async function nothingChanged() {
    expect(machine.ran.filter((line) => line.startsWith('systemctl'))).toEqual([]);
    expect(await versions.current()).toBe('built-in');
    expect(await versions.trial()).toBeUndefined();
    expect(await readdir(join(machine.root, versionsFolder)).catch(() => [])).toEqual([]);
    expect(await readdir(machine.root).then((names) => names.sort())).toEqual(['etc', 'usr', 'var']);
  }
});

describe('a good bundle', () => {
  test('is unpacked, switched to, watched and kept; the one before stays', async () => {
    expect(await apply(good)).toBe('Perch 0.2.0 is in use.');
    expect(await versions.current()).toBe('0.2.0');
    expect(await versions.previous()).toBe('built-in');
    expect(await versions.result()).toMatchObject({ tried: '0.2.0', from: 'built-in', ok: true });
    expect(await readFile(join(machine.root, versionsFolder, '0.2.0/dist/perch.js'), 'utf8')).toContain('0.2.0');
    expect(await readdir(join(machine.root, versionsFolder)).then((names) => names.sort())).toEqual([
      '0.2.0',
      'current',
      'previous',
      'result.json',
      'trial.before',
    ]);
    expect(said).toContain('Unpacking.');
  });

  test('older ones too, where it is asked for', async () => {
    await apply(good);
    const older = await bundleBytes(join(made), '0.1.5', signer);
    await expect(apply(older)).rejects.toThrow('is older than 0.2.0');
    expect(await apply(older, true)).toBe('Perch 0.1.5 is in use.');
  });

  test.each<[string, (version: string) => Partial<Vitals> | undefined, string]>([
    ['does not come up', (version) => (version === '0.2.0' ? undefined : {}), 'The program does not answer.'],
    [
      'gives no pictures',
      (version) =>
        version === '0.2.0' ? { cameras: [{ ...live, state: 'reconnecting', fps: 0, message: 'No picture.' }] } : {},
      'The camera "door" gave pictures before, and does not now. No picture.',
    ],
    [
      'has no link',
      (version) => ({ link: version === '0.2.0' ? 'waiting' : 'connected' }),
      'The link to the relay did not come back.',
    ],
    [
      'has no page',
      (version) => (version === '0.2.0' ? { addresses: [{ protocol: 'http', host: '127.0.0.1', port: 1 }] } : {}),
      'Its page does not answer.',
    ],
  ])('that %s is taken back by itself', async (_what, how, reason) => {
    does = how;
    // As the service does: what runs before is there before the update.
    await machine.run('systemctl', ['restart']);
    await expect(apply(good)).rejects.toMatchObject({
      code: 'helper_refused',
      message: expect.stringContaining(reason),
    });
    expect(await versions.current()).toBe('built-in');
    expect(running?.version).toBe('0.1.0');
    expect(await versions.result()).toMatchObject({ tried: '0.2.0', ok: false, reason });
    expect(await versions.has('0.2.0')).toBe(false);
  });

  test('that the machine took back at its start is reported, and not taken back twice', async () => {
    const pause = async () => {
      const trial = await versions.trial();
      if (trial) await versions.takeBack(trial, 'It ended again and again at its start.', 1);
    };
    does = (version) => (version === '0.2.0' ? undefined : {});
    await expect(update(Readable.from([good]), { allowOlder: false }, { ...updating(), pause })).rejects.toThrow(
      'It ended again and again at its start.',
    );
    expect(machine.ran.filter((line) => line.startsWith('systemctl restart'))).toHaveLength(1);
  });

  test('while another is being received is refused, and the other goes on', async () => {
    let more = () => {};
    const slowly = async function* () {
      yield good.subarray(0, 2000);
      await new Promise<void>((resolve) => {
        more = resolve;
        arrived();
      });
      yield good.subarray(2000);
    };
    let arrived = () => {};
    const waits = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const first = update(slowly(), { allowOlder: false }, updating());
    await waits;
    await expect(apply(good)).rejects.toMatchObject({ code: 'updating' });
    more();
    expect(await first).toBe('Perch 0.2.0 is in use.');
  });

  test('while another is on trial waits its turn', async () => {
    await apply(good);
    await versions.begin('built-in', null);
    await expect(apply(good)).rejects.toMatchObject({ code: 'updating' });
    await expect(rollBack(updating())).rejects.toMatchObject({ code: 'updating' });
  });
});

describe('going back', () => {
  test('to the version before, and forth again', async () => {
    await apply(good);
    expect(await rollBack(updating())).toBe('Perch 0.1.0 is in use.');
    expect(await versions.current()).toBe('built-in');
    expect(await rollBack(updating())).toBe('Perch 0.2.0 is in use.');
  });

  test('where there was no update is refused', async () => {
    await expect(rollBack(updating())).rejects.toThrow('There is no version before this one');
  });
});

test('the same application makes the same bundle, whatever the clock says', async () => {
  const chunks = async () => {
    const all: Buffer[] = [];
    for await (const chunk of packTar(join(made, 'application-0.2.0'), ['dist', 'node_modules', 'package.json'], 1))
      all.push(chunk);
    return Buffer.concat(all);
  };
  expect((await chunks()).equals(await chunks())).toBe(true);
  expect((await bundleBytes(made, '0.2.0', signer)).equals(good)).toBe(true);
});
