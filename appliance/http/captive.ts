/**
 * The hotspot's doorman. Whoever joins it gets this camera's address for every name in the world, so a phone's question
 * whether there is an internet (`generate_204`, `hotspot-detect.html`, `connecttest.txt`) comes here: the answer leads to the
 * page, and the phone shows it.
 */
import type { FastifyInstance } from 'fastify';
import { ownName } from './address.ts';
import { isEncrypted } from './caller.ts';
import type { HttpParts } from './parts.ts';

/** Stands before the guard: these phones know nothing of logins. Only in hotspot mode, and only for names of others. */
export function captivePortal(app: FastifyInstance, { network, config }: HttpParts): void {
  app.addHook('onRequest', async (request, reply) => {
    const portal = network?.portal();
    const { socket } = request.raw;
    if (portal === undefined || isEncrypted(request.raw) || socket.localAddress?.replace(/^::ffff:/, '') !== portal)
      return;
    const { host } = request.headers;
    if (host === undefined || ownName(host, config.origins)) return;
    const port = socket.localPort === 80 ? '' : `:${socket.localPort}`;
    return reply.header('cache-control', 'no-store').redirect(`http://${portal}${port}/`, 302);
  });
}
