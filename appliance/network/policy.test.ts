import { describe, expect, it } from 'vitest';
import { begin, closed, decide, type Facts, type Memory, opened, type Step, usualTiming } from './policy.ts';

const facts = (some: Partial<Facts>): Facts => ({
  now: 0,
  wifi: 'disconnected',
  cable: false,
  known: true,
  stations: 0,
  ...some,
});
const memory = (some: Partial<Memory>): Memory => ({ ...begin(0), ...some });
const { graceMs, lostMs, connectingMs, retryMs, personMs, lookMs, reopenMs } = usualTiming;

describe('the hotspot', () => {
  it.each<[string, Memory, Facts, Step]>([
    ['waits while networks are looked for', begin(0), facts({ now: graceMs - 1 }), 'none'],
    ['opens when none came', begin(0), facts({ now: graceMs }), 'openHotspot'],
    ['opens though none is known', begin(0), facts({ now: graceMs, known: false }), 'openHotspot'],
    ['waits while one is just being joined', begin(0), facts({ now: graceMs, wifi: 'connecting' }), 'none'],
    ['opens when that leads nowhere', begin(0), facts({ now: connectingMs, wifi: 'connecting' }), 'openHotspot'],
    ['stays closed with a cable', begin(0), facts({ now: 1e9, cable: true }), 'none'],
    ['stays closed without a radio', begin(0), facts({ now: 1e9, wifi: 'absent' }), 'none'],
    ['gives a lost router time', memory({ wasOnline: true }), facts({ now: lostMs - 1 }), 'none'],
    ['opens when it does not come back', memory({ wasOnline: true }), facts({ now: lostMs }), 'openHotspot'],
    ['is opened again when it went away', memory({ doing: 'hotspot' }), facts({ now: reopenMs }), 'openHotspot'],
    ['but not at once', memory({ doing: 'hotspot' }), facts({ now: reopenMs - 1 }), 'none'],
    [
      'that opened by itself gives way to a cable',
      memory({ doing: 'hotspot' }),
      facts({ now: reopenMs, cable: true }),
      'none',
    ],
    [
      'that a person wanted does not',
      memory({ doing: 'hotspot', by: 'person' }),
      facts({ now: reopenMs, cable: true }),
      'openHotspot',
    ],
    [
      'stays while nobody has been away for long',
      memory({ doing: 'hotspot', emptySince: 0 }),
      facts({ now: retryMs - 1, wifi: 'hotspot' }),
      'none',
    ],
    [
      'makes room for known networks',
      memory({ doing: 'hotspot', emptySince: 0 }),
      facts({ now: retryMs, wifi: 'hotspot' }),
      'look',
    ],
    [
      'stays when none is known',
      memory({ doing: 'hotspot', emptySince: 0 }),
      facts({ now: 1e9, wifi: 'hotspot', known: false }),
      'none',
    ],
    [
      'makes room when a cable came',
      memory({ doing: 'hotspot', emptySince: 0 }),
      facts({ now: retryMs, wifi: 'hotspot', known: false, cable: true }),
      'look',
    ],
    [
      'stays while somebody is there',
      memory({ doing: 'hotspot', emptySince: 0 }),
      facts({ now: 1e9, wifi: 'hotspot', stations: 1 }),
      'none',
    ],
    [
      'stays when nobody can count',
      memory({ doing: 'hotspot', emptySince: 0 }),
      facts({ now: 1e9, wifi: 'hotspot', stations: undefined }),
      'none',
    ],
    [
      'a person opened stays longer',
      memory({ doing: 'hotspot', by: 'person', emptySince: 0 }),
      facts({ now: personMs - 1, wifi: 'hotspot' }),
      'none',
    ],
    [
      'but not for ever',
      memory({ doing: 'hotspot', by: 'person', emptySince: 0 }),
      facts({ now: personMs, wifi: 'hotspot' }),
      'look',
    ],
    ['comes back when no known network showed up', closed(memory({}), 0), facts({ now: lookMs }), 'openHotspot'],
    ['waits while one is joined', closed(memory({}), 0), facts({ now: lookMs, wifi: 'connecting' }), 'none'],
    ['stays away when one was', closed(memory({}), 0), facts({ now: lookMs, wifi: 'connected' }), 'none'],
  ])('%s', (_what, before, seen, step) => {
    expect(decide(before, seen).step).toBe(step);
  });

  it('counts from when the network was lost, not from when it was joined', () => {
    const online = decide(begin(0), facts({ now: 10_000, wifi: 'connected' })).memory;
    const lost = decide(online, facts({ now: 70_000 }));
    expect(lost).toMatchObject({ step: 'none', againIn: lostMs });
    expect(decide(lost.memory, facts({ now: 70_000 + lostMs - 1 })).step).toBe('none');
    expect(decide(lost.memory, facts({ now: 70_000 + lostMs })).step).toBe('openHotspot');
  });

  it('counts from when the last one left', () => {
    const there = decide(opened(begin(0), 0, 'itself'), facts({ now: 500_000, wifi: 'hotspot', stations: 1 })).memory;
    const left = decide(there, facts({ now: 600_000, wifi: 'hotspot' })).memory;
    expect(decide(left, facts({ now: 600_000 + retryMs - 1, wifi: 'hotspot' })).step).toBe('none');
    expect(decide(left, facts({ now: 600_000 + retryMs, wifi: 'hotspot' })).step).toBe('look');
  });

  it('of an earlier run is taken over', () => {
    const { memory: taken, step } = decide(begin(0), facts({ now: 5_000, wifi: 'hotspot', stations: 2 }));
    expect({ taken, step }).toMatchObject({ step: 'none', taken: { doing: 'hotspot', by: 'itself' } });
  });

  it('and the looking alternate for as long as the camera is alone', () => {
    let now = 0;
    let wifi: Facts['wifi'] = 'disconnected';
    let state = begin(0);
    const steps: Step[] = [];
    while (steps.length < 6) {
      const { memory: next, step, againIn } = decide(state, facts({ now, wifi }));
      expect(againIn).toBeGreaterThan(0);
      state = next;
      if (step === 'openHotspot') wifi = 'hotspot';
      if (step === 'look') wifi = 'disconnected';
      if (step !== 'none') steps.push(step);
      now += againIn;
    }
    expect(steps).toEqual(['openHotspot', 'look', 'openHotspot', 'look', 'openHotspot', 'look']);
  });
});
