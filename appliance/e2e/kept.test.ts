/** Nothing a person saved is lost: restarts, kill -9, damaged files, a full disk. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { newest, readPair } from '../store/pair.ts';
import { Perch, password } from './perch.ts';

let data: string;
let perch: Perch | undefined;
beforeEach(async () => {
  data = await mkdtemp(join(tmpdir(), 'perch-kept-'));
});
afterEach(async () => {
  await perch?.stop({ signal: 'SIGKILL' });
  await rm(data, { recursive: true, force: true });
});

interface Known {
  readonly revision: number;
  readonly saved_revision: number;
  readonly desired: Readonly<Record<string, unknown>>;
}
const camera = async () => (await perch?.camera('camera')) as unknown as Known;

async function json<T>(from: Perch | undefined, path: string): Promise<T> {
  const answer = await from?.fetch(path);
  return (await answer?.json()) as T;
}

/** Resolves when everything that was changed is reported as saved. */
async function saved(): Promise<Known> {
  return (await perch?.until(
    'camera',
    ({ revision, saved_revision }) => revision === saved_revision,
  )) as unknown as Known;
}

test('settings, presets, tokens and the password are there after an orderly stop', async () => {
  perch = await Perch.start({}, data);
  const { token } = perch;
  await perch.patch('camera', { brightness: 33, width: 640, height: 480, bitrate: '900k' });
  await perch.fetch('/api/profiles/Mine', { method: 'PUT', body: { settings: { contrast: 9 } } });
  expect(await perch.stop({ keepData: true })).toBe(0);

  perch = await Perch.start({}, data);
  perch.token = token;
  expect((await camera()).desired).toMatchObject({ brightness: 33, width: 640, height: 480, bitrate: '900k' });
  const { profiles } = (await (await perch.fetch('/api/profiles')).json()) as { profiles: { name: string }[] };
  expect(profiles.map(({ name }) => name)).toContain('Mine');
});

test('kill -9 while a slider is dragged: what was reported as saved is there, and revisions go on', async () => {
  perch = await Perch.start({}, data);
  for (let round = 1; round <= 3; round += 1) {
    await perch.patch('camera', { brightness: round * 10 });
    const { revision } = await saved();

    // Not waited for: the kill comes while these are on their way to the disk.
    const dragging = [1, 2, 3, 4, 5].map((step) => perch?.patch('camera', { contrast: step }));
    await Promise.race(dragging);
    await perch.stop({ keepData: true, signal: 'SIGKILL' });
    await Promise.allSettled(dragging);

    perch = await Perch.start({}, data);
    const after = await camera();
    expect(after.revision).toBeGreaterThanOrEqual(revision);
    expect(after.desired).toMatchObject({ brightness: round * 10 });
    const { notices } = (await (await perch.fetch('/api/cameras')).json()) as { notices: string[] };
    expect(notices).toEqual([]);
  }
});

test('a damaged file is set aside, the version before it is used, and the page is told', async () => {
  perch = await Perch.start({}, data);
  await perch.patch('camera', { brightness: 10 });
  await saved();
  await perch.patch('camera', { brightness: 20 });
  await saved();
  await perch.stop({ keepData: true });
  type Saved = { readonly camera: { readonly settings: { readonly brightness: number } } };
  const found = await readPair(join(data, 'cameras.json'), (value) => value as Saved);
  const newer = newest(found)?.path ?? '';
  const older = newest(found.filter(({ path }) => path !== newer));
  await writeFile(newer, '{"version":2,"count":');

  perch = await Perch.start({}, data);
  expect((await camera()).desired).toMatchObject({ brightness: older?.value.camera.settings.brightness });
  const { notices } = (await (await perch.fetch('/api/cameras')).json()) as { notices: string[] };
  expect(notices).toEqual([expect.stringContaining('cameras.json was damaged and has been set aside')]);
  expect(await readdir(data)).toContainEqual(expect.stringMatching(/^cameras\.json(\.twin)?\.damaged-/));
});

test('a full disk still takes settings; one that takes nothing is told, and saving goes on when it does again', async () => {
  // A disk of its own, so small that one file fills it; in a name space that ends with its last process.
  const holder = spawn(
    'unshare',
    [
      '--mount',
      '--map-root-user',
      'sh',
      '-c',
      `mount -t tmpfs -o size=512k none "${data}" && echo mounted && exec sleep 600`,
    ],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  try {
    await once(holder.stdout, 'data');
    const within = ['nsenter', `--target=${holder.pid}`, '--mount', '--user', '--preserve-credentials'];
    perch = await Perch.start({ PERCH_HTTPS: 'off' }, data, within);
    const inside = `/proc/${holder.pid}/root${data}`;
    await perch.patch('camera', { brightness: 10 });
    await saved();
    execFileSync('sh', ['-c', `cat /dev/zero > ${inside}/filler 2>/dev/null || true`]);

    expect(await perch.patch('camera', { brightness: 20 })).toMatchObject({ success: true });
    expect((await saved()).desired).toMatchObject({ brightness: 20 });
    // What is new and needs room is refused, in words.
    const made: number[] = [];
    while (made.at(-1) !== 507 && made.length < 100) {
      made.push((await perch.fetch('/api/tokens', { method: 'POST', body: { name: `token ${made.length}` } })).status);
    }
    expect(made.at(-1)).toBe(507);
    // Nobody was put out: the password still opens.
    const login = await perch.fetch('/api/session', { method: 'POST', body: { password } });
    expect(login.status).toBe(200);

    const [enter = '', ...options] = within;
    const remount = (how: string) => execFileSync(enter, [...options, 'mount', '-o', `remount,${how}`, data]);
    remount('ro');
    const { saved_revision: before } = await saved();
    expect(await perch.patch('camera', { brightness: 30 })).toMatchObject({ success: true });
    const notices = async () => (await json<{ notices: string[] }>(perch, '/api/cameras')).notices;
    await expect.poll(notices).toEqual([expect.stringContaining('the card is read-only')]);
    expect((await camera()).saved_revision).toBe(before);

    remount('rw');
    const { desired } = await saved();
    expect(desired).toMatchObject({ brightness: 30 });
    expect(await notices()).toEqual([]);
  } finally {
    await perch?.stop({ signal: 'SIGKILL', keepData: true });
    holder.kill();
  }
});
