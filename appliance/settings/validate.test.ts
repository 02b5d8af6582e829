import { describe, expect, test } from 'vitest';
import { formatBitrate, parseBitrate } from './bitrate.ts';
import { defaultSettings, fieldSpec, type Limits, settingNames, settingsTable } from './table.ts';
import { fitSettings, validatePatch } from './validate.ts';

const current = defaultSettings('door', 1);
const limits: Limits = {
  width: { available: true, max: 1920 },
  height: { available: true, max: 1080 },
  encoding: { available: true, choices: ['h264', 'mjpeg'] },
  ai_enabled: { available: false, reason: 'Detection is not installed on this device.' },
};

describe('a change that is allowed', () => {
  test.each([
    [{ brightness: -12 }, { brightness: -12 }],
    [{ brightness: 0 }, {}],
    [{}, {}],
    [{ bitrate: '2.5M' }, { bitrate: '2.5M' }],
    [{ bitrate: '2000000' }, {}],
    [{ bitrate: '800K' }, { bitrate: '800k' }],
    [{ ai_confidence: 0.550000011920929 }, { ai_confidence: 0.55 }],
    [{ ai_enabled: false }, {}],
    [{ cameraName: 'door', camera_index: 1, fps: 15 }, { fps: 15 }],
    [{ cameraName: '', fps: 15 }, { fps: 15 }],
    [
      { width: 640, height: 480, encoding: 'mjpeg' },
      { width: 640, height: 480, encoding: 'mjpeg' },
    ],
    [{ fps: undefined }, {}],
    [current, {}],
  ])('%j becomes %j', (patch, changed) => {
    expect(validatePatch(patch, current, limits)).toEqual(changed);
  });
});

describe('a change that is refused names the field, the value and what is allowed', () => {
  test.each([
    [{ brightness: 101 }, 'brightness is 101, but must be a whole number from -100 to 100.'],
    [{ brightness: 1.5 }, 'brightness is 1.5, but must be a whole number from -100 to 100.'],
    [{ brightness: '10' }, 'brightness is "10", but must be a whole number from -100 to 100.'],
    [{ brightness: null }, 'brightness is null, but must be a whole number from -100 to 100.'],
    [{ brightness: Number.NaN }, 'brightness is null, but must be'],
    [{ fps: 0 }, 'fps is 0, but must be a whole number from 1 to 120 fps.'],
    [{ bitrate: 'fast' }, 'bitrate is "fast", but must be a bitrate from 100k to 50M, such as "800k" or "2M".'],
    [{ bitrate: 2_000_000 }, 'bitrate is 2000000, but must be a bitrate'],
    [{ bitrate: '99k' }, 'bitrate is "99k", but must be'],
    [{ bitrate: '-2M' }, 'bitrate is "-2M", but must be'],
    [{ width: 3840 }, 'width is 3840, but must be an even number from 160 to 1920 px.'],
    [{ width: 641 }, 'width is 641, but must be an even number'],
    [{ encoding: 'h265' }, 'encoding is "h265", but must be one of h264, mjpeg.'],
    [{ encoding: 'av1' }, 'encoding is "av1", but must be one of h264, mjpeg.'],
    [{ auto_exposure: 'yes' }, 'auto_exposure is "yes", but must be true or false.'],
    [{ ai_enabled: true }, 'ai_enabled cannot be changed on this camera. Detection is not installed on this device.'],
    [{ cameraName: 'garage' }, 'cameraName is "garage", but this request is for the camera "door".'],
    [{ camera_index: 0 }, 'camera_index is 0, but this request is for the camera "door".'],
    [{ zoom: 2 }, 'There is no setting "zoom". The settings are: width, height'],
    [{ __proto__: null, constructor: 1 }, 'There is no setting "constructor".'],
    [[1], 'This is not a set of settings'],
    [null, 'This is not a set of settings'],
    ['brightness', 'This is not a set of settings'],
    [{ bitrate: 'x'.repeat(100_000) }, `bitrate is "${'x'.repeat(59)}…, but must be`],
  ])('%j', (patch, sentence) => {
    expect(() => validatePatch(patch, current, limits)).toThrow(sentence);
  });

  test('one wrong field refuses the whole change', () => {
    expect(() => validatePatch({ contrast: 5, brightness: 999 }, current, limits)).toThrow('brightness is 999');
  });
});

describe('settings from elsewhere are fitted to a camera', () => {
  test.each([
    [
      { width: 3840, height: 2160 },
      { width: 1920, height: 1080 },
    ],
    [{ width: 641 }, { width: 640 }],
    [{ bitrate: '90M' }, { bitrate: '50M' }],
    [{ encoding: 'h265' as const }, { encoding: 'h264' }],
    [{ ai_enabled: true }, { ai_enabled: false }],
    [{ brightness: -500 }, { brightness: -100 }],
    [{ cameraName: 'other' }, { cameraName: 'door' }],
  ])('%j gives %j', (wanted, fitted) => {
    expect(fitSettings(wanted, current, limits)).toMatchObject(fitted);
  });
});

test('every default is a value its own row allows', () => {
  const defaults = defaultSettings('', 0);
  const other = Object.fromEntries(settingNames.map((name) => [name, undefined]));
  const { cameraName: _, camera_index: __, ...said } = defaults;
  expect(validatePatch(said, other as never, {})).toEqual(said);
});

test('the rows carry the numbers of the protocol, in its order', () => {
  expect(settingNames.map((name) => fieldSpec(name).number)).toEqual(Array.from({ length: 17 }, (_, at) => at + 1));
  for (const spec of Object.values(settingsTable)) expect(spec.help).toMatch(/\.$/);
});

test.each([
  ['800k', 800_000, '800k'],
  ['2M', 2_000_000, '2M'],
  ['2.5m', 2_500_000, '2.5M'],
  ['1500000', 1_500_000, '1.5M'],
  ['1234567', 1_234_567, '1234567'],
])('bitrate %s is %i bit/s, written %s', (text, bits, written) => {
  expect(parseBitrate(text)).toBe(bits);
  expect(formatBitrate(bits)).toBe(written);
});
