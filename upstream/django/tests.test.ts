/** The Python tests, so that `make test` runs them: on Debian's Django, Channels and websockets. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));

function manage(...words: string[]): { status: number | null; said: string } {
  const { status, stdout, stderr } = spawnSync('/usr/bin/python3', ['example/manage.py', ...words], {
    cwd: here,
    encoding: 'utf8',
    timeout: 55_000,
    env: { ...process.env, PERCH_RELAY_TOKEN: 'set', EXAMPLE_DATABASE: ':memory:', PYTHONDONTWRITEBYTECODE: '1' },
  });
  return { status, said: stdout + stderr };
}

test('the consumer, the frames, the template tag and the checks, by Django’s own test runner', () => {
  const { status, said } = manage('test', 'tests');
  expect(status, said).toBe(0);
  expect(said).toMatch(/Ran \d\d+ tests/);
});

test('the migrations say what the models say, and the example is a sound site', () => {
  for (const words of [['makemigrations', '--check', '--dry-run'], ['check']]) {
    const { status, said } = manage(...words);
    expect(status, said).toBe(0);
  }
});

test('the wheel holds all that a site needs', async () => {
  const dist = await mkdtemp(join(tmpdir(), 'perch-wheel-'));
  try {
    execFileSync(process.execPath, [join(here, 'bundle.mjs'), join(dist, 'django')]);
    const wheel = /\S+\.whl(?=;)/.exec(execFileSync(join(here, 'wheel.sh'), [dist], { encoding: 'utf8' }))?.[0] ?? '';
    const held = execFileSync('/usr/bin/python3', ['-m', 'zipfile', '-l', wheel], { encoding: 'utf8' });
    for (const name of [
      'static/perch_control/panel.js',
      'static/perch_control/panel.css',
      'templates/perch_control/camera.html',
    ]) {
      expect(held).toContain(`perch_control/${name}`);
    }
    expect(held).toContain('perch_control/migrations/0001_initial.py');
    expect(held).not.toMatch(/tests|example|\.pyc/);
  } finally {
    await rm(dist, { recursive: true, force: true });
  }
});
