/** Keeps a camera's worker alive: starts it, notices that it is lost or stalls, waits as long as makes sense, starts another. */
import { existsSync } from 'node:fs';
import type { Source } from '../config.ts';
import type { Logger } from '../log.ts';
import type { SettingName } from '../settings/table.ts';
import type { Life } from './life.ts';
import { firstMainStream, startOrder, videoStream } from './pipeline.ts';
import type { SourcePlan } from './source.ts';
import { backoffMs, type Trouble, troubleOf } from './trouble.ts';
import type { CameraState, Measured } from './types.ts';
import { type Away, waitFor } from './watch.ts';
import type { Unit, Worker, Workers } from './worker.ts';

/** How often `stalls` is asked, in ms. */
export const tickMs = 250;
/** Ticks without a picture, at the least, before a worker counts as stalled: 1.5 s. Ticks, so that a stall of Perch itself is not taken for one. */
const stallTicks = 6;
/** How long no picture may come while a change with a gap is under way, in ms, on top of three pictures. */
const gapMs = 3000;
/** When the next spare worker is made after a first picture, in ms: starting one takes processor time. */
const spareMs = 1000;
/** Reasons of restarts that are kept. */
const reasonsKept = 10;

/** The camera whose worker is kept alive. */
export interface Supervised {
  /** A worker is about to be started. */
  starting(): void;
  /** The life that this worker is to lead. */
  lifeOf(worker: Worker): Life;
  /** A picture of the present worker. */
  unit(life: Life, unit: Unit): void;
  /** The size of its pictures from now on. */
  sized(width: number, height: number): void;
  /**
   * Which settings this trouble is the fault of. Life is undefined when none had begun; `stillborn` counts the workers
   * in a row that ended without a picture.
   */
  toBlame(life: Life | undefined, trouble: Trouble, stillborn: number): readonly SettingName[];
  /** The worker goes: what was under way is answered, and taken back where it is to blame. */
  settle(blamed: readonly SettingName[]): void;
  become(state: CameraState, sentence: string): void;
}

export interface SupervisionOptions {
  readonly name: string;
  readonly configured: Source;
  /** Asked before every start of a worker: a device that was plugged in again may be another one. */
  readonly source: (configured: Source) => Promise<SourcePlan>;
  /** What it is before it was asked for the first time. */
  readonly firstSource: SourcePlan;
  readonly workers: Workers;
  readonly log: Logger;
  /** Draws the capture time into each picture, for measurements. */
  readonly stamp?: boolean;
}

export class Supervision {
  readonly #options: SupervisionOptions;
  readonly #camera: Supervised;
  #configured: Source;
  #source: SourcePlan;
  #wanted = false;
  #life: Life | undefined;
  #restarts = 0;
  #recentRestarts: readonly { readonly at: number; readonly why: string }[] = [];
  #attempts = 0;
  #stillborn = 0;
  #away: Away | undefined;
  #ticksWithout = 0;
  /** Counts beginnings and ends, so that what was waited for meanwhile finds out that its time is over. */
  #generation = 0;

  constructor(options: SupervisionOptions, camera: Supervised) {
    this.#options = options;
    this.#camera = camera;
    this.#configured = options.configured;
    this.#source = options.firstSource;
  }

  /** Where its pictures come from. */
  get configured(): Source {
    return this.#configured;
  }

  /** What is known of the source as it was last seen. */
  get source(): SourcePlan {
    return this.#source;
  }

  /** The present worker's, from its start to its end. */
  get life(): Life | undefined {
    return this.#life;
  }

  /** Workers that were replaced, and why the last ones were. */
  get restarts(): Pick<Measured, 'restarts' | 'lastRestart' | 'recentRestarts'> {
    const last = this.#recentRestarts.at(-1);
    return {
      restarts: this.#restarts,
      recentRestarts: this.#recentRestarts,
      ...(last === undefined ? {} : { lastRestart: last.why }),
    };
  }

  /** From now on there is to be a worker, whatever happens. */
  start(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#attempts = 0;
    this.#stillborn = 0;
    void this.begin();
  }

  /** Pictures come from elsewhere from the next worker on. */
  async replaceSource(configured: Source): Promise<void> {
    this.#configured = configured;
    this.#source = await this.#options.source(configured);
  }

  /** From now on there is to be none; it is gone when this resolves. */
  stop(): Promise<void> {
    this.#wanted = false;
    return this.end();
  }

