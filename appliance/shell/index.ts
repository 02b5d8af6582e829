/** The appliance's way to the terminals: to perch-recovery's host, or to one that it starts itself. */
import { type ChildProcess, fork } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync, type FSWatcher, watch } from 'node:fs';
import { access, constants } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocket } from 'ws';
import type { AuditBook } from '../command/audit.ts';
import { PerchError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { Visitor } from './host.ts';
import { addressHeader, awakeFile, frameMost, type Watched, whoHeader, writeHeader } from './socket.ts';
import { recoveryService } from './wake.ts';

export interface ShellOptions {
  /** The appliance's data folder. */
  readonly data: string;
  readonly audit: AuditBook;
  readonly log: Logger;
  /** Where perch-recovery.service has its program and its socket. */
  readonly service?: { readonly program: string; readonly socket: string };
  /** The program that is started where there is no service. */
  readonly program?: string;
}

/** A service that went away is looked for again after this time, in ms. */
const lookAgainMs = 10_000;

/** Emits `count` with the number of open terminals, whoever opened them, whenever it changes. */
export class Shell extends EventEmitter<{ count: [number] }> {
  readonly #options: ShellOptions;
  readonly #service: { readonly program: string; readonly socket: string };
  #child: { readonly process: ChildProcess; readonly path: Promise<string> } | undefined;
  #following: FSWatcher | undefined;
  #watching: WebSocket | undefined;
  #again: NodeJS.Timeout | undefined;
  #open = new Set<string>();
  #stopped = false;

  constructor(options: ShellOptions) {
    super();
    this.#options = options;
    this.#service = options.service ?? recoveryService;
  }

  /** Open terminals. */
  get count(): number {
    return this.#open.size;
  }

  /** Watches perch-recovery's terminals while it runs, where it is installed. */
  start(): void {
    const { program, socket } = this.#service;
    if (!existsSync(program)) return;
    try {
      this.#following = watch(dirname(socket), (_change, name) => name === awakeFile && this.#look());
      this.#following.on('error', (error) => this.#options.log.error({ err: error }, 'terminals are not watched'));
    } catch (error) {
      this.#options.log.error({ err: error }, 'terminals are not watched: is perch-recovery.socket started?');
    }
    this.#look();
  }

  /** Asks what is open, if there can be something: asking would start it. */
  #look(): void {
    const { socket } = this.#service;
    if (existsSync(join(dirname(socket), awakeFile))) void this.#watch(socket);
  }

  /**
   * A connection to the host for one page's frames.
   * @throws PerchError terminal_away
   */
  async connect({ who, address }: Visitor): Promise<WebSocket> {
    const path = await this.#path();
    const socket = new WebSocket(`ws+unix:${path}:/terminal`, {
      headers: { [whoHeader]: writeHeader(who), [addressHeader]: writeHeader(address) },
      maxPayload: 4 * frameMost,
      perMessageDeflate: false,
    });
    try {
      await once(socket, 'open');
    } catch (error) {
      this.#options.log.error({ err: error }, 'the terminals’ host does not answer');
      throw away('its program does not answer. At the device: systemctl restart perch-recovery.');
    }
    // Who opens and closes is watched before anybody does.
    await this.#watch(path);
    return socket;
  }

  /** Ends the host that was started here, and every terminal of it. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#again);
    this.#following?.close();
    this.#watching?.terminate();
    const child = this.#child?.process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    if (child.connected) child.disconnect();
    await ended;
  }

  async #path(): Promise<string> {
    const { socket, program } = this.#service;
    const reached = await access(socket, constants.R_OK | constants.W_OK).catch(
      (error: NodeJS.ErrnoException) => error,
    );
    if (reached === undefined) return socket;
    const installed = await access(program).then(
      () => true,
      () => false,
    );
    // The service's user has a shell; this one's is locked down.
    if (installed && reached.code === 'ENOENT') {
      throw away('perch-recovery does not run. At the device: systemctl start perch-recovery.socket.');
    }
    this.#child ??= this.#begin();
    return this.#child.path;
  }

  #begin() {
    const { data, log } = this.#options;
    const program = this.#options.program ?? fileURLToPath(new URL('./recovery/recovery.js', import.meta.url));
    const socket = join(data, 'shell.sock');
    // Its environment is new, as its shells' will be.
    const env = Object.fromEntries(
      ['PATH', 'HOME', 'LANG'].flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
    );
    const child = fork(program, ['terminals', socket, join(data, 'auth.json')], {
      env,
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const path = new Promise<string>((resolve, reject) => {
      child.once('message', () => resolve(socket));
      child.once('error', reject);
      child.once('exit', (code, signal) => {
        reject(new Error(`it ended with ${code ?? signal}`));
        if (this.#child?.process === child) this.#child = undefined;
      });
    }).catch((error: unknown) => {
      log.error({ err: error }, 'the terminals’ host did not start');
      throw away('its program did not start. The log says more.');
    });
    // Who asks for it hears of it; nobody else has to.
    path.catch(() => undefined);
    return { process: child, path };
  }

  async #watch(path: string): Promise<void> {
    if (this.#watching || this.#stopped) return;
    const socket = new WebSocket(`ws+unix:${path}:/watch`, { perMessageDeflate: false });
    this.#watching = socket;
    socket.on('message', (data) => this.#hear(JSON.parse(String(data)) as Watched));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#watching = undefined;
      this.#set([]);
      if (this.#stopped || path !== this.#service.socket) return;
      this.#again = setTimeout(() => this.#look(), lookAgainMs).unref();
    });
    await Promise.race([once(socket, 'message'), once(socket, 'close')]).catch(() => undefined);
  }

  #hear(told: Watched): void {
    const { audit } = this.#options;
    if (told.type === 'all') {
      this.#set(told.terminals.map(({ id }) => id));
      return;
    }
    const { id, who } = told.terminal;
    audit.record({ who, camera: '', action: `terminal ${told.type}` });
    const others = [...this.#open].filter((each) => each !== id);
    this.#set(told.type === 'opened' ? [...others, id] : others);
  }

  #set(ids: readonly string[]): void {
    const before = this.#open.size;
    this.#open = new Set(ids);
    if (this.#open.size !== before) this.emit('count', this.#open.size);
  }
}

function away(reason: string): PerchError {
  return new PerchError('terminal_away', { reason });
}
