/** Who is logged in at the recovery page, and until when. */
import { expect, test } from 'vitest';
import { Logins } from './logins.ts';

const password = { salt: 's', hash: 'h', N: 2, r: 1, p: 1 };

test('a login ends an hour after its last use, unless a terminal is open', () => {
  let now = 0;
  const logins = new Logins(() => now);
  const cookie = logins.begin(password);
  now = 3_600_000;
  const login = logins.find(cookie);
  expect(login?.password).toBe(password);
  const close = () => undefined;
  login?.openings.add(close);
  now += 3_600_001;
  expect(logins.find(cookie)).toBe(login);
  login?.openings.delete(close);
  now += 3_600_001;
  expect(logins.find(cookie)).toBeUndefined();
});

test('its end closes what it has open; no other cookie is let in', () => {
  const logins = new Logins();
  const cookie = logins.begin(password);
  const login = logins.find(cookie);
  let closed = 0;
  login?.openings.add(() => closed++);
  for (const strange of [undefined, '', 'x'.repeat(cookie.length), `${cookie.slice(0, -1)}!`])
    expect(logins.find(strange)).toBeUndefined();
  if (login) logins.end(login);
  expect([closed, logins.find(cookie)]).toEqual([1, undefined]);
});

test('twenty at the most: the one unused longest makes room', () => {
  let now = 0;
  const logins = new Logins(() => now++);
  const cookies = Array.from({ length: 20 }, () => logins.begin(password));
  logins.find(cookies[0]);
  cookies.push(logins.begin(password));
  expect(cookies.map((cookie) => logins.find(cookie) !== undefined)).toEqual([
    true,
    false,
    ...Array.from({ length: 19 }, () => true),
  ]);
});
