/** Takes the figures every few seconds, keeps a day of them, and says what is wrong. */
import type { Logger } from '../log.ts';
import { Document } from '../store/document.ts';
import type { CameraFigures, Facts, MachineFigures, Snapshot } from './figures.ts';
import { type Cases, type Finding, findingsOf, judge, type Seen } from './findings.ts';
import { History, type Past, type SavedHistory } from './history.ts';
import { Machine } from './machine.ts';
import { cameraValues, machineValues } from './series.ts';

export interface HealthOptions {
  /** Where the history is saved. */
  readonly path: string;
  /** The folder whose file system is measured. */
  readonly data: string;
  readonly cameras: () => readonly CameraFigures[];
  readonly link: () => Facts['link'];
  /** Why Perch runs with minimal settings; undefined when it does not. */
  readonly safeMode: string | undefined;
  readonly log: Logger;
  /** The machine's files and the clock, other ones in tests. `now` is in ms since 1970. */
  readonly machine?: Machine;
  readonly now?: () => number;
}

/** The figures of a moment, and what they mean. */
export interface HealthNow extends Snapshot {
  readonly findings: readonly Finding[];
}

/** How often the figures are taken, in ms. */
export const sampleMs = 10_000;
/** One write of some 10 kB an hour, and one at the end: the card is to last. */
const saveEverySamples = 360;
/** A clock that moved by more than this against the machine's own was set; in ms. */
const clockJumpMs = 30_000;
/** Most points of a series in an answer: as many as a phone has pixels to tell them apart. */
const mostPoints = 288;

export class Health {
  readonly #options: HealthOptions;
  readonly #machine: Machine;
  readonly #now: () => number;
  readonly #history = new History();
  readonly #saved: Document<SavedHistory | null>;
  #cases: Cases = new Map();
  #last: { readonly snapshot: Snapshot; readonly elapsed: number } | undefined;
  #samples = 0;
  #timer: NodeJS.Timeout | undefined;
  #sampling: Promise<void> = Promise.resolve();
  #stopped = false;

  private constructor(options: HealthOptions, saved: Document<SavedHistory | null>) {
    this.#options = options;
    this.#saved = saved;
    this.#machine = options.machine ?? new Machine({ data: options.data });
    this.#now = options.now ?? Date.now;
    if (saved.value === null) return;
    this.#history.restore(saved.value, this.#now());
  }

  /** Opens the history; a damaged one is set aside, and a new one begun. */
  static async open(options: HealthOptions): Promise<Health> {
    const { path, log } = options;
    return new Health(options, await Document.open({ path, log, initial: null, parse: parseSaved, delayMs: 0 }));
  }

  /** Takes the first figures and goes on by itself. */
  start(): void {
    const again = (): void => {
      if (this.#stopped) return;
      this.#timer = setTimeout(() => void this.sample().finally(again), sampleMs);
      this.#timer.unref();
    };
    void this.sample().finally(again);
  }

  /** Ends, and saves the history. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#sampling;
    this.#save();
    await this.#saved.close();
  }

  /** Takes the figures now; one after the other. */
  sample(): Promise<void> {
    this.#sampling = this.#sampling.then(() =>
      this.#sample().catch((error: unknown) => this.#options.log.error({ err: error }, 'health could not be taken')),
    );
    return this.#sampling;
  }

  /** The newest figures; the first ones are taken when nobody has yet. */
  async now(): Promise<HealthNow> {
    if (this.#last === undefined) await this.sample();
    if (this.#last === undefined) throw new Error('the figures could not be taken');
    const { snapshot, elapsed } = this.#last;
    // What costs nothing is of this moment; the machine's figures are at most `sampleMs` old.
    const cameras = this.#options.cameras();
    return { ...snapshot, cameras, findings: findingsOf(this.#cases, { now: snapshot.now, elapsed }) };
  }

  /** The last `hours` (at most 24), in points of a minute or several. */
  history(hours: number): Past {
    return this.#history.read(this.#now(), hours, mostPoints);
  }

  async #sample(): Promise<void> {
    const { link, safeMode } = this.#options;
    const [machine, dataProblem, vpnConfigured] = await Promise.all([
      this.#machine.read(),
      this.#machine.dataProblem(),
      this.#machine.vpnConfigured(),
    ]);
    const now = this.#now();
    const elapsed = elapsedOf(machine);
    const snapshot: Snapshot = {
      now,
      machine,
      cameras: this.#options.cameras(),
      facts: { dataProblem, safeMode, vpnConfigured, link: link() },
    };
    this.#keep(snapshot, elapsed);
    const seen: Seen = {
      ...snapshot,
      elapsed,
      counted: (key, minutes) => this.#history.sum(key, now, minutes),
    };
    this.#cases = judge(this.#cases, seen);
    this.#last = { snapshot, elapsed };
    if (++this.#samples % saveEverySamples === 0) {
      this.#save();
      // An hour on this clock: it will not be set to a later one any more.
      this.#history.trustClock();
    }
  }

  #keep({ now, machine, cameras }: Snapshot, elapsed: number): void {
    const last = this.#last;
    const passed = last === undefined ? 0 : elapsed - last.elapsed;
    const jumpMs = last === undefined ? 0 : now - last.snapshot.now - passed * 1000;
    if (Math.abs(jumpMs) > clockJumpMs) this.#history.shift(jumpMs, now);
    const before = new Map(last?.snapshot.cameras.map((camera) => [camera.name, camera]));
    const values = cameras.flatMap((camera) => [...cameraValues(camera, before.get(camera.name), passed)]);
    this.#history.add(now, new Map([...machineValues(machine), ...values]));
  }

  #save(): void {
    const saved = this.#history.toSaved(this.#now());
    if (saved !== undefined) this.#saved.update(() => saved);
  }
}

/** Seconds since the machine started, those it slept included: the clock that nobody sets. */
export function elapsedOf({ uptime }: MachineFigures): number {
  return uptime ?? performance.now() / 1000;
}

function parseSaved(value: unknown): SavedHistory | null {
  if (value === null) return null;
  const saved = value as Partial<SavedHistory>;
  const isKeys = Array.isArray(saved.keys) && saved.keys.every((key) => typeof key === 'string');
  if (!isKeys || typeof saved.rows !== 'string') throw new Error('not a history');
  const whole = { keys: saved.keys, rows: saved.rows } as SavedHistory;
  // Unpacked once to see that it can be: a damaged one is then set aside like every other file.
  new History().restore(whole, Number.MAX_SAFE_INTEGER);
  return whole;
}
