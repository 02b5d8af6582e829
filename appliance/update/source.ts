/** Where `perch update` gets a bundle from: a file or an address. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { ConfigError } from '../config.ts';

/** A server that sends nothing for so long is given up, in ms. */
const silenceMs = 30_000;

/**
 * The bytes of a bundle. Nobody between here and its maker needs to be trusted: it is signed.
 * @throws ConfigError when there is nothing to be had there
 */
export async function openBundle(from: string): Promise<AsyncIterable<Uint8Array>> {
  if (/^https?:\/\//.test(from)) return download(from);
  const found = await stat(from).catch(() => undefined);
  if (!found?.isFile())
    throw new ConfigError(`${from} is no file. Give the path of a bundle (perch-….perch), or its http(s) address.`);
  return createReadStream(from);
}

async function* download(url: string): AsyncGenerator<Uint8Array> {
  const silence = new AbortController();
  let late = setTimeout(() => silence.abort(), silenceMs);
  try {
    const response = await fetch(url, { signal: silence.signal });
    if (!response.ok || !response.body)
      throw new ConfigError(`${url} answers ${response.status} ${response.statusText}.`);
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      clearTimeout(late);
      late = setTimeout(() => silence.abort(), silenceMs);
      yield chunk;
    }
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const { cause, message } = error as Error;
    const why = silence.signal.aborted ? 'nothing came for 30 s' : cause instanceof Error ? cause.message : message;
    throw new ConfigError(`${url} cannot be fetched: ${why}.`);
  } finally {
    clearTimeout(late);
  }
}
