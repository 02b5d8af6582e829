/** One request of the root helper, from its line to the last line of the answer. */
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { PerchError } from '../errors.ts';
import type { Machine } from './machine.ts';
import { parseRequest, requestMost, type SystemAnswer, type SystemRequest } from './protocol.ts';

/** A request's line must come within so long, in ms: nobody keeps root waiting. */
const lineMs = 10_000;

/** What a verb is given to do its work. */
export interface Asked<R extends SystemRequest = SystemRequest> {
  readonly request: R;
  readonly machine: Machine;
  readonly progress: (sentence: string) => void;
  /** The bytes after the line. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Carries out a verb; resolves with what became of it, in a sentence. */
export type Perform = (asked: Asked) => Promise<string>;

/**
 * Serves the one request of this connection; never throws. `who` is for the log.
 * @returns what was answered
 */
export async function serveOne(
  connection: { readonly input: Readable; readonly output: Writable; readonly who: string },
  machine: Machine,
  perform: Perform,
): Promise<SystemAnswer> {
  const { input, output, who } = connection;
  const say = (answer: SystemAnswer) => {
    if (output.writable) output.write(`${JSON.stringify(answer)}\n`);
  };
  // Who asked may be gone: an update restarts it. What was begun is carried on all the same.
  output.on('error', () => undefined);
  input.on('error', () => undefined);
  let answer: SystemAnswer;
  try {
    const { line, body } = await firstLine(input);
    const request = parseRequest(line);
    machine.log.info({ who, ...request }, 'asked');
    const progress = (sentence: string) => {
      machine.log.info({ who, do: request.do }, sentence);
      say({ progress: sentence });
    };
    answer = { ok: true, message: await perform({ request, machine, progress, body }) };
    machine.log.info({ who, do: request.do }, answer.message);
  } catch (error) {
    const { message } = error as Error;
    answer = { ok: false, message, ...(error instanceof PerchError && { code: error.code }) };
    machine.log.error({ who, err: error }, 'refused');
  }
  say(answer);
  if (output.writable) {
    output.end();
    await Promise.race([once(output, 'finish'), once(output, 'close')]).catch(() => undefined);
  }
  input.destroy();
  return answer;
}

/**
 * The first line, and everything after it.
 * @throws PerchError bad_message when it is too long or does not come
 */
async function firstLine(input: Readable): Promise<{ line: string; body: AsyncIterable<Uint8Array> }> {
  const wrong = (reason: string) => new PerchError('bad_message', { expected: 'request to the system', reason });
  // Its end is not the connection's: the answer goes the other way.
  const chunks = input.iterator({ destroyOnReturn: false }) as AsyncIterator<Buffer>;
  let begun = Buffer.alloc(0);
  let late: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    late = setTimeout(() => reject(wrong('no line came')), lineMs);
  });
  try {
    for (;;) {
      const end = begun.indexOf(0x0a);
      if (end > requestMost || (end < 0 && begun.length > requestMost))
        throw wrong(`its line is longer than ${requestMost} bytes`);
      if (end >= 0) {
        const rest = begun.subarray(end + 1);
        return { line: begun.subarray(0, end).toString('utf8'), body: after(rest, chunks) };
      }
      const next = await Promise.race([chunks.next(), tooLate]);
      if (next.done) throw wrong('its line has no end');
      begun = Buffer.concat([begun, next.value]);
    }
  } finally {
    clearTimeout(late);
  }
}

async function* after(rest: Buffer, chunks: AsyncIterator<Buffer>): AsyncGenerator<Uint8Array> {
  if (rest.length > 0) yield rest;
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) yield next.value;
}
