import { expect, test } from 'vitest';
import { resultText, versionText } from './words.ts';

const status = { supported: true, version: '0.2.0', builtIn: false };

test.each([
  [status, 'Perch 0.2.0.'],
  [{ ...status, builtIn: true }, 'Perch 0.2.0, as it came with the system.'],
  [{ ...status, supported: false }, 'Perch 0.2.0, from a checkout: update it with git pull.'],
  [{ ...status, version: '' }, ''],
])('%j', (of, text) => {
  expect(versionText(of)).toBe(text);
});

test('a failed update says why, a good one that it is in; both for a week', () => {
  const at = Date.UTC(2026, 0, 5, 12);
  const failed = { ...status, result: { tried: '0.3.0', ok: false, reason: 'No pictures.', at } };
  expect(resultText(failed, at + 1000)).toMatch(/^Perch 0\.3\.0 was tried .* and taken back\. No pictures\.$/);
  expect(resultText({ ...status, result: { tried: '0.3.0', ok: true, at } }, at)).toMatch(
    /^Perch 0\.3\.0 was installed/,
  );
  expect(resultText(failed, at + 8 * 86_400_000)).toBe('');
  expect(resultText(status, at)).toBe('');
});
