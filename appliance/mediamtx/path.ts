/** What a camera's path at MediaMTX should be, and what has to be changed for it. */
import type { Encoding } from '../settings/table.ts';
import type { PathConf } from './api.ts';

/** The fields of MediaMTX's path configuration that Perch sets, and no others. */
export interface PathEdit {
  readonly alwaysAvailable: boolean;
  readonly alwaysAvailableTracks: readonly { readonly codec: 'H264' | 'H265' }[];
}

/**
 * MediaMTX keeps readers while the publisher is away by playing its own "offline" clip to them,
 * and has to know the encoding for it. It has none for MJPEG, and refuses a publisher whose
 * encoding is another than the one it was told.
 */
export function wantedPath(codec: Encoding): PathEdit {
  if (codec === 'mjpeg') return { alwaysAvailable: false, alwaysAvailableTracks: [] };
  return { alwaysAvailable: true, alwaysAvailableTracks: [{ codec: codec === 'h264' ? 'H264' : 'H265' }] };
}

/** What to do so that a path is as wanted: nothing, add it, or change it. */
export type PathStep = 'none' | 'add' | 'patch';

/** `conf` is the path's configuration as it is; undefined: there is none of its name. */
export function pathStep(conf: PathConf | undefined, wanted: PathEdit): PathStep {
  if (!conf) return 'add';
  // Somebody chose a clip of their own for this path: it stands for itself.
  if (conf.alwaysAvailable === true && (conf.alwaysAvailableFile ?? '') !== '' && wanted.alwaysAvailable) return 'none';
  const have = (conf.alwaysAvailableTracks ?? []).map(({ codec }) => codec).join();
  const want = wanted.alwaysAvailableTracks.map(({ codec }) => codec).join();
  return (conf.alwaysAvailable ?? false) === wanted.alwaysAvailable && have === want ? 'none' : 'patch';
}
