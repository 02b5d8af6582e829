/** What is told of the machine, in words: the charts there are, the lines below them, and the findings. */
import { clockText } from '../../health/say.ts';
import type { WireHealth } from '../../health/wire.ts';
import { agoText } from '../liveness.ts';
import { bitrateText } from '../panel/values.ts';

/** A chart of the Health tab. */
export interface ChartSpec {
  /** As in the history; of a camera with its name. */
  readonly key: string;
  readonly name: string;
  /** A value in words. */
  readonly text: (value: number) => string;
  /** What the scale always shows; undefined ends follow the values. */
  readonly low?: number;
  readonly high?: number;
  /** What stands there when the machine tells nothing of the kind. */
  readonly missing: string;
}

const degrees = (value: number) => `${value.toFixed(1)} °C`;
const percent = (value: number) => `${Math.round(value)} %`;

/** The charts for the camera that is shown, in their order. */
export function chartsOf(camera: string): readonly ChartSpec[] {
  return [
    {
      key: 'temperature',
      name: 'Temperature',
      text: degrees,
      low: 30,
      high: 85,
      missing: 'This machine does not tell its temperature.',
    },
    {
      key: 'cpu',
      name: 'Processor',
      text: percent,
      low: 0,
      high: 100,
      missing: 'This machine does not tell how busy it is.',
    },
    {
      key: 'memory',
      name: 'Memory used',
      text: percent,
      low: 0,
      high: 100,
      missing: 'This machine does not tell how much memory is left.',
    },
    {
      key: `fps:${camera}`,
      name: 'Frame rate',
      text: (value) => `${value.toFixed(1)} fps`,
      low: 0,
      missing: 'No picture in this time.',
    },
    {
      key: `bitrate:${camera}`,
      name: 'Bitrate',
      text: (value) => bitrateText(value * 1000),
      low: 0,
      missing: 'No picture in this time.',
    },
    {
      key: 'wifi',
      name: 'Wi-Fi signal',
      text: (value) => `${Math.round(value)} dBm`,
      low: -90,
      high: -30,
      missing: 'This machine is not on Wi-Fi.',
    },
  ];
}

/** Whether the machine tells of a chart's figure now: a chart without values is then only young. */
export function isTold({ key }: ChartSpec, { machine, cameras }: Partial<WireHealth>): boolean {
  const [name, camera] = key.split(':', 2);
  if (camera !== undefined) return cameras?.some((each) => each.name === camera && each.state !== 'stopped') ?? false;
  if (name === 'wifi') return machine?.interfaces.some(({ signal }) => signal !== undefined) ?? false;
  return machine?.[name as 'temperature' | 'cpu' | 'memory'] !== undefined;
}

const kinds = { ethernet: 'cable', wifi: 'Wi-Fi', vpn: 'VPN' } as const;

/** The lines below the charts. What the machine does not tell has none. */
export function machineFacts({ machine }: Partial<WireHealth>): readonly Fact[] {
  if (machine === undefined) return [];
  const { model, memory, disk, load, cores, interfaces, wear, clock_synchronized: synchronized, uptime } = machine;
  const networks = interfaces.map(({ name, kind, up, signal }) => {
    const more = up ? (signal === undefined ? '' : ` ${signal} dBm`) : ' off';
    return `${name} (${kinds[kind]}${more})`;
  });
  return told([
    ['Machine', model],
    ['Memory', memory && `${bytesText(memory.free)} of ${bytesText(memory.total)} free`],
    ['Disk', disk && `${bytesText(disk.free)} of ${bytesText(disk.total)} free`],
    ['Memory chip', wear && `${Math.round(wear.used * 100)} % of its life used`],
    [
      'Load',
      load && `${load.map((each) => each.toFixed(2)).join(' · ')} on ${cores} ${cores === 1 ? 'core' : 'cores'}`,
    ],
    ['Network', networks.length === 0 ? undefined : networks.join(', ')],
    [
      'Clock',
      synchronized === undefined ? undefined : synchronized ? 'set from the network' : 'not set from the network',
    ],
    ['Switched on', uptime === undefined ? undefined : agoText(uptime * 1000)],
  ]);
}

/** More lines of a camera. `ahead` is how far the device's clock is ahead of this browser's, in ms. */
export function cameraFacts({ cameras }: Partial<WireHealth>, camera: string, ahead: number): readonly Fact[] {
  const figures = cameras?.find(({ name }) => name === camera);
  if (figures === undefined) return [];
  const { encode_ms: encodeMs, missed, recent_restarts: restarts } = figures;
  return told([
    ['Capture to encoded', encodeMs === undefined ? undefined : `${Math.round(encodeMs)} ms`],
    ['Pictures missed', String(missed)],
    ...restarts
      .slice(-3)
      .reverse()
      .map(({ at, why }) => [`Restart ${clockText(at - ahead, Date.now())}`, why] as const),
  ]);
}

interface Fact {
  readonly name: string;
  readonly text: string;
}

function told(facts: readonly (readonly [name: string, text: string | undefined])[]): readonly Fact[] {
  return facts.flatMap(([name, text]) => (text === undefined ? [] : [{ name, text }]));
}

/** Told above every tab, with the tap that ends it (`note-safe`): not a second time below. */
const toldAbove = 'safe_mode';

const marks = { wrong: '!', warning: '!', note: 'i' } as const;

/** The findings as they are shown; `ahead` is how far the device's clock is ahead of this browser's, in ms. */
export function shownFindings(findings: WireHealth['findings'], now: number, ahead: number) {
  return findings
    .filter(({ id }) => id !== toldAbove)
    .map(({ id, severity, what, advice, since }) => ({
      id,
      severity,
      mark: marks[severity],
      what: now - since < 60_000 ? what : `${what} since ${clockText(since - ahead, now - ahead)}`,
      advice,
    }));
}

/** Nothing needs anybody's attention. */
export function allWell(findings: WireHealth['findings']): boolean {
  return findings.every(({ severity }) => severity === 'note');
}

/** Decimal, as cards are sold. */
export function bytesText(bytes: number): string {
  if (bytes < 1e9) return `${Math.round(bytes / 1e6)} MB`;
  return `${(bytes / 1e9).toFixed(bytes < 1e10 ? 1 : 0)} GB`;
}
