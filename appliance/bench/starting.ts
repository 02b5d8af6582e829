/** How soon it is there after it was started. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkout, pause, program, startPerch } from './programs.ts';
import { type Row, timed } from './table.ts';

export async function starting(): Promise<Row[]> {
  const data = await mkdtemp(join(tmpdir(), 'perch-bench-'));
  try {
    // Once before: the certificate is made, and there is a token to ask for a picture with.
    const first = await startPerch({}, data);
    await first.stop({ keepData: true });
    const rows = [timed('process start → /healthz', await healthz(data), 1500)];
    const made = join(checkout, 'dist/.built');
    if (!existsSync(join(checkout, 'Makefile')) || !existsSync(made)) return rows;
    const built = (await stat(made)).mtimeMs;
    const pictures = await makeRun(data, first.token);
    const rebuilt = (await stat(made)).mtimeMs !== built;
    const beside = rebuilt ? 'sources were newer than the build: it was built again' : '';
    return [...rows, timed('`make run` again → picture', pictures, 5000, undefined, beside)];
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
  // The first may have had something to build.
  return times.slice(1);
}

async function place(data: string): Promise<{ env: NodeJS.ProcessEnv; url: string }> {
  const free = async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, 'close');
    return String(port);
  };
  const port = await free();
  const env = {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    PERCH_DATA: data,
    PERCH_CONFIG: '',
    PERCH_HOST: '127.0.0.1',
    PERCH_PORT: port,
    PERCH_HTTPS_PORT: await free(),
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
