/** How the picture looks, where the camera itself cannot do it: brightness, contrast, saturation, exposure, sharpness. */
import type { Settings } from '../settings/table.ts';

/** Fields that can be made in software. */
export type LookField = 'brightness' | 'contrast' | 'saturation' | 'sharpness' | 'exposure';

/** Exposure, in µs, whose picture is the recorded one: 1/50 s, common indoors. Automatic exposure shows that too. */
const referenceExposureUs = 20_000;

/**
 * Properties of videobalance for these settings; fields that the device makes itself stay neutral.
 *
 * Meant is out = c · (g · in − ½) + ½ + b with black at 0 and white at 1: gain g as exposure gives it, contrast c about
 * the middle, brightness b. videobalance computes out = contrast · in + brightness · 255/219 on the 219 steps from
 * black to white, so contrast = c·g and brightness = (½ − c/2 + b) · 219/255. It allows 0 to 2 and −1 to 1.
 *
 * c runs from ½ to 2, b from −½ to ½. A longer exposure brightens by its square root: the full range of times in
 * a fixed recording would be black or white nearly everywhere.
 */
export function balance(settings: Settings, fields: ReadonlySet<LookField>): Readonly<Record<string, string>> {
  const value = (field: 'brightness' | 'contrast' | 'saturation') => (fields.has(field) ? settings[field] : 0);
  const gain =
    fields.has('exposure') && !settings.auto_exposure ? Math.sqrt(settings.exposure_time / referenceExposureUs) : 1;
  const c = 2 ** (value('contrast') / 100);
  const b = value('brightness') / 200;
  return {
    contrast: number(c * gain, 0, 2),
    brightness: number((0.5 - c / 2 + b) * (219 / 255), -1, 1),
    saturation: number((1 + value('saturation') / 100) * gain, 0, 2),
  };
}

/**
 * Properties of a Lanczos scaler that stretches a picture by four pixels and thereby passes every pixel through its
 * kernel: 2 ms for 1280x720 where gaussianblur takes 22. `sharpen` adds edges up to 0.3, beyond it frays; a
 * `sharpness` below 1 widens the kernel.
 */
export function sharpening(sharpness: number): Readonly<Record<string, string>> {
  return sharpness >= 0
    ? { sharpen: number((0.3 * sharpness) / 100, 0, 0.3), sharpness: '1', envelope: '2' }
    : { sharpen: '0', sharpness: number(1 + sharpness / 200, 0.5, 1), envelope: '1.5' };
}

function number(value: number, min: number, max: number): string {
  return String(Number(Math.min(max, Math.max(min, value)).toFixed(4)));
}
