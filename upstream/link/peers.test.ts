/** The seed's own peers, built from the first protocol file and Debian's websockets alone. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CommandType, encodeCommand } from '../../proto/index.ts';
import { TestRelay } from '../relay/testing/relay.ts';
import { TestAppliance, untilLink } from './testing/appliance.ts';

const testing = fileURLToPath(new URL('./testing', import.meta.url));
const testdata = fileURLToPath(new URL('../../proto/testdata', import.meta.url));
let generated: string;
beforeAll(() => {
  generated = mkdtempSync(join(tmpdir(), 'perch-peer-'));
  execFileSync('protoc', [`--python_out=${generated}`, `--proto_path=${testdata}`, 'first_protocol.proto']);
});
afterAll(() => rmSync(generated, { recursive: true }));

/** A Python peer and what it prints, line by line. */
class Peer {
  readonly process: ChildProcess;
  readonly lines: string[] = [];
  readonly #look = new Set<() => void>();

  constructor(script: string, ...args: string[]) {
    this.process = spawn('/usr/bin/python3', [join(testing, script), generated, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    if (!this.process.stdout) throw new Error('no output');
    createInterface(this.process.stdout).on('line', (line) => {
      this.lines.push(line);
      for (const look of this.#look) look();
    });
  }

  /** The first line, past or coming, that is so. */
  until(test: (line: string) => boolean): Promise<string> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.lines.find(test);
        if (found === undefined) return;
        this.#look.delete(look);
        resolve(found);
      };
      this.#look.add(look);
      look();
    });
  }

  async status(test: (status: Record<string, unknown>) => boolean) {
    return JSON.parse(await this.until((line) => line.startsWith('{') && test(JSON.parse(line))));
  }

  say(command: unknown): void {
    this.process.stdin?.write(`${JSON.stringify(command)}\n`);
  }

  async end(): Promise<void> {
    if (this.process.exitCode === null) {
      this.process.kill();
      await once(this.process, 'exit');
    }
  }
}

test('a plain server of the first protocol serves our appliance', async () => {
  const server = new Peer('server.py');
  const appliance = await TestAppliance.start();
  try {
    const port = await server.until((line) => /^\d+$/.test(line));
    const link = appliance.link({ relay_url: `ws://127.0.0.1:${port}` });
    // What it sends to whoever connects is carried out and answered.
    expect(await server.status(({ request_id }) => request_id === 'hello')).toMatchObject({
      success: true,
      current_settings: { brightness: 42, cameraName: 'front' },
    });
    await untilLink(link, ({ state }) => state === 'connected');
    // Every camera is reported unasked.
    for (const name of ['front', 'garage']) {
      await server.status(
        ({ request_id, current_settings: settings }) =>
          request_id === undefined && (settings as { cameraName?: string }).cameraName === name,
      );
    }
    server.say({ command: 'STOP_STREAM', settings: { cameraName: 'garage' }, request_id: 'stop' });
    expect(await server.status(({ request_id }) => request_id === 'stop')).toMatchObject({ success: true });
    expect(appliance.door.status('garage')?.state_message).toBe('The camera is off.');

    // The same id again: answered again, carried out once.
    server.say({ settings: { contrast: 5 }, request_id: 'again' });
    await server.status(({ request_id }) => request_id === 'again');
    const before = appliance.door.status('front')?.revision;
    await appliance.door.update('front', { contrast: 9 }, { who: 'Page', client: 'page' });
    server.say({ settings: { contrast: 5 }, request_id: 'again' });
    server.say({ command: 'GET_STATUS', request_id: 'after' });
    await server.status(({ request_id }) => request_id === 'after');
    expect(server.lines.filter((line) => line.includes('"again"'))).toHaveLength(2);
    expect(appliance.door.status('front')).toMatchObject({
      revision: (before ?? 0) + 1,
      current_settings: { contrast: 9 },
    });

    // A local change goes up.
    await appliance.door.update('front', { saturation: -3 }, { who: 'Page', client: 'page' });
    await server.status(({ current_settings: settings }) => (settings as { saturation?: number }).saturation === -3);

    server.say({ settings: { brightness: 900 }, request_id: 'bad' });
    const refused = await server.status(({ request_id }) => request_id === 'bad');
    expect(refused.success).toBeUndefined();
    expect(refused.message).toContain('must be a whole number from -100 to 100');
  } finally {
    await appliance.close();
    await server.end();
  }
});

