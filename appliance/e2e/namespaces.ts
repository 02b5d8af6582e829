/**
 * Networks of our own for end-to-end tests: each place is a network namespace of the kernel, held by a process of
 * ours. Nothing outside is touched, and when the holders are gone, so is everything in them.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const asRoot = process.getuid?.() === 0;

/** Why there can be no namespaces with a VPN here, in a sentence; undefined when there can. */
export async function whyNoNamespaces(): Promise<string | undefined> {
  if (!existsSync('/dev/net/tun')) return 'This machine has no /dev/net/tun, so it can have no VPN.';
  try {
    const unshare = ['--net', ...(asRoot ? [] : ['--map-root-user']), 'ip', 'tuntap', 'add', 'try', 'mode', 'tun'];
    await run('unshare', unshare);
    return undefined;
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim() || (error as Error).message;
    return `This machine lets us make no network namespace with a VPN in it: ${said}. Run the tests as root, or allow unprivileged user namespaces and /dev/net/tun.`;
  }
}

/** One place: a network namespace with nothing but loopback at first. */
export class Place {
  readonly pid: number;
  readonly #holder: ChildProcess;
  readonly #doors: { readonly server: Server; readonly folder: string }[] = [];
  readonly #children: ChildProcess[] = [];

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
    this.pid = holder.pid ?? 0;
  }

  /** A new place; only places `beside` one another can be joined by a cable. */
  static async make(beside?: Place): Promise<Place> {
    // Whoever is not root is root in a user namespace of its own, which all places share.
    const unshare = asRoot || beside ? ['unshare', '--net'] : ['unshare', '--net', '--map-root-user'];
    const into = asRoot || !beside ? [] : ['nsenter', '-t', String(beside.pid), '--user', '--preserve-credentials'];
    // The holder ends when its input does: with `close`, and with this process however that ends.
    const [command = '', ...rest] = [...into, ...unshare, 'sh', '-c', 'ip link set lo up && echo here && exec cat'];
    const holder = spawn(command, rest, { stdio: ['pipe', 'pipe', 'inherit'] });
    const gone = once(holder, 'exit').then(() => {
      throw new Error('the namespace could not be made');
    });
    await Promise.race([once(holder.stdout, 'data'), gone]);
    gone.catch(() => {});
    return new Place(holder);
  }

  /** Words before a command that make it run here, and end when this process ends. */
  get wrapper(): readonly string[] {
    const user = asRoot ? [] : ['--user', '--preserve-credentials'];
    return ['nsenter', '-t', String(this.pid), ...user, '--net', 'setpriv', '--pdeathsig', 'KILL'];
  }

  /** `ip` with these words, split at spaces. */
  async ip(words: string): Promise<string> {
    const [command = '', ...rest] = [...this.wrapper, 'ip', ...words.split(' ')];
    return (await run(command, rest)).stdout;
  }

  /** Carries what comes in by one cable and is meant for another, as routers do. */
  async forward(): Promise<void> {
    const [command = '', ...rest] = [...this.wrapper, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward'];
    await run(command, rest);
  }

  /** Starts a program here; it is ended with the place. */
  start(...words: readonly string[]): ChildProcess {
    const [command = '', ...rest] = [...this.wrapper, ...words];
    const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#children.push(child);
    return child;
  }

  /** Joins this place to another by a cable with an end of that name in each. */
  async cable(end: string, other: Place, otherEnd: string): Promise<void> {
    await this.ip(`link add ${end} type veth peer name ${otherEnd} netns ${other.pid}`);
    await this.ip(`link set ${end} up`);
    await other.ip(`link set ${otherEnd} up`);
  }

  /** A port on our own loopback that leads to an address within this place: the test's own way in. */
  async door(host: string, port: number): Promise<number> {
    const folder = await mkdtemp(join(tmpdir(), 'perch-door-'));
    const path = join(folder, 'socket');
    // A socket in the file system knows no network namespaces.
    const carry = `
      const { connect, createServer } = require('node:net');
      createServer((near) => {
        const far = connect(${port}, ${JSON.stringify(host)});
        for (const [from, to] of [[near, far], [far, near]]) from.on('error', () => to.destroy()).pipe(to);
      }).listen(${JSON.stringify(path)}, () => console.log('open'));`;
    const child = this.start(process.execPath, '-e', carry);
    if (child.stdout) await once(child.stdout, 'data');
    const server = createServer((near) => {
      const far = connect(path);
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        from.on('error', () => to.destroy()).pipe(to);
      }
    });
    this.#doors.push({ server, folder });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return (server.address() as AddressInfo).port;
  }

  /** Ends what runs here, and with its last process the place itself. */
  async close(): Promise<void> {
    for (const { server } of this.#doors) server.close();
    await Promise.all([...this.#children, this.#holder].map(end));
    for (const { folder } of this.#doors) await rm(folder, { recursive: true, force: true });
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
