/** The camera's systemd unit: as systemd itself judges it, and what the light needs of it. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const file = (name: string) => fileURLToPath(new URL(`../systemd/${name}`, import.meta.url));

test('perch.service is locked down: systemd rates its exposure 2.5 of 10 at most', () => {
  const report = execFileSync(
    'systemd-analyze',
    ['security', '--offline=yes', '--threshold=25', file('perch.service')],
    {
      encoding: 'utf8',
    },
  );
  expect(report).toContain('OK');
});

test('and yet it may write the files of pins and LEDs, which udev gives to its group', () => {
  const unit = readFileSync(file('perch.service'), 'utf8');
  expect(unit).toMatch(/^ProtectKernelTunables=yes$/m);
  expect(unit).toMatch(/^ReadWritePaths=-\/sys\/class\/gpio -\/sys\/devices\/platform$/m);
  expect(unit).toMatch(/^SupplementaryGroups=.*\bgpio\b/m);
  const rules = readFileSync(file('perch.rules'), 'utf8');
  for (const name of ['export', 'unexport', 'direction', 'edge', 'value', 'active_low', 'brightness', 'trigger']) {
    expect(rules).toMatch(new RegExp(`chgrp gpio .*/${name}\\b.* chmod 0\\d+ .*/${name}\\b`));
  }
});

test('safe mode comes after five failures, not after each: only a unit that stays failed triggers it', () => {
  const unit = readFileSync(file('perch.service'), 'utf8');
  expect(unit).toMatch(/^StartLimitBurst=5$/m);
  expect(unit).toMatch(/^OnFailure=perch-safe-mode\.service$/m);
  expect(unit).toMatch(/^RestartMode=direct$/m);
});

test('a camera plugged in after the start may be opened: its kind of device is known to the kernel by then', () => {
  const unit = readFileSync(file('perch.service'), 'utf8');
  expect(unit).toMatch(/^DeviceAllow=char-video4linux rw$/m);
  for (const key of ['Wants', 'After'])
    expect(unit).toMatch(new RegExp(`^${key}=.*\\bmodprobe@videodev\\.service\\b`, 'm'));
});
