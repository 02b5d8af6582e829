import { expect, test } from 'vitest';
import { CameraStateNumber } from '../../../proto/index.ts';
import { trouble } from './trouble.ts';

test.each([
  ['a camera that is there', { success: true, state: CameraStateNumber.live }, ''],
  ['its settings alone', { success: true, current_settings: { brightness: 1 } }, ''],
  ['news of something else', { success: true, message: 'What waited for it is applied.' }, undefined],
  ['the relay away', { success: false, message: 'Away.', error_code: 'relay_away' }, 'Away.'],
  ['a no without words', { success: false }, 'The camera cannot be controlled now.'],
  [
    'a device away',
    { success: true, state: CameraStateNumber.away, state_message: 'Gone since 12:00.' },
    'Gone since 12:00.',
  ],
  [
    'a change that waits',
    { success: true, message: 'It waits.', state: CameraStateNumber.away, pending_settings: { brightness: 3 } },
    'It waits.',
  ],
])('%s', (_, status, text) => {
  expect(trouble(status)).toEqual({ text, final: false });
});

test('only a refusal of the whole panel ends it', () => {
  const refused = { success: false, message: 'No.', error_code: 'not_permitted' };
  expect(trouble(refused).final).toBe(true);
  expect(trouble({ ...refused, request_id: 'a' }).final).toBe(false);
  expect(trouble({ ...refused, error_code: 'too_many' }).final).toBe(false);
});
