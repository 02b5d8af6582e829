/**
 * The table of settings: everything known about each field of `CameraSettings`, in one place.
 * Validation, the REST schema, the page's controls and docs/settings.md are derived from it.
 */

/** What a camera is set to: every field of the protocol, by the protocol's names. */
export interface Settings {
  width: number;
  height: number;
  fps: number;
  bitrate: string;
  contrast: number;
  brightness: number;
  saturation: number;
  sharpness: number;
  ai_enabled: boolean;
  ai_model: string;
  ai_confidence: number;
  cameraName: string;
  camera_index: number;
  encoding: Encoding;
  quality: number;
  auto_exposure: boolean;
  exposure_time: number;
}

export type Encoding = 'h264' | 'h265' | 'mjpeg';
export type SettingName = keyof Settings;
export type SettingsPatch = { [K in SettingName]?: Settings[K] | undefined };

/** The card of the page a control stands on; identity fields have no control. */
export type Card = 'Picture' | 'Exposure' | 'Stream' | 'AI' | 'Identity';

export interface FieldSpec {
  /** The field's number in camera_control.proto. */
  readonly number: number;
  readonly kind: 'integer' | 'number' | 'boolean' | 'choice' | 'bitrate' | 'identity';
  /** Inclusive; for `bitrate` in bit/s. A camera's limits narrow them. */
  readonly min?: number;
  readonly max?: number;
  readonly step?: number;
  readonly unit?: string;
  readonly choices?: readonly string[];
  readonly default: number | string | boolean;
  readonly label: string;
  /** One or two sentences for the person at the control. */
  readonly help: string;
  readonly card: Card;
  /** `live`: no picture is missing. `brief`: a gap that is measured and shown beforehand. */
  readonly applied: 'live' | 'brief';
}

