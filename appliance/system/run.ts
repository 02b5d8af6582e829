/** Programs of the system, run by name and with separate arguments: no shell reads them. */
import { spawn } from 'node:child_process';

/** No program called here takes longer when all is well, in ms. */
const programMs = 20_000;
/** As much of what a program prints is kept, in characters. */
const keptMost = 16_384;

export interface RunOptions {
  /** What it is given on standard input: arguments are seen by everybody on the machine. */
  readonly input?: string | undefined;
  readonly timeoutMs?: number;
}

/** Runs a program and answers what it printed; rejects with its last line when it fails. */
export type Run = (program: string, args: readonly string[], options?: RunOptions) => Promise<string>;

/** @see Run */
export const run: Run = (program, args, { input = '', timeoutMs = programMs } = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'pipe', timeout: timeoutMs });
    let printed = '';
    let said = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed = (printed + text).slice(-keptMost);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-keptMost);
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code === 0) resolve(printed);
      // Node's own: it ends with SIGTERM what takes too long.
      else if (child.killed) reject(new Error(`${program} was not done after ${timeoutMs / 1000} s and was ended`));
      else reject(new Error(said.trim().split('\n').at(-1) || `${program} ended with ${code ?? signal}`));
    });
    child.stdin.on('error', () => undefined).end(input);
  });
