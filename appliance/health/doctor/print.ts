/** A diagnosis as text for a shell; ends with what to do. */

import { sayFinding } from '../say.ts';
import type { WireHealth } from '../wire.ts';
import type { Diagnosis } from './doctor.ts';

const servers = {
  running: 'is running',
  busy: 'is running but does not answer',
  closed: 'is running, as another user',
  away: 'is not running',
} as const;

/** The whole text. */
export function printed(diagnosis: Diagnosis): string {
  const { version, now, server, machine, cameras, notices, findings, lastWords } = diagnosis;
  const lines = [
    `Perch ${version} ${servers[server]}${machine.model === undefined ? '' : ` on a ${machine.model}`}.`,
    '',
    ...table([...machineLines(machine), ...cameras.map(cameraLine)]),
    ...block('Its last words:', lastWords),
    ...block('It says:', notices),
    '',
    ...(findings.length === 0 ? ['Nothing is wrong.'] : ['What to do:', ...findings.map(findingLine)]),
  ];
  return `${lines.join('\n')}\n`;

  function findingLine(finding: (typeof findings)[number], at: number): string {
    const kind = finding.severity === 'note' ? ' (good to know)' : '';
    return `  ${at + 1}. ${sayFinding(finding, now)}${kind}`;
  }
}

type Line = readonly [name: string, text: string | undefined];

function machineLines(machine: WireHealth['machine']): readonly Line[] {
  const { temperature, power, load, cores, memory, disk, interfaces, clock_synchronized: set, uptime, wear } = machine;
  const room = (of: typeof memory) =>
    of === undefined ? undefined : `${gigabytes(of.free)} of ${gigabytes(of.total)} GB free`;
  return [
    ['temperature', temperature === undefined ? 'not told by this machine' : `${temperature} °C`],
    [
      'power',
      power === undefined ? undefined : power.under_voltage ? 'too low' : power.throttled ? 'throttled' : 'good',
    ],
    ['load', load === undefined ? undefined : `${load.join(' ')} on ${cores} cores`],
    ['memory', room(memory)],
    ['disk', room(disk)],
    ['memory chip', wear === undefined ? undefined : `${Math.round(wear.used * 100)} % used`],
    ...interfaces.map(({ name, kind, up, signal }): Line => {
      return [name, `${kind}, ${up ? 'up' : 'down'}${signal === undefined ? '' : `, ${signal} dBm`}`];
    }),
    ['clock', set === undefined ? undefined : set ? 'set from the network' : 'not set from the network'],
    ['up for', uptime === undefined ? undefined : `${(uptime / 3600).toFixed(1)} h`],
  ];
}

function cameraLine({
  name,
  state,
  message,
  fps,
  wanted_fps: wanted,
  bitrate,
  viewers,
  restarts,
}: WireHealth['cameras'][number]): Line {
  // Not known yet in its first moments.
  const rates =
    fps === undefined || bitrate === undefined
      ? ''
      : `${fps} of ${wanted} pictures/s, ${(bitrate / 1e6).toFixed(1)} Mbit/s, `;
  return [`camera ${name}`, state === 'live' ? `live, ${rates}viewers ${viewers}, restarts ${restarts}` : message];
}

function table(lines: readonly Line[]): readonly string[] {
  const told = lines.filter((line): line is [string, string] => line[1] !== undefined);
  const width = Math.max(...told.map(([name]) => name.length));
  return told.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`);
}

function block(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(bytes < 1e10 ? 2 : 0);
}
