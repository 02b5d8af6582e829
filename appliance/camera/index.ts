/** Cameras: what plays, how it is kept playing, and how it is changed while it plays. */
import type { CameraConfig, Source } from '../config.ts';
import type { Logger } from '../log.ts';
import type { ConfirmedSettings } from '../settings/saved.ts';
import type { Settings } from '../settings/table.ts';
import { RunningCamera } from './camera.ts';
import type { Scout } from './footage.ts';
import type { Machine } from './machine.ts';
import { firstSettings } from './sizes.ts';
import { planSource } from './sources.ts';
import type { Workers } from './worker.ts';

export type * from './types.ts';

export interface CreateCamera {
  readonly config: CameraConfig;
  /** Place among the cameras, from 0. */
  readonly index: number;
  readonly settings: Settings;
  /** Whether they are somebody's: defaults give way to the source's own size and rate. */
  readonly saved: boolean;
  readonly revision: number;
  /** What a picture showed last, where one did: the way back if the settings give none. */
  readonly confirmed?: ConfirmedSettings;
  /** Whether it should be running: it starts by itself then. */
  readonly running: boolean;
  readonly machine: Machine;
  readonly workers: Workers;
  /** Looks into files; shared by all cameras. */
  readonly scout: Scout;
  readonly log: Logger;
  /** Draws the capture time into each picture, for measurements. */
  readonly stamp?: boolean;
}

/** Makes a camera. It answers at once; a picture comes as soon as its source gives one. */
export async function createCamera(options: CreateCamera): Promise<RunningCamera> {
  const { config, machine, scout } = options;
  const source = (configured: Source) => planSource(configured, machine, scout);
  const firstSource = await source(config.source);
  const settings = options.saved ? options.settings : firstSettings(options.settings, firstSource);
  const camera = new RunningCamera({ ...options, settings, name: config.name, source, firstSource });
  if (options.running) void camera.start();
  return camera;
}
