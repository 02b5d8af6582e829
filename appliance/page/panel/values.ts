/** How values are shown, read and narrowed: pure functions between the table, a camera's limits and the page. */
import type { WireFieldLimits, WireSettings } from '../../../proto/index.ts';
import { formatBitrate, parseBitrate } from '../../settings/bitrate.ts';
import { fieldSpec, type SettingName } from '../../settings/table.ts';
import { decimalsOf, linearScale, logScale, type Scale, snap } from './scale.ts';

/** What a control holds: bitrates are numbers in bit/s here. */
export type ControlValue = number | string | boolean;

/** Everything that can be changed: the table without the two fields that only name the camera. */
export type FieldName = Exclude<SettingName, 'cameraName' | 'camera_index'>;

/** A field as this camera offers it. */
export interface Bounds {
  readonly available: boolean;
  readonly reason: string;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly choices: readonly string[];
  readonly brief: boolean;
  /** Milliseconds; undefined until this camera has measured one. */
  readonly gapMs: number | undefined;
}

const logarithmic: ReadonlySet<SettingName> = new Set(['bitrate', 'exposure_time']);

/** The table's word on a field, narrowed by the camera's. */
export function boundsOf(name: FieldName, limits: WireFieldLimits | undefined): Bounds {
  const spec = fieldSpec(name);
  return {
    available: limits?.available ?? true,
    reason: limits?.reason ?? '',
    min: limits?.min ?? spec.min ?? 0,
    max: limits?.max ?? spec.max ?? 0,
    step: limits?.step ?? spec.step ?? 1,
    choices: limits?.choices ?? spec.choices ?? [],
    brief: (limits?.applied ?? spec.applied) === 'brief',
    gapMs: limits?.gap_ms,
  };
}

/** The slider of a field. */
export function scaleOf(name: FieldName, { min, max, step }: Bounds): Scale {
  return logarithmic.has(name) && min > 0 ? logScale(min, max, step) : linearScale(min, max, step);
}

/** "live", or the gap to expect: "brief gap, about 0.1 s". Gaps are said no finer than they repeat. */
export function badgeText({ brief, gapMs }: Bounds): string {
  if (!brief) return 'live';
  if (gapMs === undefined) return 'brief gap';
  return `brief gap, about ${Math.max(0.1, Math.round(gapMs / 100) / 10)} s`;
}

/** The table's default, held within what the camera offers. */
export function defaultOf(name: FieldName, bounds: Bounds): ControlValue {
  const value = fromWire(name, fieldSpec(name).default);
  if (typeof value === 'number') return snap(value, bounds.min, bounds.max, bounds.step);
  if (typeof value === 'string' && bounds.choices.length > 0 && !bounds.choices.includes(value)) {
    return bounds.choices[0] ?? value;
  }
  return value;
}

/** A value of the protocol as a control holds it. */
export function fromWire(name: FieldName, value: number | string | boolean): ControlValue {
  if (name === 'bitrate' && typeof value === 'string') return parseBitrate(value) ?? 0;
  // A float of the protocol carries more digits than anyone set.
  if (typeof value === 'number') return Number(value.toFixed(decimalsOf(fieldSpec(name).step ?? 1)));
  return value;
}

/** Puts a control's value into a patch. */
export function toWire(name: FieldName, value: ControlValue): WireSettings {
  return { [name]: name === 'bitrate' && typeof value === 'number' ? formatBitrate(value) : value };
}

/** A bitrate for people: "2 Mbit/s", "800 kbit/s". */
export function bitrateText(bitsPerSecond: number): string {
  if (bitsPerSecond >= 1_000_000) return `${Number((bitsPerSecond / 1_000_000).toFixed(2))} Mbit/s`;
  return `${Number((bitsPerSecond / 1000).toFixed(1))} kbit/s`;
}

/** An exposure in words photographers use: "1/100 s", "0.5 s". */
export function exposureText(microseconds: number): string {
  if (microseconds >= 300_000) return `${Number((microseconds / 1_000_000).toFixed(1))} s`;
  return `1/${Math.round(1_000_000 / microseconds)} s`;
}

const choiceNames: Readonly<Record<string, string>> = {
  h264: 'H.264',
  h265: 'H.265',
  mjpeg: 'MJPEG',
  object_detection: 'Objects',
  face_recognition: 'Faces',
};

/** A choice as it is shown. */
export function choiceText(choice: string): string {
  return choiceNames[choice] ?? choice.replaceAll('_', ' ');
}

/** What stands in the number field. */
export function fieldText(name: FieldName, value: ControlValue): string {
  return name === 'bitrate' && typeof value === 'number' ? bitrateText(value) : String(value);
}

/** What a screen reader says for a value. */
export function spokenText(name: FieldName, value: ControlValue): string {
  const unit = fieldSpec(name).unit;
  if (typeof value === 'number' && name === 'bitrate') return bitrateText(value);
  if (typeof value === 'number' && name === 'exposure_time') return `${exposureText(value)}, ${value} microseconds`;
  return unit === undefined ? String(value) : `${value} ${unit}`;
}

export type Typed = { readonly value: number } | { readonly error: string };

/** Reads what a person typed. What is out of range is refused in a sentence, never bent in silence. */
export function readTyped(name: FieldName, text: string, bounds: Bounds): Typed {
  const { label, kind } = fieldSpec(name);
  const trimmed = text.trim().replace('−', '-').replace(',', '.');
  if (kind === 'bitrate') {
    const bits = readBitrate(trimmed);
    if (bits === undefined) return { error: `“${text.trim()}” is no bitrate. Write 800k, 2M or 2.5 Mbit/s.` };
    if (bits < bounds.min || bits > bounds.max) {
      return { error: `${label} goes from ${bitrateText(bounds.min)} to ${bitrateText(bounds.max)}.` };
    }
    return { value: bits };
  }
  const value = Number(trimmed);
  if (trimmed === '' || !Number.isFinite(value)) {
    return { error: `“${text.trim()}” is no number. ${label} goes from ${bounds.min} to ${bounds.max}.` };
  }
  if (value < bounds.min || value > bounds.max) {
    return { error: `${label} goes from ${bounds.min} to ${bounds.max}.` };
  }
  return { value: snap(value, bounds.min, bounds.max, bounds.step) };
}

/** A small bare number is meant in Mbit/s: nobody asks for 2 bit/s. */
function readBitrate(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*([kKmM]?)(?:bit\/s|bps|bit)?$/.exec(text);
  if (!match) return undefined;
  const unit = match[2] === '' && Number(match[1]) < 1000 ? 'M' : match[2];
  return parseBitrate(`${match[1]}${unit}`);
}

/** The two sides of a size such as "1280x720", or undefined. */
export function parseSize(text: string): { width: number; height: number } | undefined {
  const match = /^(\d{2,5})x(\d{2,5})$/.exec(text);
  return match ? { width: Number(match[1]), height: Number(match[2]) } : undefined;
}
