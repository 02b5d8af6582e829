/** The example site under Daphne, as processes of Debian's Python: built, with its users, on a free port. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

// The benchmark is bundled into dist/.
const inDist = import.meta.url.includes('/dist/');
const here = fileURLToPath(new URL(inDist ? '../upstream/django' : '..', import.meta.url));
const example = join(here, 'example');
export const sitePassword = 'a long enough password';

/** Users by name, and what of `perch_control` each may do. */
export const users = { olga: ['change_camera'], viktor: ['view_camera'], sam: [] } as const;
export type User = keyof typeof users;

const makeUsers = `
from django.contrib.auth.models import Permission, User
import json, os
for name, permissions in json.loads(os.environ["USERS"]).items():
    user = User.objects.create_user(name, password=os.environ["PASSWORD"])
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
`;

export class Site {
  readonly url: string;
  /** Everything Daphne and the app said. */
  readonly log: () => string;
  readonly pid: number;
  readonly #process: ChildProcess;
  readonly #folder: string;

  private constructor(url: string, log: () => string, process: ChildProcess, folder: string) {
    this.url = url;
    this.log = log;
    this.pid = process.pid ?? 0;
    this.#process = process;
    this.#folder = folder;
  }

  /** Builds the app, migrates, makes the users, starts Daphne. `env` as settings.py of the example reads it. */
  static async start(env: NodeJS.ProcessEnv): Promise<Site> {
    const folder = await mkdtemp(join(tmpdir(), 'perch-django-'));
    const app = join(folder, 'app');
    execFileSync(process.execPath, [join(here, 'bundle.mjs'), app], { stdio: 'inherit' });
    const all = {
      PATH: process.env.PATH,
      PYTHONPATH: app,
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONUNBUFFERED: '1',
      EXAMPLE_DATABASE: join(folder, 'db.sqlite3'),
      USERS: JSON.stringify(users),
      PASSWORD: sitePassword,
      ...env,
    };
    const manage = (...words: string[]) =>
      execFileSync('/usr/bin/python3', [join(example, 'manage.py'), ...words], { env: all, stdio: 'pipe' });
    manage('migrate', '--verbosity', '0');
    manage('shell', '-c', makeUsers);
    const child = spawn('/usr/bin/daphne', ['-b', '127.0.0.1', '-p', '0', 'example_site.asgi:application'], {
      cwd: example,
      env: all,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    const port = await new Promise<string>((resolve, reject) => {
      const hear = (chunk: Buffer) => {
        said += chunk.toString();
        const found = /Listening on TCP address 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
        if (found !== undefined) resolve(found);
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', hear);
      child.once('close', () => reject(new Error(`Daphne ended: ${said}`)));
    });
    return new Site(`http://127.0.0.1:${port}`, () => said, child, folder);
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      const closed = once(this.#process, 'close');
      this.#process.kill();
      await closed;
    }
    await rm(this.#folder, { recursive: true, force: true });
  }
}
