/** The plug is pulled after every single step of an update: what starts then is a whole version, and the right one. */
import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { putApplication } from './testing.ts';
import { type Disk, disk, Versions, versionsFolder } from './versions.ts';

const run = promisify(execFile);
const systemd = fileURLToPath(new URL('../../systemd/bin', import.meta.url));

/** The power is gone. */
class Cut extends Error {}

/** A disk that works for so many steps. */
function cutAfter(steps: number): Disk & { readonly done: () => number } {
  let done = 0;
  const step = async (does: () => Promise<void>) => {
    if (done >= steps) throw new Cut();
    await does();
    done += 1;
  };
  return {
    write: (path, text) => step(() => disk.write(path, text)),
    link: (path, target) => step(() => disk.link(path, target)),
    remove: (path) => step(() => disk.remove(path)),
    rename: (from, to) => step(() => disk.rename(from, to)),
    done: () => done,
  };
}

let made: string;
let programs: string;

beforeAll(async () => {
  made = await mkdtemp(join(tmpdir(), 'perch-versions-'));
  // "node" of this machine prints the version it is given instead of running it: fast, and what is asked.
  programs = join(made, 'programs');
  await mkdir(programs);
  await writeFile(join(programs, 'node'), '#!/bin/sh\nexec cat "$1"\n');
  await chmod(join(programs, 'node'), 0o755);
  await putApplication(join(made, 'start/usr/lib/perch'), '0.1.0');
  await putApplication(join(made, 'start', versionsFolder, '0.2.0'), '0.2.0');
  await new Versions(join(made, 'start')).begin('0.2.0', null);
  await new Versions(join(made, 'start')).keep({ to: '0.2.0', from: 'built-in' }, 1);
});
afterAll(() => rm(made, { recursive: true, force: true }));

/** A machine on which 0.2.0 is in use, and 0.1.0 came with the system. */
async function machine(): Promise<{
  root: string;
  start: () => Promise<string>;
  choose: (path?: string) => Promise<void>;
}> {
  const root = await mkdtemp(join(made, 'root-'));
  await cp(join(made, 'start'), root, { recursive: true, verbatimSymlinks: true });
  const script = async (name: string) => {
    const text = await readFile(join(systemd, name), 'utf8');
    await writeFile(
      join(root, name),
      text
        .replaceAll('/var/lib/perch-app', join(root, versionsFolder))
        .replaceAll('/usr/lib/perch', join(root, 'usr/lib/perch')),
    );
  };
  await script('choose');
  await script('perch');
  const env = { ...process.env, PATH: `${programs}:${process.env.PATH}` };
  const choose = async (path = env.PATH) => {
    // The unit's own UMask= counts for it too.
    await run('sh', ['-c', 'umask 077 && exec sh "$1"', 'sh', join(root, 'choose')], { env: { ...env, PATH: path } });
  };
  /** What the service does at its start: choose, then run. Answers the version that runs. */
  const start = async () => {
    await choose();
    const { stdout } = await run('sh', [join(root, 'perch'), 'serve'], { env });
    return /'(.*)'/.exec(stdout)?.[1] ?? '';
  };
  return { root, start, choose };
}

/** Receives and switches to 0.3.0, in the steps of the root helper. */
async function begin(root: string, steps: Disk): Promise<void> {
  const versions = new Versions(root, steps);
  const incoming = await versions.receive();
  await putApplication(join(incoming, 'unpacked'), '0.3.0');
  await versions.add(join(incoming, 'unpacked'), '0.3.0');
  await versions.begin('0.3.0', null);
}

/** Does something with a plug pulled after each step; `check` sees every machine that comes of it. */
async function everyCut(
  prepare: (root: string) => Promise<void>,
  does: (root: string, steps: Disk) => Promise<void>,
  check: (machine: Awaited<ReturnType<typeof machineOf>>, cut: boolean) => Promise<void>,
): Promise<number> {
  for (let steps = 0; ; steps++) {
    const { root, ...rest } = await machine();
    await prepare(root);
    const cut = await does(root, cutAfter(steps)).then(
      () => false,
      (error: unknown) => {
        if (error instanceof Cut) return true;
        throw error;
      },
    );
    await check({ root, versions: new Versions(root), ...rest }, cut);
    if (!cut) return steps;
  }
}
async function machineOf() {
  const { root, ...rest } = await machine();
  return { root, versions: new Versions(root), ...rest };
}

