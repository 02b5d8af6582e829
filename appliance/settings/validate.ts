/** Checks what somebody wants of a camera against the table and the camera's own limits. */
import { PerchError } from '../errors.ts';
import { formatBitrate, parseBitrate } from './bitrate.ts';
import {
  type FieldLimits,
  type FieldSpec,
  fieldSpec,
  type Limits,
  type SettingName,
  type Settings,
  type SettingsPatch,
  settingNames,
} from './table.ts';

/** What a field may be on a camera: the table's row with the camera's limits laid over it. */
export interface Allowed {
  readonly kind: FieldSpec['kind'];
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly step: number | undefined;
  readonly choices: readonly string[] | undefined;
  readonly unit: string | undefined;
  readonly available: boolean;
  readonly reason: string | undefined;
  readonly applied: 'live' | 'brief';
}

/** Lays a camera's limits over the table. */
export function allowedFor(name: SettingName, limits: Limits): Allowed {
  const spec = fieldSpec(name);
  const own: FieldLimits | undefined = limits[name];
  return {
    kind: spec.kind,
    min: own?.min ?? spec.min,
    max: own?.max ?? spec.max,
    step: own?.step ?? spec.step,
    choices: own?.choices ?? spec.choices,
    unit: spec.unit,
    available: own?.available ?? true,
    reason: own?.reason,
    applied: own?.applied ?? spec.applied,
  };
}

/** What is allowed, in words: "a whole number from -100 to 100", "one of h264, h265". */
export function inWords(allowed: Allowed): string {
  const { kind, min, max, step, choices, unit } = allowed;
  const measure = unit === undefined ? '' : ` ${unit}`;
  switch (kind) {
    case 'boolean':
      return 'true or false';
    case 'choice':
      return `one of ${(choices ?? []).join(', ')}`;
    case 'bitrate':
      return `a bitrate from ${formatBitrate(min ?? 0)} to ${formatBitrate(max ?? 0)}, such as "800k" or "2M"`;
    case 'integer':
      return `${step === 2 ? 'an even' : 'a whole'} number from ${min} to ${max}${measure}`;
    case 'number':
      return `a number from ${min} to ${max}${measure}`;
    case 'identity':
      return 'the name or number of this camera';
  }
}

/**
 * Checks a partial change. Every field must be known, of its type, in range for this camera.
 * `current` is what the camera is set to: a field that stays as it is may be sent along even
 * where the camera does not offer it, so that a peer can send back a whole status.
 * @returns only the fields that differ from `current`, in canonical form; nothing is applied in part
 * @throws PerchError naming the field, the value and what is allowed
 */
export function validatePatch(patch: unknown, current: Settings, limits: Limits): SettingsPatch {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) {
    throw new PerchError('bad_message', {
      expected: 'set of settings',
      reason: 'it must be an object such as {"brightness": 10}',
    });
  }
  const changed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(patch)) {
    if (value === undefined) continue;
    if (!isSettingName(name)) {
      throw new PerchError('unknown_field', { field: shorten(name), allowed: settingNames.join(', ') });
    }
    if (name === 'cameraName' || name === 'camera_index') {
      checkIdentity(name, value, current);
      continue;
    }
    const allowed = allowedFor(name, limits);
    const canonical = checkValue(name, value, allowed, current);
    if (canonical !== current[name]) changed[name] = canonical;
  }
  return changed as SettingsPatch;
}

/**
 * What a change is about to make of the settings, before it is checked: each value as near as the table allows. For
 * limits that depend on other fields of the same change. Never throws.
 */
export function settingsWith(patch: unknown, current: Settings): Settings {
  if (patch === null || typeof patch !== 'object' || Array.isArray(patch)) return current;
  return fitSettings(patch as SettingsPatch, current, {});
}

/**
 * Brings settings that were saved, or made for another camera, to what this one can do: each field
 * moves to the nearest allowed value, or to its default. Never throws.
 */
export function fitSettings(wanted: SettingsPatch, base: Settings, limits: Limits): Settings {
  const fitted: Record<string, unknown> = { ...base };
  for (const name of settingNames) {
    const value = wanted[name];
    if (value === undefined || name === 'cameraName' || name === 'camera_index') continue;
    const allowed = allowedFor(name, limits);
    if (!allowed.available) continue;
    const near = nearest(value, allowed);
    try {
      fitted[name] = checkValue(name, near, allowed, base);
    } catch {
      // Not a value of this field at all: it keeps the base's.
    }
  }
  return fitted as unknown as Settings;
}

function nearest(value: unknown, { kind, min, max, step }: Allowed): unknown {
  const clamp = (number: number) => Math.min(max ?? number, Math.max(min ?? number, number));
  if (kind === 'bitrate' && typeof value === 'string') {
    const bits = parseBitrate(value);
    return bits === undefined ? value : formatBitrate(clamp(bits));
  }
  if ((kind !== 'integer' && kind !== 'number') || typeof value !== 'number' || !Number.isFinite(value)) return value;
  const inside = clamp(value);
  return kind === 'integer' && step !== undefined && step > 1 ? inside - ((inside - (min ?? 0)) % step) : inside;
}

function checkIdentity(name: 'cameraName' | 'camera_index', value: unknown, current: Settings): void {
  const unsaid = name === 'cameraName' ? value === '' : false;
  if (!unsaid && value !== current[name]) {
    throw new PerchError('identity_mismatch', { field: name, value: show(value), camera: current.cameraName });
  }
}

function checkValue(name: SettingName, value: unknown, allowed: Allowed, current: Settings): number | string | boolean {
  const wrong = () => new PerchError('bad_value', { field: name, value: show(value), allowed: inWords(allowed) });
  let canonical: number | string | boolean;
  switch (allowed.kind) {
    case 'boolean':
      if (typeof value !== 'boolean') throw wrong();
      canonical = value;
      break;
    case 'choice':
      if (typeof value !== 'string') throw wrong();
      canonical = value;
      break;
    case 'bitrate': {
      const bits = typeof value === 'string' ? parseBitrate(value) : undefined;
      if (bits === undefined || !inRange(bits, allowed)) throw wrong();
      canonical = formatBitrate(bits);
      break;
    }
    default:
      if (typeof value !== 'number' || !Number.isFinite(value)) throw wrong();
      canonical = allowed.kind === 'number' ? toStep(value, allowed.step) : value;
  }
  // What it is set to already is no change, whatever has become of the limits since.
  if (canonical === current[name]) return canonical;
  if (!allowed.available) {
    throw new PerchError('not_offered', { field: name, reason: allowed.reason ?? '' });
  }
  if (typeof canonical === 'number') {
    const whole = allowed.kind !== 'integer' || Number.isInteger(canonical);
    const even = allowed.step !== 2 || canonical % 2 === 0;
    if (!whole || !even || !inRange(canonical, allowed)) throw wrong();
  }
  if (allowed.kind === 'choice' && !(allowed.choices ?? []).includes(String(canonical))) throw wrong();
  return canonical;
}

/** A float32 from the wire (0.550000011920929) is the 0.55 that was meant. */
function toStep(value: number, step: number | undefined): number {
  return step === undefined ? value : Number((Math.round(value / step) * step).toFixed(6));
}

function inRange(value: number, { min, max }: Allowed): boolean {
  return value >= (min ?? value) && value <= (max ?? value);
}

function isSettingName(name: string): name is SettingName {
  return (settingNames as readonly string[]).includes(name);
}

function show(value: unknown): string {
  return shorten(typeof value === 'string' ? `"${value}"` : (JSON.stringify(value) ?? String(value)));
}

/** Somebody's megabyte is not repeated to them. */
function shorten(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
