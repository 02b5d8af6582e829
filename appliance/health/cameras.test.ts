import { expect, it } from 'vitest';
import type { CameraState } from '../camera/types.ts';
import { PlainCamera } from '../http/testing/server.ts';
import { figuresOf } from './cameras.ts';

it.each<[CameraState, measured: number, told: number | undefined]>([
  ['starting', 0, undefined],
  // The first picture has come, the second has not.
  ['live', 0, undefined],
  ['live', 29.9, 29.9],
  ['reconnecting', 12, 12],
  ['reconnecting', 0, 0],
  ['missing', 0, 0],
  // The last seconds before it was switched off.
  ['stopped', 12, undefined],
  // Started again: pictures of before are no rate of now.
  ['starting', 12, undefined],
])('a camera that is %s and measures %d pictures a second tells %s', (state, fps, told) => {
  const camera = new PlainCamera('door', 0);
  const status = camera.status();
  camera.status = () => ({ ...status, state, measured: { ...status.measured, fps, bitrate: fps * 1000 } });
  expect(figuresOf(camera, 0)).toMatchObject({ fps: told, bitrate: told && told * 1000 });
});
