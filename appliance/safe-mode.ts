/**
 * Safe mode: Perch after a crash loop (systemd/bin/safe-mode), with next to nothing, so that somebody can get in and
 * look. The reason stands in `safe_mode`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from './config.ts';

/** What is left of a configuration: the page, the shell, and the first camera with its defaults. */
export function minimal(config: Config): Config {
  return {
    ...config,
    cameras: config.cameras.slice(0, 1),
    mediamtx_rtsp: undefined,
    mediamtx_api: undefined,
    relay_url: undefined,
  };
}

/** A folder in which settings are kept while it lasts: those in the data folder are neither read nor written. */
export async function passingFolder(): Promise<{ readonly path: string; readonly remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'perch-safe-mode-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** The sentence for everybody who opens the page. */
export function safeModeNotice(reason: string): string {
  return `Perch runs in safe mode: one camera with default settings, no relay, no MediaMTX. ${reason} What was saved is untouched; it comes back with “Back to normal”, or by itself after an hour.`;
}
