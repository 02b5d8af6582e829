/** Real cameras for tests: real workers, real GStreamer. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { pino } from 'pino';
import { parseCameras } from '../../config.ts';
import { defaultSettings, type Settings } from '../../settings/table.ts';
import type { AccessUnit, Feed } from '../../stream/feed.ts';
import { type Cameras, openCameras } from '../cameras.ts';
import type { Camera, CameraStatus } from '../types.ts';

export const quiet = pino({ level: 'silent' });
/** Debian's opencv-doc: a street, 768x576, 10 pictures a second. */
export const street = '/usr/share/doc/opencv-doc/examples/data/vtest.avi';

/** Opens cameras written as in PERCH_CAMERAS, all with these settings at revision 1; none: nobody has set them yet. */
export function open(cameras: string, settings: Partial<Settings> | 'none', stamp = false): Promise<Cameras> {
  return openCameras({
    config: { cameras: parseCameras(cameras) },
    saved: {
      get: (name, index) => ({
        settings: { ...defaultSettings(name, index), ...(settings === 'none' ? {} : settings) },
        saved: settings !== 'none',
        revision: 1,
        running: true,
      }),
    },
    names: { give: () => [] },
    log: quiet,
    stamp,
  });
}

export function only(cameras: Cameras): Camera {
  const [camera] = cameras.byName.values();
  if (camera === undefined) throw new Error('no camera');
  return camera;
}

/** Resolves with the first status that is as wanted, the present one included. */
export function until(camera: Camera, wanted: (status: CameraStatus) => boolean): Promise<CameraStatus> {
  return new Promise((resolve) => {
    const look = () => {
      const status = camera.status();
      if (!wanted(status)) return;
      camera.off('status', look);
      resolve(status);
    };
    camera.on('status', look);
    look();
  });
}

/** Resolves with the next `count` pictures that are as wanted. */
export function pictures(
  feed: Feed,
  count: number,
  wanted: (unit: AccessUnit) => boolean = () => true,
): Promise<AccessUnit[]> {
  return new Promise((resolve) => {
    const units: AccessUnit[] = [];
    const end = feed.subscribe((unit) => {
      if (!wanted(unit)) return;
      units.push(unit);
      if (units.length < count) return;
      end();
      resolve(units);
    });
  });
}

/** Collects everything a feed gives from the next picture that decoding can start at, until `end`. */
export function collect(feed: Feed): { units: AccessUnit[]; end: () => AccessUnit[] } {
  const units: AccessUnit[] = [];
  const stop = feed.subscribe((unit) => {
    if (units.length > 0 || unit.key) units.push(unit);
  });
  feed.requestKeyFrame();
  return {
    units,
    end: () => {
      stop();
      return units;
    },
  };
}

/** What ffmpeg says of a stream: the sizes it decoded to in order, pictures, and every complaint. */
export async function decode(
  format: 'h264' | 'hevc' | 'mjpeg',
  units: readonly Pick<AccessUnit, 'data'>[],
): Promise<{ pictures: number; brightness: number[]; size: string; problems: string }> {
  const size = await pipe(
    'ffprobe',
    ['-v', 'error', '-f', format, '-i', '-', '-show_entries', 'frame=width,height', '-of', 'csv=p=0'],
    units,
  );
  const sizes = size.out.toString().trim().split('\n');
  // Every picture shrunk to one grey pixel: how bright it is.
  const grey = await pipe(
    'ffmpeg',
    [
      '-v',
      'error',
      '-f',
      format,
      '-i',
      '-',
      '-fps_mode',
      'passthrough',
      '-vf',
      'scale=1:1:flags=area,format=gray',
      '-f',
      'rawvideo',
      '-',
    ],
    units,
  );
  return {
    pictures: grey.out.length,
    size: sizes.at(-1)?.replace(',', 'x').replace(/,.*$/, '') ?? '',
    brightness: [...grey.out],
    problems: size.problems,
  };
}

/**
 * The frame_num of each H.264 picture (H.264 7.4.3): it counts from each key frame on, so that one which was encoded and
 * did not come leaves a hole. Decoders pass over that without a word.
 */
export async function frameNumbers(units: readonly Pick<AccessUnit, 'data'>[]): Promise<number[]> {
  const trace = ['-f', 'h264', '-i', '-', '-c', 'copy', '-bsf:v', 'trace_headers', '-f', 'null', '-'];
  const { problems } = await pipe('ffmpeg', ['-v', 'info', ...trace], units);
  // A picture may be cut into slices: its first one begins at its first block.
  const first = / first_mb_in_slice +1 = 0\n.*\n.*\n.* frame_num +[01]+ = (\d+)/g;
  return [...problems.matchAll(first)].map(([, number]) => Number(number));
}

async function pipe(
  program: string,
  args: string[],
  units: readonly Pick<AccessUnit, 'data'>[],
): Promise<{ out: Buffer; problems: string }> {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const out: Buffer[] = [];
  const problems: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => problems.push(chunk));
  child.stdin.on('error', () => undefined);
  child.stdin.end(Buffer.concat(units.map(({ data }) => data)));
  await once(child, 'close');
  return { out: Buffer.concat(out), problems: Buffer.concat(problems).toString() };
}
