/** From a configured source to what is known of it now. */
import { access } from 'node:fs/promises';
import type { Source } from '../config.ts';
import type { Machine } from './machine.ts';
import { fileSource, type SourcePlan, testSource } from './source.ts';

/** Asks the device, where there is one to ask. What is not there is planned all the same: its absence shows when it starts. */
export async function planSource(source: Source, _machine: Machine, stamp: boolean): Promise<SourcePlan> {
  switch (source.kind) {
    case 'test':
      return testSource(stamp);
    case 'file':
      await access(source.path).catch(() => undefined);
      return fileSource(source.path);
    default:
      throw new Error('not yet');
  }
}
