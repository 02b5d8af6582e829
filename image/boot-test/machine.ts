/** An emulated 64-bit machine with a card in it: started, watched, reached by its ports, its plug pulled. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { freePort } from '../../appliance/e2e/free-port.ts';
import type { Card } from './card.ts';
import { until } from './until.ts';

const run = promisify(execFile);

/** Ports inside, and where they are found on this machine. */
export interface Ports {
  readonly http: number;
  readonly https: number;
  readonly ssh: number;
  readonly recovery: number;
}
const inside: Ports = { http: 80, https: 443, ssh: 22, recovery: 8022 };

export interface MachineOptions {
  /** MiB; a Zero 2 W has 512. */
  readonly memory?: number;
  /** More of QEMU's arguments. */
  readonly devices?: readonly string[];
  /** More of the kernel's arguments. */
  readonly append?: string;
  /** File with the private key of somebody who may log in, and the name. */
  readonly login?: { readonly name: string; readonly key: string };
}

/** Emits `line` with each line of the serial console. */
export class Machine extends EventEmitter<{ line: [string] }> {
  readonly ports: Ports;
  readonly card: Card;
  /** Everything the serial console said, for whoever has to find out what went wrong. */
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #login: MachineOptions['login'];

  private constructor(child: ChildProcess, card: Card, folder: string, ports: Ports, login: MachineOptions['login']) {
    super();
    this.setMaxListeners(0);
    this.#child = child;
    this.card = card;
    this.#folder = folder;
    this.ports = ports;
    this.#login = login;
  }

