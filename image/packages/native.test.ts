/** The one add-on that is compiled: from Node's own headers, and it works. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const script = fileURLToPath(new URL('native.sh', import.meta.url));
const installed = fileURLToPath(new URL('../../node_modules', import.meta.url));
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perch-native-'));
  for (const name of ['epoll', 'nan', 'bindings', 'file-uri-to-path']) {
    await cp(join(installed, name), join(folder, 'node_modules', name), { recursive: true });
  }
  await rm(join(folder, 'node_modules/epoll/build'), { recursive: true, force: true });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Node and the shell's own tools are there, and what `more` names. */
async function pathWith(...more: string[]): Promise<string> {
  const bin = await mkdtemp(join(folder, 'bin-'));
  for (const name of ['sh', 'dirname', 'sed', 'mktemp', 'rm', 'mkdir', 'head', 'mv', 'tr', ...more]) {
    await symlink((await run('sh', ['-c', `command -v ${name}`])).stdout.trim(), join(bin, name));
  }
  await symlink(process.execPath, join(bin, 'node'));
  return bin;
}

test('without a compiler it says which package has one', async () => {
  const failed = run(script, [join(folder, 'node_modules')], { env: { PATH: await pathWith() } });
  await expect(failed).rejects.toMatchObject({ code: 3, stderr: expect.stringContaining('in the package g++.') });
});

test('with headers of another Node only it makes nothing, and says where they would come from', async () => {
  const PATH = await pathWith('g++');
  await rm(join(PATH, 'node'));
  await writeFile(
    join(PATH, 'node'),
    '#!/bin/sh\ncase "$*" in *execPath*) echo /opt/bin/node ;; *modules*) echo 9999 ;; *) echo v99.0.0 ;; esac\n',
    { mode: 0o755 },
  );
  const failed = run(script, [join(folder, 'node_modules')], { env: { PATH } });
  await expect(failed).rejects.toMatchObject({
    code: 3,
    stderr: expect.stringMatching(/no headers of Node v99\.0\.0 .*libnode-dev/),
  });
});

test('what it makes is loaded by this Node and tells of what happens on a file', async () => {
  await run(script, [join(folder, 'node_modules')]);
  const fifo = join(folder, 'fifo');
  await run('mkfifo', [fifo]);
  const child = `
    const { Epoll } = require('epoll');
    const { openSync, writeSync } = require('node:fs');
    const fd = openSync(${JSON.stringify(fifo)}, 'r+');
    const poller = new Epoll((error, where, events) => {
      console.log(where === fd && events === Epoll.EPOLLIN ? 'heard' : String(error));
      poller.remove(fd).close();
    });
    poller.add(fd, Epoll.EPOLLIN);
    writeSync(fd, 'x');`;
  const { stdout } = await run(process.execPath, ['-e', child], { cwd: folder });
  expect(stdout).toBe('heard\n');
});
