/** One publication: a connection from its first request to its end. */
import { randomInt } from 'node:crypto';
import type { Encoding } from '../../settings/table.ts';
import type { AccessUnit } from '../feed.ts';
import { RtspConnection } from './connection.ts';
import { HeldUnits } from './held.ts';
import { NotSendable } from './jpeg.ts';
import { RtspError, readChannel, readSession } from './message.ts';
import { control, describe, kinds } from './sdp.ts';
import { UnitSender } from './sender.ts';
import type { RtspTarget } from './target.ts';

/** Where a publication gets its pictures. */
export interface Pictures {
  /** Who is given the next picture; undefined: nobody. */
  taker: ((unit: AccessUnit) => void) | undefined;
  requestKeyFrame(): void;
}

export interface Publication {
  readonly target: RtspTarget;
  readonly camera: string;
  readonly pictures: Pictures;
  /** What it begins with. */
  readonly held: HeldUnits;
  /** Makes the server ready for this encoding. Its errors are its own. */
  readonly prepare: ((codec: Encoding) => Promise<void>) | undefined;
  readonly signal: AbortSignal;
  /** The server takes pictures from now on. */
  readonly onPublishing: (codec: Encoding, sender: UnitSender) => void;
}

/** How a publication ended without failing. */
export type Ending =
  /** The encoding is another one now; `held` begins with its first key frame. */
  | { readonly kind: 'codec'; readonly held: HeldUnits }
  /** The camera gave no picture for 6 s. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'closed' };

/** No picture for this long: readers are better served by the server's own "offline" than by a still one. MediaMTX cuts us off after 10 s. */
const idleMs = 6_000;
/** What a server that left is given to answer our leaving. */
const goodbyeMs = 500;

/**
 * Publishes until the encoding changes, the camera gives no picture, or `signal` ends it. The
 * server was told of the end, and the connection is gone, when this settles.
 * @throws RtspError when the server refuses or goes away; NotSendable for pictures that RTP cannot carry
 */
export async function publish(publication: Publication): Promise<Ending> {
  const { target, camera, pictures, held, prepare, signal } = publication;
  const { codec, data } = held.first;
  pictures.taker = (unit) => held.add(unit);
  kinds[codec].pack(data);
  const connection = await RtspConnection.open(target, signal);
  const left = () => new RtspError('Publishing was ended.');
  const abort = () => connection.destroy(left());
  signal.addEventListener('abort', abort);
  let tell = false;
  try {
    await connection.request('OPTIONS', target.uri);
    await prepare?.(codec);
    const sdp = describe(codec, data, camera);
    await connection.request('ANNOUNCE', target.uri, { 'Content-Type': 'application/sdp' }, sdp);
    const setup = await connection.request('SETUP', `${target.uri}/${control}`, {
      Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1;mode=record',
    });
    const session = readSession(setup.headers);
    connection.session = session?.id;
    await connection.request('RECORD', target.uri, { Range: 'npt=0.000-' });
    // From here on an end is told to the server first.
    signal.removeEventListener('abort', abort);
    const sender = new UnitSender({
      codec,
      outlet: connection,
      channel: readChannel(setup.headers),
      name: camera,
      ssrc: randomInt(2 ** 32),
      sequence: randomInt(2 ** 16),
      requestKeyFrame: () => pictures.requestKeyFrame(),
    });
    publication.onPublishing(codec, sender);
    const ending = await stream(publication, connection, sender, session?.timeout ?? 60);
    tell = true;
    return ending;
  } catch (error) {
    tell = error instanceof NotSendable;
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
    if (tell) {
      const soon = setTimeout(abort, goodbyeMs);
      await connection.request('TEARDOWN', target.uri).catch(() => undefined);
      clearTimeout(soon);
    }
    connection.destroy(left());
    await connection.ended;
  }
}

async function stream(
  { target, pictures, held, signal }: Publication,
  connection: RtspConnection,
  sender: UnitSender,
  sessionSeconds: number,
): Promise<Ending> {
  const { codec } = held.first;
  // Half the session's life; and often enough to notice a server that is gone without a word.
  const keepAliveMs = Math.min(sessionSeconds / 2, 15) * 1000;
  let pictureAt = performance.now();
  let spokeAt = pictureAt;
  let watch: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  try {
    return await new Promise<Ending>((resolve, reject) => {
      pictures.taker = (unit) => {
        pictureAt = performance.now();
        if (unit.codec === codec) {
          try {
            sender.send(unit);
          } catch (error) {
            pictures.taker = undefined;
            reject(error);
          }
        } else if (unit.key) {
          const next = new HeldUnits(unit);
          pictures.taker = (later) => next.add(later);
          resolve({ kind: 'codec', held: next });
        } else pictures.requestKeyFrame();
      };
      for (const unit of held.units) pictures.taker?.(unit);
      if (held.units.length === 0) pictures.requestKeyFrame();

      watch = setInterval(() => {
        const now = performance.now();
        const stalled = sender.stalled();
        if (stalled) connection.destroy(stalled);
        if (now - pictureAt > idleMs) resolve({ kind: 'idle' });
        if (now - spokeAt < keepAliveMs) return;
        spokeAt = now;
        connection.request('OPTIONS', target.uri).catch((error: unknown) => {
          if (error instanceof RtspError) connection.destroy(error);
        });
      }, 1_000);
      onAbort = () => resolve({ kind: 'closed' });
      signal.addEventListener('abort', onAbort);
      if (signal.aborted) onAbort();
      connection.ended.then(reject, reject);
    });
  } finally {
    clearInterval(watch);
    if (onAbort) signal.removeEventListener('abort', onAbort);
  }
}
