/** A real relay as `perch relay` runs it, with devices registered beforehand. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createLog } from '../../appliance/log.ts';
import { Fleet } from '../relay/fleet/fleet.ts';
import { openBackplane } from '../relay/fleet/open.ts';
import { People } from '../relay/people/people.ts';

const program = join(dirname(process.argv[1] ?? ''), 'perch.js');

export interface Registered {
  readonly folder: string;
  readonly token: string;
  /** By number: the device `d7` has `keys[7]`. */
  readonly keys: readonly string[];
}

/** Registers devices and a program that may steer them, in a new folder or in NATS. */
export async function register(count: number, nats?: string): Promise<Registered> {
  const folder = await mkdtemp(join(tmpdir(), 'perch-bench-'));
  const log = createLog('error');
  const fleet = await Fleet.open(await openBackplane({ data: folder, nats, nats_ca: undefined }, log), log);
  const people = await People.open({ backplane: fleet.backplane, log, adminPassword: 'correct horse battery' });
  const names = Array.from({ length: count }, (_, at) => `d${at}`);
  const keys = await Promise.all(names.map(async (name) => (await fleet.devices.add(name)).key));
  const { token } = await people.createToken('bench', 'operator');
  await fleet.close();
  return { folder, token, keys };
}

export class BenchRelay {
  readonly #process: ChildProcess;
  readonly port: number;

  private constructor(process: ChildProcess, port: number) {
    this.#process = process;
    this.port = port;
  }

  static async start(folder: string, { port = 0, nats = '' } = {}): Promise<BenchRelay> {
    const child = spawn(process.execPath, ['--enable-source-maps', program, 'relay'], {
      env: {
        PATH: process.env.PATH,
        PERCH_RELAY_CONFIG: '',
        PERCH_RELAY_PORT: String(port),
        PERCH_RELAY_HOST: '127.0.0.1',
        PERCH_RELAY_DATA: folder,
        PERCH_RELAY_LOG_LEVEL: 'error',
        ...(nats !== '' && { PERCH_RELAY_NATS: nats }),
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    const found = await new Promise<string>((resolve, reject) => {
      child.stderr.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString()).slice(-4_000);
        const match = /The relay is at http:\/\/localhost:(\d+)/.exec(said)?.[1];
        if (match) resolve(match);
      });
      child.once('close', () => reject(new Error(`The relay ended at once: ${said}`)));
    });
    return new BenchRelay(child, Number(found));
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** Memory it has now, in bytes. */
  memory(): number {
    const status = readFileSync(`/proc/${this.#process.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? Number.NaN) * 1024;
  }

  async kill(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const closed = once(this.#process, 'close');
    this.#process.kill('SIGKILL');
    await closed;
  }
}

export async function tidyUp(...folders: readonly string[]): Promise<void> {
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
}
