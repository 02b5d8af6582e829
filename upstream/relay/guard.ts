/** Stands before every route and every WebSocket of people: who asks, from which page, how often. */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { PerchError } from '../../appliance/errors.ts';
import { checkOrigin } from '../../appliance/http/address.ts';
import { addressOf, bearerOf, SessionCookie } from '../../appliance/http/caller.ts';
import type { RequestPace } from '../../appliance/http/limits.ts';
import type { People, Person } from './people/people.ts';
import { mayDo, type Role } from './people/records.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The role a route of the relay needs; `viewer` where nothing is said. */
    role?: Role;
  }
}

export interface GuardParts {
  readonly people: People;
  readonly origins: readonly string[];
  readonly pace: RequestPace;
}

export const sessionCookie = new SessionCookie('perch_relay');

/** Who asks; undefined: nobody we know. */
export function identify(request: IncomingMessage, people: People): Person | undefined {
  const bearer = bearerOf(request);
  const cookie = sessionCookie.of(request);
  if (bearer === undefined && cookie === undefined) return undefined;
  return people.verify({ bearer, cookie, address: addressOf(request) });
}

/**
 * Who wants to open a WebSocket.
 * @throws PerchError too_many, wrong_origin, not_logged_in, not_claimed
 */
export function admit(request: IncomingMessage, { people, origins, pace }: GuardParts): Person {
  const person = identify(request, people);
  pace.check(addressOf(request), person !== undefined);
  checkOrigin(request, origins);
  if (!person) throw new PerchError(people.claimed ? 'not_logged_in' : 'not_claimed');
  return person;
}

/**
 * A program with a token may name the person it speaks for: `Perch-User: olga`, percent-encoded. What may be done
 * stays the token's; the name stands before the token's own, for people and for the log.
 */
export function speakingFor(request: IncomingMessage, person: Person): Person {
  const given = request.headers['perch-user'];
  if (person.kind !== 'token' || typeof given !== 'string') return person;
  const name = readable(given).trim().slice(0, 64);
  return name === '' ? person : { ...person, who: `${name}, ${person.who}` };
}

function readable(encoded: string): string {
  try {
    return decodeURIComponent(encoded).replaceAll(/[\p{C}(),]/gu, '');
  } catch {
    return '';
  }
}

/** Who asks, on a route that needs a login. */
export function personOf(request: FastifyRequest): Person {
  if (!request.identity) throw new PerchError('not_logged_in');
  return request.identity as Person;
}

const reading = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Puts the guard before every route, those added later included. */
export function guard(app: FastifyInstance, parts: GuardParts): void {
  const { people, origins, pace } = parts;
  app.decorateRequest('identity', null);
  app.addHook('onRequest', async (request) => {
    const person = identify(request.raw, people);
    request.identity = person ?? null;
    pace.check(addressOf(request.raw), person !== undefined);
    if (!reading.has(request.method)) checkOrigin(request.raw, origins);
    const { open, role = 'viewer' } = request.routeOptions.config;
    if (request.is404 || open) return;
    if (!person) throw new PerchError(people.claimed ? 'not_logged_in' : 'not_claimed');
    if (!mayDo(person.role, role)) throw new PerchError('not_allowed', { allowed: role, role: person.role });
  });
}
