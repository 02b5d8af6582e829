import type { IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { speakingFor } from './guard.ts';
import type { Person } from './people/people.ts';

const token: Person = { kind: 'token', who: 'Token site', client: 'token:1', role: 'operator' };
const session: Person = { kind: 'session', who: 'anna', client: 'session:1', role: 'operator', user: 'anna' };
const asked = (user?: string) => ({ headers: user === undefined ? {} : { 'perch-user': user } }) as IncomingMessage;

test.each([
  ['olga', 'olga, Token site'],
  ['J%C3%BCrgen%20B.', 'Jürgen B., Token site'],
  ['a%0Ab%00', 'ab, Token site'],
  ['anna,%20Token%20other', 'anna Token other, Token site'],
  [`${'x'.repeat(100)}`, `${'x'.repeat(64)}, Token site`],
  ['%', 'Token site'],
  ['', 'Token site'],
])('a token that names %j is shown as %j and may what it may', (given, who) => {
  expect(speakingFor(asked(given), token)).toEqual({ ...token, who });
});

test('without a name a token is itself, and a person is always themselves', () => {
  expect(speakingFor(asked(), token)).toEqual(token);
  expect(speakingFor(asked('olga'), session)).toEqual(session);
});
