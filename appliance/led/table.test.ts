import { describe, expect, test } from 'vitest';
import { type LedFacts, type LedState, ledState, ledStates, ledTable, type Pattern, startingFacts } from './table.ts';

const live = { state: 'live', synthetic: false } as const;
const well: LedFacts = { ...startingFacts, ready: true, cameras: [live] };

describe('which state is shown', () => {
  const cases: readonly (readonly [string, Partial<LedFacts>, LedState])[] = [
    ['all is well', {}, 'live'],
    ['and central is connected', { link: 'connected' }, 'live_central'],
    ['central is away', { link: 'away' }, 'link_down'],
    ['before the parts have started', { ready: false, cameras: [] }, 'starting'],
    ['the only camera starts', { cameras: [{ ...live, state: 'starting' }] }, 'starting'],
    ['one camera starts beside a live one', { cameras: [live, { ...live, state: 'starting' }] }, 'live'],
    ['no camera at all', { cameras: [] }, 'no_camera'],
    ['a test picture in place of a camera', { cameras: [{ ...live, synthetic: true }] }, 'no_camera'],
    ['the camera was unplugged', { cameras: [{ ...live, state: 'missing' }] }, 'no_camera'],
    ['one of two gives no picture', { cameras: [live, { ...live, state: 'reconnecting' }] }, 'no_camera'],
    ['every camera is switched off', { cameras: [{ ...live, state: 'stopped' }] }, 'off'],
    ['one of two is switched off', { cameras: [live, { ...live, state: 'stopped' }] }, 'live'],
    ['no network, so no link either', { network: 'none', link: 'away' }, 'no_network'],
    ['no network and no camera', { network: 'none', cameras: [] }, 'no_network'],
    ['the hotspot is up', { network: 'hotspot', link: 'away' }, 'hotspot'],
    ['safe mode on the hotspot', { safeMode: true, network: 'hotspot' }, 'safe_mode'],
    ['a terminal in safe mode', { safeMode: true, shells: 1 }, 'shell'],
    ['a terminal while all is well', { shells: 2, link: 'connected' }, 'shell'],
    ['an update by a terminal', { shells: 1, updating: true }, 'updating'],
    ['shutting down in the middle of everything', { stopping: true, updating: true, ready: false }, 'stopping'],
  ];
  test.each(cases)('%s', (_, facts, state) => {
    expect(ledState({ ...well, ...facts })).toBe(state);
  });

  test('every state can be reached', () => {
    const reached = new Set(cases.map(([, facts]) => ledState({ ...well, ...facts })));
    expect([...reached].sort()).toEqual([...ledStates].sort());
  });
});

/** What an eye notices of a pattern: how many lights in a cycle, how long the longest light and dark last, in ms. */
function seen(pattern: Pattern): { lights: number; on: number; off: number } {
  if (pattern.length === 1) return { lights: 0, on: Number.POSITIVE_INFINITY, off: 0 };
  const on = pattern.filter((_, at) => at % 2 === 0);
  const off = pattern.filter((_, at) => at % 2 === 1);
  return { lights: on.length, on: Math.max(...on), off: Math.max(...off) };
}

test('no two patterns look alike: another number of lights, or one of its times at least three times as long', () => {
  const far = (a: number, b: number) => Math.max(a, b) >= 3 * Math.min(a, b);
  const alike = ledStates.flatMap((one, at) =>
    ledStates.slice(at + 1).flatMap((other) => {
      const [a, b] = [seen(ledTable[one].pattern), seen(ledTable[other].pattern)];
      return a.lights !== b.lights || far(a.on, b.on) || far(a.off, b.off) ? [] : [`${one} and ${other}`];
    }),
  );
  expect(alike).toEqual([]);
});

test('patterns are whole pairs of times, each long enough to be seen and a cycle no longer than one waits', () => {
  for (const state of ledStates) {
    const pattern: Pattern = ledTable[state].pattern;
    expect(pattern.length === 1 || pattern.length % 2 === 0).toBe(true);
    expect(Math.min(...pattern)).toBeGreaterThanOrEqual(50);
    expect(pattern.reduce((sum, each) => sum + each, 0)).toBeLessThanOrEqual(4_000);
  }
});
