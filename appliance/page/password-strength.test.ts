import { expect, it } from 'vitest';
import { passwordStrength } from './password-strength.ts';

it.each([
  ['', 0],
  ['short', 0],
  ['        ', 0],
  ['password1', 1],
  ['aaaaaaaaaaaa', 1],
  ['12345678', 1],
  ['tulips in may', 2],
  ['correct horse battery', 3],
  ['Ladder-7-lens', 3],
])('"%s" is at level %d', (password, level) => expect(passwordStrength(password).level).toBe(level));

it('counts what is missing', () => {
  expect(passwordStrength('1234567').text).toBe('1 more character.');
  expect(passwordStrength('12345').text).toBe('3 more characters.');
});
