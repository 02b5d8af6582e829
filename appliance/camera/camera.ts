/** One camera: its worker process, how it is kept alive, and how a change reaches the picture. */
import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';
import type { CameraConfig } from '../config.ts';
import { formatSource } from '../config.ts';
import type { Logger } from '../log.ts';
import type { Limits, SettingName, Settings } from '../settings/table.ts';
import { type AccessUnit, Feed } from '../stream/feed.ts';
import { kilobits } from './encoders.ts';
import { Life } from './life.ts';
import { fitted, limitsOf, sizesOf } from './limits.ts';
import type { Machine } from './machine.ts';
import { jpegQualityWithin, monotonicUs, StreamMeter } from './measure.ts';
import { type Pending, PendingChanges } from './pending.ts';
import {
  type Demand,
  describePipeline,
  firstMainStream,
  jpegStream,
  type Pipeline,
  startOrder,
  videoStream,
} from './pipeline.ts';
import { changedFields, type Plan, planChange } from './plan.ts';
import type { SourcePlan } from './source.ts';
import { backoffMs, type Trouble, troubleOf } from './trouble.ts';
import type { ApplyOutcome, Camera, CameraEvents, CameraState, CameraStatus } from './types.ts';
import { type Away, waitFor } from './watch.ts';
import type { Unit, Workers } from './worker.ts';

export interface CameraOptions {
  readonly name: string;
  readonly index: number;
  readonly config: CameraConfig;
  /** Asked before every start of a worker: a device that was plugged in again may be another one. */
  readonly source: () => Promise<SourcePlan>;
  /** What it is before it was asked for the first time. */
  readonly firstSource: SourcePlan;
  readonly machine: Machine;
  readonly workers: Workers;
  readonly settings: Settings;
  readonly revision: number;
  readonly log: Logger;
  /** Draws the capture time into each picture, for measurements. */
  readonly stamp?: boolean;
}

interface Wish {
  readonly settings: Settings;
  readonly revision: number;
  readonly answer: ((outcome: ApplyOutcome) => void)[];
}

const tickMs = 250;
/** How often the quality of JPEGs is set anew, in ticks. */
const jpegEveryTicks = 4;
/** Ticks without a picture, at the least, before a worker counts as stalled: 1.5 s. Ticks, so that a stall of Perch itself is not taken for one. */
const stallTicks = 6;
/** How long a change may take to show, in ms, on top of three pictures. */
const changeMs = 3000;
/** A picture to start from at least this often, for recorders and late joiners of RTSP. */
const keyEveryUs = 2_000_000;

export class RunningCamera extends EventEmitter<CameraEvents> implements Camera {
  readonly name: string;
  readonly index: number;
  readonly video: Feed;
  readonly main: Feed;
  readonly jpeg: Feed;
  readonly #options: CameraOptions;
  readonly #log: Logger;
  readonly #meter = new StreamMeter();
  readonly #mainMeter = new StreamMeter();
  readonly #ticker: NodeJS.Timeout;
  #source: SourcePlan;
  #wanted = false;
  #closed = false;
  #life: Life | undefined;
  #state: CameraState = 'stopped';
  #message = 'The camera is off.';
  #desired: { settings: Settings; revision: number };
  #applied: Settings;
  #appliedRevision: number;
  #appliedTimeUs = 0;
  #demand: Demand = { video: false, jpeg: false };
  readonly #pending = new PendingChanges();
  #next: Wish | undefined;
  #changing = false;
  #gaps: Partial<Record<SettingName, number>> = {};
  #limits: Limits;
  #restarts = 0;
  #lastRestart: string | undefined;
  #attempts = 0;
  #away: Away | undefined;
  #ticksWithout = 0;
  #jpegTicks = 0;
  #lastPictureUs = 0;
  readonly #lastKeyUs = { video: 0, main: 0 };
  #longestUs = 0;
  #size: readonly [number, number] = [0, 0];
  #firstPicture: (() => void)[] = [];
  #generation = 0;

