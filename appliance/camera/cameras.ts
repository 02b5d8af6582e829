/** All cameras of this device: the configured ones, or those that are found. */
import type { CameraConfig, Config } from '../config.ts';
import type { Logger } from '../log.ts';
import type { SavedSettings } from '../settings/saved.ts';
import { createCamera } from './index.ts';
import { readMachine } from './machine.ts';
import { findCameras } from './sources.ts';
import type { Camera } from './types.ts';
import { Workers } from './worker.ts';

export interface Cameras {
  readonly byName: ReadonlyMap<string, Camera>;
  /** Calls back for every camera there is, at once, and for each that comes later. */
  onAdded(listener: (camera: Camera) => void): void;
  /** Starts those that are meant to run. */
  start(): void;
  /** Ends all of them; their processes are gone when this resolves. */
  close(): Promise<void>;
}

export interface OpenCameras {
  readonly config: Pick<Config, 'cameras'>;
  readonly saved: Pick<SavedSettings, 'get'>;
  readonly log: Logger;
  /** Draws the capture time into every picture, for measurements. */
  readonly stamp?: boolean;
}

/** Makes every camera; none plays before `start`. */
export async function openCameras({ config, saved, log, stamp }: OpenCameras): Promise<Cameras> {
  const workers = new Workers(log);
  const scout = workers.take();
  // The first pictures should not wait for Python: as many workers as there will be cameras start meanwhile.
  workers.prepare();
  const machine = await readMachine(scout);
  await scout.end();
  const found = config.cameras.length > 0 ? config.cameras : await findCameras(machine);
  const configs: readonly CameraConfig[] = found.length > 0 ? found : [{ name: 'camera', source: { kind: 'test' } }];
  const byName = new Map<string, Camera>();
  const listeners: ((camera: Camera) => void)[] = [];
  for (const [index, camera] of configs.entries()) {
    const { settings, revision } = saved.get(camera.name, index);
    byName.set(
      camera.name,
      await createCamera({
        config: camera,
        index,
        settings,
        revision,
        running: false,
        machine,
        workers,
        log,
        ...(stamp === undefined ? {} : { stamp }),
      }),
    );
  }
  return {
    byName,
    onAdded(listener) {
      listeners.push(listener);
      for (const camera of byName.values()) listener(camera);
    },
    start() {
      for (const camera of byName.values()) {
        if (saved.get(camera.name, camera.index).running) void camera.start();
      }
    },
    async close() {
      await Promise.all([workers.close(), ...[...byName.values()].map((camera) => camera.close())]);
    },
  };
}
