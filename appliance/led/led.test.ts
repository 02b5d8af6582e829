import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createLog } from '../log.ts';
import type { ButtonAction } from './button-hold.ts';
import { type ButtonActions, Led, type LedConfig } from './led.ts';
import { type LedFacts, startingFacts } from './table.ts';
import { FakeSys } from './testing/sys.ts';

let sys: FakeSys;
let led: Led | undefined;
beforeEach(() => {
  vi.useFakeTimers();
  sys = new FakeSys().chips();
});
afterEach(() => {
  led?.close();
  led = undefined;
  sys.remove();
  vi.useRealTimers();
});

const config: LedConfig = {
  led_pin: '17',
  led_active_low: false,
  button_pin: '3',
  button_active_low: true,
  gpio_chip: undefined,
};
const [light, button] = [529, 515];
const live: LedFacts = { ...startingFacts, ready: true, cameras: [{ state: 'live', synthetic: false }] };

async function open(
  given: Partial<LedConfig> = {},
  act: (action: ButtonAction) => Promise<string> = async () => 'Done.',
) {
  const done: ButtonAction[] = [];
  const action = (name: ButtonAction) => async () => {
    done.push(name);
    return act(name);
  };
  const actions: ButtonActions = {
    start_stop: action('start_stop'),
    hotspot: action('hotspot'),
    reset_password: action('reset_password'),
    factory_reset: action('factory_reset'),
  };
  led = await Led.open({ config: { ...config, ...given }, log: createLog('silent'), places: sys });
  const opened = led;
  const watch = (facts: () => LedFacts) => opened.begin({ facts, actions });
  return { led, done, watch };
}

/** How often the light went on within these ms. */
function flashesWithin(ms: number): number {
  let before = sys.level(light);
  let count = 0;
  for (let at = 0; at < ms; at += 10) {
    vi.advanceTimersByTime(10);
    const now = sys.level(light);
    if (now === 1 && before !== 1) count++;
    before = now;
  }
  return count;
}

