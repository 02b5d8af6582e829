/** The machine as the root helper sees it; a folder and fakes in tests. */
import type { Logger } from '../log.ts';
import type { Run } from './run.ts';

export interface Machine {
  /** The running system's root: `/`, or a folder in tests. */
  readonly root: string;
  readonly run: Run;
  readonly log: Logger;
  /**
   * Becomes the owner of a folder, for good: what lies in a folder of the camera's user is not touched as root, because
   * a link there could lead anywhere.
   */
  become(folder: string): Promise<void>;
}
