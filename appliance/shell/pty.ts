/** A login shell on a terminal of its own. */
import { accessSync, constants, writeSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename } from 'node:path';
import { type IPty, spawn } from 'node-pty';
import type { Size } from './protocol.ts';

export interface Pty {
  /** The shell's process id, which is the session's as well. */
  readonly pid: number;
  /** Bytes typed that no program has read yet. */
  readonly waiting: number;
  write(keys: Buffer): void;
  resize(size: Size): void;
  /** While paused the kernel's own buffer fills, and the program that prints waits. */
  pause(): void;
  resume(): void;
  onOutput(listener: (output: Buffer) => void): void;
  /** The shell ended: its exit code. */
  onExit(listener: (code: number) => void): void;
}

export interface ShellProgram {
  readonly file: string;
  readonly args: readonly string[];
  readonly home: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * This user's own shell, as a login. The environment is a new one: nothing of this process's goes along, for secrets may
 * stand there (PERCH_ADMIN_PASSWORD, PERCH_RELAY_KEY).
 */
export function loginShell(): ShellProgram {
  const { username, homedir, shell } = userInfo();
  // Users of services have a shell that lets nobody in; this terminal asked for the password already.
  const file = shell && !['nologin', 'false'].includes(basename(shell)) ? shell : firstOf(['/bin/bash', '/bin/sh']);
  const home = usable(homedir) ? homedir : '/';
  return {
    file,
    args: ['-l'],
    home,
    env: {
      TERM: 'xterm-256color',
      COLORTERM: 'truecolor',
      LANG: 'C.UTF-8',
      HOME: home,
      USER: username,
      LOGNAME: username,
      SHELL: file,
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    },
  };
}

/**
 * Starts it.
 * @throws Error when the system has no terminal or no process left
 */
export function startShell({ file, args, home, env }: ShellProgram, { cols, rows }: Size): Pty {
  const pty: IPty = spawn(file, [...args], { name: env.TERM ?? 'xterm', cols, rows, cwd: home, env: { ...env } });
  const keys = new Keys((pty as IPty & { readonly fd: number }).fd);
  pty.onExit(() => keys.end());
  return {
    pid: pty.pid,
    get waiting() {
      return keys.waiting;
    },
    write: (typed) => keys.add(typed),
    resize: (size) => {
      try {
        pty.resize(size.cols, size.rows);
      } catch {
        // The shell ended this moment.
      }
    },
    pause: () => pty.pause(),
    resume: () => pty.resume(),
    onOutput: (listener) => void pty.onData((text) => listener(Buffer.from(text))),
    onExit: (listener) => void pty.onExit(({ exitCode }) => listener(exitCode)),
  };
}

/** While a program reads nothing, it is tried again this often, in ms. */
const writeAgainMs = 10;

/**
 * Keys on their way to the programs of a terminal. Not by node-pty's own stream: libuv writes to a terminal until all is
 * written, so a paste into a program that does not read would stop this whole process. The descriptor does not block.
 */
class Keys {
  readonly #fd: number;
  #queue: Buffer[] = [];
  #waiting = 0;
  #again: NodeJS.Timeout | undefined;
  #ended = false;

  constructor(fd: number) {
    this.#fd = fd;
  }

  get waiting(): number {
    return this.#waiting;
  }

  add(keys: Buffer): void {
    if (this.#ended) return;
    this.#queue.push(keys);
    this.#waiting += keys.length;
    if (this.#again === undefined) this.#write();
  }

  /** The descriptor is gone, and its number may soon be another's. */
  end(): void {
    this.#ended = true;
    clearTimeout(this.#again);
    this.#queue = [];
    this.#waiting = 0;
  }

  #write(): void {
    this.#again = undefined;
    for (let first = this.#queue[0]; first; first = this.#queue[0]) {
      let written: number;
      try {
        written = writeSync(this.#fd, first);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EAGAIN')
          this.#again = setTimeout(() => this.#write(), writeAgainMs);
        else this.end();
        return;
      }
      this.#waiting -= written;
      if (written < first.length) this.#queue[0] = first.subarray(written);
      else this.#queue.shift();
    }
  }
}

function firstOf(files: readonly string[]): string {
  return files.find(usable) ?? '/bin/sh';
}

function usable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
