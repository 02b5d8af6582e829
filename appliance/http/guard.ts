/** Stands before every route: who asks, from which page, and how often. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Auth, Identity } from '../auth/auth.ts';
import { PerchError } from '../errors.ts';
import { checkOrigin, originAllowed } from './address.ts';
import { addressOf, bearerOf, SessionCookie } from './caller.ts';
import type { RequestPace } from './limits.ts';

export interface GuardOptions {
  readonly auth: Auth;
  readonly origins: readonly string[];
  readonly pace: RequestPace;
  /** WebSockets open on all servers. */
  readonly webSockets: () => number;
  readonly webSocketsMost: number;
}

export const sessionCookie = new SessionCookie('perch_session');

/**
 * Who asks, on a route that needs a login.
 * @throws PerchError not_logged_in on an open route that is used by a stranger
 */
export function identityOf(request: FastifyRequest): Identity {
  if (!request.identity) throw new PerchError('not_logged_in');
  return request.identity;
}

const reading = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Puts the guard before every route of this server, those added later included. */
export function guard(app: FastifyInstance, options: GuardOptions): void {
  const { auth, origins, pace, webSockets, webSocketsMost } = options;
  app.decorateRequest('identity', null);

  app.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers;
    request.identity = identify(request, auth) ?? null;
    pace.check(addressOf(request.raw), request.identity !== null);
    // Reading across sites is kept apart by the browser.
    if (request.ws || !reading.has(request.method)) checkOrigin(request.raw, origins);
    if (origin !== undefined && originAllowed(origin, undefined, origins)) {
      void reply.headers({
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
        'access-control-expose-headers': 'location, perch-clock-us, perch-took-us',
        vary: 'origin',
      });
      // What a browser asks before it lets that page write; it carries no credentials and does nothing.
      if (request.method === 'OPTIONS' && request.headers['access-control-request-method'] !== undefined) {
        return reply
          .headers({
            'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
            'access-control-allow-headers': 'authorization, content-type',
            'access-control-max-age': '600',
          })
          .code(204)
          .send();
      }
    }

    if (request.is404 || request.routeOptions.config.open) return;
    if (!request.identity) throw new PerchError(auth.claimed ? 'not_logged_in' : 'not_claimed');
    if (request.ws && webSockets() >= webSocketsMost) {
      throw new PerchError('too_many_connections', { allowed: webSocketsMost, retryAfter: 5 });
    }
  });
}

function identify({ raw, cookies }: FastifyRequest, auth: Auth): Identity | undefined {
  const bearer = bearerOf(raw);
  const cookie = sessionCookie.of(raw, cookies);
  if (bearer === undefined && cookie === undefined) return undefined;
  return auth.verify({ bearer, cookie, address: addressOf(raw) });
}
