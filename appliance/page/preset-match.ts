import type { WireSettings } from '../../proto/index.ts';
import { parseBitrate } from '../settings/bitrate.ts';
import { type SettingName, type SettingsPatch, settingNames } from '../settings/table.ts';

/** Whether these settings are what the preset asks for. */
export function matches(preset: { readonly settings: SettingsPatch }, settings: WireSettings): boolean {
  const names = settingNames.filter((name) => preset.settings[name] !== undefined);
  return names.length > 0 && names.every((name) => same(name, preset.settings[name], settings[name]));
}

function same(name: SettingName, one: unknown, other: unknown): boolean {
  // "2M" and "2000k" are one bitrate.
  if (name === 'bitrate') return parseBitrate(String(one)) === parseBitrate(String(other));
  return one === other;
}
