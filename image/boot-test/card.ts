/** An SD card as a file: the image that was built, flashed, with what somebody puts onto its boot partition. */
import { execFile } from 'node:child_process';
import { open, readdir, rm, stat, truncate } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** `make` starts tests and measurements in the project's folder. */
const out = resolve('image/out');

/** Larger than the image, as a real card is: the data partition has to grow. */
const cardBytes = 4 * 1024 ** 3;

/**
 * The newest file of that name that `make image` wrote.
 * @throws saying how to make one
 */
export async function newest(name: RegExp): Promise<string> {
  const names = (await readdir(out).catch((): string[] => [])).filter((each) => name.test(each));
  const dated = await Promise.all(
    names.map(async (each) => ({ path: join(out, each), time: (await stat(join(out, each))).mtimeMs })),
  );
  const [found] = dated.sort((a, b) => b.time - a.time);
  if (found === undefined) throw new Error('There is no image in image/out. First: make image');
  return found.path;
}

/** The newest image with BASE=debian. */
export function builtImage(): Promise<string> {
  return newest(/^perch-.*-debian\.img$/);
}

/** Where a partition begins, in bytes, as the MBR says. */
export async function partitionStart(path: string, number: 1 | 2 | 3): Promise<number> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(512), 0, 512, 0);
    return buffer.readUInt32LE(446 + (number - 1) * 16 + 8) * 512;
  } finally {
    await file.close();
  }
}

export class Card {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** A card with the built image on it, as a file at `path`. Only what is not zero takes room. */
  static async flash(path: string, bytes = cardBytes): Promise<Card> {
    return new Card(path).#copyOf(await builtImage(), bytes);
  }

  /** Another card with everything that is on this one. */
  async copy(path: string): Promise<Card> {
    return new Card(path).#copyOf(this.path, (await stat(this.path)).size);
  }

  async #copyOf(path: string, bytes: number): Promise<Card> {
    await run('cp', ['--sparse=always', path, this.path]);
    await truncate(this.path, bytes);
    return this;
  }

  /** Writes a file onto the boot partition, as somebody's computer would. */
  async put(name: string, text: string): Promise<void> {
    const copying = run('mcopy', ['-o', '-i', await this.#boot(), '-', `::${name}`]);
    copying.child.stdin?.end(text);
    await copying;
  }

  /** A file of the boot partition; undefined when there is none. */
  async get(name: string): Promise<string | undefined> {
    if (!(await this.names()).includes(name)) return undefined;
    return (await run('mtype', ['-i', await this.#boot(), `::${name}`])).stdout;
  }

  /** What lies on the boot partition. */
  async names(): Promise<string[]> {
    const { stdout } = await run('mdir', ['-b', '-i', await this.#boot(), '::']);
    return stdout.split('\n').flatMap((line) => /^::\/(.+?)\/?$/.exec(line)?.[1] ?? []);
  }

  /** Copies a file of the boot partition to this machine. */
  async take(name: string, path: string): Promise<void> {
    await run('mcopy', ['-n', '-i', await this.#boot(), `::${name}`, path]);
  }

  /**
   * What is wrong with the file system of the data partition, as e2fsck finds it in a copy; undefined when nothing is.
   * What every start does (image/initramfs/data-partition) comes first: the journal is taken in, and files that were
   * deleted while open are gone.
   */
  async damage(): Promise<string | undefined> {
    // Of its own: with "?offset=" e2fsck 1.47 takes in the journal, and then does not find the file system again.
    const data = `${this.path}.data`;
    const start = await partitionStart(this.path, 3);
    try {
      await run('dd', [`if=${this.path}`, `of=${data}`, 'bs=1M', 'iflag=skip_bytes', `skip=${start}`, 'conv=sparse']);
      // 1: something was put in order, as it is after a power cut. More: it needs a person, or -y.
      await run('e2fsck', ['-p', data]).catch((error: { code: number }) => {
        if (error.code !== 1) throw error;
      });
      await run('e2fsck', ['-f', '-n', data]);
      return undefined;
    } catch (error) {
      const { stdout, stderr, message } = error as { stdout?: string; stderr?: string; message: string };
      return `${stdout ?? ''}${stderr ?? ''}` || message;
    } finally {
      await rm(data, { force: true });
    }
  }

  /** Overwrites the beginning of the data partition, superblock included, and its copies: nothing can read it again. */
  async ruinData(): Promise<void> {
    const file = await open(this.path, 'r+');
    try {
      const junk = Buffer.alloc(1024 ** 2, 0xa5);
      const start = await partitionStart(this.path, 3);
      for (let at = start; at < cardBytes; at += junk.length * 16) await file.write(junk, 0, junk.length, at);
    } finally {
      await file.close();
    }
  }

  async #boot(): Promise<string> {
    return `${this.path}@@${await partitionStart(this.path, 1)}`;
  }
}
