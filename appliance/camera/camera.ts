/** One camera: its streams, its state, and how a change reaches the picture. */
import { EventEmitter } from 'node:events';
import { type CameraConfig, formatSource, type Source } from '../config.ts';
import type { Logger } from '../log.ts';
import type { ConfirmedSettings } from '../settings/saved.ts';
import type { Limits, SettingName, Settings } from '../settings/table.ts';
import { type AccessUnit, Feed } from '../stream/feed.ts';
import { blamedFields } from './blame.ts';
import { kilobits } from './encoders.ts';
import { Life } from './life.ts';
import { fitted, limitsOf } from './limits.ts';
import type { Machine } from './machine.ts';
import { DeliveryMeter, jpegQualityWithin, monotonicUs, StreamMeter } from './measure.ts';
import { type Pending, PendingChanges } from './pending.ts';
import { type Demand, describePipeline, jpegStream, type Pipeline, videoStream } from './pipeline.ts';
import { changedFields, type Plan, planChange } from './plan.ts';
import { sizesOf } from './sizes.ts';
import type { SourcePlan } from './source.ts';
import { Supervision, tickMs } from './supervision.ts';
import { type Trouble, troubleOf } from './trouble.ts';
import type { ApplyOutcome, Camera, CameraEvents, CameraState, CameraStatus } from './types.ts';
import type { Unit, Worker, Workers } from './worker.ts';

export interface CameraOptions {
  readonly name: string;
  readonly index: number;
  readonly config: CameraConfig;
  /** Asked before every start of a worker: a device that was plugged in again may be another one. */
  readonly source: (configured: Source) => Promise<SourcePlan>;
  /** What it is before it was asked for the first time. */
  readonly firstSource: SourcePlan;
  readonly machine: Machine;
  readonly workers: Workers;
  readonly settings: Settings;
  readonly revision: number;
  /** What a picture showed last before this start: the way back if the settings give none. */
  readonly confirmed?: ConfirmedSettings;
  readonly log: Logger;
  /** Draws the capture time into each picture, for measurements. */
  readonly stamp?: boolean;
}

interface Wish {
  readonly settings: Settings;
  readonly revision: number;
  readonly answer: ((outcome: ApplyOutcome) => void)[];
}

/** How often the quality of JPEGs is set anew, in ticks. */
const jpegEveryTicks = 4;
/**
 * How long a change may take to show while pictures go on, in ms, on top of three of them: an encoder of h265 takes over
 * 3 s to begin on a machine whose cores are wanted eight times over. Where no picture comes at all, `gapMs` of the
 * supervision is what counts.
 */
