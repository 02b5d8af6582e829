import { describe, expect, test } from 'vitest';
import { type ButtonAction, type ButtonState, debounceMs, firstSeen, type Hold, step } from './button-hold.ts';

/**
 * Plays what the contact does (`[ms, closed]`) and looks whenever the machine asks to be looked at, until `untilMs`.
 * @returns what the light showed and what was done, each with its time
 */
function play(changes: readonly (readonly [ms: number, closed: boolean])[], untilMs: number, atFirst = false) {
  let state: ButtonState = firstSeen(atFirst, 0);
  let lookAt: number | undefined;
  let hold: Hold | undefined;
  const holds: [ms: number, hold: Hold | undefined][] = [];
  const acts: [ms: number, act: ButtonAction][] = [];
  let contact = atFirst;
  const take = (at: number) => {
    const taken = step(state, contact, at);
    ({ state, lookAt } = taken);
    if (taken.hold !== hold) holds.push([at, taken.hold]);
    hold = taken.hold;
    if (taken.act) acts.push([at, taken.act]);
  };
  const waitUntil = (until: number) => {
    while (lookAt !== undefined && lookAt < until) take(lookAt);
  };
  for (const [at, closed] of changes) {
    waitUntil(at);
    contact = closed;
    take(at);
  }
  waitUntil(untilMs);
  return { holds, acts };
}

const press = (forMs: number, from = 1000) =>
  [
    [from, true],
    [from + forMs, false],
  ] as const;

describe('how long it is held decides what letting go does', () => {
  test.each<[number, ButtonAction | 'nothing']>([
    [1, 'nothing'],
    [debounceMs - 1, 'nothing'],
    [debounceMs, 'start_stop'],
    [200, 'start_stop'],
    [2_999, 'start_stop'],
    [3_000, 'hotspot'],
    [9_999, 'hotspot'],
    [10_000, 'reset_password'],
    [19_999, 'reset_password'],
    [20_000, 'factory_reset'],
    [29_999, 'factory_reset'],
    [30_000, 'nothing'],
    [3_600_000, 'nothing'],
  ])('%d ms: %s', (forMs, act) => {
    const { acts } = play(press(forMs), 10_000_000);
    expect(acts).toEqual(act === 'nothing' ? [] : [[1000 + forMs + debounceMs, act]]);
  });
});

test('nothing is done while it is held', () => {
  expect(play([[1000, true]], 100_000).acts).toEqual([]);
});

test('the light counts along: at each threshold, and until it is let go', () => {
  expect(play(press(40_000), 100_000).holds).toEqual([
    [1030, 'start_stop'],
    [4_000, 'hotspot'],
    [11_000, 'reset_password'],
    [21_000, 'factory_reset'],
    [31_000, 'nothing'],
    [41_030, undefined],
  ]);
});

test('a contact that bounces at both ends is one press, from the first touch to the last', () => {
  const bounces = [
    [1000, true],
    [1003, false],
    [1005, true],
    [1011, false],
    [1012, true],
    [4020, false],
    [4023, true],
    [4026, false],
  ] as const;
  // 3,014 ms from the last bounce of the one end to the last of the other.
  expect(play(bounces, 10_000).acts).toEqual([[4026 + debounceMs, 'hotspot']]);
});

test('a gap shorter than a glitch does not end a press', () => {
  const gap = [...press(5_000), [6_010, true], [12_000, false]] as const;
  expect(play(gap, 20_000).acts).toEqual([[12_030, 'reset_password']]);
});

test('glitches, however many, do nothing and show nothing', () => {
  const glitches = Array.from({ length: 200 }, (_, at) => [1000 + at * 29, at % 2 === 0] as const);
  expect(play(glitches, 100_000)).toEqual({ holds: [], acts: [] });
});

test('a button that is held when Perch starts does nothing until it was let go', () => {
  expect(play([[25_000, false]], 100_000, true)).toEqual({ holds: [], acts: [] });
  // A bounce is no letting go.
  const bounce = [
    [2_000, false],
    [2_010, true],
    [25_000, false],
  ] as const;
  expect(play(bounce, 100_000, true)).toEqual({ holds: [], acts: [] });
  expect(play([[5_000, false], ...press(300, 9_000)], 100_000, true).acts).toEqual([[9_330, 'start_stop']]);
});

test('two presses are two', () => {
  const { acts } = play([...press(300), ...press(3_500, 2_000)], 100_000);
  expect(acts.map(([, act]) => act)).toEqual(['start_stop', 'hotspot']);
});

test('a timer that comes late changes nothing: the times of the contact count', () => {
  // Nobody looked between the touch and the release.
  let { state } = step(firstSeen(false, 0), true, 1000);
  ({ state } = step(state, false, 5000));
  expect(step(state, false, 9000)).toMatchObject({ act: 'hotspot' });
});
