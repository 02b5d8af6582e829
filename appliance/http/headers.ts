/** Headers that tell a browser how little this page needs. */
import helmet from '@fastify/helmet';
import type { FastifyInstance } from 'fastify';

/** No inline script or style anywhere, nothing from elsewhere, no frame around it. */
const contentSecurityPolicy = {
  useDefaults: false,
  directives: {
    'default-src': ["'self'"],
    'script-src': ["'self'"],
    'style-src': ["'self'"],
    'img-src': ["'self'", 'blob:', 'data:'],
    'media-src': ["'self'", 'blob:'],
    // Safari does not take 'self' for WebSockets of the same host.
    'connect-src': ["'self'", 'ws:', 'wss:'],
    'object-src': ["'none'"],
    'base-uri': ["'none'"],
    'form-action': ["'self'"],
    'frame-ancestors': ["'none'"],
  },
};

/** Sets the headers on every answer of this server. `connect` adds places its page may talk to, such as `https:`. */
export async function securityHeaders(app: FastifyInstance, connect: readonly string[] = []): Promise<void> {
  const { directives } = contentSecurityPolicy;
  await app.register(helmet, {
    contentSecurityPolicy: {
      ...contentSecurityPolicy,
      directives: { ...directives, 'connect-src': [...directives['connect-src'], ...connect] },
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
    reply.header('permissions-policy', 'camera=(), microphone=(), geolocation=(), payment=(), usb=()');
  });
}
