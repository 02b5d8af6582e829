/** `WS /api/shell`: a page's terminal. What is said is in shell/protocol.ts; it is passed on to the terminals' host as it is. */
import type { FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import { PerchError } from '../errors.ts';
import type { FromHost } from '../shell/protocol.ts';
import { addressOf } from './caller.ts';
import { identityOf } from './guard.ts';
import { keepAlive } from './keep-alive.ts';
import type { Openings } from './limits.ts';
import type { HttpParts } from './parts.ts';

/** Adds the route. `pingMs`: how often a page must show that it is there. */
export function shellRoutes(
  app: FastifyInstance,
  { shell, auth, log }: HttpParts,
  openings: Openings,
  pingMs: number,
): void {
  app.get(
    '/api/shell',
    {
      websocket: true,
      // Before the handshake, so that it is answered as any refusal.
      preValidation: async () => {
        if (!shell) throw new PerchError('terminal_off');
      },
    },
    (socket, request) => {
      const { who, client } = identityOf(request);
      // Frames that come before the host answers: a page says one, then waits.
      let early: { readonly data: Buffer; readonly isBinary: boolean }[] | undefined = [];
      let host: WebSocket | undefined;
      socket.on('message', (data, isBinary) => {
        if (host) host.send(data as Buffer, { binary: isBinary });
        else if (early && early.length < 8) early.push({ data: data as Buffer, isBinary });
      });
      keepAlive(socket, { pingMs, heard: () => auth.noteUse(client) });
      socket.on(
        'close',
        openings.add(client, () => {
          // Who logs out leaves no shell behind.
          if (host?.readyState === host?.OPEN) host?.send('{"type":"end"}');
          socket.close(1008, 'Logged out.');
        }),
      );
      socket.on('close', () => {
        early = undefined;
        host?.close();
      });
      shell?.connect({ who, address: addressOf(request.raw) }).then(
        (connected) => {
          host = connected;
          connected.on('error', (error) => log.debug({ err: error }, 'terminal failed'));
          connected.on('close', () => socket.close(1000));
          connected.on('message', (data, isBinary) => {
            if (socket.readyState === socket.OPEN) socket.send(data as Buffer, { binary: isBinary });
          });
          for (const { data, isBinary } of early ?? []) connected.send(data, { binary: isBinary });
          if (socket.readyState !== socket.OPEN) connected.close();
        },
        (error: unknown) => {
          const { code, message } = error instanceof PerchError ? error : new PerchError('internal');
          const frame: FromHost = { type: 'refused', code, message };
          socket.send(JSON.stringify(frame));
          socket.close(1013);
        },
      );
    },
  );
}