const changeMs = 10_000;
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
  /** Over so long that one picture a second is measured, however unevenly they come. */
  readonly #pulseMeter = new StreamMeter(10_000_000);
  readonly #delivery = new DeliveryMeter();
  readonly #ticker: NodeJS.Timeout;
  readonly #supervision: Supervision;
  #closed = false;
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
  #jpegTicks = 0;
  #lastPictureUs = 0;
  readonly #lastKeyUs = { video: 0, main: 0 };
  #longestUs = 0;
  #size: readonly [number, number] = [0, 0];
  #firstPicture: (() => void)[] = [];

  constructor(options: CameraOptions) {
    super();
    this.name = options.name;
    this.index = options.index;
    this.#options = options;
    this.#log = options.log;
    this.#supervision = new Supervision(
      { ...options, configured: options.config.source },
      {
        starting: () => {
          if (this.#state === 'stopped') this.#become('starting', 'The camera is starting.');
        },
        lifeOf: (worker) => this.#lifeOf(worker),
        unit: (life, unit) => this.#unit(life, unit),
        sized: (width, height) => {
          this.#size = [width, height];
        },
        toBlame: (life, trouble, stillborn) => this.#toBlame(life, trouble, stillborn),
        settle: (blamed) => this.#settle(blamed),
        become: (state, sentence) => this.#become(state, sentence),
      },
    );
    this.#desired = { settings: options.settings, revision: options.revision };
    const shown = options.confirmed ?? options;
    this.#applied = this.#fit(shown.settings);
    this.#appliedRevision = shown.revision;
    this.#limits = limitsOf(this.#supervision.source, options.machine, this.#applied, this.#gaps);
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
    const nowUs = monotonicUs();
    return {
      name: this.name,
      index: this.index,
      source: formatSource(this.#supervision.configured),
      sourceLabel: this.#supervision.source.label,
      state: this.#state,
      stateMessage: this.#message,
      limits: this.#limits,
      sizes: sizesOf(this.#supervision.source, this.#options.machine),
      applied: this.#applied,
      appliedRevision: this.#appliedRevision,
      appliedTimeUs: this.#appliedTimeUs,
      measured: {
        ...this.#meter.read(nowUs),
        pulse: this.#pulseMeter.read(nowUs).fps,
        ...this.#delivery.read(),
        width: this.#size[0],
        height: this.#size[1],
        ...this.#supervision.restarts,
      },
    };
  }

  limitsFor(settings: Settings): Limits {
    return limitsOf(this.#supervision.source, this.#options.machine, this.#fit(settings), this.#gaps);
  }

  apply(desired: Settings, revision: number): Promise<ApplyOutcome> {
    // Kept as it was wished: a camera that comes back may be able to do more than what is known of it now.
    this.#desired = { settings: desired, revision };
    if (this.#supervision.life === undefined || !this.#supervision.life.pictured) {
      // A worker that has shown nothing yet is told when it does.
      return Promise.resolve({ kind: 'kept' });
    }
    return new Promise((resolve) => {
      const answer = this.#next?.answer ?? [];
      answer.push(resolve);
      this.#next = { settings: this.#fit(desired), revision, answer };
      this.#takeNext();
    });
  }

  async start(): Promise<void> {
    if (this.#closed) return;
    this.#supervision.start();
    if (this.#state === 'live' || this.#state === 'missing') return;
    await this.#pictureOrState();
  }

  async stop(): Promise<void> {
    await this.#supervision.stop();
    this.#become('stopped', 'The camera is off.');
  }

  async restart(): Promise<void> {
    this.#become('starting', 'The camera is restarting.');
    await this.#supervision.stop();
    await this.start();
  }

  /** Gives pictures of another source from now on, to the same viewers, under the same name, with the same settings. */
  async replaceSource(source: Source): Promise<void> {
    // What changes cost was learned of the one before.
    this.#gaps = {};
    await this.#supervision.replaceSource(source);
    if (this.#state !== 'stopped') await this.restart();
    else this.#become('stopped', this.#message, true);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#ticker);
    await this.#supervision.stop();
    this.#become('stopped', 'The camera is off.');
  }

  // ---- for the supervision -----------------------------------------------------------------

  #lifeOf(worker: Worker): Life {
    const { settings, revision } = this.#desired;
    const fit = this.#fit(settings);
    const pipeline = describePipeline(fit, this.#supervision.source, this.#options.machine, this.#demand);
    // Its first pictures are ones to start from; whatever was asked of the one before went with it.
    for (const feed of [this.video, this.main]) feed.sourceReplaced();
    return new Life(worker, pipeline, fit, revision);
  }

  #toBlame(life: Life | undefined, trouble: Trouble, stillborn: number): readonly SettingName[] {
    const shown = this.#appliedTimeUs > 0 || this.#options.confirmed !== undefined;
    return blamedFields({
      trouble,
      life,
      stillborn,
      confirmed: shown ? this.#applied : undefined,
      wished: this.#fit(this.#desired.settings),
      pending: this.#pending,
    });
  }

  /** Answers for what the worker was about to show: kept for the next picture, or taken back. */
  #settle(fields: readonly SettingName[]): void {
    if (fields.length > 0) this.#goBack(fields);
    this.#changing = false;
    const outcome: ApplyOutcome =
      fields.length === 0 ? { kind: 'kept' } : { kind: 'rolledBack', settings: this.#applied, fields };
    this.#pending.endAll(outcome);
    const next = this.#next;
    this.#next = undefined;
    const untouched =
      next !== undefined && changedFields(this.#fit(this.#desired.settings), next.settings).length === 0;
    for (const answer of next?.answer ?? []) answer(untouched ? { kind: 'kept' } : outcome);
    if (outcome.kind === 'rolledBack') {
      this.#log.warn({ camera: this.name, fields: outcome.fields }, 'no picture came after a change: it is taken back');
      this.emit('rolledBack', outcome.settings, outcome.fields);
    }
  }

  /** Goes back to what the last picture showed, in these fields. */
  #goBack(fields: readonly SettingName[]): void {
    const back = Object.fromEntries(fields.map((field) => [field, this.#applied[field]]));
    this.#desired = { settings: { ...this.#desired.settings, ...back }, revision: this.#appliedRevision };
  }

  /** What the source and this machine can do of these settings now. */
  #fit(settings: Settings): Settings {
    return fitted(settings, this.#supervision.source, this.#options.machine);
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
    this.#mainMeter.add(monotonicUs(), unit.data.length);
    this.main.push(access);
  }

  /** A picture that says that the worker lives. */
  #pulse(life: Life, unit: Unit): void {
    const first = this.#supervision.alive(life);
    const now = monotonicUs();
    if (this.#lastPictureUs > 0) this.#longestUs = Math.max(this.#longestUs, now - this.#lastPictureUs);
    this.#lastPictureUs = now;
    this.#pulseMeter.add(now, unit.data.length);
    if (unit.stream === videoStream) {
      this.#keepKeysComing('video', unit);
      this.#meter.add(now, unit.data.length);
      this.#delivery.add(unit.timeUs, now, Math.min(life.settings.fps, this.#applied.fps));
    }
    if (first) this.#firstOf(life, unit);
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
    this.#applied = life.settings;
    this.#appliedRevision = life.revision;
    this.#appliedTimeUs = unit.timeUs;
    this.#become('live', 'The picture is live.', true);
    if (life.revision !== this.#desired.revision) void this.apply(this.#desired.settings, this.#desired.revision);
    else this.#takeDemand();
  }

  #confirm(pending: Pending, timeUs: number): void {
    this.#applied = pending.settings;
    this.#appliedRevision = pending.revision;
    this.#appliedTimeUs = timeUs;
    const gapMs = Math.round(this.#longestUs / 1000);
    if (pending.brief) for (const field of pending.fields) if (isBrief(field)) this.#gaps[field] = gapMs;
    this.#limits = limitsOf(this.#supervision.source, this.#options.machine, this.#applied, this.#gaps);
    pending.end({ kind: 'shown', gapMs });
    this.emit('status');
  }

  // ---- changes -----------------------------------------------------------------------------

  #takeNext(): void {
    if (this.#changing || this.#next === undefined) return;
    const life = this.#supervision.life;
    if (life === undefined) return;
    const wish = this.#next;
    this.#next = undefined;
    this.#changing = true;
    void this.#change(life, wish).then((outcome) => {
      for (const answer of wish.answer) answer(outcome);
      if (this.#supervision.life === life) this.#changing = false;
      this.#takeNext();
    });
  }

  async #change(life: Life, wish: Wish): Promise<ApplyOutcome> {
    const pipeline = describePipeline(wish.settings, this.#supervision.source, this.#options.machine, this.#demand);
    const plan = planChange(life.pipeline, pipeline, life.mainStream + 1);
    if (plan.kind === 'rebuild') {
      // The viewers stay; the worker is another one. The answer comes with its first picture.
      this.#longestUs = 0;
      await this.#supervision.end();
      // It begins with what is desired by then, which may be newer than this wish.
      void this.#supervision.begin();
      await this.#pictureOrState();
      return this.#appliedRevision >= wish.revision
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
        Math.ceil((changeMs + 3000 / settings.fps) / tickMs),
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
      void this.#supervision.lost(life, troubleOf(fact, this.#supervision.configured));
      return shown;
    }
  }

  #demandChanged(change: Partial<Demand>): void {
    this.#demand = { ...this.#demand, ...change };
    this.#takeDemand();
  }

  /** Opens and closes branches as somebody listens or nobody does. Not a change of settings: nothing to confirm. */
  #takeDemand(): void {
    const life = this.#supervision.life;
    if (life === undefined || !life.pictured) return;
    const pipeline = describePipeline(life.settings, this.#supervision.source, this.#options.machine, this.#demand);
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
    const life = this.#supervision.life;
    if (life === undefined) return;
    life.worker.key(main && life.mainCodec === 'h265' ? ['main_encoder'] : ['video_encoder']);
  }

  // ---- watching ----------------------------------------------------------------------------

  #tick(): void {
    const life = this.#supervision.life;
    if (life === undefined) return;
    if (this.#pending.tick()) {
      void this.#supervision.lost(life, troubleOf({ kind: 'unshown' }, this.#supervision.configured));
      return;
    }
    const fps = Math.min(life.settings.fps, this.#applied.fps);
    if (this.#supervision.stalls(life, fps, this.#pending.anyBrief)) return;
    if (life.mainCodec === 'mjpeg' && ++this.#jpegTicks % jpegEveryTicks === 0) this.#holdJpegs(life);
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
    if (state !== 'live') {
      this.#pulseMeter.reset();
      this.#delivery.reset();
    }
    this.#limits = limitsOf(this.#supervision.source, this.#options.machine, this.#applied, this.#gaps);
    if (state === 'live' || state === 'missing' || state === 'stopped') {
      for (const resolve of this.#firstPicture.splice(0)) resolve();
    }
    this.emit('status');
  }

  /** Resolves when there is a picture, when there will be none, or at the deadline. */
  #pictureOrState(): Promise<void> {
    return new Promise((resolve) => {
      const deadline = setTimeout(resolve, this.#supervision.source.startMs);
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
