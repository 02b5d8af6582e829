/** The relay runs on Windows with nothing but Node: nothing native is within its reach. */
import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { socketPath } from '../../appliance/cli/socket.ts';
import { closureOf } from '../../image/packages/closure.mjs';
import { TestAppliance } from '../link/testing/appliance.ts';
import { relayPlaces } from './config.ts';
import { type Loaded, loadedBy } from './testing/packages.ts';
import { RelayProcess } from './testing/process.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
let relay: Loaded;
beforeAll(async () => {
  relay = await loadedBy('upstream/relay/main.ts');
});

test('no package the relay loads is native or downloads anything when it is installed', () => {
  expect(relay.own.some((path) => /appliance\/(camera|stream|mediamtx|main)/.test(path))).toBe(false);
  expect(relay.packages.size).toBeGreaterThan(20);
  for (const [folder, { name, scripts, gypfile, binary }] of relay.packages) {
    expect([name, scripts?.install, scripts?.postinstall, scripts?.preinstall, gypfile, binary]).toEqual([
      name,
      undefined,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(existsSync(join(folder, 'binding.gyp'))).toBe(false);
  }
});

describe('the built relay in a folder with the packages that are not within it, and nothing else', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'perch-portable-'));
    await cp(join(root, 'dist'), join(folder, 'dist'), { recursive: true });
    // All others are within the program.
    const { outside } = JSON.parse(await readFile(join(root, 'dist/packages.json'), 'utf8')) as { outside: string[] };
    const nested = /[/\\]node_modules[/\\]/g;
    for (const from of closureOf(
      outside.filter((name) => relay.names.has(name)),
      root,
    ).keys()) {
      await cp(from, join(folder, relative(root, from)), {
        recursive: true,
        // Packages within packages are on the list themselves.
        filter: (path) => (path.match(nested) ?? []).length === (from.match(nested) ?? []).length,
      });
    }
    await writeFile(join(folder, 'package.json'), '{"type": "module"}');
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test('has nothing native in it', async () => {
    const files = await readdir(join(folder, 'node_modules'), { recursive: true });
    expect(files.length).toBeGreaterThan(100);
    expect(files.filter((name) => /\.(node|exe|dll|so)$/.test(name))).toEqual([]);
    expect(files.filter((name) => /^@?(node-datachannel|esbuild)([/\\]|$)/.test(name))).toEqual([]);
  });

  test('starts, shows its page, registers a device, steers it, and ends when told', async () => {
    const data = join(folder, 'data');
    await mkdir(data);
    // Anything native that were loaded all the same would end it.
    const options = `--import=data:text/javascript,${encodeURIComponent('process.dlopen = (_, name) => { throw new Error(name); };')}`;
    const running = await RelayProcess.start({
      folder: data,
      program: join(folder, 'dist/perch.js'),
      env: { NODE_OPTIONS: options },
    });
    const appliance = await TestAppliance.start();
    try {
      const page = await fetch(running.url);
      expect(page.status).toBe(200);
      expect(await page.text()).toContain('<script');
      const key = /^pi_\S+$/m.exec(await running.say('add-device', 'porch'))?.[0];
      appliance.link({ relay_url: running.url.replace('http', 'ws'), relay_key: key });
      await expect
        .poll(async () => (await (await running.call('GET', '/api/devices/porch')).json()).cameras?.length)
        .toBe(2);
      const answer = await running.call('PATCH', '/api/devices/porch/settings', { brightness: 7 });
      expect(await answer.json()).toMatchObject({ success: true, current_settings: { brightness: 7 } });
      expect(appliance.door.status('front')?.current_settings?.brightness).toBe(7);
      await running.say('stop');
      await running.ended;
      expect(running.process.exitCode).toBe(0);
    } finally {
      await appliance.close();
      await running.stop();
    }
  });
});

describe('places on Windows', () => {
  test('everything is below ProgramData', () => {
    expect(relayPlaces('win32', { ProgramData: 'D:\\Data' }, 'C:\\Users\\anna')).toEqual({
      data: 'D:\\Data\\Perch\\relay',
      config: 'D:\\Data\\Perch\\relay.toml',
    });
    expect(relayPlaces('win32', {}, 'C:\\Users\\anna').data).toBe('C:\\ProgramData\\Perch\\relay');
  });

  test('and elsewhere in the home folder, with the configuration in /etc', () => {
    const config = '/etc/perch/relay.toml';
    expect(relayPlaces('linux', {}, '/home/anna')).toEqual({ data: '/home/anna/.local/state/perch-relay', config });
    expect(relayPlaces('linux', { XDG_STATE_HOME: '/var/state' }, '/home/anna').data).toBe('/var/state/perch-relay');
  });

  test('the socket is a named pipe, the same for each way to write its folder', () => {
    const pipe = socketPath('C:\\ProgramData\\Perch\\relay', 'win32');
    expect(pipe).toMatch(/^\\\\\.\\pipe\\perch-[0-9a-f]{16}$/);
    expect(socketPath('c:/programdata/Perch/relay/', 'win32')).toBe(pipe);
    expect(socketPath('C:\\ProgramData\\Perch\\other', 'win32')).not.toBe(pipe);
    expect(socketPath('/var/lib/perch-relay', 'linux')).toBe('/var/lib/perch-relay/perch.sock');
  });
});
