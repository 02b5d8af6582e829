import { expect, it } from 'vitest';
import { agoText, judge, type Seen } from './liveness.ts';

const playing: Seen = {
  playing: true,
  counted: true,
  camera: 'live',
  cameraMessage: '',
  link: 'open',
  pictureAgeMs: 20,
};
const away: Seen = { ...playing, playing: false, pictureAgeMs: 12_000 };

it.each<[string, Seen, boolean, string]>([
  ['pictures come', playing, true, ''],
  ['pictures come though the controls are away', { ...playing, link: 'waiting' }, true, ''],
  ['MJPEG of a stopped camera', { ...playing, counted: false, camera: 'stopped' }, false, 'The camera is stopped'],
  ['nothing came yet', { ...away, pictureAgeMs: undefined }, false, 'Waiting for the first picture'],
  ['pictures stopped', away, false, 'Last picture 12 s ago, reconnecting'],
  ['the server is gone', { ...away, link: 'waiting' }, false, 'Last picture 12 s ago, reconnecting'],
  ['the server never came', { ...away, link: 'waiting', pictureAgeMs: undefined }, false, 'No answer from the camera'],
  ['somebody stopped it', { ...away, camera: 'stopped' }, false, 'The camera is stopped'],
  ['it is unplugged', { ...away, camera: 'missing', cameraMessage: 'Camera unplugged.' }, false, 'Camera unplugged.'],
])('when %s', (_, seen, live, sentence) => expect(judge(seen)).toMatchObject({ live, sentence }));

it.each([
  [200, '1 s ago'],
  [12_400, '12 s ago'],
  [180_000, '3 min ago'],
  [7_200_000, '2 h ago'],
])('%d ms is "%s"', (ms, text) => expect(agoText(ms)).toBe(text));