describe('the plug is pulled', () => {
  test('while an update is received and switched to: the old version, or the new one on trial', async () => {
    const steps = await everyCut(
      async () => undefined,
      begin,
      async ({ start, versions }, cut) => {
        const runs = await start();
        expect(['0.2.0', '0.3.0']).toContain(runs);
        // The new one only when its trial is known: somebody will watch it.
        const trial = await versions.trial();
        if (runs === '0.3.0') expect(trial).toEqual({ to: '0.3.0', from: '0.2.0' });
        else expect(trial).toBeUndefined();
        if (!cut) expect(runs).toBe('0.3.0');
      },
    );
    expect(steps).toBeGreaterThan(6);
  });

  test('while a version that proved itself is kept: it stays, and its trial ends', async () => {
    await everyCut(
      (root) => begin(root, disk),
      (root, steps) => new Versions(root, steps).keep({ to: '0.3.0', from: '0.2.0' }, 2),
      async ({ root, start, versions }, cut) => {
        expect(await start()).toBe('0.3.0');
        // What the next start does with a trial that is still on: it passes again.
        const trial = await versions.trial();
        if (trial) await versions.keep(trial, 3);
        else expect(await versions.result()).toMatchObject({ tried: '0.3.0', ok: true });
        if (!cut) expect(trial).toBeUndefined();
        expect(await start()).toBe('0.3.0');
        expect(await new Versions(root).previous()).toBe('0.2.0');
      },
    );
  });

  test('while a version is taken back: the one before runs, now or after the next look', async () => {
    await everyCut(
      (root) => begin(root, disk),
      (root, steps) => new Versions(root, steps).takeBack({ to: '0.3.0', from: '0.2.0' }, 'No pictures.', 2),
      async ({ start, versions }, cut) => {
        const runs = await start();
        const trial = await versions.trial();
        if (runs === '0.3.0') expect(trial).toBeDefined();
        else {
          expect(runs).toBe('0.2.0');
          expect(trial).toBeUndefined();
          expect(await versions.result()).toMatchObject({ tried: '0.3.0', ok: false, reason: 'No pictures.' });
        }
        if (!cut) expect(runs).toBe('0.2.0');
      },
    );
  });

  test('in the middle of choosing, at every command of it: the next start still ends well', async () => {
    const counted = ['mv', 'rm', 'ln', 'sync'];
    for (let most = 0, killed = true; killed; most++) {
      const { root, start, choose } = await machine();
      await begin(root, disk);
      await writeFile(join(root, versionsFolder, 'trial.starts'), '3\n');
      const folder = join(root, 'cut');
      await mkdir(folder);
      for (const name of counted) {
        const real = (await run('sh', ['-c', `command -v ${name}`])).stdout.trim();
        await writeFile(
          join(folder, name),
          `#!/bin/sh\necho x >>${folder}/count\n[ $(wc -l <${folder}/count) -le ${most} ] || { kill -9 $PPID; exit 1; }\nexec ${real} "$@"\n`,
        );
        await chmod(join(folder, name), 0o755);
      }
      killed = await choose(`${folder}:${process.env.PATH}`).then(
        () => false,
        () => true,
      );
      expect(await start(), `cut after ${most} commands`).toBe('0.2.0');
      expect(await new Versions(root).trial()).toBeUndefined();
      expect(await new Versions(root).result()).toMatchObject({ tried: '0.3.0', ok: false });
      if (!killed) expect(most).toBeGreaterThan(5);
    }
  });
});

describe('a version that does not start', () => {
  test('is started three times, then the one before runs, with nobody watching', async () => {
    const { root, start } = await machine();
    await begin(root, disk);
    const runs = [await start(), await start(), await start(), await start()];
    expect(runs).toEqual(['0.3.0', '0.3.0', '0.3.0', '0.2.0']);
    expect(await new Versions(root).result()).toMatchObject({
      ok: false,
      reason: 'It ended again and again at its start.',
      at: expect.any(Number),
    });
    // The camera's user reads it, and tells people.
    expect((await stat(join(root, versionsFolder, 'result.json'))).mode & 0o777).toBe(0o644);
  });

  test('one that went missing on trial goes back at once', async () => {
    const { root, start } = await machine();
    await begin(root, disk);
    await rm(join(root, versionsFolder, '0.3.0'), { recursive: true });
    expect(await start()).toBe('0.2.0');
  });

  test.each([
    ['is missing', (root: string) => rm(join(root, versionsFolder, '0.2.0'), { recursive: true })],
    ['lost its program', (root: string) => writeFile(join(root, versionsFolder, '0.2.0/dist/perch.js'), '')],
    ['is a link to nowhere', (root: string) => disk.link(join(root, versionsFolder, 'current'), '9.9.9')],
    ['has a trial file of rubbish', (root: string) => writeFile(join(root, versionsFolder, 'trial'), '\0\0\0\0')],
  ])('a version in use that %s leaves one that starts', async (_how, damage) => {
    const { root, start } = await machine();
    await damage(root);
    expect(['0.1.0', '0.2.0']).toContain(await start());
  });

  test('without any update the program of the system runs', async () => {
    const { root, start } = await machine();
    await rm(join(root, versionsFolder), { recursive: true });
    expect(await start()).toBe('0.1.0');
  });
});

describe('what is kept', () => {
  test('the version in use and the one before; older ones go', async () => {
    const { root } = await machine();
    await begin(root, disk);
    const versions = new Versions(root);
    await versions.keep({ to: '0.3.0', from: '0.2.0' }, 2);
    await putApplication(join(root, versionsFolder, '0.4.0'), '0.4.0');
    await versions.begin('0.4.0', null);
    await versions.keep({ to: '0.4.0', from: '0.3.0' }, 3);
    expect(await Promise.all(['0.4.0', '0.3.0', '0.2.0'].map((each) => versions.has(each)))).toEqual([
      true,
      true,
      false,
    ]);
    expect(await versions.previous()).toBe('0.3.0');
  });

  test('before the first update there is nothing to go back to', async () => {
    const { root } = await machine();
    await rm(join(root, versionsFolder), { recursive: true });
    expect(await new Versions(root).previous()).toBeUndefined();
    expect(await new Versions(root).current()).toBe('built-in');
  });
});
