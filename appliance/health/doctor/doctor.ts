/**
 * The whole examination, as `perch doctor` prints it. It needs nothing of Perch to be in order: the running program is
 * asked where it answers, and where it does not, the figures are taken here and the reasons looked for.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { version } from '../../version.ts';
import type { Snapshot } from '../figures.ts';
import { type Finding, findingsOf, judge, type Severity } from '../findings.ts';
import { elapsedOf } from '../health.ts';
import { Machine } from '../machine.ts';
import { type WireHealth, wireHealth } from '../wire.ts';
import { complaintsOf, type Looked } from './complaints.ts';
import {
  askProgram,
  brokenPackages,
  journal,
  lookAtData,
  lookAtServer,
  lookAtUnit,
  programFolder,
  readConfiguration,
  takenPorts,
} from './look.ts';

export interface DoctorOptions {
  readonly env: NodeJS.ProcessEnv;
  /** The folder that this program lies in. */
  readonly here: string;
  /** Where /sys, /proc and /run are; elsewhere in tests. */
  readonly root?: string;
}

/** What was found. */
export interface Diagnosis {
  readonly version: string;
  /** In ms since 1970. */
  readonly now: number;
  /** Nothing is wrong and nothing will be soon. */
  readonly ok: boolean;
  readonly server: Looked['server'];
  readonly machine: WireHealth['machine'];
  readonly cameras: WireHealth['cameras'];
  /** What the running program tells everyone who opens its page. */
  readonly notices: readonly string[];
  /** The worst first. */
  readonly findings: readonly Finding[];
  /** The last lines of the journal, when Perch does not answer. */
  readonly lastWords: readonly string[];
}

type Answer = WireHealth & { readonly notices?: readonly string[] };

/** Examines this machine. Takes some seconds when Perch does not answer. */
export async function diagnose({ env, here, root = '/' }: DoctorOptions): Promise<Diagnosis> {
  const { config, mistake } = readConfiguration(env);
  const data = config?.data ?? env.PERCH_DATA ?? '/var/lib/perch';
  const answer = (await askProgram(data)) as Answer | undefined;
  const server = await lookAtServer(data, answer !== undefined, config?.port ?? 8080);
  const away = server === 'away' || server === 'busy';
  const [dataState, ports, unit, packages, words] = await Promise.all([
    lookAtData(data),
    away && config !== undefined ? takenPorts(config.host, portsOf(config)) : [],
    lookAtUnit(),
    away ? brokenPackages(programFolder(here)) : [],
    away ? journal(12, ['perch']) : undefined,
  ]);
  const looked: Looked = {
    node: process.version,
    server,
    data: dataState,
    takenPorts: ports,
    brokenPackages: packages,
    ...(mistake !== undefined && { mistake }),
    ...(unit !== undefined && { unit }),
  };
  const now = Date.now();
  const seen = answer ?? (await examineAlone(data, root, now));
  const findings = sorted([...complaintsOf(looked, now), ...(seen.findings as readonly Finding[])]);
  return {
    version,
    now,
    ok: findings.every(({ severity }) => severity === 'note') && (answer?.notices ?? []).length === 0,
    server,
    machine: seen.machine,
    cameras: seen.cameras,
    notices: answer?.notices ?? [],
    findings,
    lastWords: words?.split('\n') ?? [],
  };
}

/** The figures of the machine without the running program. */
async function examineAlone(data: string, root: string, now: number): Promise<WireHealth> {
  const machine = new Machine({ data, root });
  const [figures, dataProblem, vpnConfigured, safeMode] = await Promise.all([
    machine.read(),
    machine.dataProblem(),
    machine.vpnConfigured(),
    readSafeMode(root),
  ]);
  const snapshot: Snapshot = {
    now,
    machine: figures,
    cameras: [],
    facts: { dataProblem, safeMode, vpnConfigured, link: undefined },
  };
  const elapsed = elapsedOf(figures);
  const cases = judge(new Map(), { ...snapshot, elapsed, counted: () => undefined }, { atOnce: true });
  return wireHealth({ ...snapshot, findings: findingsOf(cases, { now, elapsed }) });
}

async function readSafeMode(root: string): Promise<string | undefined> {
  const text = await readFile(join(root, 'run/perch-safe-mode/environment'), 'utf8').catch(() => '');
  return /^PERCH_SAFE_MODE="?([^"\n]+)/m.exec(text)?.[1];
}

function portsOf(config: { http: boolean; https: boolean; port: number; https_port: number }): readonly number[] {
  return [...(config.http ? [config.port] : []), ...(config.https ? [config.https_port] : [])];
}

const order: readonly Severity[] = ['wrong', 'warning', 'note'];

function sorted(findings: readonly Finding[]): readonly Finding[] {
  return order.flatMap((severity) => findings.filter((finding) => finding.severity === severity));
}
