/** fMP4 over a WebSocket, for players that use Media Source Extensions. */
import type { FastifyInstance } from 'fastify';
import { cameraNamed } from './cameras.ts';
import { identityOf } from './guard.ts';
import type { Openings } from './limits.ts';
import type { HttpParts } from './parts.ts';

/** Adds `WS /api/mse/:name`. */
export function mseRoutes(app: FastifyInstance, { cameras, mse }: HttpParts, openings: Openings): void {
  app.get<{ Params: { name: string } }>(
    '/api/mse/:name',
    {
      websocket: true,
      // Before the handshake, so that a wrong name is answered as 404.
      preValidation: async (request) => {
        cameraNamed(cameras, request.params.name);
      },
    },
    (socket, request) => {
      const camera = cameraNamed(cameras, request.params.name);
      const { who, client } = identityOf(request);
      socket.on(
        'close',
        openings.add(client, () => socket.close(1008, 'Logged out.')),
      );
      mse.serve(camera.video, socket, { camera: camera.name, who });
    },
  );
}
