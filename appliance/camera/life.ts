/** One life of a worker process: what it was told to be, and how its streams are to be read. */
import type { Encoding, Settings } from '../settings/table.ts';
import { firstMainStream, jpegStream, type Pipeline, videoStream } from './pipeline.ts';
import type { Plan } from './plan.ts';
import type { Unit, Worker } from './worker.ts';

export class Life {
  readonly worker: Worker;
  /** What it is told to be; pictures show it when every pending change is through. */
  pipeline: Pipeline;
  settings: Settings;
  revision: number;
  /** Counts what it was told. */
  change = 0;
  /** Whether it has given a picture. */
  pictured = false;
  /** Undefined while `main` is the H.264 that everybody gets. */
  mainCodec: Encoding | undefined;
  mainStream: number = firstMainStream;
  #mainStarted = false;

  constructor(worker: Worker, pipeline: Pipeline, settings: Settings, revision: number) {
    this.worker = worker;
    this.pipeline = pipeline;
    this.settings = settings;
    this.revision = revision;
    this.mainCodec = pipeline.main?.codec;
  }

  /** Notes that it is being told this. Returns the number of the change. */
  told(plan: Extract<Plan, { kind: 'steps' }>, pipeline: Pipeline, settings: Settings, revision: number): number {
    this.pipeline = pipeline;
    this.settings = settings;
    this.revision = revision;
    if (plan.newMain !== undefined) {
      this.mainStream++;
      this.mainCodec = plan.newMain;
      this.#mainStarted = false;
    } else if (plan.mainIsVideo) {
      this.mainCodec = undefined;
      this.#mainStarted = false;
    }
    return ++this.change;
  }

  /** Whether a picture of this stream says that the worker lives: one that is always made. */
  isPulse(unit: Unit): boolean {
    return this.pipeline.videoOpen ? unit.stream === videoStream : unit.stream === this.mainStream;
  }

  /** What a picture is; undefined when it comes from a branch that is gone. */
  codecOf(unit: Unit): Encoding | undefined {
    if (unit.stream === videoStream) return 'h264';
    if (unit.stream === jpegStream) return 'mjpeg';
    return unit.stream === this.mainStream ? this.mainCodec : undefined;
  }

  /** Whether `main` takes this picture: where its codec changes, the first is one to start from. */
  mainTakes(unit: Unit): boolean {
    if (unit.stream !== (this.mainCodec === undefined ? videoStream : this.mainStream)) return false;
    if (unit.key) this.#mainStarted = true;
    return this.#mainStarted;
  }
}
