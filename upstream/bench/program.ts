/** The benchmark's other processes: this program again, with a word that says what it plays. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

export class Played {
  readonly #process: ChildProcess;
  readonly #gone: Promise<never>;

  /** @param word what it plays, as in main.ts */
  constructor(word: string, execArgv: readonly string[] = []) {
    this.#process = fork(process.argv[1] ?? '', [word], { execArgv: ['--enable-source-maps', ...execArgv] });
    this.#gone = once(this.#process, 'exit').then(([code]) => {
      throw new Error(`The process that plays "${word}" ended with ${String(code)}.`);
    });
    this.#gone.catch(() => {});
  }

  /** Tells it to do something and waits for what it answers. */
  async ask<Answer>(task: unknown): Promise<Answer> {
    this.#process.send(task as object);
    return this.heard<Answer>();
  }

  tell(task: unknown): void {
    this.#process.send(task as object);
  }

  /** The next it says. */
  async heard<Answer>(): Promise<Answer> {
    const [answer] = (await Promise.race([once(this.#process, 'message'), this.#gone])) as [Answer];
    return answer;
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const exit = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exit;
  }
}

/** In a played process: hears its tasks, and ends with the benchmark. */
export function play<Task>(work: (task: Task, say: (answer: unknown) => void) => Promise<void>): void {
  const say = (answer: unknown) => void process.send?.(answer);
  process.on('disconnect', () => process.exit(0));
  process.on('message', (task) => {
    work(task as Task, say).catch((error: unknown) => {
      console.error(error);
      process.exit(1);
    });
  });
}
