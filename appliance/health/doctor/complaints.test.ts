import { describe, expect, it } from 'vitest';
import { sayFinding } from '../say.ts';
import { complaintsOf, complaintTable, type Looked } from './complaints.ts';

const well: Looked = {
  node: 'v20.19.2',
  server: 'running',
  data: { path: '/var/lib/perch', mine: true },
  takenPorts: [],
  brokenPackages: [],
};
const data = (problem: NonNullable<Looked['data']['problem']>, mine = true) => ({
  data: { path: '/var/lib/perch', problem, mine },
});
const unit = (active: string) => ({ unit: { active, result: 'exit-code', restarts: 5 } });

// Each complaint beside what is just not one.
const pairs: Readonly<Record<string, readonly [wrong: Partial<Looked>, fine: Partial<Looked>, says: RegExp]>> = {
  old_node: [{ node: 'v18.19.0' }, { node: 'v20.0.0' }, /^Node\.js v18\.19\.0 is too old: install/],
  config_mistake: [
    { mistake: 'PERCH_PORT is "x": expected number.' },
    {},
    /^The configuration has a mistake, .*: mend it: PERCH_PORT is "x"/,
  ],
  packages_broken: [
    { brokenPackages: ["zod: Cannot find package 'zod'"] },
    {},
    /^Perch's packages are damaged \(zod: Cannot find package 'zod'\): install Perch again/,
  ],
  data_unreadable: [data('unreadable'), data('unreadable', false), /^The data folder \/var\/lib\/perch cannot be read/],
  data_unwritable: [data('unwritable'), data('unwritable', false), /^Nothing can be written to the data folder/],
  data_read_only: [data('read-only'), data('absent'), /is read-only: restart the device/],
  data_full: [data('full'), {}, /^The file system of \/var\/lib\/perch is full: remove/],
  port_taken: [
    { server: 'away', takenPorts: [80, 443] },
    { server: 'running', takenPorts: [80] },
    /^Another program has port 80 and 443: stop it \(sudo ss -ltnp 'sport = :80'/,
  ],
  server_hangs: [{ server: 'busy' }, { server: 'running' }, /^Perch is running but does not answer: restart it/],
  server_fails: [
    { server: 'away', ...unit('failed') },
    { server: 'running', ...unit('activating') },
    /^Perch does not stay up \(exit-code, started 5 times\)/,
  ],
  server_away: [
    { server: 'away', ...unit('inactive') },
    { server: 'away', ...unit('failed') },
    /^Perch is not running: start it: sudo systemctl start perch\.$/,
  ],
  not_allowed: [{ server: 'closed' }, { server: 'running' }, /^Perch is running as another user/],
};

describe('What keeps Perch from running', () => {
  it('has a pair for each complaint, and none when all is well', () => {
    expect(Object.keys(pairs)).toEqual(Object.keys(complaintTable));
    expect(complaintsOf(well, 0)).toEqual([]);
  });

  it.each(Object.entries(pairs))('%s, and what is just not that', (id, [wrong, fine, says]) => {
    const found = complaintsOf({ ...well, ...wrong }, 0).find((each) => each.id === id);
    expect(found && sayFinding(found, 0)).toMatch(says);
    expect(complaintsOf({ ...well, ...fine }, 0).map((each) => each.id)).not.toContain(id);
  });
});
