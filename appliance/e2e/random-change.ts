/** Random but repeatable changes of a camera's settings, for walks. */
import type { WireFieldLimits } from '../../proto/index.ts';
import { formatBitrate } from '../settings/bitrate.ts';
import { fieldSpec, type SettingName, settingNames } from '../settings/table.ts';

type Random = () => number;
type LimitsByName = Readonly<Partial<Record<SettingName, WireFieldLimits>>>;

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One to four fields at values this camera allows; a size is always both width and height. */
export function randomChange(random: Random, limits: LimitsByName, sizes: readonly string[]): Record<string, unknown> {
  const pick = <T>(from: readonly T[]): T => {
    const one = from[Math.floor(random() * from.length)];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  };
  const offered = settingNames.filter(
    (name) => fieldSpec(name).kind !== 'identity' && limits[name]?.available !== false && name !== 'height',
  );
  const change: Record<string, unknown> = {};
  for (let count = 1 + Math.floor(random() * 4); count > 0; count -= 1) {
    const name = pick(offered);
    if (name === 'width') {
      const [width, height] = pick(sizes).split('x').map(Number);
      Object.assign(change, { width, height });
    } else {
      change[name] = randomValue(name);
    }
  }
  // A picture cannot be exposed for longer than it lasts, at the frame rate of the same change.
  if (typeof change.fps === 'number' && typeof change.exposure_time === 'number') {
    change.exposure_time = Math.min(change.exposure_time, Math.floor(1_000_000 / change.fps / 50) * 50);
  }
  return change;

  function randomValue(name: SettingName): unknown {
    const spec = fieldSpec(name);
    const own = limits[name];
    const min = own?.min ?? spec.min ?? 0;
    const max = own?.max ?? spec.max ?? 0;
    switch (spec.kind) {
      case 'boolean':
        return random() < 0.5;
      case 'choice':
        return pick(own?.choices ?? spec.choices ?? []);
      case 'bitrate':
        // Even over the scale as people hear it: as many steps from 0.3 to 0.6 as from 3 to 6 Mbit/s.
        return formatBitrate(Math.round(Math.exp(Math.log(300_000) + random() * Math.log(20)) / 100_000) * 100_000);
      case 'integer': {
        // Frame rates above 30 only load the machine that runs the tests.
        const top = name === 'fps' ? Math.min(max, 30) : max;
        const step = own?.step ?? spec.step ?? 1;
        return min + Math.floor((random() * (top - min)) / step) * step;
      }
      default:
        return Number((min + random() * (max - min)).toFixed(2));
    }
  }
}