  /** Switches it on. Kernel, initramfs and command line are those of the card, as a Pi's firmware would take them. */
  static async start(card: Card, { memory = 1024, devices = [], append = '', login }: MachineOptions = {}) {
    const folder = await mkdtemp(join(tmpdir(), 'perch-machine-'));
    for (const name of ['vmlinuz', 'initrd.img']) await card.take(name, join(folder, name));
    const line = ((await card.get('cmdline.txt')) ?? '').trim();
    const ports: Ports = {
      http: await freePort(),
      https: await freePort(),
      ssh: await freePort(),
      recovery: await freePort(),
    };
    const forwards = Object.entries(ports).map(
      ([name, port]) => `,hostfwd=tcp:127.0.0.1:${port}-:${inside[name as keyof Ports]}`,
    );
    const child = spawn(
      'qemu-system-aarch64',
      [
        ...['-M', 'virt', '-cpu', 'cortex-a72', '-smp', '2', '-m', String(memory)],
        ...['-display', 'none', '-monitor', 'none', '-serial', 'stdio'],
        ...['-qmp', `unix:${join(folder, 'qmp')},server=on,wait=off`],
        ...['-kernel', join(folder, 'vmlinuz'), '-initrd', join(folder, 'initrd.img'), '-append', `${line} ${append}`],
        ...['-drive', `if=none,id=card,format=raw,file=${card.path}`, '-device', 'virtio-blk-pci,drive=card'],
        // Nobody outside is reached: what works here works without the internet.
        ...['-netdev', `user,id=net,restrict=on${forwards.join('')}`, '-device', 'virtio-net-pci,netdev=net,romfile='],
        ...['-device', 'virtio-rng-pci'],
        ...devices,
      ],
      { stdio: ['pipe', 'pipe', 'pipe'] },
    );
    const machine = new Machine(child, card, folder, ports, login);
    const log = createWriteStream(`${card.path}.console`, { flags: 'a' });
    const hear = (line: string) => {
      // Without colours and the cursor's movements.
      // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what they begin with
      const plain = line.replaceAll(/\x1b\[[0-9;?]*[A-Za-z]|\r/g, '');
      machine.lines.push(plain);
      log.write(`${plain}\n`);
      machine.emit('line', plain);
    };
    for (const stream of [child.stdout, child.stderr]) createInterface({ input: stream }).on('line', hear);
    child.on('close', (code, signal) => {
      hear(`(qemu ended: ${code ?? signal})`);
      log.end();
    });
    return machine;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** The first line of the console that matches, from `since` (a number of lines) on. */
  async said(pattern: RegExp, since = 0): Promise<string> {
    for (let at = since; ; at += 1) {
      while (at >= this.lines.length) {
        if (!this.running) throw new Error(`${basename(this.card.path)}: the machine ended. ${this.lastWords()}`);
        await once(this, 'line');
      }
      const line = this.lines[at];
      if (line !== undefined && pattern.test(line)) return line;
    }
  }

  lastWords(): string {
    return `Its console said last:\n${this.lines.slice(-15).join('\n')}`;
  }

  /** A request to the page's port, or another, as anybody in the network would make it. */
  fetch(path: string, init: RequestInit = {}, port: keyof Ports = 'http'): Promise<Response> {
    const signal = init.signal ?? AbortSignal.timeout(30_000);
    return fetch(`http://127.0.0.1:${this.ports[port]}${path}`, { ...init, signal });
  }

  /** Until it serves the page: the camera's, or recovery's. */
  async serving(port: keyof Ports = 'http', seconds = 420): Promise<void> {
    await until(`Perch answers (${port})`, async () => (await this.fetch('/healthz', {}, port)).ok, seconds).catch(
      (error: Error) => {
        throw new Error(`${error.message}. ${this.lastWords()}`);
      },
    );
  }

  /** Runs a command inside by ssh; gives what it wrote. Waits until ssh is up. @throws with its stderr when it fails */
  async shell(command: string): Promise<string> {
    const { name, key } = this.#login ?? {};
    if (key === undefined) throw new Error('nobody may log in on this card');
    const ssh = [
      ...['-i', key, '-p', String(this.ports.ssh), '-o', 'BatchMode=yes', '-o', 'LogLevel=ERROR'],
      ...['-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'ConnectTimeout=60'],
      // One connection for all: each new one costs seconds of cryptography under emulation.
      ...['-o', 'ControlMaster=auto', '-o', 'ControlPersist=yes', '-o', `ControlPath=${join(this.#folder, 'ssh')}`],
      `${name}@127.0.0.1`,
    ];
    await until('ssh answers', async () => (await run('ssh', [...ssh, 'true'])) !== undefined, 300);
    const { stdout } = await run('ssh', [...ssh, command], { maxBuffer: 64 * 1024 ** 2 }).catch(
      (error: { stdout: string; stderr: string; message: string }) => {
        throw new Error(`${command}: ${error.stderr || error.message}${error.stdout}`);
      },
    );
    return stdout;
  }

  /** Runs a script inside as root, up to the first command that fails; it must have no single quotes. */
  root(script: string): Promise<string> {
    return this.shell(`sudo sh -ec '${script}'`);
  }

  /** One command of QEMU's own protocol. */
  async qmp(execute: string): Promise<void> {
    const socket = connect(join(this.#folder, 'qmp'));
    const lines = createInterface({ input: socket });
    const answered = (async () => {
      for await (const line of lines) {
        const message = JSON.parse(line) as { QMP?: unknown; return?: unknown; error?: { desc: string }; id?: string };
        if (message.QMP !== undefined) socket.write('{"execute":"qmp_capabilities"}\n');
        if (message.error) throw new Error(`${execute}: ${message.error.desc}`);
        if (message.id === 'asked') return;
        if (message.return !== undefined && message.id === undefined)
          socket.write(`${JSON.stringify({ execute, id: 'asked' })}\n`);
      }
    })();
    await answered.finally(() => socket.destroy());
  }

  /** Pulls the plug: what the system inside had not written is gone. */
  async pullPlug(): Promise<void> {
    await this.#end(() => this.#child.kill('SIGKILL'));
  }

  /** Presses the power button, and waits until it has shut down. */
  async powerOff(): Promise<void> {
    await this.#end(() => void this.qmp('system_powerdown'));
  }

  async #end(how: () => unknown): Promise<void> {
    if (this.running) {
      const closed = once(this.#child, 'close');
      how();
      await closed;
    }
    const control = ['-o', `ControlPath=${join(this.#folder, 'ssh')}`, '-O', 'exit', 'x'];
    await run('ssh', control).catch(() => undefined);
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** A key for ssh in `folder`, and the file of Raspberry Pi Imager that lets its owner in. */
export async function makeLogin(folder: string, name = 'tester') {
  const key = join(folder, 'key');
  await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'boot test', '-f', key]);
  const userData = [
    '#cloud-config',
    'hostname: emulated',
    'timezone: Europe/Berlin',
    'users:',
    `- name: ${name}`,
    '  groups: users,adm,dialout,audio,netdev,video,plugdev,cdrom,games,input,gpio,spi,i2c,render,sudo',
    '  shell: /bin/bash',
    '  ssh_authorized_keys:',
    `  - ${(await readFile(`${key}.pub`, 'utf8')).trim()}`,
    '  sudo: ALL=(ALL) NOPASSWD:ALL',
    'enable_ssh: true',
    'ssh_pwauth: false',
    '',
  ].join('\n');
  return { login: { name, key }, userData };
}
