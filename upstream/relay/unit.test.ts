/** The relay's systemd unit, as systemd itself judges it. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const unit = fileURLToPath(new URL('../../systemd/perch-relay.service', import.meta.url));

test('the unit is locked down: systemd rates its exposure 1.3 of 10 at most', () => {
  const report = execFileSync('systemd-analyze', ['security', '--offline=yes', '--threshold=13', unit], {
    encoding: 'utf8',
  });
  expect(report).toContain('OK');
});
