/** Changes, in words. */
import { PerchError } from '../errors.ts';
import { fieldSpec, type SettingName, type SettingsPatch, settingNames } from '../settings/table.ts';

/** What the one who asked, or everyone, is told when a change was taken back. */
export function noFrames(fields: readonly SettingName[]): PerchError {
  return new PerchError('no_frames', { fields: fields.map((field) => fieldSpec(field).label).join(', ') });
}

/** The change but for these fields. */
export function without(patch: SettingsPatch, fields: readonly SettingName[]): SettingsPatch {
  return Object.fromEntries(Object.entries(patch).filter(([name]) => !fields.includes(name as SettingName)));
}

/** What changed, in a sentence: "Brightness is now 10." */
export function describe(patch: SettingsPatch): string {
  return `${values(patch, ' is now ').join(', ')}.`;
}

/** Each field and its value: "Brightness 10", "Frame rate 30 fps". */
export function values(patch: SettingsPatch, between: string): string[] {
  return settingNames
    .filter((name) => patch[name] !== undefined)
    .map((name) => {
      const { label, unit } = fieldSpec(name);
      const value = patch[name];
      const shown =
        typeof value === 'boolean'
          ? value
            ? 'on'
            : 'off'
          : typeof value === 'number' && unit
            ? `${value} ${unit}`
            : value;
      return `${label}${between}${shown}`;
    });
}
