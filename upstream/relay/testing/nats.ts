/** A real NATS with JetStream for tests: Debian's nats-server on this machine, its store in a temporary folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../appliance/e2e/free-port.ts';

export class TestNats {
  readonly port: number;
  readonly folder: string;
  readonly #config: string;
  #process: ChildProcess | undefined;

  private constructor(port: number, folder: string, config: string) {
    this.port = port;
    this.folder = folder;
    this.#config = config;
  }

  /** `config`: more lines of its configuration. */
  static async start(config = '', { jetstream = true } = {}): Promise<TestNats> {
    const folder = await mkdtemp(join(tmpdir(), 'perch-nats-'));
    const store = `jetstream { store_dir: ${JSON.stringify(join(folder, 'store'))} }`;
    const nats = new TestNats(await freePort(), folder, `${jetstream ? store : ''}\n${config}`);
    await nats.run();
    return nats;
  }

  get address(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  /** Starts it, or starts it again; resolves when it takes connections. */
  async run(): Promise<void> {
    const file = join(this.folder, 'nats.conf');
    await writeFile(file, `listen: "127.0.0.1:${this.port}"\n${this.#config}\n`);
    const child = spawn('nats-server', ['-c', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#process = child;
    let said = '';
    await new Promise<void>((resolve, reject) => {
      child.once('error', (error) => reject(new Error(`nats-server cannot be started: ${error.message}`)));
      child.once('close', () => reject(new Error(`nats-server ended at once: ${said}`)));
      child.stderr.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString()).slice(-10_000);
        if (said.includes('Server is ready')) resolve();
      });
    });
  }

  /** SIGTERM lets it say goodbye, SIGKILL does not, SIGSTOP leaves its connections half-open until SIGCONT. */
  async signal(signal: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill(signal);
    if (signal === 'SIGTERM' || signal === 'SIGKILL') await closed;
  }

  async stop(): Promise<void> {
    await this.signal('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }
}