export const settingsTable = {
  width: {
    number: 1,
    kind: 'integer',
    min: 160,
    max: 3840,
    step: 2,
    unit: 'px',
    default: 1280,
    label: 'Width',
    help: 'Picture width. The picture keeps its shape: bars fill what the camera does not cover.',
    card: 'Stream',
    applied: 'brief',
  },
  height: {
    number: 2,
    kind: 'integer',
    min: 120,
    max: 2160,
    step: 2,
    unit: 'px',
    default: 720,
    label: 'Height',
    help: 'Picture height.',
    card: 'Stream',
    applied: 'brief',
  },
  fps: {
    number: 3,
    kind: 'integer',
    min: 1,
    max: 120,
    step: 1,
    unit: 'fps',
    default: 30,
    label: 'Frame rate',
    help: 'Pictures in a second. Fewer give each picture more of the bitrate.',
    card: 'Stream',
    applied: 'brief',
  },
  bitrate: {
    number: 4,
    kind: 'bitrate',
    min: 100_000,
    max: 50_000_000,
    step: 100_000,
    unit: 'bit/s',
    default: '2M',
    label: 'Bitrate',
    help: 'The most the stream may use. A calm picture uses less; quality says how much it would like.',
    card: 'Stream',
    applied: 'live',
  },
  contrast: {
    number: 5,
    kind: 'integer',
    min: -100,
    max: 100,
    step: 1,
    default: 0,
    label: 'Contrast',
    help: 'Difference between dark and light. 0 is the camera as it is.',
    card: 'Picture',
    applied: 'live',
  },
  brightness: {
    number: 6,
    kind: 'integer',
    min: -100,
    max: 100,
    step: 1,
    default: 0,
    label: 'Brightness',
    help: 'Lifts or lowers the whole picture. 0 is the camera as it is.',
    card: 'Picture',
    applied: 'live',
  },
  saturation: {
    number: 7,
    kind: 'integer',
    min: -100,
    max: 100,
    step: 1,
    default: 0,
    label: 'Saturation',
    help: 'Strength of colour. -100 is black and white.',
    card: 'Picture',
    applied: 'live',
  },
  sharpness: {
    number: 8,
    kind: 'integer',
    min: -100,
    max: 100,
    step: 1,
    default: 0,
    label: 'Sharpness',
    help: 'Crisper or softer edges. High values show noise.',
    card: 'Picture',
    applied: 'live',
  },
  ai_enabled: {
    number: 9,
    kind: 'boolean',
    default: false,
    label: 'Detection',
    help: 'Looks for things in the picture, on the device itself.',
    card: 'AI',
    applied: 'live',
  },
  ai_model: {
    number: 10,
    kind: 'choice',
    choices: ['object_detection', 'face_recognition'],
    default: 'object_detection',
    label: 'Looks for',
    help: 'What detection looks for.',
    card: 'AI',
    applied: 'live',
  },
  ai_confidence: {
    number: 11,
    kind: 'number',
    min: 0,
    max: 1,
    step: 0.01,
    default: 0.5,
    label: 'Confidence',
    help: 'How sure detection must be before it shows a find. Lower shows more, and more mistakes.',
    card: 'AI',
    applied: 'live',
  },
  cameraName: {
    number: 12,
    kind: 'identity',
    default: '',
    label: 'Camera',
    help: 'Selects the camera a command is for; empty means the first. It is not changed by a command.',
    card: 'Identity',
    applied: 'live',
  },
  camera_index: {
    number: 13,
    kind: 'identity',
    min: 0,
    default: 0,
    label: 'Camera number',
    help: 'Selects the camera by its place, from 0, when cameraName is empty.',
    card: 'Identity',
    applied: 'live',
  },
  encoding: {
    number: 14,
    kind: 'choice',
    choices: ['h264', 'h265', 'mjpeg'],
    default: 'h264',
    label: 'Encoding',
    help: 'What recorders and MediaMTX get. Browsers are always given H.264, so they keep playing.',
    card: 'Stream',
    applied: 'brief',
  },
  quality: {
    number: 15,
    kind: 'integer',
    min: 0,
    max: 100,
    step: 1,
    default: 75,
    label: 'Quality',
    help: 'How good each picture wants to be, within the bitrate. 100 always uses all of it.',
    card: 'Stream',
    applied: 'brief',
  },
  auto_exposure: {
    number: 16,
    kind: 'boolean',
    default: true,
    label: 'Automatic exposure',
    help: 'The camera chooses how long each picture is exposed.',
    card: 'Exposure',
    applied: 'live',
  },
  exposure_time: {
    number: 17,
    kind: 'integer',
    min: 50,
    max: 1_000_000,
    step: 50,
    unit: 'µs',
    default: 10_000,
    label: 'Exposure time',
    help: 'How long each picture is exposed when automatic exposure is off. It cannot be longer than a picture lasts.',
    card: 'Exposure',
    applied: 'live',
  },
} as const satisfies Record<SettingName, FieldSpec>;

/** The fields in the protocol's order. */
export const settingNames = Object.keys(settingsTable) as readonly SettingName[];

/** What the table says of a field, at its common type. */
export function fieldSpec(name: SettingName): FieldSpec {
  return settingsTable[name];
}

/** How a camera narrows one field. Absent bounds are the table's. */
export interface FieldLimits {
  readonly available: boolean;
  /** Why it is not available, in a sentence. */
  readonly reason?: string;
  readonly min?: number;
  readonly max?: number;
  readonly step?: number;
  readonly choices?: readonly string[];
  /** How this camera applies it, where it differs from the table. */
  readonly applied?: 'live' | 'brief';
  /** For `brief`: the longest gap last measured on this camera, in milliseconds. */
  readonly gapMs?: number;
}
export type Limits = Readonly<Partial<Record<SettingName, FieldLimits>>>;

/** Every field at its default, for the camera of this name and place. */
export function defaultSettings(cameraName: string, cameraIndex: number): Settings {
  const values = Object.fromEntries(settingNames.map((name) => [name, settingsTable[name].default]));
  return { ...(values as unknown as Settings), cameraName, camera_index: cameraIndex };
}
