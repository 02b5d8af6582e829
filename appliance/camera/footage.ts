/** Recordings: what one is, seen in the file before it plays. */
import { open, stat } from 'node:fs/promises';
import type { Worker, Workers } from './worker.ts';

/** The picture of a recording. */
export interface Footage {
  /** In square pixels: how it is meant to be seen. */
  readonly width: number;
  readonly height: number;
  /** Pictures per second; 0 where the file does not say. */
  readonly fps: number;
}

/** How long a look into a file may take, in ms: a slow SD card and a long index. What takes longer plays all the same. */
const lookMs = 4000;

/**
 * Looks into recordings with a worker of its own, so that a file on which a decoder crashes takes no picture away. What
 * was seen holds until the file changes: a camera that starts again does not wait for another look.
 */
export class Scout {
  readonly #workers: Workers;
  #kept: Worker | undefined;
  readonly #seen = new Map<string, { readonly stamp: string; readonly footage: Footage | undefined }>();

  constructor(workers: Workers) {
    this.#workers = workers;
  }

  /** A worker that stays for all looks until `rest`; without one, each look has its own. */
  keep(): Worker {
    this.#kept ??= this.#workers.extra();
    return this.#kept;
  }

  /** What a file shows; undefined where that does not come out: no file, no video. */
  async look(path: string): Promise<Footage | undefined> {
    const about = await stat(path).catch(() => undefined);
    if (about === undefined) return undefined;
    const stamp = `${about.ino} ${about.size} ${about.mtimeMs}`;
    const known = this.#seen.get(path);
    if (known?.stamp === stamp) return known.footage;
    const worker = this.#kept ?? this.#workers.extra();
    const caps = await worker
      .look({
        launch: 'filesrc name=source ! decodebin ! video/x-raw ! fakesink name=picture',
        set: { source: { location: path } },
        at: 'picture',
        ms: lookMs,
      })
      .catch(() => '');
    if (worker !== this.#kept) await worker.end();
    const footage = parseCaps(caps);
    this.#seen.set(path, { stamp, footage });
    return footage;
  }

  /** Lets the worker that was kept go. */
  async rest(): Promise<void> {
    const worker = this.#kept;
    this.#kept = undefined;
    await worker?.end();
  }
}

/** The picture in raw caps as GStreamer writes them. */
export function parseCaps(caps: string): Footage | undefined {
  const number = (name: string) => Number(new RegExp(`\\b${name}=\\(int\\)(\\d+)`).exec(caps)?.[1] ?? 0);
  const fraction = (name: string) => {
    const [, above, below] = new RegExp(`\\b${name}=\\(fraction\\)(\\d+)/(\\d+)`).exec(caps) ?? [];
    return below === undefined || Number(below) === 0 ? undefined : Number(above) / Number(below);
  };
  const [width, height] = [number('width'), number('height')];
  if (width === 0 || height === 0) return undefined;
  const shape = fraction('pixel-aspect-ratio') ?? 1;
  return { width: Math.round(width * shape), height, fps: Number((fraction('framerate') ?? 0).toFixed(2)) };
}

const pictureBeginnings = [
  ['ffd8ff', 'JPEG'],
  ['89504e47', 'PNG'],
  ['47494638', 'GIF'],
  ['424d', 'BMP'],
] as const;

/** What is wrong with a file that is there, where that shows at its beginning. */
export async function fileProblem(path: string): Promise<string | undefined> {
  const advice = 'Put a video file there (MP4, MKV or AVI) and it plays by itself.';
  try {
    if ((await stat(path)).isDirectory()) return `${path} is a folder, not a video. Name a file in it.`;
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0);
      if (bytesRead === 0) return `${path} is empty. ${advice}`;
      const kind = pictureBeginnings.find(([start]) => buffer.toString('hex').startsWith(start))?.[1];
      return kind === undefined ? undefined : `${path} is a still picture (${kind}), not a video. ${advice}`;
    } finally {
      await file.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EACCES'
      ? `${path} may not be read by Perch. Change its permissions and it plays by itself.`
      : undefined;
  }
}