describe('the light', () => {
  test('says "starting" from the first moment, then what the facts say, and changes with them', async () => {
    const { led, watch } = await open();
    expect(sys.level(light)).toBe(1);
    expect(flashesWithin(2_000)).toBe(4);
    let facts = live;
    watch(() => facts);
    expect(led.status()).toMatchObject({ state: 'live', light: 'GPIO 17', button: true, now: { looks: 'stays on' } });
    expect(flashesWithin(5_000)).toBeLessThanOrEqual(1);
    expect(sys.level(light)).toBe(1);
    facts = { ...live, network: 'none' };
    // Nobody says so: it is looked at.
    vi.advanceTimersByTime(1_000);
    expect(led.status().state).toBe('no_network');
  });

  test('flickers while shutting down, whatever else happens, and is out afterwards', async () => {
    const { led, watch } = await open();
    watch(() => live);
    led.ending();
    sys.press(button, true);
    expect(flashesWithin(1_200)).toBeGreaterThanOrEqual(9);
    expect(led.status()).toMatchObject({ state: 'stopping', now: { looks: 'flickers' } });
    led.close();
    expect(sys.level(light)).toBe(0);
    expect(sys.opened.slice(-2)).toEqual(['515 free', '529 free']);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('wrong pins: the camera goes on, the page shows the light and says why', () => {
  test.each<[Partial<LedConfig>, string]>([
    [{ led_pin: '99' }, 'led_pin is "99": use a GPIO number from 0 to 53'],
    [{ led_pin: 'green' }, 'led_pin is "green"'],
    [{ led_pin: 'act' }, 'This machine has no LED of its own'],
    [{ gpio_chip: 'nowhere', button_pin: 'none' }, 'There is no GPIO chip "nowhere"'],
  ])('%j', async (given, sentence) => {
    const { led, watch } = await open(given);
    watch(() => live);
    expect(led.notices).toEqual([expect.stringContaining(sentence)]);
    expect(led.notices[0]).toMatch(/The light is shown on the page only\.$/);
    expect(led.status()).toMatchObject({ state: 'live', light: 'only on the page' });
  });

  test('a pin in use', async () => {
    sys.refused.set(light, 'EBUSY');
    sys.refused.set(button, 'EBUSY');
    const { led } = await open();
    expect(led.notices).toEqual([
      expect.stringMatching(/^GPIO 17 is in use .* The light is shown on the page only\.$/),
      expect.stringMatching(/^GPIO 3 is in use .* The button does nothing\.$/),
    ]);
  });

  test('a machine without pins is told nothing unless it was told of pins', async () => {
    sys.remove();
    const { led } = await open({ led_pin: 'auto', button_pin: 'none' });
    expect([led.notices, led.status().light]).toEqual([[], 'only on the page']);
  });

  test('pins that fail later are told once each', async () => {
    const { led, done } = await open();
    sys.broken = new Error('EIO: i/o error');
    vi.advanceTimersByTime(2_000);
    sys.press(button, true);
    vi.advanceTimersByTime(2_000);
    expect(led.notices).toEqual([
      'The light on GPIO 17 failed (EIO: i/o error). It is shown on the page only.',
      'The button on GPIO 3 cannot be read any more (EIO: i/o error).',
    ]);
    expect([done, led.status().light]).toEqual([[], 'only on the page']);
  });
});

describe('the button', () => {
  const hold = (ms: number) => {
    sys.press(button, true);
    vi.advanceTimersByTime(ms);
    sys.press(button, false);
    vi.advanceTimersByTime(30);
  };

  test.each<[number, ButtonAction]>([
    [200, 'start_stop'],
    [3_100, 'hotspot'],
    [10_100, 'reset_password'],
    [20_100, 'factory_reset'],
  ])('held for %d ms: %s', async (ms, action) => {
    const { done, watch } = await open();
    watch(() => live);
    hold(ms);
    expect(done).toEqual([action]);
  });

  test('the light counts along, and says that it was done', async () => {
    const { led, watch } = await open();
    watch(() => live);
    sys.press(button, true);
    vi.advanceTimersByTime(40);
    expect(sys.level(light)).toBe(0);
    expect(flashesWithin(2_900)).toBe(0);
    vi.advanceTimersByTime(100);
    expect(flashesWithin(3_000)).toBe(3);
    vi.advanceTimersByTime(4_000);
    expect(flashesWithin(3_000)).toBe(6);
    vi.advanceTimersByTime(7_000);
    expect(flashesWithin(3_000)).toBe(9);
    expect(led.status()).toMatchObject({ state: 'live', now: { sentence: expect.stringContaining('Factory reset') } });
    sys.press(button, false);
    await vi.advanceTimersByTimeAsync(30);
    expect(led.status().now.looks).toBe('flickers for a second');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(led.status().now.looks).toBe('stays on');
  });

  test('pressed while Perch starts it does nothing', async () => {
    const { done, led } = await open();
    hold(200);
    await vi.advanceTimersByTimeAsync(0);
    expect([done, led.status().now.looks]).toEqual([[], 'stays out for 2 s']);
  });

  test('what did not work is shown too', async () => {
    const { led, watch } = await open({}, async () => {
      throw new Error('There is no Wi-Fi here.');
    });
    watch(() => live);
    hold(4_000);
    await vi.advanceTimersByTimeAsync(0);
    expect(led.status().now.looks).toBe('stays out for 2 s');
    expect(sys.level(light)).toBe(0);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(sys.level(light)).toBe(1);
  });

  test('works without a light', async () => {
    const { done, watch } = await open({ led_pin: 'none' });
    watch(() => live);
    hold(100);
    expect(done).toEqual(['start_stop']);
  });

  test('stuck low from the start it does nothing, and the light goes on with its own', async () => {
    sys.press(button, true);
    const { led, done, watch } = await open();
    watch(() => live);
    vi.advanceTimersByTime(60_000);
    expect([done, led.status().now.looks]).toEqual([[], 'stays on']);
  });
});
