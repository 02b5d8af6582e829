/** Encoded moving pictures for tests: made by ffmpeg once, played into a feed at their own speed. */
import { execFileSync } from 'node:child_process';
import type { Encoding } from '../../../settings/table.ts';
import { type AccessUnit, Feed } from '../../feed.ts';

/** One encoded picture of a clip. */
export interface Picture {
  readonly data: Buffer;
  readonly key: boolean;
}

export interface Clip {
  readonly codec: Encoding;
  readonly pictures: readonly Picture[];
}

const encoders: Readonly<Record<Encoding, readonly string[]>> = {
  h264: [
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-tune',
    'zerolatency',
    '-x264-params',
    'aud=1:keyint=10:scenecut=0',
  ],
  h265: [
    '-c:v',
    'libx265',
    '-preset',
    'ultrafast',
    '-tune',
    'zerolatency',
    '-x265-params',
    'aud=1:keyint=10:scenecut=0:repeat-headers=1:log-level=none',
  ],
  mjpeg: ['-c:v', 'mjpeg', '-huffman', 'default', '-pix_fmt', 'yuvj420p', '-q:v', '4'],
};
const containers: Readonly<Record<Encoding, string>> = { h264: 'h264', h265: 'hevc', mjpeg: 'mjpeg' };
/** What every picture begins with: an access unit delimiter, or the start of a JPEG. */
const beginnings: Readonly<Record<Encoding, Buffer>> = {
  h264: Buffer.from([0, 0, 0, 1, 0x09]),
  h265: Buffer.from([0, 0, 0, 1, 0x46, 0x01]),
  mjpeg: Buffer.from([0xff, 0xd8, 0xff]),
};

/** A second of test picture, with a key frame first and every ten pictures; `bitrate` in kbit/s. */
export function makeClip(codec: Encoding, width: number, height: number, { pictures = 20, bitrate = 1000 } = {}): Clip {
  const input = ['-f', 'lavfi', '-i', `testsrc2=size=${width}x${height}:rate=25`, '-frames:v', String(pictures)];
  const rate = codec === 'mjpeg' ? [] : ['-b:v', `${bitrate}k`];
  const args = [
    '-v',
    'error',
    ...input,
    '-pix_fmt',
    'yuv420p',
    ...rate,
    ...encoders[codec],
    '-f',
    containers[codec],
    '-',
  ];
  const stream = execFileSync('ffmpeg', args, { maxBuffer: 256 * 1024 * 1024 });
  const begin = beginnings[codec];
  const starts: number[] = [];
  for (let at = stream.indexOf(begin); at >= 0; at = stream.indexOf(begin, at + begin.length)) starts.push(at);
  const units = starts.map((start, index) => stream.subarray(start, starts[index + 1] ?? stream.length));
  return { codec, pictures: units.map((data, index) => ({ data, key: codec === 'mjpeg' || index % 10 === 0 })) };
}

/** A camera made of clips: plays one in a loop until it is given another, beginning anew when a key frame is wanted. */
export class Player {
  readonly feed: Feed;
  #clip: Clip;
  #at = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #intervalMs: number;

  constructor(clip: Clip, fps = 25) {
    this.#clip = clip;
    this.#intervalMs = 1000 / fps;
    this.feed = new Feed({ keyFrameWanted: () => this.restart(), demandChanged: () => undefined }, (error) => {
      throw error;
    });
  }

  restart(): void {
    this.#at = 0;
  }

  /** Goes on with another clip, as a camera does after a change of settings. */
  show(clip: Clip): void {
    this.#clip = clip;
    this.restart();
  }

  /** Pictures of the worker that died are not coming any more; `play` is its successor. */
  pause(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  play(): void {
    this.#timer ??= setInterval(() => this.push(), this.#intervalMs);
  }

  /** The next picture, now. */
  push(): void {
    const { codec, pictures } = this.#clip;
    const picture = pictures[this.#at % pictures.length];
    if (!picture) return;
    this.#at += 1;
    const timeUs = Number(process.hrtime.bigint() / 1000n);
    const unit: AccessUnit = { ...picture, codec, timeUs, revision: 1 };
    this.feed.push(unit);
  }
}
