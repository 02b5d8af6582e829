/** Updates for the emulated machine: the program of the package that was built, changed, packed and signed as a release is. */
import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { newest } from './card.ts';

const run = promisify(execFile);
const packer = resolve('dist/bundle.js');

/** The program that makes bundles, with a key of its own. */
export class Bundles {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** @param folder an empty one, for everything that is made */
  static async open(folder: string): Promise<Bundles> {
    await run('dpkg-deb', ['--extract', await newest(/^perch_.*_arm64\.deb$/), join(folder, 'root')]);
    await run(process.execPath, [packer, 'keygen', join(folder, 'key')]);
    return new Bundles(folder);
  }

  /** What a device needs to trust these bundles. */
  publicKey(): Promise<string> {
    return readFile(join(this.#folder, 'key.pub'), 'utf8');
  }

  /**
   * Makes one of this version.
   * @param program what its program consists of; as built by default
   */
  async make(version: string, program?: string): Promise<Buffer> {
    const application = join(this.#folder, 'root/usr/lib/perch');
    const about = join(application, 'package.json');
    const fields = JSON.parse(await readFile(about, 'utf8')) as Record<string, unknown>;
    await writeFile(about, JSON.stringify({ ...fields, version }));
    await this.#say(join(application, 'dist'), String(fields.version), version);
    const main = join(application, 'dist/perch.js');
    const built = await readFile(main);
    if (program !== undefined) await writeFile(main, program);
    const out = join(this.#folder, `perch-${version}.perch`);
    await run(process.execPath, [packer, 'make', application, 'arm64', join(this.#folder, 'key'), out]);
    await writeFile(main, built);
    return readFile(out);
  }

  /** Has the built program, which says that it is version `from`, say that it is version `to` (appliance/version.ts). */
  async #say(dist: string, from: string, to: string): Promise<void> {
    const [program = ''] = (await readdir(dist)).filter((each) => /^program-.*\.cjs$/.test(each));
    const text = await readFile(join(dist, program), 'utf8');
    // The bundler numbers names that several of its modules have.
    const said = new RegExp(`(\\bversion\\d*=)"${from.replaceAll('.', '\\.')}"`);
    if (!said.test(text)) throw new Error(`The built program nowhere says that it is version ${from}.`);
    await writeFile(join(dist, program), text.replace(said, `$1"${to}"`));
  }
}
