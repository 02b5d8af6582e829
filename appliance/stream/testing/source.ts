/** Live pictures for tests of delivery, from a small pipeline of their own (no camera, no settings). */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { Feed } from '../feed.ts';

export interface SourceOptions {
  readonly width?: number;
  readonly height?: number;
  readonly fps?: number;
  /** kbit/s */
  readonly bitrate?: number;
  readonly profile?: 'constrained-baseline' | 'main' | 'high';
  readonly jpeg?: boolean;
  /** Of videotestsrc: "ball" is cheap, "snow" uses all of the bitrate. */
  readonly pattern?: 'ball' | 'snow' | 'smpte';
}

/** Two feeds and the process behind them. */
export class TestSource {
  readonly video: Feed;
  readonly jpeg: Feed;
  /** Key frames that listeners asked for. */
  keyFramesWanted = 0;
  readonly #options: Required<SourceOptions>;
  #child: ChildProcessWithoutNullStreams;

  constructor(options: SourceOptions = {}) {
    this.#options = {
      width: 640,
      height: 360,
      fps: 30,
      bitrate: 1000,
      profile: 'constrained-baseline',
      jpeg: false,
      pattern: 'ball',
      ...options,
    };
    const onError = (error: unknown) => {
      throw error;
    };
    this.video = new Feed(
      {
        keyFrameWanted: () => {
          this.keyFramesWanted += 1;
          this.tell('key');
        },
        demandChanged: () => {},
      },
      onError,
    );
    this.jpeg = new Feed({ keyFrameWanted: () => {}, demandChanged: () => {} }, onError);
    this.#child = this.#start();
  }

  /** A line for the pipeline, see source.py. */
  tell(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  /** Kills the process and starts another one, as a camera does when its worker dies. */
  async replace(): Promise<void> {
    const old = this.#child;
    old.kill('SIGKILL');
    await once(old, 'exit');
    this.#child = this.#start();
    this.video.sourceReplaced();
  }

  async close(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.stdin.end();
    await gone;
  }

  #start(): ChildProcessWithoutNullStreams {
    const { width, height, fps, bitrate, profile, jpeg, pattern } = this.#options;
    const script = fileURLToPath(new URL('./source.py', import.meta.url));
    const args = [script, width, height, fps, bitrate, profile, jpeg ? 1 : 0, pattern].map(String);
    const child = spawn('/usr/bin/python3', args);
    child.stdin.on('error', () => {});
    child.stderr.on('data', (text: Buffer) => process.stderr.write(text));
    let pending = Buffer.alloc(0);
    child.stdout.on('data', (piece: Buffer) => {
      pending = Buffer.concat([pending, piece]);
      while (pending.length >= 13 && pending.length >= 13 + pending.readUInt32BE(9)) {
        const end = 13 + pending.readUInt32BE(9);
        const kind = pending.toString('latin1', 0, 1);
        const unit = { data: pending.subarray(13, end), timeUs: Number(pending.readBigUInt64BE(1)), revision: 1 };
        pending = pending.subarray(end);
        if (kind === 'j') this.jpeg.push({ ...unit, key: true, codec: 'mjpeg' });
        else this.video.push({ ...unit, key: kind === 'k', codec: 'h264' });
      }
    });
    return child;
  }
}

/** The clock of `AccessUnit.timeUs`, now. */
export function clockUs(): number {
  return Number(process.hrtime.bigint() / 1000n);
}
