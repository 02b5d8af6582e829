/** Claim, login and logout, and another password. */
import { hostname } from 'node:os';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PerchError } from '../errors.ts';
import { version } from '../version.ts';
import { ownName } from './address.ts';
import { addressOf } from './caller.ts';
import { sessionCookie } from './guard.ts';
import type { HttpParts } from './parts.ts';
import { answers, exactly } from './schema.ts';

const password = { type: 'string', description: '8 to 256 characters' };
const sessionAnswer = {
  type: 'object',
  properties: {
    claimed: { type: 'boolean', description: 'Somebody has chosen a password.' },
    authenticated: { type: 'boolean', description: 'You are logged in.' },
    who: { type: 'string', description: 'Who you are to others, when logged in.' },
    name: { type: 'string', description: 'This device, when logged in.' },
    version: { type: 'string', description: "Perch's version, when logged in." },
    safe_mode: { type: 'string', description: 'Why it runs in safe mode, when it does and you are logged in.' },
  },
};
const tags = ['session'];

/** Adds `/api/session`, `/api/claim` and `/api/password`. */
export function sessionRoutes(app: FastifyInstance, { auth, config: { origins }, safeMode }: HttpParts): void {
  const state = (request: FastifyRequest) => ({
    claimed: auth.claimed,
    authenticated: request.identity !== null,
    ...(request.identity && {
      who: request.identity.who,
      name: hostname(),
      version,
      ...(safeMode !== undefined && { safe_mode: safeMode }),
    }),
  });
  const letIn = (request: FastifyRequest, reply: FastifyReply, cookie: string) => {
    sessionCookie.set(request, reply, cookie);
    request.identity = auth.verify({ cookie, address: addressOf(request.raw) }) ?? null;
    return state(request);
  };

  app.get(
    '/api/session',
    { config: { open: true }, schema: { tags, summary: 'Is it claimed, am I in', response: answers(sessionAnswer) } },
    async (request) => state(request),
  );

  app.post<{ Body: { password: string } }>(
    '/api/claim',
    {
      config: { open: true },
      schema: {
        tags,
        summary: 'Choose the first password, and be logged in',
        body: exactly({ password }),
        response: answers(sessionAnswer),
      },
    },
    async (request, reply) => {
      // A page on the internet can point its own name here and then be "the same origin" in a visitor's browser. It has
      // no session there, but an unclaimed camera needs none.
      const { host } = request.headers;
      if (!ownName(host, origins)) throw new PerchError('claim_elsewhere', { value: (host ?? '').slice(0, 100) });
      return letIn(request, reply, await auth.claim(request.body.password, addressOf(request.raw)));
    },
  );

  app.post<{ Body: { password: string } }>(
    '/api/session',
    {
      config: { open: true },
      schema: { tags, summary: 'Log in', body: exactly({ password }), response: answers(sessionAnswer) },
    },
    async (request, reply) => letIn(request, reply, await auth.login(request.body.password, addressOf(request.raw))),
  );

  app.delete(
    '/api/session',
    // Open, so that a session that has ended can be put away too.
    { config: { open: true }, schema: { tags, summary: 'Log out', response: answers(sessionAnswer) } },
    async (request, reply) => {
      const cookie = sessionCookie.of(request.raw, request.cookies);
      sessionCookie.clear(request, reply);
      if (cookie !== undefined) await auth.logout(cookie);
      request.identity = null;
      return state(request);
    },
  );

  app.put<{ Body: { current: string; password: string } }>(
    '/api/password',
    {
      schema: {
        tags,
        summary: 'Choose another password; every other session ends, tokens stay',
        body: exactly({ current: { ...password, description: 'The present password' }, password }),
        response: answers(sessionAnswer),
      },
    },
    async (request) => {
      const { current, password: next } = request.body;
      await auth.changePassword(current, next, addressOf(request.raw), sessionCookie.of(request.raw, request.cookies));
      return state(request);
    },
  );
}
