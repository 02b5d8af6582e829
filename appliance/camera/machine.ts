/** What this machine can do for a camera: its model, its encoders, how much picture it can carry. */
import { readFile } from 'node:fs/promises';
import type { Encoding } from '../settings/table.ts';
import type { Worker } from './worker.ts';

export interface Machine {
  /** "Raspberry Pi 4 Model B Rev 1.5", or undefined on anything that is no Raspberry Pi. */
  readonly model: string | undefined;
  readonly h264: 'v4l2h264enc' | 'x264enc';
  readonly encodings: readonly Encoding[];
  /** Largest picture that is encoded. */
  readonly maxWidth: number;
  readonly maxHeight: number;
  readonly maxFps: number;
  /** Pixels a second that its H.264 encoder keeps up with. */
  readonly maxPixelRate: number;
  /** Whether GStreamer can use libcamera here. */
  readonly libcamera: boolean;
  /** Properties of libcamerasrc; empty where libcamera is not installed. */
  readonly libcameraProperties: readonly string[];
}

const wanted = ['v4l2h264enc', 'x264enc', 'x265enc', 'jpegenc', 'libcamerasrc'] as const;

/**
 * The machine of this model with these elements (name → properties). The hardware encoder of a Raspberry Pi up to 4
 * is specified for 1920x1080 at 30; the Pi 5 has none. A Zero 2 W has 512 MB in all, which 1080p does not fit beside
 * everything else.
 */
export function describeMachine(model: string | undefined, elements: ReadonlyMap<string, readonly string[]>): Machine {
  const hardware =
    elements.has('v4l2h264enc') && model !== undefined && !/Raspberry Pi (5|Compute Module 5|500)/.test(model);
  const small = model !== undefined && /Raspberry Pi Zero/.test(model);
  const encodings: Encoding[] = ['h264'];
  if (elements.has('x265enc') && !small) encodings.push('h265');
  if (elements.has('jpegenc')) encodings.push('mjpeg');
  return {
    model,
    h264: hardware ? 'v4l2h264enc' : 'x264enc',
    encodings,
    maxWidth: small ? 1280 : 1920,
    maxHeight: small ? 720 : 1080,
    maxFps: 60,
    maxPixelRate: small ? 1280 * 720 * 30 : hardware ? 1920 * 1080 * 30 : 1920 * 1080 * 60,
    libcamera: elements.has('libcamerasrc'),
    libcameraProperties: elements.get('libcamerasrc') ?? [],
  };
}

/** Looks at this machine, with the help of a worker that runs already. */
export async function readMachine(worker: Worker): Promise<Machine> {
  const [model, elements] = await Promise.all([
    readFile('/proc/device-tree/model', 'utf8').then(
      // The file is a C string.
      (text) => text.replaceAll('\0', '').trim(),
      () => undefined,
    ),
    worker.inspect(wanted, ['libcamerasrc']),
  ]);
  return describeMachine(model?.startsWith('Raspberry Pi') ? model : undefined, elements);
}
