import { expect, it } from 'vitest';
import { matches } from './preset-match.ts';

it.each([
  ['all of it is so', { brightness: 10, bitrate: '2M' }, { brightness: 10, bitrate: '2M', fps: 30 }, true],
  ['one is different', { brightness: 10, fps: 15 }, { brightness: 10, fps: 30 }, false],
  ['bitrates are written differently', { bitrate: '2000k' }, { bitrate: '2M' }, true],
  ['it asks for nothing', {}, { brightness: 10 }, false],
])('when %s', (_, settings, now, wanted) => expect(matches({ settings }, now)).toBe(wanted));
