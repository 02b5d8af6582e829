/** How soon it is there after it was started. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { lstat, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../e2e/free-port.ts';
import { checkout, pause, program, startPerch } from './programs.ts';
import { type Row, timed } from './table.ts';

export async function starting(): Promise<Row[]> {
  const data = await mkdtemp(join(tmpdir(), 'perch-bench-'));
  try {
    // Once before: the certificate is made, and there is a token to ask for a picture with.
    const first = await startPerch({}, data);
    await first.stop({ keepData: true });
    const rows = [timed('process start → /healthz', await healthz(data), 1500)];
    const figure = '`make run` again → picture';
    const todo = await leftToDo();
    if (todo !== undefined) return [...rows, { figure, ours: `not measured: ${todo}`, target: '≤ 5000 ms' }];
    return [...rows, timed(figure, await makeRun(data, first.token), 5000)];
  } finally {
    await rm(data, { recursive: true, force: true });
  }
}

async function healthz(data: string): Promise<number[]> {
  const times: number[] = [];
  for (let run = 0; run < 6; run += 1) {
    const { env, url } = await place(data);
    const began = performance.now();
    const child = spawn(process.execPath, ['--enable-source-maps', program, 'serve'], { env, stdio: 'ignore' });
    await answered(child, `${url}/healthz`, '');
    times.push(performance.now() - began);
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    await gone;
  }
  return times;
}

/**
 * Why `make run` would do more than start, in words; undefined when it would not. A benchmark changes nothing: installing
 * here would exchange packages under this very process, and under others where the folder is shared.
 */
async function leftToDo(): Promise<string | undefined> {
  const packages = join(checkout, 'node_modules');
  const link = await lstat(packages).catch(() => undefined);
  if (!link?.isDirectory()) return 'node_modules is no folder of this checkout';
  const lock = createHash('sha256')
    .update(await readFile(join(checkout, 'package-lock.json')))
    .digest('hex');
  const installed = await readFile(join(packages, '.perch-installed'), 'utf8').catch(() => '');
  // As image/packages/install.sh leaves it.
  if (!installed.startsWith(`all ${lock}`)) return 'the packages are not those of the lock file, run make bench';
  const asked = spawn('make', ['--question', 'dist/.built'], { cwd: checkout, stdio: 'ignore' });
  const [code] = (await once(asked, 'exit')) as [number | null];
  return code === 0 ? undefined : 'sources are newer than the build, run make bench';
}

async function makeRun(data: string, token: string): Promise<number[]> {
  const times: number[] = [];
  for (let run = 0; run < 4; run += 1) {
    const { env, url } = await place(data);
    const began = performance.now();
    const child = spawn('make', ['run'], { env, cwd: checkout, stdio: 'ignore', detached: true });
    await answered(child, `${url}/api/cameras/camera/snapshot.jpg`, token);
    times.push(performance.now() - began);
    const gone = once(child, 'exit');
    // As Ctrl-C does: to everything in the foreground.
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGINT');
    await gone;
  }
  return times;
}

async function place(data: string): Promise<{ env: NodeJS.ProcessEnv; url: string }> {
  const port = String(await freePort());
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    PERCH_DATA: data,
    PERCH_CONFIG: '',
    PERCH_HOST: '127.0.0.1',
    PERCH_PORT: port,
    PERCH_HTTPS_PORT: String(await freePort()),
    PERCH_CAMERAS: 'camera=test',
    PERCH_LOG_LEVEL: 'error',
  };
  return { env, url: `http://127.0.0.1:${port}` };
}

async function answered(child: ChildProcess, url: string, token: string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode} instead of answering at ${url}`);
    const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } }).catch(() => undefined);
    await answer?.arrayBuffer();
    if (answer?.ok) return;
    await pause(10);
  }
}
