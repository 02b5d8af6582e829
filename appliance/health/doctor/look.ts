/** Looks at the program from outside: whether it answers, its folder, its ports, its packages, its unit. Never throws. */
import { execFile } from 'node:child_process';
import { constants, existsSync } from 'node:fs';
import { access, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { askLocal, socketPath } from '../../cli/socket.ts';
import { type Config, ConfigError, loadConfig } from '../../config.ts';
import type { Looked } from './complaints.ts';

/** The units whose words are worth reading. */
export const units = ['perch', 'mediamtx', 'perch-recovery', 'perch-first-boot', 'openvpn-client@perch'] as const;
/** No program that is asked may keep a person waiting longer; in ms. */
const programMs = 15_000;

/** The configuration, or the sentence about its mistake. */
export function readConfiguration(env: NodeJS.ProcessEnv): { config: Config | undefined; mistake?: string } {
  try {
    return { config: loadConfig(env) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { config: undefined, mistake: error.message };
  }
}

/** What the running program says of itself; undefined when none answers. */
export function askProgram(data: string): Promise<unknown> {
  return askLocal(data, 'health').catch(() => undefined);
}

/** Whether it runs, told by its socket and its page. */
export async function lookAtServer(data: string, answered: boolean, port: number): Promise<Looked['server']> {
  if (answered || (await answers(port))) {
    const closed = !answered && !(await may(socketPath(data), constants.R_OK | constants.W_OK));
    return closed ? 'closed' : 'running';
  }
  return (await holdsSocket(data)) ? 'busy' : 'away';
}

/** The folder of everything that is saved: what keeps Perch from using it. */
export async function lookAtData(path: string): Promise<Looked['data']> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) {
    const problem = found.code === 'ENOENT' ? 'absent' : 'unreadable';
    return { path, problem, mine: process.getuid?.() === 0 };
  }
  const uid = process.getuid?.();
  const mine = uid === undefined || uid === 0 || uid === found.uid;
  if (!(await may(path, constants.R_OK | constants.X_OK))) return { path, problem: 'unreadable', mine };
  // What the running program must be able to do, tried: a mode says little of a card that has gone bad.
  const probe = join(path, `.doctor-${process.pid}`);
  try {
    await writeFile(probe, 'x'.repeat(4096));
    return { path, mine };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem = code === 'ENOSPC' || code === 'EDQUOT' ? 'full' : code === 'EROFS' ? 'read-only' : 'unwritable';
    return { path, problem, mine };
  } finally {
    await rm(probe, { force: true }).catch(() => {});
  }
}

/** Those of the ports that another program has. */
export async function takenPorts(host: string, ports: readonly number[]): Promise<readonly number[]> {
  const tried = await Promise.all(ports.map(async (port) => ({ port, free: await isFree(host, port) })));
  return tried.filter(({ free }) => !free).map(({ port }) => port);
}

/**
 * The packages of the built program that cannot be loaded, each with the reason: those that lie beside it (build.mjs), of
 * what it imports, tried in a process of its own, since one may take it down.
 */
export async function brokenPackages(dist: string): Promise<readonly string[]> {
  const files = (await readdir(dist).catch((): string[] => [])).filter((name) => name.endsWith('.js'));
  const texts = await Promise.all(files.map((name) => readFile(join(dist, name), 'utf8').catch(() => '')));
  const imports = texts.flatMap((text) => [...text.matchAll(/\bimport(?:[^'"\n(]*?|\()["']([^'"./][^'"]*)["']\)?/g)]);
  const outside = await readFile(join(dist, 'packages.json'), 'utf8').then(
    (text) => (JSON.parse(text) as { outside: string[] }).outside,
    (): string[] => [],
  );
  const names = [...new Set(imports.map((match) => match[1] ?? ''))].filter((name) => outside.includes(name));
  if (names.length === 0) return [];
  const script = `for (const name of ${JSON.stringify(names)})
    await import(name).catch((error) => console.log(name + ': ' + String(error.message).split('\\n')[0]));
    process.exit(0);`;
  const said = await run(process.execPath, ['--input-type=module', '--eval', script], dirname(dist));
  return said === undefined ? ['they could not be tried'] : said.split('\n').filter((line) => line !== '');
}

/** systemd's word on the service; undefined where it does not start Perch. */
export async function lookAtUnit(): Promise<Looked['unit']> {
  if (!existsSync('/run/systemd/system')) return undefined;
  const properties = 'LoadState,ActiveState,Result,NRestarts';
  const text = (await run('systemctl', ['show', 'perch.service', `--property=${properties}`])) ?? '';
  const value = (name: string) => new RegExp(`^${name}=(.*)$`, 'm').exec(text)?.[1] ?? '';
  if (value('LoadState') !== 'loaded') return undefined;
  return { active: value('ActiveState'), result: value('Result'), restarts: Number(value('NRestarts')) };
}

/** The last lines of the journal of Perch's units; undefined where there is none, or it is not for this user. */
export async function journal(lines: number, which: readonly string[] = units): Promise<string | undefined> {
  if (!existsSync('/run/systemd/system')) return undefined;
  const of = which.map((unit) => `--unit=${unit}.service`);
  const text = await run('journalctl', [...of, `--lines=${lines}`, '--no-pager', '--quiet', '--output=short-iso']);
  return text?.trim() || undefined;
}

/** Where the built program is: beside this file, or where an image has it. */
export function programFolder(here: string): string {
  return existsSync(join(here, 'perch.js')) ? here : '/usr/lib/perch/dist';
}

/** Standard output of a program, or undefined when it is not there, fails or takes too long. */
export function run(file: string, args: readonly string[], cwd?: string): Promise<string | undefined> {
  const options = { timeout: programMs, maxBuffer: 8_000_000, ...(cwd !== undefined && { cwd }) };
  return new Promise((resolve) => {
    execFile(file, args, options, (error, stdout) => resolve(error === null ? stdout : undefined));
  });
}

async function answers(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(2000) });
    return answer.ok && ((await answer.json()) as { ok?: unknown }).ok === true;
  } catch {
    return false;
  }
}

/** Somebody listens on the socket, whether or not an answer comes. */
async function holdsSocket(data: string): Promise<boolean> {
  if (process.platform === 'win32') return false;
  const { connect } = await import('node:net');
  return new Promise((resolve) => {
    const socket = connect(socketPath(data));
    const end = (held: boolean) => {
      socket.destroy();
      resolve(held);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    // Not to be allowed to listen there says nothing of who else does.
    server.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code !== 'EADDRINUSE'));
    server.listen({ host, port }, () => server.close(() => resolve(true)));
  });
}

function may(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
