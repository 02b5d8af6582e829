/** What a camera on this machine can be set to, and settings brought within it. */
import { type FieldLimits, type Limits, type SettingName, type Settings, settingsTable } from '../settings/table.ts';
import type { Machine } from './machine.ts';
import type { SourcePlan } from './source.ts';

const noDetection = 'Detection is not installed on this device.';

/**
 * The limits of a camera as it is set now: the frame rate depends on the size (the encoder keeps up with so many pixels a
 * second) and the exposure on the frame rate. `gaps` are the measured gaps in ms.
 */
export function limitsOf(
  source: SourcePlan,
  machine: Machine,
  settings: Settings,
  gaps: Readonly<Partial<Record<SettingName, number>>>,
): Limits {
  const limits: Partial<Record<SettingName, FieldLimits>> = {
    width: { available: true, max: Math.min(source.maxWidth, machine.maxWidth) },
    height: { available: true, max: Math.min(source.maxHeight, machine.maxHeight) },
    fps: { available: true, max: maxFps(source, machine, settings) },
    encoding: { available: true, choices: machine.encodings },
    exposure_time: { available: true, ...exposureBounds(source, settings) },
    ai_enabled: { available: false, reason: noDetection },
    ai_model: { available: false, reason: noDetection },
    ai_confidence: { available: false, reason: noDetection },
  };
  for (const [name, reason] of Object.entries(source.unavailable) as [SettingName, string][]) {
    limits[name] = { available: false, reason };
  }
  // The Pi's encoder takes its finest quantizer while it runs; x264 is exchanged.
  if (machine.h264 === 'v4l2h264enc') limits.quality = { available: true, applied: 'live' };
  for (const [name, gapMs] of Object.entries(gaps) as [SettingName, number][]) {
    limits[name] = { available: true, ...limits[name], gapMs };
  }
  return limits;
}

function maxFps(source: SourcePlan, machine: Machine, settings: Settings): number {
  const byPixels = Math.floor(machine.maxPixelRate / (settings.width * settings.height));
  return Math.max(1, Math.min(source.maxFps, machine.maxFps, byPixels));
}

function exposureBounds(source: SourcePlan, settings: Settings): { min: number; max: number } {
  const { min, max } = source.exposure ?? settingsTable.exposure_time;
  const step = settingsTable.exposure_time.step;
  const frame = Math.floor(1_000_000 / settings.fps / step) * step;
  return { min, max: Math.max(min, Math.min(max, frame)) };
}

/** The settings nearest to these that this camera can be set to. Where all is within limits, they come back equal. */
export function fitted(settings: Settings, source: SourcePlan, machine: Machine): Settings {
  const fit: Settings = { ...settings };
  fit.width = even(clamp(fit.width, settingsTable.width.min, Math.min(source.maxWidth, machine.maxWidth)));
  fit.height = even(clamp(fit.height, settingsTable.height.min, Math.min(source.maxHeight, machine.maxHeight)));
  fit.fps = clamp(fit.fps, 1, maxFps(source, machine, fit));
  const exposure = exposureBounds(source, fit);
  fit.exposure_time = clamp(fit.exposure_time, exposure.min, exposure.max);
  if (!machine.encodings.includes(fit.encoding)) fit.encoding = 'h264';
  return fit;
}

function clamp(value: number, min: number, max: number): number {
  return Math.min(max, Math.max(min, value));
}

/** Colour is stored for squares of four pixels: sizes are even. */
function even(value: number): number {
  return value - (value % 2);
}
