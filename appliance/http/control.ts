/** `WS /api/control`: ControlCommands in, StatusResponses out, and a push of every change. */
import type { FastifyInstance } from 'fastify';
import { Conversation } from '../command/conversation.ts';
import { identityOf } from './guard.ts';
import { keepAlive } from './keep-alive.ts';
import type { Openings } from './limits.ts';
import type { HttpParts } from './parts.ts';

export const controlProtocol = 'camera_control.v1';

let connections = 0;

/** Adds the route. `pingMs`: how often a client must show that it is there. */
export function controlRoutes(app: FastifyInstance, parts: HttpParts, openings: Openings, pingMs: number): void {
  app.get('/api/control', { websocket: true }, (socket, request) => {
    const { who, client } = identityOf(request);
    connections += 1;
    const origin = { who, client: `${client}/${chosenName(request.query) ?? connections}` };
    const conversation = new Conversation({
      socket,
      door: parts.door,
      log: parts.log,
      cameras: () => [...parts.cameras.keys()],
      originOf: () => origin,
      // What this client changed itself it learns from the answer; what becomes of it is pushed without a client.
      skip: (push) => push.client === origin.client,
    });
    keepAlive(socket, { pingMs, heard: () => parts.auth.noteUse(client), busy: () => conversation.busy });
    socket.on(
      'close',
      openings.add(client, () => socket.close(1008, 'Logged out.')),
    );
    conversation.begin();
  });
}

/**
 * `/api/control?client=NAME`: a page that connects again under its name is the same client, so what it says again is
 * recognised by request_id.
 */
function chosenName(query: unknown): string | undefined {
  const name = (query as { client?: unknown }).client;
  return typeof name === 'string' && /^[\w-]{8,40}$/.test(name) ? name : undefined;
}
