/** Runs the programs that know about Wi-Fi: nmcli and iw. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export interface Output {
  /** 0 when it went well; -1 when there is no such program, or it was ended for taking too long. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** There is no such program. */
  readonly missing: boolean;
}

export interface RunOptions {
  readonly timeoutMs: number;
  readonly secret?: string | undefined;
  /** Ends it early. */
  readonly signal?: AbortSignal | undefined;
}

/** English, whatever the machine speaks, and names of networks in UTF-8. */
const environment = () => ({ ...process.env, LC_ALL: 'C.UTF-8' });

/** What one call may print; a hundred networks are 10 kB. */
const outputMost = 1024 * 1024;

/**
 * Runs a program to its end. `secret` reaches it as the file /dev/stdin: arguments are seen by everybody on the machine.
 * Never rejects.
 */
export async function run(
  program: string,
  args: readonly string[],
  { timeoutMs, secret, signal }: RunOptions,
): Promise<Output> {
  // Node's own pipes are sockets, and those cannot be opened as /dev/stdin; a shell's are real ones.
  const [file, ...given] = secret === undefined ? [program] : ['/bin/sh', '-c', 'cat | "$@"', 'sh', program];
  const child = spawn(file ?? program, [...given, ...args], {
    env: environment(),
    timeout: timeoutMs,
    ...(signal && { signal }),
  });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (stdout.length < outputMost) stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-4000);
  });
  child.stdin.on('error', () => undefined).end(secret ?? '');
  return new Promise((resolve) => {
    child.on('error', (error) =>
      resolve({
        code: -1,
        stdout: '',
        stderr: error.message,
        missing: (error as NodeJS.ErrnoException).code === 'ENOENT',
      }),
    );
    child.on('close', (code) => resolve({ code: code ?? -1, stdout, stderr, missing: false }));
  });
}

/** Runs programs; in tests, something that answers in their place. */
export interface Programs {
  readonly run: (program: string, args: readonly string[], options: RunOptions) => Promise<Output>;
  /** Hears of every change, from `start` to `stop`. */
  readonly monitor: (onChange: () => void) => { start(): void; stop(): Promise<void> };
}

/** The machine's own. */
export const realPrograms: Programs = {
  run,
  monitor: (onChange) => new Monitor('nmcli', ['monitor'], onChange),
};

/** A program that says when something changes, a line each; started again when it ends. */
class Monitor {
  readonly #start: () => ChildProcess;
  readonly #againMs: number;
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(program: string, args: readonly string[], onChange: () => void, againMs = 15_000) {
    this.#againMs = againMs;
    this.#start = () => {
      const child = spawn(program, args, { env: environment(), stdio: ['ignore', 'pipe', 'ignore'] });
      createInterface({ input: child.stdout }).on('line', onChange);
      return child;
    };
  }

  start(): void {
    const child = this.#start();
    this.#child = child;
    const again = () => {
      if (this.#child !== child) return;
      this.#child = undefined;
      if (!this.#ended) this.#timer = setTimeout(() => this.start(), this.#againMs).unref();
    };
    child.on('error', again);
    child.on('close', again);
  }

  async stop(): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const closed = once(child, 'close');
    child.kill();
    await closed;
  }
}
