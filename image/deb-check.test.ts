/** The check of the package finds what it is for. */
import { execFileSync } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));
let stage: string;

async function put(path: string, text = 'x', mode = 0o644): Promise<void> {
  await mkdir(dirname(join(stage, path)), { recursive: true });
  await writeFile(join(stage, path), text, 'latin1');
  await chmod(join(stage, path), mode);
}

/** The beginning of an add-on for this processor. */
const elf = (machine: number) => `\u007fELF${'\0'.repeat(14)}${String.fromCharCode(machine)}\0`;

beforeEach(async () => {
  stage = await mkdtemp(join(tmpdir(), 'perch-stage-'));
  const systemd = join(here, '../systemd');
  for (const unit of ['perch.service', 'perch-system@.service', 'perch-trial.service', 'perch-safe-mode.service']) {
    await mkdir(join(stage, 'usr/lib/systemd/system'), { recursive: true });
    await cp(join(systemd, unit), join(stage, 'usr/lib/systemd/system', unit));
  }
  for (const program of ['choose', 'safe-mode']) {
    await mkdir(join(stage, 'usr/lib/perch/system'), { recursive: true });
    await cp(join(systemd, 'bin', program), join(stage, 'usr/lib/perch/system', program));
  }
  await put('usr/bin/perch', '#!/bin/sh\n', 0o755);
  for (const file of ['dist/perch.js', 'dist/program-A.cjs', 'dist/first-boot.js', 'system/system.js'])
    await put(`usr/lib/perch/${file}`);
  for (const file of ['recovery.js', 'package.json', 'page/index.html', 'page/recovery.js', 'doctor.js'])
    await put(`usr/lib/perch/recovery/${file}`);
  await put('usr/lib/perch/recovery/pty.node', elf(183));
  await put('DEBIAN/control', 'Package: perch\nArchitecture: arm64\n');
  await put('etc/perch/perch.toml');
  await put('DEBIAN/conffiles', '/etc/perch/perch.toml\n');
  await put('DEBIAN/postinst', '#!/bin/sh\n', 0o755);
});
afterEach(() => rm(stage, { recursive: true, force: true }));

function check(): string {
  try {
    execFileSync(join(here, 'deb-check.sh'), [stage], { stdio: 'pipe' });
    return '';
  } catch (error) {
    return String((error as { stderr: Buffer }).stderr);
  }
}

test('all is well', () => {
  expect(check()).toBe('');
});

test.each<[string, () => Promise<void>, string]>([
  [
    'a program that a unit calls is missing',
    () => rm(join(stage, 'usr/lib/perch/system/choose')),
    'calls /usr/lib/perch/system/choose',
  ],
  [
    'the root helper is missing',
    () => rm(join(stage, 'usr/lib/perch/system/system.js')),
    'calls /usr/lib/perch/system/system.js',
  ],
  ['a conffile is missing', () => rm(join(stage, 'etc/perch/perch.toml')), 'is a conffile and missing'],
  ['a script has a mistake', () => put('DEBIAN/postinst', '#!/bin/sh\nif\n', 0o755), 'does not read as a script'],
  ['a script may not be run', () => chmod(join(stage, 'usr/bin/perch'), 0o644), 'does not read as a script'],
  ['everybody may write a file', () => chmod(join(stage, 'usr/lib/perch/dist/perch.js'), 0o666), 'everybody may write'],
  ['the way back in is missing', () => rm(join(stage, 'usr/lib/perch/recovery/recovery.js')), 'recovery.js is missing'],
  [
    'its terminal is for the processor of the machine that built it',
    () => put('usr/lib/perch/recovery/pty.node', elf(62)),
    'pty.node is for another processor',
  ],
  ['there is a link', () => symlink('x', join(stage, 'usr/lib/perch/link')), 'links, which no update can carry'],
])('%s: found', async (_what, damage, said) => {
  await damage();
  expect(check()).toContain(said);
});
