/** The shell host on a unix socket: `/terminal` for one page's frames, `/watch` for who opens and closes terminals. */
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';
import type { Opened, ShellHost } from './host.ts';
import type { EndReason } from './protocol.ts';

/** Beside the socket while its program runs, where systemd listens when it does not: what watches need not wake it. */
export const awakeFile = 'awake';

/** Bytes of a frame at the most, as everywhere over HTTP; a page sends a longer paste in pieces. */
export const frameMost = 64 * 1024;

/** What `/watch` tells: first all that are open, then each change. */
export type Watched =
  | { readonly type: 'all'; readonly terminals: readonly Opened[] }
  | { readonly type: 'opened'; readonly terminal: Opened }
  | { readonly type: 'closed'; readonly terminal: Opened; readonly reason: EndReason };

/** Who asks, as the appliance tells it. The password is asked all the same. */
export const whoHeader = 'perch-who';
export const addressHeader = 'perch-address';

/** A socket to be made, with who may connect to it; or one that somebody opened already. */
export type SocketAt = { readonly path: string; readonly mode: number } | { readonly fd: number };

/**
 * Listens. Answers how to stop.
 * @param used hears of each connection for a terminal
 * @throws Error when the socket cannot be made
 */
export async function serveSocket(host: ShellHost, at: SocketAt, used?: () => void): Promise<() => Promise<void>> {
  // What a killed program left behind.
  if ('path' in at) await rm(at.path, { force: true });
  // Whoever asks for nothing only wanted it to be awake (wake.ts).
  const server = createServer((_request, response) => response.writeHead(426).end());
  const sockets = new WebSocketServer({ noServer: true, maxPayload: frameMost });
  server.on('upgrade', (request, stream, head) => {
    stream.on('error', () => stream.destroy());
    if (request.url !== '/terminal' && request.url !== '/watch') {
      stream.end('HTTP/1.1 404 Not Found\r\n\r\n');
      return;
    }
    sockets.handleUpgrade(request, stream, head, (socket) => {
      socket.on('error', () => socket.terminate());
      if (request.url === '/watch') {
        const say = (told: Watched) => socket.send(JSON.stringify(told));
        const opened = (terminal: Opened) => say({ type: 'opened', terminal });
        const closed = (terminal: Opened, reason: EndReason) => say({ type: 'closed', terminal, reason });
        host.on('opened', opened).on('closed', closed);
        socket.on('close', () => host.off('opened', opened).off('closed', closed));
        say({ type: 'all', terminals: host.opened });
        return;
      }
      used?.();
      host.serve(socket, {
        who: readHeader(request.headers[whoHeader]),
        address: readHeader(request.headers[addressHeader]),
      });
    });
  });
  if ('fd' in at) server.listen(at);
  else {
    const mask = process.umask(0o777 & ~at.mode);
    server.listen(at.path);
    process.umask(mask);
  }
  await once(server, 'listening');
  return async () => {
    for (const socket of sockets.clients) socket.close(1001);
    server.close();
    // Whoever does not answer the goodbye.
    setTimeout(() => {
      for (const socket of sockets.clients) socket.terminate();
    }, 300).unref();
    if ('path' in at) await rm(at.path, { force: true });
  };
}

/** A header's text: what is no Latin letter goes as %xx. */
export function writeHeader(text: string): string {
  return encodeURIComponent(text);
}

function readHeader(value: string | readonly string[] | undefined): string {
  try {
    return decodeURIComponent(String(value ?? 'unknown')).slice(0, 100);
  } catch {
    return 'unknown';
  }
}