  /** Starts a worker for what is wanted now. Whatever goes wrong ends in `lost`. */
  async begin(): Promise<void> {
    const generation = ++this.#generation;
    const { workers, stamp } = this.#options;
    this.#camera.starting();
    let life: Life | undefined;
    try {
      this.#source = await this.#options.source(this.#configured);
      if (generation !== this.#generation || !this.#wanted) return;
      const { path, problem } = this.#source;
      if (problem !== undefined || (path !== undefined && !existsSync(path))) {
        const fact = problem === undefined ? ({ kind: 'absent' } as const) : ({ kind: 'unusable', problem } as const);
        await this.lost(undefined, troubleOf(fact, this.#configured));
        return;
      }
      life = this.#camera.lifeOf(workers.take());
      this.#life = life;
      this.#ticksWithout = 0;
      this.#listen(life);
      await life.worker.start(startOrder(life.pipeline, firstMainStream, stamp ?? false));
    } catch (error) {
      if (generation !== this.#generation) return;
      const message = error instanceof Error ? error.message : String(error);
      await this.lost(life, troubleOf({ kind: 'failed', message }, this.#configured));
    }
  }

  /** Ends the present worker, wanted or hanging. */
  async end(blamed: readonly SettingName[] = []): Promise<void> {
    this.#generation++;
    this.#away?.cancel();
    this.#away = undefined;
    const life = this.#life;
    this.#life = undefined;
    this.#camera.settle(blamed);
    await life?.worker.end();
  }

  /** The worker of this life is of no use any more: another takes its place, at once or when its device is back. */
  async lost(life: Life | undefined, trouble: Trouble): Promise<void> {
    if (life !== undefined && this.#life !== life) return;
    const { log, name } = this.#options;
    if (life !== undefined) this.#stillborn = life.pictured ? 0 : this.#stillborn + 1;
    const ended = this.end(this.#camera.toBlame(life, trouble, this.#stillborn));
    const mine = this.#generation;
    await ended;
    if (mine !== this.#generation || !this.#wanted) return;
    if (life !== undefined) {
      this.#restarts++;
      const restart = { at: Date.now(), why: trouble.sentence };
      this.#recentRestarts = [...this.#recentRestarts, restart].slice(-reasonsKept);
      log.warn({ camera: name, why: trouble.sentence }, 'the worker is replaced');
    }
    if (life?.pictured === true) this.#attempts = 0;
    const wait = backoffMs(this.#attempts++, trouble, this.#configured);
    this.#camera.become(trouble.state, trouble.sentence);
    if (wait === 0) {
      void this.begin();
      return;
    }
    this.#away = waitFor(this.#source.path, wait);
    const again = await this.#away.over;
    if (mine !== this.#generation || !again || !this.#wanted) return;
    this.#away = undefined;
    void this.begin();
  }

  /** A picture says that the worker lives. True when it is the first of this life. */
  alive(life: Life): boolean {
    this.#ticksWithout = 0;
    if (life.pictured) return false;
    life.pictured = true;
    this.#attempts = 0;
    setTimeout(() => this.#options.workers.prepare(), spareMs).unref();
    return true;
  }

  /**
   * Asked every `tickMs`: a worker without a picture for too long at this rate is replaced. True when it was. `gap`: a
   * change is under way that has one.
   */
  stalls(life: Life, fps: number, gap: boolean): boolean {
    this.#ticksWithout++;
    const usual = Math.max(stallTicks, Math.ceil(5000 / fps / tickMs));
    const allowed = life.pictured
      ? Math.max(usual, gap ? Math.ceil((gapMs + 3000 / fps) / tickMs) : 0)
      : Math.ceil(this.#source.startMs / tickMs);
    if (this.#ticksWithout <= allowed) return false;
    void this.lost(life, troubleOf({ kind: life.pictured ? 'stalled' : 'silent' }, this.#configured));
    return true;
  }

  #listen(life: Life): void {
    const { log, name } = this.#options;
    const configured = this.#configured;
    const lost = (trouble: Trouble) => void this.lost(life, trouble);
    life.worker.listen({
      unit: (unit) => {
        if (this.#life === life) this.#camera.unit(life, unit);
      },
      error: (error) => {
        log.warn({ camera: name, ...error }, 'the pipeline reports an error');
        lost(troubleOf({ kind: 'error', ...error }, configured));
      },
      ended: () => lost(troubleOf({ kind: 'ended' }, configured)),
      caps: (stream, caps) => {
        if (stream !== videoStream && stream < firstMainStream) return;
        const size = /width=\(int\)(\d+), height=\(int\)(\d+)/.exec(caps);
        if (size !== null) this.#camera.sized(Number(size[1]), Number(size[2]));
      },
      exit: (why) => lost(troubleOf({ kind: 'exit', why }, configured)),
    });
  }
}
