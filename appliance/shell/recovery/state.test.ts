/** What systemd says of the camera's service, for people. */
import { expect, test } from 'vitest';
import { serviceSentence } from './state.ts';

const shown = (values: Readonly<Record<string, string>>) =>
  Object.entries({ LoadState: 'loaded', NRestarts: '0', ...values })
    .map((pair) => pair.join('='))
    .join('\n');

test.each<[string, string | undefined, string]>([
  ['no systemd', undefined, 'The camera’s service (perch.service) is not installed here.'],
  [
    'no such unit',
    shown({ LoadState: 'not-found', ActiveState: 'inactive' }),
    'The camera’s service (perch.service) is not installed here.',
  ],
  ['it runs', shown({ ActiveState: 'active', SubState: 'running' }), 'The camera’s program runs.'],
  [
    'it runs again',
    shown({ ActiveState: 'active', NRestarts: '1' }),
    'The camera’s program runs. It was started anew once.',
  ],
  ['it starts', shown({ ActiveState: 'activating', SubState: 'start' }), 'The camera’s program is starting.'],
  [
    'it failed, and is tried again',
    shown({ ActiveState: 'activating', SubState: 'auto-restart', Result: 'exit-code', NRestarts: '3' }),
    'The camera’s program failed (exit-code) and is started again. It was started anew 3 times.',
  ],
  [
    'it failed for good',
    shown({ ActiveState: 'failed', Result: 'watchdog', NRestarts: '4' }),
    'The camera’s program has failed (watchdog) and is not tried again. It was started anew 4 times.',
  ],
  ['it was stopped', shown({ ActiveState: 'inactive' }), 'The camera’s program does not run (inactive).'],
])('%s', (_what, said, sentence) => {
  expect(serviceSentence(said)).toBe(sentence);
});
