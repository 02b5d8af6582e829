import { describe, expect, it } from 'vitest';
import type { AccessUnit } from '../feed.ts';
import { HeldUnits } from './held.ts';
import { backoff } from './publisher.ts';
import { UnitSender } from './sender.ts';

const nal = (size: number) => Buffer.concat([Buffer.from([0, 0, 1, 0x65]), Buffer.alloc(size, 1)]);
const unit = (key: boolean, size = 1000): AccessUnit => ({
  data: nal(size),
  key,
  timeUs: 0,
  codec: 'h264',
  revision: 1,
});

/** A sender on an outlet whose backlog and clock the test sets. */
function bench() {
  const state = { backlog: 0, now: 0, writes: 0, asked: 0, taken: [] as (() => void)[] };
  const sender = new UnitSender({
    codec: 'h264',
    outlet: {
      get backlog() {
        return state.backlog;
      },
      write(_data, taken) {
        if (!taken) return;
        state.writes += 1;
        state.taken.push(taken);
      },
    },
    channel: 0,
    name: 'door',
    ssrc: 1,
    sequence: 0,
    requestKeyFrame: () => {
      state.asked += 1;
    },
    now: () => state.now,
  });
  return { state, sender };
}

describe('UnitSender', () => {
  it('begins with a key frame, and asks once for it', () => {
    const { state, sender } = bench();
    sender.send(unit(false));
    sender.send(unit(false));
    expect(state).toMatchObject({ writes: 0, asked: 1 });
    sender.send(unit(true));
    sender.send(unit(false));
    expect(state).toMatchObject({ writes: 2, asked: 1 });
    expect(sender.counts).toMatchObject({ sent: 2, skipped: 2 });
  });

  it('bears a burst, but not a server that stays behind', () => {
    const { state, sender } = bench();
    sender.send(unit(true));
    state.backlog = 1_000_000;
    state.now = 400;
    sender.send(unit(false));
    expect(state.writes).toBe(2);
    state.now = 600;
    sender.send(unit(false));
    sender.send(unit(true));
    expect(state).toMatchObject({ writes: 2, asked: 0 });
  });

  it('goes on with a key frame once the server has caught up', () => {
    const { state, sender } = bench();
    sender.send(unit(true));
    state.backlog = 300_000;
    state.now = 1000;
    sender.send(unit(false));
    state.backlog = 1000;
    sender.send(unit(false));
    sender.send(unit(false));
    expect(state).toMatchObject({ writes: 1, asked: 1 });
    sender.send(unit(true));
    expect(state.writes).toBe(2);
  });

  it('never lets more than 4 MB wait', () => {
    const { state, sender } = bench();
    sender.send(unit(true));
    state.backlog = 4 * 1024 * 1024 + 1;
    sender.send(unit(true));
    expect(sender.counts).toMatchObject({ sent: 1, skipped: 1 });
  });

  it('notices that nothing is taken any more', () => {
    const { state, sender } = bench();
    sender.send(unit(true));
    state.now = 60_000;
    expect(sender.stalled()).toBeUndefined();
    state.backlog = 10;
    state.now = 69_000;
    expect(sender.stalled()).toBeUndefined();
    state.taken.shift()?.();
    state.now = 78_000;
    expect(sender.stalled()).toBeUndefined();
    state.now = 79_000;
    expect(sender.stalled()?.message).toBe('The server takes no more data: nothing went out for 10 s.');
  });

  it('skips what has no picture in it', () => {
    const { sender } = bench();
    sender.send({ ...unit(true), data: Buffer.from([1, 2, 3]) });
    expect(sender.counts).toMatchObject({ sent: 0, skipped: 1 });
  });
});

describe('HeldUnits', () => {
  it('keeps what follows the newest key frame', () => {
    const held = new HeldUnits(unit(true));
    held.add(unit(false));
    expect(held.units.map(({ key }) => key)).toEqual([true, false]);
    held.add(unit(true));
    expect(held.units).toHaveLength(1);
  });

  it('gives up when they grow too many, until the next key frame', () => {
    const held = new HeldUnits(unit(true));
    for (let n = 0; n < 30; n += 1) held.add(unit(false, 100_000));
    expect(held.units).toEqual([]);
    held.add(unit(true, 5_000_000));
    expect(held.units).toHaveLength(1);
  });
});

describe('backoff', () => {
  it.each([
    [1, 500],
    [2, 1000],
    [5, 8000],
    [6, 10_000],
    [1000, 10_000],
  ])('is at most this after failure %i', (failures, most) => {
    expect(backoff(failures, 1)).toBe(most);
    expect(backoff(failures, 0)).toBe(0);
  });
});
