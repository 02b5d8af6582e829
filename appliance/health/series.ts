/** Which figures have a history, and how finely it is kept. */
import type { CameraFigures, MachineFigures } from './figures.ts';

export interface SeriesSpec {
  readonly unit: string;
  /** One step of what is kept, in the unit: a value is a whole number of them, 16 bits wide. */
  readonly step: number;
  /** `level`: mean, least and most of a minute. `count`: how many in a minute. */
  readonly kind: 'level' | 'count';
}

const level = (unit: string, step: number): SeriesSpec => ({ unit, step, kind: 'level' });
const count = (unit: string): SeriesSpec => ({ unit, step: 1, kind: 'count' });

/** Of the machine. */
export const machineSeries = {
  temperature: level('°C', 0.1),
  cpu: level('%', 0.1),
  memory: level('%', 0.1),
  disk: level('%', 0.1),
  wifi: level('dBm', 1),
} as const satisfies Record<string, SeriesSpec>;

/** Of each camera; the name of the camera follows a colon: `fps:door`. */
export const cameraSeries = {
  fps: level('1/s', 0.1),
  bitrate: level('kbit/s', 2),
  encode: level('ms', 0.1),
  viewers: level('', 0.1),
  pictures: count('a minute'),
  missed: count('a minute'),
  restarts: count('a minute'),
} as const satisfies Record<string, SeriesSpec>;

/** The spec of a key, or undefined for one that is not known any more. */
export function seriesOf(key: string): SeriesSpec | undefined {
  const [name = '', camera] = key.split(':', 2);
  const table: Readonly<Record<string, SeriesSpec>> = camera === undefined ? machineSeries : cameraSeries;
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** The values of a moment by key; what is not told is left out, and a gap in the history. */
export function machineValues(machine: MachineFigures): ReadonlyMap<string, number> {
  const { temperature, cpu, memory, disk, interfaces } = machine;
  const used = (room: typeof memory) => room && 100 * (1 - room.free / room.total);
  const values: Record<keyof typeof machineSeries, number | undefined> = {
    temperature,
    cpu: cpu && cpu * 100,
    memory: used(memory),
    disk: used(disk),
    wifi: interfaces.find(({ signal }) => signal !== undefined)?.signal,
  };
  return told(Object.entries(values));
}

/** The values of a camera; `before` are its figures of the moment before and `seconds` what has passed since. */
export function cameraValues(
  camera: CameraFigures,
  before: CameraFigures | undefined,
  seconds: number,
): ReadonlyMap<string, number> {
  const { fps, bitrate } = camera;
  // A counter that went back belongs to a camera that is another one now.
  const more = (now: number, then: number | undefined) => (then === undefined || now < then ? undefined : now - then);
  const values: Record<keyof typeof cameraSeries, number | undefined> = {
    fps,
    bitrate: bitrate && bitrate / 1000,
    encode: camera.encodeMs,
    viewers: camera.viewers,
    pictures: before && fps && fps * seconds,
    missed: more(camera.missed, before?.missed),
    restarts: more(camera.restarts, before?.restarts),
  };
  return told(Object.entries(values).map(([name, value]) => [`${name}:${camera.name}`, value] as const));
}

function told(entries: readonly (readonly [string, number | undefined])[]): ReadonlyMap<string, number> {
  return new Map(entries.filter((entry): entry is [string, number] => entry[1] !== undefined));
}
