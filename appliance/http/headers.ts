/** Headers that tell a browser how little this page needs. */
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';
import { contentPolicy, permissionsPolicy } from './policy.ts';

/** Sets the headers on every answer of this server. `connect` adds places its page may talk to, such as `https:`. */
export async function securityHeaders(app: FastifyInstance, connect: readonly string[] = []): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { ...contentPolicy, 'connect-src': [...contentPolicy['connect-src'], ...connect] },
    },
    // The certificate is our own: a browser that was told to insist on https could not be let in again.
    strictTransportSecurity: false,
    // Means nothing over plain http, and browsers warn about it there.
    crossOriginOpenerPolicy: false,
    originAgentCluster: false,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
  app.addHook('onSend', async (request, reply) => {
    if (request.url.startsWith('/api/') && !reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    reply.header('permissions-policy', permissionsPolicy);
  });
}
