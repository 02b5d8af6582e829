import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { serveLocal } from '../../cli/socket.ts';
import { freePort } from '../../e2e/free-port.ts';
import { pi4, rootWith, zero2 } from '../testing/roots.ts';
import { diagnose } from './doctor.ts';
import { brokenPackages, lookAtData } from './look.ts';
import { printed } from './print.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'perch-doctor-'));
  ends.push(() => rm(made, { recursive: true, force: true }));
  return made;
}

/** The environment of a Perch of its own, with the files of a machine. */
async function patient(files: Readonly<Record<string, string>>, more: NodeJS.ProcessEnv = {}) {
  const { root, remove } = await rootWith(files);
  ends.push(remove);
  const data = await folder();
  const here = await folder();
  const env = {
    PERCH_DATA: data,
    PERCH_HOST: '127.0.0.1',
    PERCH_PORT: String(await freePort()),
    PERCH_HTTPS: 'off',
    ...more,
  };
  return { data, here, env, look: () => diagnose({ env, here, root }) };
}

describe('The doctor', () => {
  it('says that Perch is not running, what the machine is like, and ends with what to do', async () => {
    const { look } = await patient({ ...zero2, 'run/perch/data-problem': 'The data partition is not there.\n' });
    const diagnosis = await look();
    expect([diagnosis.ok, diagnosis.server, diagnosis.machine.temperature]).toEqual([false, 'away', 78.9]);
    const text = printed(diagnosis);
    expect(text).toMatch(/^Perch \S+ is not running on a Raspberry Pi Zero 2 W Rev 1\.0\.\n/);
    expect(text).toMatch(/^ {2}temperature +78\.9 °C$/m);
    const [, todo = ''] = text.split('What to do:\n');
    expect(todo).toMatch(/^ {2}1\. Perch is not running: start it/);
    expect(todo).toContain('Under-voltage: use a 5 V 3 A supply');
    expect(todo).toContain('The data partition is not there: save a support bundle');
    expect(todo).toMatch(/The Wi-Fi is weak \(-76 dBm\)/);
  });

  it('prints what the running program says, and that nothing is wrong', async () => {
    const { look, data } = await patient(pi4);
    const { machine } = await look();
    const camera = {
      name: 'door',
      state: 'live',
      message: 'Live.',
      fps: 29.9,
      wanted_fps: 30,
      bitrate: 2_000_000,
      missed: 0,
      viewers: 1,
      restarts: 0,
      recent_restarts: [],
    };
    const answer = { taken: Date.now(), machine, cameras: [camera], findings: [], notices: [] };
    const server = await serveLocal(data, { health: async () => answer });
    ends.push(() => server.close());
    const diagnosis = await look();
    expect([diagnosis.ok, diagnosis.server, diagnosis.findings]).toEqual([true, 'running', []]);
    const text = printed(diagnosis);
    expect(text).toMatch(/^ {2}camera door +live, 29\.9 of 30 pictures\/s, 2\.0 Mbit\/s, viewers 1, restarts 0$/m);
    expect(text).toMatch(/Nothing is wrong\.\n$/);
  });

  it('repeats the sentence of a mistake in the configuration', async () => {
    const { look } = await patient(pi4, { PERCH_MAX_VIEWERS: 'many' });
    const { ok, findings } = await look();
    expect(ok).toBe(false);
    expect(findings.find(({ id }) => id === 'config_mistake')?.advice).toMatch(/PERCH_MAX_VIEWERS is "many"/);
  });

  it('finds that another program has the port', async () => {
    const { look, env } = await patient(pi4);
    const stranger = createServer((_, answer) => answer.end('hello')).listen(Number(env.PERCH_PORT), '127.0.0.1');
    await once(stranger, 'listening');
    ends.push(() => stranger.close());
    const { findings } = await look();
    expect(findings.map(({ what }) => what)).toContain(`Another program has port ${env.PERCH_PORT}`);
  });

  it('finds that safe mode is on, also when nothing runs', async () => {
    const { look } = await patient({
      ...pi4,
      'run/perch-safe-mode/environment': 'PERCH_SAFE_MODE="It failed five times (exit-code)."\n',
    });
    expect((await look()).findings.map(({ what }) => what)).toContain('Safe mode (It failed five times (exit-code))');
  });

  it('finds the packages that are damaged, by loading what the program imports', async () => {
    const root = await folder();
    await mkdir(join(root, 'dist'));
    for (const name of ['good', 'bad']) {
      await mkdir(join(root, 'node_modules', name), { recursive: true });
      await writeFile(join(root, 'node_modules', name, 'package.json'), '{"type":"module","main":"index.js"}');
      await writeFile(join(root, 'node_modules', name, 'index.js'), name === 'good' ? 'export default 1;' : 'export {');
    }
    const program =
      'import a from "good";\nimport { b } from "bad";\nawait import("gone");\nimport { c } from "node:fs";\nimport "./chunk.js";\n';
    await writeFile(join(root, 'dist/perch.js'), program);
    // A part of the checkout only, and one that nothing imports.
    await writeFile(join(root, 'dist/bench.js'), 'import { d } from "elsewhere";\n');
    await writeFile(join(root, 'dist/packages.json'), '{"inside":[],"outside":["good","bad","gone","optional"]}');
    const broken = await brokenPackages(join(root, 'dist'));
    expect(broken.map((each) => each.split(':')[0])).toEqual(['bad', 'gone']);
  });

  it.skipIf(process.getuid?.() === 0)('finds a data folder that cannot be read or written', async () => {
    const data = await folder();
    await chmod(data, 0o000);
    expect(await lookAtData(data)).toMatchObject({ problem: 'unreadable' });
    await chmod(data, 0o500);
    expect(await lookAtData(data)).toMatchObject({ problem: 'unwritable' });
    await chmod(data, 0o700);
  });

  it('leaves nothing behind in the data folder, and finds none that is not there', async () => {
    const data = await folder();
    expect(await lookAtData(data)).toEqual({ path: data, mine: true });
    expect(await lookAtData(join(data, 'gone'))).toMatchObject({ problem: 'absent' });
  });
});
