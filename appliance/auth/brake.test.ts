import { describe, expect, it } from 'vitest';
import { LoginBrake, network, waitInWords } from './brake.ts';

function braked() {
  const clock = { ms: 0 };
  return { clock, brake: new LoginBrake(() => clock.ms) };
}

describe('an address that guesses', () => {
  it('has five tries, then waits twice as long each time, a minute at the most', () => {
    const { clock, brake } = braked();
    const waits: number[] = [];
    for (let at = 0; at < 12; at++) {
      const wait = brake.admit('10.0.0.1');
      waits.push(wait);
      if (wait > 0) {
        clock.ms += wait;
        expect(brake.admit('10.0.0.1')).toBe(0);
      }
    }
    expect(waits).toEqual([0, 0, 0, 0, 0, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000]);
  });

  it('does not make its wait longer by asking', () => {
    const { clock, brake } = braked();
    for (let at = 0; at < 5; at++) brake.admit('10.0.0.1');
    for (let at = 0; at < 1000; at++) expect(brake.admit('10.0.0.1')).toBe(2000);
    clock.ms = 1999;
    expect(brake.admit('10.0.0.1')).toBe(1);
    clock.ms = 2000;
    expect(brake.admit('10.0.0.1')).toBe(0);
  });

  it('begins anew after a right password, and after a quiet quarter of an hour', () => {
    const { clock, brake } = braked();
    for (let at = 0; at < 5; at++) brake.admit('10.0.0.1');
    brake.succeeded('10.0.0.1');
    expect(brake.admit('10.0.0.1')).toBe(0);
    for (let at = 0; at < 4; at++) brake.admit('10.0.0.1');
    expect(brake.admit('10.0.0.1')).toBeGreaterThan(0);
    clock.ms += 15 * 60_000;
    for (let at = 0; at < 5; at++) expect(brake.admit('10.0.0.1')).toBe(0);
  });

  it('cannot get fresh tries from other addresses of its own IPv6 network', () => {
    const { brake } = braked();
    for (let at = 0; at < 5; at++) brake.admit(`2001:db8:1:2::${at + 1}`);
    expect(brake.admit('2001:db8:1:2:aaaa:bbbb:cccc:dddd')).toBe(2000);
    expect(brake.admit('2001:db8:1:3::1')).toBe(0);
  });
});

describe('guessing from everywhere', () => {
  it('is slowed down overall, while a new visitor waits 2 s at the most', () => {
    const { clock, brake } = braked();
    for (let at = 0; at < 40; at++) expect(brake.admit(`10.1.0.${at}`)).toBe(0);
    expect(brake.admit('10.2.0.1')).toBe(2000);
    clock.ms = 500;
    expect(brake.admit('10.2.0.1')).toBe(1500);
    clock.ms = 2000;
    expect(brake.admit('10.2.0.1')).toBe(0);
    expect(brake.admit('10.2.0.2')).toBe(2000);
  });

  it('does not hold up an address somebody logged in from', () => {
    const { brake } = braked();
    expect(brake.admit('192.168.1.7')).toBe(0);
    brake.succeeded('192.168.1.7');
    for (let at = 0; at < 100; at++) brake.admit(`10.1.0.${at}`);
    expect(brake.admit('10.2.0.1')).toBeGreaterThan(0);
    expect(brake.admit('192.168.1.7')).toBe(0);
  });

  it('takes no more memory than for 1,000 addresses', () => {
    const { clock, brake } = braked();
    for (let at = 0; at < 5000; at++) {
      clock.ms += 2000;
      brake.admit(`10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`);
    }
    expect(brake.remembered).toBe(1000);
  });
});

it.each([
  ['192.168.1.7', '192.168.1.7'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0db8::5:0:0:1', '2001:db8:0:0::/64'],
])('the network of %s is %s', (address, expected) => {
  expect(network(address)).toBe(expected);
});

it.each([
  [1, '1 second'],
  [1001, '2 seconds'],
  [59_999, '1 minute'],
  [60_000, '1 minute'],
  [61_000, '2 minutes'],
])('%i ms are said as %s', (ms, words) => {
  expect(waitInWords(ms)).toBe(words);
});
