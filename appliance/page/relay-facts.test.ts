import { expect, test } from 'vitest';
import { relayFacts } from './relay-facts.ts';

const now = 1_800_000_000_000;

test.each([
  [
    'connected',
    { state: 'connected', since: now - 12_000, round_trip_ms: 3.4, last_error: 'The connection broke.' },
    ['Connected: 12 s ago', 'There and back: 3.4 ms', 'Last problem: The connection broke.'],
  ],
  ['connected for the first time', { state: 'connected', since: now }, ['Connected: 1 s ago']],
  [
    'waiting',
    { state: 'waiting', since: now - 200_000, next_try_at: now + 3_200, last_error: 'The relay is restarting.' },
    ['Lost: 3 min ago', 'Next try: in 4 s'],
  ],
  ['waiting no more', { state: 'waiting', since: now, next_try_at: now - 5 }, ['Lost: 1 s ago', 'Next try: now']],
  ['connecting', { state: 'connecting', since: now }, []],
] as const)('what is said while %s', (_, link, lines) => {
  expect(relayFacts(link, now).map(({ name, text }) => `${name}: ${text}`)).toEqual(lines);
});
