/** A film that fills the bitrate it is given: noise, which no encoder can leave out. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Film {
  readonly path: string;
  remove(): Promise<void>;
}

/** 720p30, some seconds, in a folder of its own. Cheap to decode, so that the camera process shows what encoding costs. */
export async function makeBusyFilm(): Promise<Film> {
  const folder = await mkdtemp(join(tmpdir(), 'perch-bench-'));
  const path = join(folder, 'busy.mkv');
  const source = 'testsrc2=size=1280x720:rate=30:duration=6,noise=alls=12:allf=t';
  const encode = '-c:v libx264 -preset ultrafast -tune fastdecode -b:v 4M -pix_fmt yuv420p'.split(' ');
  await promisify(execFile)('ffmpeg', ['-v', 'error', '-f', 'lavfi', '-i', source, ...encode, path]);
  return { path, remove: () => rm(folder, { recursive: true, force: true }) };
}
