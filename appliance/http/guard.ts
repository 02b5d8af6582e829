/** Stands before every route: who asks, from which page, and how often. */
import type { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Auth, Identity } from '../auth/auth.ts';
import { PerchError } from '../errors.ts';
import { originAllowed, plainAddress } from './address.ts';
import type { RequestPace } from './limits.ts';

export interface GuardOptions {
  readonly auth: Auth;
  readonly origins: readonly string[];
  readonly pace: RequestPace;
  /** WebSockets open on all servers. */
  readonly webSockets: () => number;
  readonly webSocketsMost: number;
}

/**
 * The session cookie's name. Browsers share cookies between ports of one host but never let http replace a Secure
 * cookie, so each protocol has its own.
 */
export function cookieName(request: FastifyRequest): string {
  return isEncrypted(request) ? '__Host-perch_session' : 'perch_session';
}

/** Whether the request came over https, to Perch itself. */
export function isEncrypted(request: FastifyRequest): boolean {
  return (request.raw.socket as TLSSocket).encrypted === true;
}

/** Where a request comes from. */
export function addressOf(request: FastifyRequest): string {
  return plainAddress(request.raw.socket.remoteAddress);
}

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
    const { origin, host } = request.headers;
    const address = addressOf(request);
    request.identity = identify(request, auth) ?? null;

    const allowed = pace.exceeded(address, request.identity !== null);
    if (allowed !== undefined) {
      throw new PerchError('too_many', { allowed: `${allowed} a second`, wait: 'a second', retryAfter: 1 });
    }

    // A page on another site can make a browser write or open a WebSocket; its Origin gives it away. Reading across
    // sites is kept apart by the browser.
    if ((request.ws || !reading.has(request.method)) && !originAllowed(origin, host, origins)) {
      throw new PerchError('wrong_origin', { value: (origin ?? '').slice(0, 100) });
    }
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

function identify(request: FastifyRequest, auth: Auth): Identity | undefined {
  const { authorization } = request.headers;
  const bearer = authorization === undefined ? undefined : (/^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '');
  const cookie = request.cookies[cookieName(request)];
  if (bearer === undefined && cookie === undefined) return undefined;
  return auth.verify({ bearer, cookie, address: addressOf(request) });
}