test('a plain client of the first protocol connects to our relay as a Pi', async () => {
  const relay = await TestRelay.start();
  const key = await relay.register('old');
  const anna = relay.operator('old');
  await anna.opened;
  const client = new Peer('client.py', `${relay.url}/?key=${key}`);
  try {
    const command = JSON.parse(await client.until(() => true));
    expect(command).toEqual({ command: 'GET_STATUS', request_id: 'relay-status' });
    // Its answer to the relay is news for everybody.
    const status = await anna.until(({ message }) => message === 'Camera is running');
    expect(status).toMatchObject({ success: true, current_settings: { brightness: 7 } });
    expect(status.request_id).toBeUndefined();
    await relay.untilConnected('old', false);
    const { body } = await relay.call('GET', '/api/devices/old');
    expect(body).toMatchObject({ connected: false, cameras: [{ name: 'old', current_settings: { brightness: 7 } }] });
    anna.socket.send(encodeCommand({ command: CommandType.RESTART_CAMERA, request_id: 'a' }));
    await anna.until(({ error_code }) => error_code === 'not_connected');
  } finally {
    await client.end();
    await relay.close();
  }
});

test('a plain client that stays is steered: commands reach it as they were sent, answers find who asked', async () => {
  const relay = await TestRelay.start();
  const key = await relay.register('old');
  const [anna, ben] = [relay.operator('old'), relay.operator('old')];
  await Promise.all([anna.opened, ben.opened]);
  const client = new Peer('client.py', `${relay.url}/?key=${key}`, 'stay');
  try {
    await relay.untilConnected('old');
    await anna.until(({ message }) => message === 'Camera is running');
    anna.socket.send(encodeCommand({ settings: { brightness: 10, contrast: -5, fps: 25 }, request_id: 'a' }));
    expect(await anna.until(({ request_id }) => request_id === 'a')).toMatchObject({
      success: true,
      current_settings: { brightness: 10 },
    });
    // Nothing of ours is in what it got.
    expect(JSON.parse(await client.until((line) => line.includes('"a"')))).toEqual({
      settings: { brightness: 10, contrast: -5, fps: 25 },
      request_id: 'a',
    });
    // The same id of two people: each has the answer to what was asked first.
    anna.socket.send(encodeCommand({ settings: { brightness: 11 }, request_id: 'same' }));
    const first = await anna.until(({ request_id }) => request_id === 'same');
    ben.socket.send(encodeCommand({ settings: { brightness: 12 }, request_id: 'same' }));
    const second = await ben.until(({ request_id }) => request_id === 'same');
    expect([first, second].map(({ current_settings: settings }) => settings?.brightness)).toEqual([11, 12]);
    expect(anna.received.filter(({ request_id }) => request_id === 'same')).toHaveLength(1);
    // Over HTTP, and with the newest known afterwards.
    const { body } = await relay.call('PATCH', '/api/devices/old/settings', { brightness: 13 });
    expect(body).toMatchObject({ success: true, current_settings: { brightness: 13 } });
    expect((await relay.call('GET', '/api/devices/old')).body).toMatchObject({
      connected: true,
      cameras: [{ name: 'old', current_settings: { brightness: 13 } }],
    });
  } finally {
    await client.end();
    await relay.close();
  }
});

test('what waited for a plain client is brought when it comes', async () => {
  const relay = await TestRelay.start();
  const key = await relay.register('old');
  await relay.call('PATCH', '/api/devices/old/settings', { brightness: 21 });
  const client = new Peer('client.py', `${relay.url}/?key=${key}`, 'stay');
  try {
    const brought = JSON.parse(await client.until((line) => line.includes('desired-')));
    expect(brought.settings).toEqual({ brightness: 21 });
    await expect.poll(() => relay.relay.fleet.desired.size).toBe(0);
  } finally {
    await client.end();
    await relay.close();
  }
});

test('a plain server that restarts has our appliance back, and hears what was changed meanwhile', async () => {
  let server = new Peer('server.py');
  const appliance = await TestAppliance.start();
  try {
    const port = await server.until((line) => /^\d+$/.test(line));
    const link = appliance.link({ relay_url: `ws://127.0.0.1:${port}` });
    await server.status(({ request_id }) => request_id === 'hello');
    await server.end();
    await untilLink(link, ({ state }) => state !== 'connected');
    await appliance.door.update('front', { saturation: -3, brightness: 1 }, { who: 'Page', client: 'page' });
    server = new Peer('server.py', port);
    await server.status(({ current_settings: settings }) => (settings as { saturation?: number }).saturation === -3);
    // Its greeting has the same id as before: it is answered, and not carried out again.
    await server.status(({ request_id }) => request_id === 'hello');
    expect(appliance.door.status('front')?.current_settings?.brightness).toBe(1);
    expect(link.status().connections).toBe(2);
  } finally {
    await appliance.close();
    await server.end();
  }
});
