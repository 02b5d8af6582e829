import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { hashPassword } from '../../../appliance/auth/password.ts';
import { createLog } from '../../../appliance/log.ts';
import { LocalBackplane } from '../fleet/local.ts';
import { password, TestRelay } from '../testing/relay.ts';
import { firstAdmin, People } from './people.ts';

const day = 86_400_000;
const address = '192.0.2.1';
const log = createLog('silent');
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perch-people-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

it('a session is used while something that it opened stands, without any request', async () => {
  const clock = { ms: Date.UTC(2026, 0, 1) };
  const now = () => clock.ms;
  const backplane = await LocalBackplane.open(folder, log, now);
  const people = await People.open({ backplane, log, now });
  const ended: string[] = [];
  people.onEnded((client) => ended.push(client));
  const cookie = await people.claim(password, address);
  const client = people.verify({ cookie, address })?.client ?? '';
  const idle = await people.login(firstAdmin, password, address);
  const idleId = people.verify({ cookie: idle, address })?.client ?? '';
  for (let at = 0; at < 2; at += 1) {
    clock.ms += 29 * day;
    people.noteUse(client);
  }
  people.noteUse('session:of nobody');
  people.noteUse(client.replace('session', 'token'));
  // A login puts away what is unused, and only that.
  await people.login(firstAdmin, password, address);
  expect(ended).toContain(idleId);
  expect(ended).not.toContain(client);
  expect(people.verify({ cookie, address })).toBeDefined();
  expect(people.verify({ cookie: idle, address })).toBeUndefined();
  // Used or not, 90 days are the end.
  clock.ms += 33 * day;
  people.noteUse(client);
  expect(people.verify({ cookie, address })).toBeUndefined();
  await backplane.close();
});

it('a name that nobody has is refused as a wrong password is, also after a time of too many logins', async () => {
  const backplane = await LocalBackplane.open(folder, log);
  const people = await People.open({ backplane, log, adminPassword: password });
  // One is made, eight wait: more are refused.
  const others = Array.from({ length: 9 }, () => hashPassword(password));
  await expect(people.login('nobody', password, address)).rejects.toMatchObject({ code: 'busy' });
  await Promise.all(others);
  for (const name of ['nobody', firstAdmin]) {
    await expect(people.login(name, 'not the password', address)).rejects.toMatchObject({ code: 'wrong_login' });
  }
  await backplane.close();
});

it('every connection of a person that stands is a use', async () => {
  const relay = await TestRelay.start({ folder, tuning: { pingMs: 1000 } });
  const { people } = relay.relay;
  await relay.register('porch');
  const operator = relay.operator('porch');
  await operator.opened;
  const noted = vi.spyOn(people, 'noteUse');
  const client = people.verify({ bearer: relay.token, address })?.client;
  noted.mockClear();
  await expect.poll(() => noted.mock.calls).toContainEqual([client]);
  operator.socket.close();
  await relay.close();
});
