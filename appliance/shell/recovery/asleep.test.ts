import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { inheritedSockets, Use } from './asleep.ts';

describe('the sockets that systemd passes on', () => {
  test.each<[string, NodeJS.ProcessEnv, unknown]>([
    ['are two', { LISTEN_FDS: '2', LISTEN_PID: '77' }, { page: { fd: 3 }, terminals: { fd: 4 } }],
    ['are none when it was started by hand', {}, undefined],
    ['are not of its own when they are for its parent', { LISTEN_FDS: '2', LISTEN_PID: '76' }, undefined],
  ])('%s', (_what, env, expected) => {
    expect(inheritedSockets(env, 77)).toEqual(expected);
  });

  test('as another number are a mistake of the unit', () => {
    expect(() => inheritedSockets({ LISTEN_FDS: '1', LISTEN_PID: '77' }, 77)).toThrow(/1 sockets, but must have 2/);
  });
});

describe('it is needed', () => {
  let busy: boolean;
  let over: boolean;
  let use: Use;
  beforeEach(() => {
    vi.useFakeTimers();
    busy = false;
    over = false;
    use = new Use({ busy: () => busy, quietMs: 900_000, unusedMs: 60_000, now: () => Date.now() });
    void use.over().then(() => {
      over = true;
    });
  });
  afterEach(() => vi.useRealTimers());

  test('for a minute when nobody uses it', async () => {
    await vi.advanceTimersByTimeAsync(59_999);
    expect(over).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(over).toBe(true);
  });

  test('for a quarter of an hour after the last use', async () => {
    await vi.advanceTimersByTimeAsync(30_000);
    use.noted();
    await vi.advanceTimersByTimeAsync(899_999);
    expect(over).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(over).toBe(true);
  });

  test('as long as something is open, and a while after it', async () => {
    busy = true;
    await vi.advanceTimersByTimeAsync(10_000_000);
    expect(over).toBe(false);
    busy = false;
    await vi.advanceTimersByTimeAsync(900_000);
    expect(over).toBe(true);
  });
});