  constructor(options: CameraOptions) {
    super();
    this.name = options.name;
    this.index = options.index;
    this.#options = options;
    this.#log = options.log;
    this.#source = options.firstSource;
    this.#desired = { settings: fitted(options.settings, this.#source, options.machine), revision: options.revision };
    this.#applied = this.#desired.settings;
    this.#appliedRevision = options.revision;
    this.#limits = limitsOf(this.#source, options.machine, this.#applied, this.#gaps);
    const onError = (error: unknown) => this.#log.error({ err: error, camera: this.name }, 'a listener failed');
    this.video = new Feed(
      { keyFrameWanted: () => this.#key(false), demandChanged: (video) => this.#demandChanged({ video }) },
      onError,
    );
    this.main = new Feed({ keyFrameWanted: () => this.#key(true), demandChanged: () => undefined }, onError);
    // Every JPEG stands for itself: the next one is a key frame anyway.
    this.jpeg = new Feed(
      { keyFrameWanted: () => undefined, demandChanged: (jpeg) => this.#demandChanged({ jpeg }) },
      onError,
    );
    this.#ticker = setInterval(() => this.#tick(), tickMs);
    this.#ticker.unref();
  }

  status(): CameraStatus {
    const measured = this.#meter.read(monotonicUs());
    return {
      name: this.name,
      index: this.index,
      source: formatSource(this.#options.config.source),
      sourceLabel: this.#source.label,
      state: this.#state,
      stateMessage: this.#message,
      limits: this.#limits,
      sizes: sizesOf(this.#source, this.#options.machine),
      applied: this.#applied,
      appliedRevision: this.#appliedRevision,
      appliedTimeUs: this.#appliedTimeUs,
      measured: {
        ...measured,
        width: this.#size[0],
        height: this.#size[1],
        restarts: this.#restarts,
        ...(this.#lastRestart === undefined ? {} : { lastRestart: this.#lastRestart }),
      },
    };
  }

  apply(desired: Settings, revision: number): Promise<ApplyOutcome> {
    const settings = fitted(desired, this.#source, this.#options.machine);
    if (this.#life === undefined || !this.#life.pictured) {
      this.#desired = { settings, revision };
      // A worker that has shown nothing yet is told when it does.
      return Promise.resolve({ kind: 'kept' });
    }
    return new Promise((resolve) => {
      const answer = this.#next?.answer ?? [];
      answer.push(resolve);
      this.#next = { settings, revision, answer };
      this.#desired = { settings, revision };
      this.#takeNext();
    });
  }

  async start(): Promise<void> {
    if (this.#closed) return;
    if (!this.#wanted) {
      this.#wanted = true;
      this.#attempts = 0;
      void this.#live();
    }
    if (this.#state === 'live' || this.#state === 'missing') return;
    await this.#pictureOrState();
  }

  async stop(): Promise<void> {
    this.#wanted = false;
    await this.#endLife();
    this.#become('stopped', 'The camera is off.');
  }

  async restart(): Promise<void> {
    this.#wanted = false;
    this.#become('starting', 'The camera is restarting.');
    await this.#endLife();
    await this.start();
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wanted = false;
    clearInterval(this.#ticker);
    await this.#endLife();
    this.#become('stopped', 'The camera is off.');
  }

  // ---- a worker's life ---------------------------------------------------------------------

  /** Starts a worker for what is desired now. Whatever goes wrong ends in #lost. */
  async #live(): Promise<void> {
    const generation = ++this.#generation;
    if (this.#state === 'stopped') this.#become('starting', 'The camera is starting.');
    let life: Life | undefined;
    try {
      this.#source = await this.#options.source();
      if (generation !== this.#generation || !this.#wanted) return;
      const { path, problem } = this.#source;
      if (problem !== undefined || (path !== undefined && !existsSync(path))) {
        const fact = problem === undefined ? ({ kind: 'absent' } as const) : ({ kind: 'unusable', problem } as const);
        await this.#lost(undefined, troubleOf(fact, this.#options.config.source));
        return;
      }
      const { settings, revision } = this.#desired;
      const fit = fitted(settings, this.#source, this.#options.machine);
      const pipeline = describePipeline(fit, this.#source, this.#options.machine, this.#demand);
      const worker = this.#options.workers.take();
      life = new Life(worker, pipeline, fit, revision);
      this.#life = life;
      this.#ticksWithout = 0;
      this.#listen(life);
      // Its first pictures are ones to start from; whatever was asked of the one before went with it.
      for (const feed of [this.video, this.main]) feed.sourceReplaced();
      await worker.start(startOrder(pipeline, firstMainStream, this.#options.stamp ?? false));
    } catch (error) {
      if (generation !== this.#generation) return;
      const message = error instanceof Error ? error.message : String(error);
      await this.#lost(life, troubleOf({ kind: 'failed', message }, this.#options.config.source));
    }
  }

  #listen(life: Life): void {
    const source = this.#options.config.source;
    const lost = (trouble: Trouble) => void this.#lost(life, trouble);
    life.worker.listen({
      unit: (unit) => {
        if (this.#life === life) this.#unit(life, unit);
      },
      error: (error) => {
        this.#log.warn({ camera: this.name, ...error }, 'the pipeline reports an error');
        lost(troubleOf({ kind: 'error', ...error }, source));
      },
      ended: () => lost(troubleOf({ kind: 'ended' }, source)),
      caps: (stream, caps) => {
        if (stream !== videoStream && stream < firstMainStream) return;
        const size = /width=\(int\)(\d+), height=\(int\)(\d+)/.exec(caps);
        if (size !== null) this.#size = [Number(size[1]), Number(size[2])];
      },
      exit: (why) => lost(troubleOf({ kind: 'exit', why }, source)),
    });
  }

  /**
   * Ends the present worker, wanted or hanging, and answers for what it was about to show: kept for the next picture,
   * or taken back where `rolledBack` names fields.
   */
  async #endLife(rolledBack?: readonly SettingName[]): Promise<void> {
    this.#generation++;
    this.#away?.cancel();
    this.#away = undefined;
    const life = this.#life;
    this.#life = undefined;
    this.#changing = false;
    const outcome: ApplyOutcome =
      rolledBack === undefined || rolledBack.length === 0
        ? { kind: 'kept' }
        : { kind: 'rolledBack', settings: this.#applied, fields: rolledBack };
    this.#pending.endAll(outcome);
    const next = this.#next;
    this.#next = undefined;
    for (const answer of next?.answer ?? []) answer(outcome);
    if (outcome.kind === 'rolledBack') {
      this.#log.warn({ camera: this.name, fields: outcome.fields }, 'no picture came after a change: it is taken back');
      this.emit('rolledBack', outcome.settings, outcome.fields);
    }
    await life?.worker.end();
  }

  /** The worker of this life is of no use any more: another takes its place, at once or when its device is back. */
  async #lost(life: Life | undefined, trouble: Trouble): Promise<void> {
    if (life !== undefined && this.#life !== life) return;
    // What was under way, or shown by nobody yet, is to blame unless the process just died.
    const blamed =
      trouble.kind === 'pipeline' || trouble.kind === 'stalled'
        ? this.#pending.anyBrief ||
          (life !== undefined && !life.pictured && this.#appliedTimeUs > 0 && trouble.kind === 'pipeline')
        : false;
    const ended = this.#endLife(blamed ? this.#rollBack() : undefined);
    const mine = this.#generation;
    await ended;
    if (mine !== this.#generation || !this.#wanted) return;
    if (life !== undefined) {
      this.#restarts++;
      this.#lastRestart = trouble.sentence;
      this.#log.warn({ camera: this.name, why: trouble.sentence }, 'the worker is replaced');
    }
    if (life?.pictured === true) this.#attempts = 0;
    const wait = backoffMs(this.#attempts++, trouble, this.#options.config.source);
    this.#become(trouble.state, trouble.sentence);
    if (wait === 0) {
      void this.#live();
      return;
    }
    this.#away = waitFor(this.#source.path, wait);
    const again = await this.#away.over;
    if (mine !== this.#generation || !again || !this.#wanted) return;
    this.#away = undefined;
    void this.#live();
  }

  /** Goes back to what the last picture showed. Returns what was given up, if anything was. */
  #rollBack(): readonly SettingName[] {
    const fields = changedFields(this.#applied, this.#desired.settings);
    this.#desired = { settings: this.#applied, revision: this.#appliedRevision };
    return fields;
  }

  // ---- pictures ----------------------------------------------------------------------------

  #unit(life: Life, unit: Unit): void {
    const codec = life.codecOf(unit);
    if (codec === undefined) return;
    if (life.isPulse(unit)) this.#pulse(life, unit);
    if (life.pictured && unit.stream !== jpegStream) {
      for (const pending of this.#pending.shownBy(unit)) this.#confirm(pending, unit.timeUs);
    }
    const revision = this.#pending.revisionAt(unit.change) ?? this.#appliedRevision;
    const access: AccessUnit = { data: unit.data, key: unit.key, timeUs: unit.timeUs, codec, revision };
    if (unit.stream === jpegStream) this.jpeg.push(access);
    if (unit.stream === videoStream) this.video.push(access);
    if (!life.mainTakes(unit)) return;
    this.#keepKeysComing('main', unit);
    this.#mainMeter.add(unit.timeUs, unit.data.length);
    this.main.push(access);
  }

  /** A picture that says that the worker lives. */
  #pulse(life: Life, unit: Unit): void {
    this.#ticksWithout = 0;
    const now = monotonicUs();
    if (this.#lastPictureUs > 0) this.#longestUs = Math.max(this.#longestUs, now - this.#lastPictureUs);
    this.#lastPictureUs = now;
    if (unit.stream === videoStream) {
      this.#keepKeysComing('video', unit);
      this.#meter.add(unit.timeUs, unit.data.length);
    }
    if (!life.pictured) this.#firstOf(life, unit);
  }

  /** Recorders and readers of RTSP start at a key frame and cannot ask for one. */
  #keepKeysComing(stream: 'video' | 'main', unit: Unit): void {
    if (unit.key) this.#lastKeyUs[stream] = unit.timeUs;
    else if (unit.timeUs - this.#lastKeyUs[stream] > keyEveryUs) {
      this.#lastKeyUs[stream] = unit.timeUs;
      this.#key(stream === 'main');
    }
  }

  #firstOf(life: Life, unit: Unit): void {
    life.pictured = true;
    this.#attempts = 0;
    this.#applied = life.settings;
    this.#appliedRevision = life.revision;
    this.#appliedTimeUs = unit.timeUs;
    this.#become('live', 'The picture is live.', true);
    // The spare takes processor time to start: not while this one needs it.
    setTimeout(() => this.#options.workers.prepare(), 1000).unref();
    if (life.revision !== this.#desired.revision) void this.apply(this.#desired.settings, this.#desired.revision);
    else this.#takeDemand();
  }

  #confirm(pending: Pending, timeUs: number): void {
    this.#applied = pending.settings;
    this.#appliedRevision = pending.revision;
    this.#appliedTimeUs = timeUs;
    const gapMs = Math.round(this.#longestUs / 1000);
    if (pending.brief) for (const field of pending.fields) if (isBrief(field)) this.#gaps[field] = gapMs;
    this.#limits = limitsOf(this.#source, this.#options.machine, this.#applied, this.#gaps);
    pending.end({ kind: 'shown', gapMs });
    this.emit('status');
  }

  // ---- changes -----------------------------------------------------------------------------

  #takeNext(): void {
    if (this.#changing || this.#next === undefined) return;
    const life = this.#life;
    if (life === undefined) return;
    const wish = this.#next;
    this.#next = undefined;
    this.#changing = true;
    void this.#change(life, wish).then((outcome) => {
      for (const answer of wish.answer) answer(outcome);
      if (this.#life === life) this.#changing = false;
      this.#takeNext();
    });
  }

  async #change(life: Life, wish: Wish): Promise<ApplyOutcome> {
    const pipeline = describePipeline(wish.settings, this.#source, this.#options.machine, this.#demand);
    const plan = planChange(life.pipeline, pipeline, life.mainStream + 1);
    if (plan.kind === 'rebuild') {
      // The viewers stay; the worker is another one. The answer comes with its first picture.
      this.#longestUs = 0;
      await this.#endLife();
      this.#desired = { settings: wish.settings, revision: wish.revision };
      void this.#live();
      await this.#pictureOrState();
      return this.#appliedRevision === wish.revision
        ? { kind: 'shown', gapMs: Math.round(this.#longestUs / 1000) }
        : { kind: 'kept' };
    }
    return this.#carryOut(life, plan, pipeline, wish);
  }

  /** Has the worker take the steps. A change without a gap is answered when it is taken, one with a gap when it shows. */
  async #carryOut(
    life: Life,
    plan: Extract<Plan, { kind: 'steps' }>,
    pipeline: Pipeline,
    { settings, revision }: Wish,
  ): Promise<ApplyOutcome> {
    const fields = changedFields(life.settings, settings);
    const change = life.told(plan, pipeline, settings, revision);
    if (plan.brief) this.#longestUs = 0;
    const shown = new Promise<ApplyOutcome>((end) => {
      const stream = plan.newMain === undefined ? undefined : life.mainStream;
      this.#pending.add(
        { change, settings, revision, fields, brief: plan.brief, stream, end },
        changeMs + 3000 / settings.fps,
        () => void this.#lost(life, troubleOf({ kind: 'unshown' }, this.#options.config.source)),
      );
    });
    try {
      await life.worker.change({ change, steps: plan.steps, confirm: plan.confirm, skip: plan.skip });
      if (plan.mainIsVideo || plan.newMain !== undefined) this.#key(true);
      return plan.brief ? shown : { kind: 'set' };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#log.warn({ camera: this.name, steps: plan.steps, err: error }, 'the worker could not take a change');
      const why = life.worker.ended;
      const fact = why === undefined ? ({ kind: 'refused', message } as const) : ({ kind: 'exit', why } as const);
      void this.#lost(life, troubleOf(fact, this.#options.config.source));
      return shown;
    }
  }

  #demandChanged(change: Partial<Demand>): void {
    this.#demand = { ...this.#demand, ...change };
    this.#takeDemand();
  }

  /** Opens and closes branches as somebody listens or nobody does. Not a change of settings: nothing to confirm. */
  #takeDemand(): void {
    const life = this.#life;
    if (life === undefined || !life.pictured) return;
    const pipeline = describePipeline(life.settings, this.#source, this.#options.machine, this.#demand);
    const plan = planChange(life.pipeline, pipeline, life.mainStream + 1);
    if (plan.kind !== 'steps' || plan.steps.length === 0) return;
    life.pipeline = pipeline;
    life.worker.change({ change: life.change, steps: plan.steps, confirm: [] }).then(
      () => {
        if (this.#demand.video) this.#key(false);
      },
      () => undefined,
    );
  }

  #key(main: boolean): void {
    const life = this.#life;
    if (life === undefined) return;
    life.worker.key(main && life.mainCodec === 'h265' ? ['main_encoder'] : ['video_encoder']);
  }

  // ---- watching ----------------------------------------------------------------------------

  #tick(): void {
    const life = this.#life;
    if (life === undefined) return;
    this.#ticksWithout++;
    const allowed = life.pictured
      ? Math.max(stallTicks, Math.ceil(5000 / Math.min(life.settings.fps, this.#applied.fps) / tickMs))
      : Math.ceil(this.#source.startMs / tickMs);
    if (this.#ticksWithout > allowed) {
      void this.#lost(life, troubleOf({ kind: life.pictured ? 'stalled' : 'silent' }, this.#options.config.source));
    } else if (life.mainCodec === 'mjpeg' && ++this.#jpegTicks % jpegEveryTicks === 0) this.#holdJpegs(life);
  }

  /** JPEGs have no rate control of their own: their quality follows what they take. */
  #holdJpegs(life: Life): void {
    const { quality } = life.settings;
    const present = Math.min(quality, this.#demand.jpegQuality ?? 100);
    const { bitrate } = this.#mainMeter.read(monotonicUs());
    const jpegQuality = jpegQualityWithin(present, quality, bitrate, kilobits(life.settings) * 1000);
    this.#mainMeter.reset();
    if (jpegQuality !== present) this.#demandChanged({ jpegQuality });
  }

  #become(state: CameraState, message: string, always = false): void {
    if (state === this.#state && message === this.#message && !always) return;
    this.#state = state;
    this.#message = message;
    if (state !== 'live' && state !== 'reconnecting') this.#meter.reset();
    this.#limits = limitsOf(this.#source, this.#options.machine, this.#applied, this.#gaps);
    if (state === 'live' || state === 'missing' || state === 'stopped') {
      for (const resolve of this.#firstPicture.splice(0)) resolve();
    }
    this.emit('status');
  }

  /** Resolves when there is a picture, when there will be none, or at the deadline. */
  #pictureOrState(): Promise<void> {
    return new Promise((resolve) => {
      const deadline = setTimeout(resolve, this.#source.startMs);
      deadline.unref();
      this.#firstPicture.push(() => {
        clearTimeout(deadline);
        resolve();
      });
    });
  }
}

function isBrief(field: SettingName): boolean {
  return field === 'width' || field === 'height' || field === 'fps' || field === 'encoding' || field === 'quality';
}
