/**
 * The versions on this machine and which of them is used: a folder whose every change is one durable step, so that a
 * plug pulled between any two leaves something that starts. systemd/bin/choose reads it before each start.
 *
 *     /var/lib/perch-app/
 *       0.2.0/            a whole application; its name appears when all of it is on the disk
 *       current           link to the version in use; absent or "built-in": the one in /usr/lib/perch
 *       previous          link to the one before
 *       trial             "<to> <from>" while `to` has not proved itself
 *       trial.before      what was well before, to be compared with
 *       trial.starts      how often `to` was started; kept by systemd/bin/choose
 *       result.json       what became of the last update
 *       .incoming/        what is being received
 */
import { mkdir, open, readdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { versionPattern } from './version.ts';

/** Where it is, below the root. */
export const versionsFolder = 'var/lib/perch-app';
/** The name of the version that came with the system. */
export const builtIn = 'built-in';

/** What became of the last update or step back. */
export interface UpdateResult {
  readonly tried: string;
  readonly from: string;
  readonly ok: boolean;
  /** Why not, in a sentence. */
  readonly reason?: string;
  /** Ms since 1970. */
  readonly at: number;
}

export interface Trial {
  readonly to: string;
  readonly from: string;
}

/** The steps on the disk. Each is durable when it resolves, and whole or not at all. */
export interface Disk {
  write(path: string, text: string): Promise<void>;
  /** Points a link to a name, whatever it pointed to before. */
  link(path: string, target: string): Promise<void>;
  /** Of files and folders; what is not there is fine. */
  remove(path: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
}

/** @see Disk */
export const disk: Disk = {
  async write(path, text) {
    const file = await open(`${path}.new`, 'w', 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await this.rename(`${path}.new`, path);
  },
  async link(path, target) {
    await rm(`${path}.new`, { force: true });
    await symlink(target, `${path}.new`);
    await this.rename(`${path}.new`, path);
  },
  async remove(path) {
    await rm(path, { recursive: true, force: true });
    await syncFolder(dirname(path));
  },
  async rename(from, to) {
    await rename(from, to);
    await syncFolder(dirname(to));
  },
};

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

export class Versions {
  readonly folder: string;
  readonly #root: string;
  readonly #disk: Disk;

  /** Below this root; nothing is read or made before it is asked for. */
  constructor(root: string, steps: Disk = disk) {
    this.#root = root;
    this.folder = join(root, versionsFolder);
    this.#disk = steps;
  }

  /** The folder of an application. */
  at(version: string): string {
    return version === builtIn ? join(this.#root, 'usr/lib/perch') : join(this.folder, version);
  }

  /** Whether an application lies there. */
  async has(version: string): Promise<boolean> {
    return (await this.versionOf(version)) !== undefined;
  }

  /** The version of what lies there, such as "0.1.0" for `built-in`; undefined when it is not whole. */
  async versionOf(name: string): Promise<string | undefined> {
    try {
      const program = await open(join(this.at(name), 'dist/perch.js'), 'r');
      await program.close();
      const { version } = JSON.parse(await readFile(join(this.at(name), 'package.json'), 'utf8')) as {
        version: string;
      };
      return version;
    } catch {
      return undefined;
    }
  }

  /** The version in use, or `built-in`. */
  async current(): Promise<string> {
    const name = await this.#link('current');
    return name !== undefined && (await this.has(name)) ? name : builtIn;
  }

  /** Where a step back leads; undefined: nowhere. */
  async previous(): Promise<string | undefined> {
    const current = await this.current();
    const name = await this.#link('previous');
    if (name !== undefined && name !== current && (await this.has(name))) return name;
    return current === builtIn ? undefined : builtIn;
  }

  /** The version that has not proved itself yet. */
  async trial(): Promise<Trial | undefined> {
    const text = await this.#read('trial');
    const [to, from] = text?.trim().split(' ') ?? [];
    return to !== undefined && from !== undefined && isName(to) && isName(from) ? { to, from } : undefined;
  }

  /** What was kept for the comparison at `begin`. */
  async before(): Promise<unknown> {
    return JSON.parse((await this.#read('trial.before')) ?? 'null');
  }

  async result(): Promise<UpdateResult | undefined> {
    try {
      return JSON.parse((await this.#read('result.json')) ?? 'null') ?? undefined;
    } catch {
      return undefined;
    }
  }

  /** A folder for what is being received, new and empty. */
  async receive(): Promise<string> {
    const incoming = join(this.folder, '.incoming');
    await mkdir(this.folder, { recursive: true, mode: 0o755 });
    await this.#disk.remove(incoming);
    await mkdir(incoming, { mode: 0o700 });
    return incoming;
  }

  /** Puts a received application, all of it on the disk already, among the versions. */
  async add(folder: string, version: string): Promise<void> {
    await this.#disk.remove(this.at(version));
    await this.#disk.rename(folder, this.at(version));
  }

  /** Switches to a version, on trial. It is used from the next start on. */
  async begin(to: string, before: unknown): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o755 });
    const from = await this.current();
    await this.#disk.remove(join(this.folder, 'result.json'));
    await this.#disk.remove(join(this.folder, 'trial.starts'));
    await this.#disk.write(join(this.folder, 'trial.before'), JSON.stringify(before));
    await this.#disk.write(join(this.folder, 'trial'), `${to} ${from}\n`);
    await this.#disk.link(join(this.folder, 'current'), to);
  }

  /** The version on trial has proved itself; what is neither it nor the one before goes. */
  async keep({ to, from }: Trial, at: number): Promise<void> {
    await this.#disk.link(join(this.folder, 'previous'), from);
    await this.#end({ tried: to, from, ok: true, at });
    await this.tidy();
  }

  /** Back to the version before the trial, from the next start on. */
  async takeBack({ to, from }: Trial, reason: string, at: number): Promise<void> {
    await this.#disk.write(
      join(this.folder, 'result.json'),
      JSON.stringify({ tried: to, from, ok: false, reason, at } satisfies UpdateResult),
    );
    await this.#disk.link(join(this.folder, 'current'), from);
    await this.#disk.remove(join(this.folder, 'trial'));
    await this.#disk.remove(join(this.folder, 'trial.starts'));
  }

  /** Removes versions that nothing leads to, and what was left half received. Not while there is a trial. */
  async tidy(): Promise<void> {
    const keep = [await this.current(), await this.previous()];
    for (const name of await readdir(this.folder).catch((): string[] => [])) {
      if ((versionPattern.test(name) && !keep.includes(name)) || name === '.incoming' || name.endsWith('.new'))
        await this.#disk.remove(join(this.folder, name));
    }
  }

  async #end(result: UpdateResult): Promise<void> {
    await this.#disk.write(join(this.folder, 'result.json'), JSON.stringify(result));
    await this.#disk.remove(join(this.folder, 'trial'));
    await this.#disk.remove(join(this.folder, 'trial.starts'));
  }

  async #link(name: string): Promise<string | undefined> {
    const target = await readlink(join(this.folder, name)).catch(() => undefined);
    return target !== undefined && isName(target) ? target : undefined;
  }

  async #read(name: string): Promise<string | undefined> {
    return readFile(join(this.folder, name), 'utf8').catch(() => undefined);
  }
}

function isName(text: string): boolean {
  return text === builtIn || versionPattern.test(text);
}
