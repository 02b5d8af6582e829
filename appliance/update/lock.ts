/** One update at a time on a machine, however they were asked for. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { PerchError } from '../errors.ts';

/**
 * Runs `work` alone. The lock is a name without a file: it is gone with the process, however that ends.
 * @throws PerchError updating when another has it
 */
export async function alone<T>(root: string, work: () => Promise<T>): Promise<T> {
  const server = createServer();
  server.listen(`\0perch-update:${root}`);
  try {
    await once(server, 'listening');
  } catch {
    throw new PerchError('updating');
  }
  try {
    return await work();
  } finally {
    server.close();
  }
}
