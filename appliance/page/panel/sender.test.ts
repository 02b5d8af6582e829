import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { WireSettings, WireStatus } from '../../../proto/index.ts';
import { Sender } from './sender.ts';
import type { ControlValue, FieldName } from './values.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

interface Sent {
  readonly settings: WireSettings;
  readonly answer: (status: WireStatus) => void;
  readonly fail: (error: Error) => void;
}

function trial() {
  const sent: Sent[] = [];
  const answered: [FieldName[], WireStatus][] = [];
  const failed: string[] = [];
  const sender = new Sender((settings) => new Promise((answer, fail) => sent.push({ settings, answer, fail })), {
    sent: () => undefined,
    answered: (changes, status) => answered.push([[...changes.keys()], status]),
    failed: (_, error) => failed.push(error.message),
  });
  const push = (name: FieldName, value: ControlValue): void => sender.push(new Map([[name, value]]));
  return { sent, answered, failed, sender, push };
}

it('sends the first value at once and the last one always, at most 20 a second', async () => {
  const { sent, push } = trial();
  for (let value = 1; value <= 100; value += 1) {
    push('brightness', value);
    await vi.advanceTimersByTimeAsync(10);
    for (const { answer } of sent) answer({ success: true });
  }
  await vi.advanceTimersByTimeAsync(100);
  expect(sent[0]?.settings).toEqual({ brightness: 1 });
  expect(sent.at(-1)?.settings).toEqual({ brightness: 100 });
  expect(sent.length).toBeLessThanOrEqual(21);
});

it('joins fields that wait together', async () => {
  const { sent, push } = trial();
  push('brightness', 1);
  push('brightness', 2);
  push('contrast', 3);
  await vi.advanceTimersByTimeAsync(60);
  expect(sent.map(({ settings }) => settings)).toEqual([{ brightness: 1 }, { brightness: 2, contrast: 3 }]);
});

it('lets the third command wait while two are unanswered', async () => {
  const { sent, sender, push } = trial();
  for (const value of [1, 2, 3, 4]) {
    push('brightness', value);
    await vi.advanceTimersByTimeAsync(60);
  }
  expect(sent).toHaveLength(2);
  expect(sender.busy('brightness')).toBe(true);
  expect(sender.busy('contrast')).toBe(false);
  sent[0]?.answer({ success: true });
  await vi.advanceTimersByTimeAsync(0);
  expect(sent.at(-1)?.settings).toEqual({ brightness: 4 });
});

it('tells what came of each, and goes on after a failure', async () => {
  const { sent, answered, failed, sender, push } = trial();
  push('brightness', 1);
  sent[0]?.fail(new Error('gone'));
  await vi.advanceTimersByTimeAsync(60);
  push('contrast', 2);
  sent[1]?.answer({ success: true, revision: 7 });
  await vi.advanceTimersByTimeAsync(0);
  expect(failed).toEqual(['gone']);
  expect(answered).toEqual([[['contrast'], { success: true, revision: 7 }]]);
  expect(sender.idle).toBe(true);
});
