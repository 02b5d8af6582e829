/** Waits for a file or device to appear or change: told by the system, not by asking again and again. */
import { existsSync, type FSWatcher, statSync, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Logger } from '../log.ts';

export interface Away {
  /** True when it is time to try again, false when cancelled. */
  readonly over: Promise<boolean>;
  cancel(): void;
}

/**
 * Ends when `path` appears, changes or is replaced, and in any case after `ms` (where nothing tells: network file
 * systems, CSI cameras). Without a path only time counts.
 */
export function waitFor(path: string | undefined, ms: number): Away {
  let watcher: FSWatcher | undefined;
  let end: (again: boolean) => void = () => undefined;
  const over = new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => end(true), ms);
    end = (again) => {
      clearTimeout(timer);
      watcher?.close();
      watcher = undefined;
      resolve(again);
    };
  });
  if (path !== undefined) {
    const before = stamp(path);
    const folder = nearestFolder(path);
    let settling: NodeJS.Timeout | undefined;
    // A file is copied in many writes, a device node gets its permissions after it appears: quiet first.
    const look = () => {
      clearTimeout(settling);
      settling = setTimeout(() => {
        if (watcher !== undefined && stamp(path) !== before && existsSync(path)) end(true);
      }, settleMs);
    };
    try {
      watcher = watch(folder, (_event, name) => {
        // A folder on the way may have come: the next wait watches that one.
        if (folder !== dirname(path)) end(true);
        else if (name === null || name === basename(path)) look();
      });
      watcher.on('error', () => end(true));
    } catch {
      // Not to be watched: the time alone counts.
    }
    look();
  }
  return { over, cancel: () => end(false) };
}

const settleMs = 100;

function nearestFolder(path: string): string {
  let folder = dirname(path);
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

function stamp(path: string): string {
  try {
    const { ino, size, mtimeMs } = statSync(path);
    return `${ino} ${size} ${mtimeMs}`;
  } catch {
    return 'absent';
  }
}

/** Calls back when names like this came to a folder and it has been quiet for a moment; never twice at a time. */
export function watchNewDevices(
  folder: string,
  pattern: RegExp,
  found: () => Promise<void>,
  log: Logger,
): { close(): void } {
  let timer: NodeJS.Timeout | undefined;
  let last = Promise.resolve();
  try {
    const watcher = watch(folder, (event, name) => {
      if (event !== 'rename' || name === null || !pattern.test(name)) return;
      clearTimeout(timer);
      timer = setTimeout(() => {
        last = last.then(found).catch((error) => log.error({ err: error }, 'looking for cameras failed'));
      }, newDeviceMs);
    });
    watcher.on('error', (error) => log.warn({ err: error }, 'cameras plugged in from now on are not noticed'));
    return {
      close: () => {
        clearTimeout(timer);
        watcher.close();
      },
    };
  } catch (error) {
    log.warn({ err: error }, 'cameras plugged in from now on are not noticed');
    return { close: () => undefined };
  }
}

/** A USB camera makes several nodes, one after the other. */
const newDeviceMs = 1000;
