import { describe, expect, it } from 'vitest';
import { defaultSettings, type SettingName, type Settings } from '../settings/table.ts';
import { blamedFields, type Evidence } from './blame.ts';
import type { Trouble } from './trouble.ts';

const confirmed = defaultSettings('camera', 0);
const wished: Settings = { ...confirmed, width: 800, height: 600, brightness: 9 };
const trouble = (kind: Trouble['kind']): Trouble => ({ kind, state: 'reconnecting', sentence: 'It broke.' });
const nothing: Evidence['pending'] = { fields: new Set(), anyBrief: false };
const size: Evidence['pending'] = { fields: new Set<SettingName>(['width', 'height']), anyBrief: true };
const unpictured = { settings: wished, pictured: false };
const pictured = { settings: wished, pictured: true };
const all = ['width', 'height', 'brightness'];

describe('no picture came, and to blame', () => {
  it.each<[what: string, Trouble['kind'], Partial<Evidence>, readonly string[]]>([
    ['is what a worker was begun with: it could not be built', 'pipeline', {}, all],
    ['is what a worker was begun with: it stayed silent', 'stalled', {}, all],
    ['is nothing when a process ended once: that may be chance', 'exit', {}, []],
    ['is what it was begun with when it ended so twice', 'exit', { stillborn: 2 }, all],
    ['is nothing where a device is away', 'device', { stillborn: 9 }, []],
    ['is nothing where no picture ever came: there is no way back', 'pipeline', { confirmed: undefined }, []],
    ['is nothing where all is as a picture showed it', 'stalled', { confirmed: wished }, []],
    [
      'is not what was wished since and not tried',
      'stalled',
      { life: { settings: { ...wished, width: 640, height: 480 }, pictured: false } },
      ['brightness'],
    ],
    ['is what was under way with a gap', 'stalled', { life: pictured, pending: size }, ['width', 'height']],
    ['is nothing that was under way when the process just died', 'exit', { life: pictured, pending: size }, []],
    ['is nothing when it broke off by itself', 'pipeline', { life: pictured }, []],
    ['is nothing yet when it broke off while it was changed', 'pipeline', { life: pictured, pending: size }, []],
    ['is nothing when no worker had begun', 'pipeline', { life: undefined }, []],
  ])('%s', (_what, kind, more, fields) => {
    const evidence = { life: unpictured, stillborn: 1, confirmed, wished, pending: nothing, ...more };
    expect(blamedFields({ ...evidence, trouble: trouble(kind) })).toEqual(fields);
  });
});
