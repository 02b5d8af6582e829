import { describe, expect, it } from 'vitest';
import {
  badgeText,
  bitrateText,
  boundsOf,
  defaultOf,
  exposureText,
  type FieldName,
  fromWire,
  parseSize,
  readTyped,
  toWire,
} from './values.ts';

it('narrows the table by the camera', () => {
  const bounds = boundsOf('fps', { field: 'fps', available: true, max: 25, applied: 'brief', gap_ms: 70 });
  expect(bounds).toMatchObject({ min: 1, max: 25, step: 1, brief: true, gapMs: 70 });
  expect(defaultOf('fps', bounds)).toBe(25);
  expect(defaultOf('encoding', boundsOf('encoding', { choices: ['mjpeg'] }))).toBe('mjpeg');
});

it.each([
  [{ brief: false, gapMs: undefined }, 'live'],
  [{ brief: true, gapMs: undefined }, 'brief gap'],
  [{ brief: true, gapMs: 38 }, 'brief gap, about 0.1 s'],
  [{ brief: true, gapMs: 249 }, 'brief gap, about 0.2 s'],
  [{ brief: true, gapMs: 1200 }, 'brief gap, about 1.2 s'],
])('the badge of %o is "%s"', (part, text) => {
  expect(badgeText({ ...boundsOf('fps', undefined), ...part })).toBe(text);
});

it.each([
  [2_000_000, '2 Mbit/s'],
  [2_350_000, '2.35 Mbit/s'],
  [800_000, '800 kbit/s'],
])('says a bitrate of %d as %s', (bits, text) => expect(bitrateText(bits)).toBe(text));

it.each([
  [10_000, '1/100 s'],
  [500_000, '0.5 s'],
])('says an exposure of %d as %s', (us, text) => expect(exposureText(us)).toBe(text));

describe('what is typed', () => {
  it.each<[FieldName, string, number]>([
    ['brightness', '-12', -12],
    ['brightness', ' −12 ', -12],
    ['brightness', '+7', 7],
    ['ai_confidence', '0,35', 0.35],
    ['bitrate', '2M', 2_000_000],
    ['bitrate', '2', 2_000_000],
    ['bitrate', '2.5 Mbit/s', 2_500_000],
    ['bitrate', '800k', 800_000],
    ['bitrate', '1500000', 1_500_000],
  ])('%s takes "%s" as %d', (name, text, value) => {
    expect(readTyped(name, text, boundsOf(name, undefined))).toEqual({ value });
  });

  it.each<[FieldName, string, RegExp]>([
    ['brightness', '101', /Brightness goes from -100 to 100/],
    ['brightness', '', /is no number/],
    ['brightness', 'much', /“much” is no number/],
    ['bitrate', 'fast', /“fast” is no bitrate. Write 800k, 2M/],
    ['bitrate', '1k', /Bitrate goes from 100 kbit\/s to 50 Mbit\/s/],
  ])('%s refuses "%s"', (name, text, sentence) => {
    const typed = readTyped(name, text, boundsOf(name, undefined));
    expect('error' in typed && typed.error).toMatch(sentence);
  });
});

it('goes to the protocol and back', () => {
  expect(toWire('bitrate', 2_500_000)).toEqual({ bitrate: '2.5M' });
  expect(fromWire('bitrate', '2.5M')).toBe(2_500_000);
  // A float of the protocol: 0.55 comes back as 0.550000011920929.
  expect(fromWire('ai_confidence', Math.fround(0.55))).toBe(0.55);
  expect(toWire('brightness', 0)).toEqual({ brightness: 0 });
});

it.each([
  ['1280x720', { width: 1280, height: 720 }],
  ['custom', undefined],
  ['1280x', undefined],
])('reads the size %s', (text, size) => expect(parseSize(text)).toEqual(size));
