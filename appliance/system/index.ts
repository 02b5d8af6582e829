/**
 * The way to the root helper (`perch-system`), for those who may ask it: the web server, the button, the recovery
 * program, the shell's words. Needs nothing but Node, so that the recovery program can carry it.
 */
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { type ErrorCode, errorTable, PerchError } from '../errors.ts';
import { parseAnswer, type SystemRequest, type SystemVerb, systemSocket } from './protocol.ts';

export { type SystemRequest, type SystemVerb, systemSocket } from './protocol.ts';

export interface AskOptions {
  /** Hears what the helper is at, in sentences. */
  readonly onProgress?: ((sentence: string) => void) | undefined;
  /** The bytes that follow the request: an update's bundle. Read as fast as the helper takes them. */
  readonly body?: AsyncIterable<Uint8Array> | undefined;
}

/** The root helper, as others see it. */
export interface System {
  /** Whether there is one: on the image and after `make install`, not in a checkout. */
  available(): boolean;
  /**
   * Asks for one thing and resolves with what became of it, in a sentence. The answer to what ends this very process
   * (`restart-camera`, `reboot`, `update`) may not be lived to see.
   * @throws PerchError no_helper, helper_away, or why the helper refused
   */
  ask(request: SystemRequest, options?: AskOptions): Promise<string>;
}

/** A helper that says nothing for so long is given up, in ms. A trial of an update speaks every few seconds. */
const silenceMs = 180_000;

/** What a person can do where there is no helper. */
const instead: Readonly<Record<SystemVerb, string>> = {
  reboot: 'Restart the machine as you usually do.',
  poweroff: 'Shut the machine down as you usually do.',
  'restart-camera': 'Stop this program and start it again.',
  'leave-safe-mode': 'Stop this program and start it without PERCH_SAFE_MODE.',
  'reset-password': 'Use: perch reset-password',
  'factory-reset': 'Stop it, and use: perch factory-reset',
  update: 'Use: git pull, and start it again.',
  'roll-back': 'Use git, and start it again.',
};

/** The helper behind this socket; nothing is opened before `ask`. */
export function createSystem(socket: string = systemSocket): System {
  const available = () => existsSync(socket);
  return {
    available,
    async ask(request, options = {}) {
      if (!available()) throw new PerchError('no_helper', { instead: instead[request.do] });
      return converse(socket, request, options);
    },
  };
}

async function converse(path: string, request: SystemRequest, { onProgress, body }: AskOptions): Promise<string> {
  const socket = connect({ path, allowHalfOpen: true });
  let failure: Error | undefined;
  let cut: Error | undefined;
  socket.on('error', (error) => {
    failure ??= error;
  });
  socket.setTimeout(silenceMs, () => socket.destroy(new Error('it says nothing any more')));
  socket.write(`${JSON.stringify(request)}\n`);
  if (body === undefined) socket.end();
  else {
    const source = Readable.from(body, { objectMode: false });
    // Half a bundle must not look like a whole one: the helper counts its bytes, and hears no end here.
    source.on('error', (error) => {
      cut = error;
      socket.destroy();
    });
    source.pipe(socket);
    socket.on('close', () => source.destroy());
  }
  try {
    for await (const line of createInterface({ input: socket, crlfDelay: Number.POSITIVE_INFINITY })) {
      const answer = parseAnswer(line);
      if (answer === undefined) continue;
      if ('progress' in answer) onProgress?.(answer.progress);
      else if (answer.ok) return answer.message;
      else throw refusal(answer.code, answer.message);
    }
  } catch (error) {
    if (error instanceof PerchError) throw error;
    failure ??= error as Error;
  } finally {
    socket.destroy();
  }
  // Why its bytes did not come is what its reader wants to know.
  if (cut) throw cut;
  if ((failure as NodeJS.ErrnoException | undefined)?.code === 'EACCES')
    throw new PerchError('helper_refused', { reason: 'Only root and Perch itself may ask this. Put sudo before it.' });
  throw new PerchError('helper_away', { reason: failure?.message ?? 'it ended without an answer' });
}

/** A refusal keeps its code across the socket, so that it is answered with its status. */
function refusal(code: string | undefined, message: string): PerchError {
  const known = code !== undefined && Object.hasOwn(errorTable, code) ? (code as ErrorCode) : 'helper_refused';
  return PerchError.told(known, message);
}
