import type { WireSettings } from '../../proto/index.ts';
import { type SettingsPatch, settingNames } from '../settings/table.ts';

/** Whether these settings are what the preset asks for. */
export function matches(preset: { readonly settings: SettingsPatch }, settings: WireSettings): boolean {
  const names = settingNames.filter((name) => preset.settings[name] !== undefined);
  return names.length > 0 && names.every((name) => String(preset.settings[name]) === String(settings[name]));
}
