/** The units, as systemd itself judges them. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const unit = (name: string) => fileURLToPath(new URL(`../../systemd/${name}`, import.meta.url));

test.each([
  ['perch.service', 25],
  ['mediamtx.service', 15],
  // Root by its nature: what is left is what its verbs need.
  ['perch-system@.service', 60],
])('%s is locked down: systemd rates its exposure %i tenths at most', (name, tenths) => {
  // Fails by its exit code.
  const args = ['security', '--offline=yes', `--threshold=${tenths}`, unit(name)];
  expect(execFileSync('systemd-analyze', args, { encoding: 'utf8' })).toContain('Overall exposure level');
});
