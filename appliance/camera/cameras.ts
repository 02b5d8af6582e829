/** All cameras of this device: the configured ones, or those that are found. */
import { type CameraConfig, type Config, formatSource } from '../config.ts';
import type { Logger } from '../log.ts';
import type { SavedSettings } from '../settings/saved.ts';
import type { RunningCamera } from './camera.ts';
import { Scout } from './footage.ts';
import { createCamera } from './index.ts';
import { type Machine, readMachine } from './machine.ts';
import type { CameraNames, FoundCamera } from './names.ts';
import { findCameras } from './sources.ts';
import type { Camera } from './types.ts';
import { watchNewDevices } from './watch.ts';
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
  /** Names those that are found. */
  readonly names: Pick<CameraNames, 'give'>;
  readonly log: Logger;
  /** Those that were started beforehand. */
  readonly workers?: Workers;
  /** Draws the capture time into every picture, for measurements. */
  readonly stamp?: boolean;
  /** Only the first one, and none that comes later: in safe mode. */
  readonly onlyFirst?: boolean;
  /** How cameras are found, and the folder where new ones show first. */
  readonly find?: (machine: Machine) => Promise<readonly FoundCamera[]>;
  readonly devices?: string;
}

/** Makes every camera; none plays before `start`. */
export async function openCameras({
  config,
  saved,
  names,
  log,
  workers = new Workers(log),
  stamp,
  onlyFirst = false,
  find = findCameras,
  devices = '/dev',
}: OpenCameras): Promise<Cameras> {
  const scout = new Scout(workers);
  // One file or more is looked into by one worker.
  if (config.cameras.some(({ source }) => source.kind === 'file')) scout.keep();
  // It will be the first camera's: nothing has to start for the question alone.
  const worker = workers.take();
  const machine = await readMachine(worker);
  workers.giveBack(worker);
  const automatic = config.cameras.length === 0;
  const found = automatic ? names.give(await find(machine)) : config.cameras;
  const byName = new Map<string, Camera>();
  const listeners: ((camera: Camera) => void)[] = [];
  const add = async (camera: CameraConfig): Promise<RunningCamera> => {
    const index = byName.size;
    const { settings, revision, confirmed, saved: isSaved } = saved.get(camera.name, index);
    const made = await createCamera({
      config: camera,
      index,
      settings,
      revision,
      ...(confirmed && { confirmed }),
      saved: isSaved,
      running: false,
      machine,
      workers,
      scout,
      log,
      ...(stamp === undefined ? {} : { stamp }),
    });
    byName.set(camera.name, made);
    return made;
  };
  for (const camera of onlyFirst ? found.slice(0, 1) : found) await add(camera);
  // Where none is found. The first that comes takes its place, and those who watch with it.
  let standIn = found.length === 0 ? await add({ name: 'camera', source: { kind: 'test' } }) : undefined;
  await scout.rest();

  /** A camera plugged in later joins the others; one that was there before comes back to its own name by itself. */
  const look = async (): Promise<void> => {
    const known = new Set([...byName.values()].map((camera) => camera.status().source));
    const fresh = (await find(machine)).filter(({ source }) => !known.has(formatSource(source)));
    const others = new Map([...byName].filter(([, camera]) => camera !== standIn));
    for (const { name, source } of names.give(fresh, others)) {
      if (standIn !== undefined && name === standIn.name) {
        const camera = standIn;
        standIn = undefined;
        log.info(
          { camera: name, source: formatSource(source) },
          'a camera was plugged in, in place of the test picture',
        );
        await camera.replaceSource(source);
        continue;
      }
      const camera = await add({ name, source });
      log.info({ camera: camera.name, source: formatSource(source) }, 'a camera was plugged in');
      for (const listener of listeners) listener(camera);
      if (saved.get(camera.name, camera.index).running) void camera.start();
    }
  };
  const watcher = automatic && !onlyFirst ? watchNewDevices(devices, /^video\d+$/, look, log) : undefined;
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
      watcher?.close();
      await Promise.all([workers.close(), scout.rest(), ...[...byName.values()].map((camera) => camera.close())]);
    },
  };
}
