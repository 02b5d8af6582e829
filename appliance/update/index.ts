/** Updates, as the appliance sees them: what there is, what was tried, and asking the root helper for more. */
import type { System } from '../system/index.ts';
import { version } from '../version.ts';
import { switching } from './switching.ts';
import { builtIn, type UpdateResult, Versions } from './versions.ts';

/** A failed update is told of for so long, in ms: a week. */
const toldMs = 7 * 86_400_000;

export interface UpdateStatus {
  /** False in a checkout, which is updated by git. */
  readonly supported: boolean;
  /** What runs. */
  readonly version: string;
  /** It came with the system, and is no update. */
  readonly builtIn: boolean;
  /** The version a step back leads to. */
  readonly previous?: string;
  /** What is under way, in a sentence. */
  readonly progress?: string;
  /** What became of the last one. */
  readonly result?: UpdateResult;
}

export interface UpdatesOptions {
  readonly system: System;
  readonly versions?: Versions;
  /** Ms since 1970. */
  readonly now?: () => number;
}

export class Updates {
  readonly #system: System;
  readonly #versions: Versions;
  readonly #now: () => number;
  #progress: string | undefined;
  #failed: UpdateResult | undefined;

  constructor({ system, versions = new Versions('/'), now = Date.now }: UpdatesOptions) {
    this.#system = system;
    this.#versions = versions;
    this.#now = now;
  }

  /** Reads what became of the last update: it ended with a new start, or this is its trial. */
  async start(): Promise<void> {
    const result = await this.#versions.result();
    this.#failed = result?.ok === false ? result : undefined;
  }

  /** Sentences for everybody who opens the page. */
  get notices(): readonly string[] {
    const failed = this.#failed;
    if (!failed || this.#now() - failed.at > toldMs) return [];
    return [`Perch ${failed.tried} was tried and taken back. ${failed.reason ?? ''}`.trim()];
  }

  /** A bundle is being taken in. */
  get busy(): boolean {
    return this.#progress !== undefined;
  }

  async status(): Promise<UpdateStatus> {
    const [current, previous, trial, last] = await Promise.all([
      this.#versions.current(),
      this.#versions.previous(),
      this.#versions.trial(),
      this.#versions.result(),
    ]);
    const previousVersion = previous === undefined ? undefined : await this.#versions.versionOf(previous);
    const tried = last?.tried === builtIn ? await this.#versions.versionOf(builtIn) : last?.tried;
    const progress = this.#progress ?? (trial && 'The new version is on trial: pictures, page and link are watched.');
    return {
      supported: this.#system.available(),
      version,
      builtIn: current === builtIn,
      ...(previousVersion !== undefined && { previous: previousVersion }),
      ...(progress !== undefined && { progress }),
      ...(last !== undefined && { result: { ...last, tried: tried ?? last.tried } }),
    };
  }

  /**
   * Hands a bundle to the root helper. Resolves when it was found good and is about to be switched to: this process
   * then ends soon.
   * @throws PerchError why it was refused, no_helper
   */
  apply(bundle: AsyncIterable<Uint8Array>, allowOlder: boolean): Promise<string> {
    return this.#until((onProgress) =>
      this.#system.ask({ do: 'update', allow_older: allowOlder }, { body: bundle, onProgress }),
    );
  }

  /** Back to the version before; resolves and rejects as `apply` does. */
  rollBack(): Promise<string> {
    return this.#until((onProgress) => this.#system.ask({ do: 'roll-back' }, { onProgress }));
  }

  #until(ask: (onProgress: (sentence: string) => void) => Promise<string>): Promise<string> {
    return new Promise((resolve, reject) => {
      const onProgress = (sentence: string) => {
        this.#progress = sentence;
        if (sentence === switching) resolve(sentence);
      };
      ask(onProgress)
        .then(resolve, reject)
        .finally(() => {
          this.#progress = undefined;
        });
    });
  }
}
