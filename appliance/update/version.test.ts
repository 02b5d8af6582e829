import { expect, test } from 'vitest';
import { compareVersions, versionPattern } from './version.ts';

test.each([
  ['1.0.0', '1.0.0', 0],
  ['1.0.1', '1.0.0', 1],
  ['0.10.0', '0.9.9', 1],
  ['1.0.0', '2.0.0', -1],
  ['1.0.0-beta', '1.0.0', -1],
  ['1.0.0-beta.2', '1.0.0-beta.10', -1],
  ['1.0.0-beta', '1.0.0-alpha', 1],
  ['1.0.0-beta.1', '1.0.0-beta', 1],
  ['1.0.0-1', '1.0.0-a', -1],
])('%s and %s', (a, b, order) => {
  expect(Math.sign(compareVersions(a, b))).toBe(order);
  expect(Math.sign(compareVersions(b, a))).toBe(order === 0 ? 0 : -order);
});

test.each(['1.0', 'built-in', '..', '1.0.0/..', '1.0.0 ', 'v1.0.0', '', '1.0.0-'])('%j is no version', (text) => {
  expect(versionPattern.test(text)).toBe(false);
});
