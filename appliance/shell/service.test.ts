/** The camera's way to the terminals of perch-recovery.service, which runs only while somebody needs it. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLog } from '../log.ts';
import { ShellHost } from './host.ts';
import { Shell } from './index.ts';
import { awakeFile, serveSocket } from './socket.ts';
import { wakeRecovery } from './wake.ts';

const log = createLog('silent');
const nobody = () => Promise.reject(new Error('nobody opens a terminal here'));
let folder: string;
let socket: string;
let host: ShellHost;
let shell: Shell;
const audit = { record: vi.fn() };
const ended: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perch-service-'));
  socket = join(folder, 'shell.sock');
  const program = join(folder, 'recovery.js');
  await writeFile(program, '');
  host = new ShellHost({ gate: { confirm: nobody, still: nobody }, log, greeting: nobody, start: vi.fn() });
  shell = new Shell({ data: folder, audit, log, service: { program, socket } });
});
afterEach(async () => {
  await shell.stop();
  for (const end of ended.splice(0)) await end();
  await rm(folder, { recursive: true, force: true });
});

async function wake(): Promise<() => Promise<unknown>> {
  const stop = await serveSocket(host, { path: socket, mode: 0o600 });
  await writeFile(join(folder, awakeFile), '');
  const sleep = async () => {
    await rm(join(folder, awakeFile), { force: true });
    await stop();
  };
  ended.push(sleep);
  return sleep;
}
const watched = () => expect.poll(() => host.listenerCount('opened'));

test('terminals are watched once it is awake, whoever woke it, and it may sleep meanwhile', async () => {
  const connections = vi.fn();
  // systemd's socket: whoever connects wakes it.
  const asleep = createServer().on('connection', connections).listen(socket);
  shell.start();
  await new Promise((resolve) => asleep.close(resolve));
  expect(connections).not.toHaveBeenCalled();
  const sleep = await wake();
  await watched().toBe(1);
  const counts: number[] = [];
  shell.on('count', (count) => counts.push(count));
  host.emit('opened', { id: 'a', who: 'Recovery page at 192.0.2.7' });
  await expect.poll(() => counts).toEqual([1]);
  expect(audit.record).toHaveBeenCalledWith({
    who: 'Recovery page at 192.0.2.7',
    camera: '',
    action: 'terminal opened',
  });
  await sleep();
  await expect.poll(() => counts).toEqual([1, 0]);
});

test('one that was awake before the camera started is watched at once', async () => {
  await wake();
  shell.start();
  await watched().toBe(1);
});

test('waking is one connection, and nothing where there is nothing to wake', async () => {
  wakeRecovery(join(folder, 'nothing.sock'));
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(String(request.url));
    response.writeHead(426).end();
  });
  server.listen(socket);
  ended.push(() => new Promise((resolve) => server.close(resolve)));
  wakeRecovery(socket);
  await expect.poll(() => asked).toEqual(['/']);
});
