/** Claim, login and logout; users and their roles; tokens of programs. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Audit } from '../../../appliance/command/audit.ts';
import { PerchError } from '../../../appliance/errors.ts';
import { addressOf } from '../../../appliance/http/caller.ts';
import { answers, exactly } from '../../../appliance/http/schema.ts';
import { personOf, sessionCookie } from '../guard.ts';
import { checkRole, firstAdmin, type People } from '../people/people.ts';
import { roles } from '../people/records.ts';

const password = { type: 'string', description: '8 to 256 characters' };
const role = { type: 'string', description: `One of ${roles.join(', ')}; each may do all that those before it may` };
const sessionAnswer = {
  type: 'object',
  properties: {
    claimed: { type: 'boolean', description: 'There is an admin.' },
    logged_in: { type: 'boolean' },
    who: { type: 'string' },
    role,
  },
};
const user = { type: 'object', properties: { name: { type: 'string' }, role } };
const token = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    name: { type: 'string' },
    role,
    created: { type: 'string', format: 'date' },
    used: { type: 'string', format: 'date', description: 'The last day it was used; absent: never.' },
  },
};
type ByName = { Params: { name: string } };

/** Adds `/api/session`, `/api/claim`, `/api/password`, `/api/users` and `/api/tokens`. */
export function peopleRoutes(app: FastifyInstance, people: People, audit: Audit): void {
  sessionRoutes(app, people);
  userRoutes(app, people, audit);
  tokenRoutes(app, people, audit);
}

function sessionRoutes(app: FastifyInstance, people: People): void {
  const tags = ['session'];
  const state = (request: FastifyRequest) => {
    const person = request.identity ? personOf(request) : undefined;
    return {
      claimed: people.claimed,
      logged_in: person !== undefined,
      ...(person && { who: person.who, role: person.role }),
    };
  };
  const letIn = (request: FastifyRequest, reply: FastifyReply, cookie: string) => {
    sessionCookie.set(request, reply, cookie);
    request.identity = people.verify({ cookie, address: addressOf(request.raw) }) ?? null;
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
        summary: `Become the first admin, named ${firstAdmin}, and be logged in`,
        body: exactly({ password }),
        response: answers(sessionAnswer),
      },
    },
    async (request, reply) => letIn(request, reply, await people.claim(request.body.password, addressOf(request.raw))),
  );

  app.post<{ Body: { name?: string; password: string } }>(
    '/api/session',
    {
      config: { open: true },
      schema: {
        tags,
        summary: 'Log in',
        body: {
          ...exactly({ name: { type: 'string', description: `Without it: ${firstAdmin}` }, password }),
          required: ['password'],
        },
        response: answers(sessionAnswer),
      },
    },
    async (request, reply) => {
      const { name = firstAdmin, password: given } = request.body;
      return letIn(request, reply, await people.login(name, given, addressOf(request.raw)));
    },
  );

  app.delete(
    '/api/session',
    // Open, so that a session that has ended can be put away too.
    { config: { open: true }, schema: { tags, summary: 'Log out', response: answers(sessionAnswer) } },
    async (request, reply) => {
      const cookie = sessionCookie.of(request.raw, request.cookies);
      sessionCookie.clear(request, reply);
      if (cookie !== undefined) await people.logout(cookie);
      request.identity = null;
      return state(request);
    },
  );

  app.put<{ Body: { current: string; password: string } }>(
    '/api/password',
    {
      schema: {
        tags,
        summary: 'Choose another password; your sessions end',
        body: exactly({ current: { ...password, description: 'The present password' }, password }),
        response: answers({ type: 'null' }, 204),
      },
    },
    async (request, reply) => {
      const { user: name } = personOf(request);
      if (name === undefined) throw new PerchError('bad_request', { reason: 'A token has no password.' });
      const { current, password: next } = request.body;
      await people.changePassword(name, current, next, addressOf(request.raw));
      return reply.code(204).send();
    },
  );
}

function userRoutes(app: FastifyInstance, people: People, audit: Audit): void {
  const tags = ['users'];
  const config = { role: 'admin' } as const;
  const note = (request: FastifyRequest, action: string) =>
    audit.record({ who: personOf(request).who, camera: '', action });

  app.get(
    '/api/users',
    {
      config,
      schema: {
        tags,
        summary: 'Who may log in',
        response: answers({ type: 'object', properties: { users: { type: 'array', items: user } } }),
      },
    },
    async () => ({ users: people.users() }),
  );

  app.post<{ Body: { name: string; password: string; role: string } }>(
    '/api/users',
    {
      config,
      schema: {
        tags,
        summary: 'Let somebody in',
        body: exactly({ name: { type: 'string' }, password, role }),
        response: answers(user, 201),
      },
    },
    async (request, reply) => {
      const { name, password: given, role: wanted } = request.body;
      const made = await people.addUser(name, given, checkRole(wanted));
      note(request, `user ${name} added as ${wanted}`);
      return reply.code(201).send(made);
    },
  );

  app.patch<ByName & { Body: { password?: string; role?: string } }>(
    '/api/users/:name',
    {
      config,
      schema: {
        tags,
        summary: 'Another role or password; what the user has open is closed',
        body: { ...exactly({ password, role }), required: [] },
        response: answers(user),
      },
    },
    async (request) => {
      const { password: given, role: wanted } = request.body;
      const changed = await people.changeUser(request.params.name, {
        ...(given !== undefined && { password: given }),
        ...(wanted !== undefined && { role: checkRole(wanted) }),
      });
      note(request, `user ${changed.name} changed`);
      return changed;
    },
  );

  app.delete<ByName>(
    '/api/users/:name',
    { config, schema: { tags, summary: 'Let somebody in no more', response: answers({ type: 'null' }, 204) } },
    async (request, reply) => {
      await people.removeUser(request.params.name);
      note(request, `user ${request.params.name} removed`);
      return reply.code(204).send();
    },
  );
}

function tokenRoutes(app: FastifyInstance, people: People, audit: Audit): void {
  const tags = ['tokens'];
  const config = { role: 'admin' } as const;

  app.get(
    '/api/tokens',
    {
      config,
      schema: {
        tags,
        summary: 'The tokens, without their secrets',
        response: answers({ type: 'object', properties: { tokens: { type: 'array', items: token } } }),
      },
    },
    async () => ({ tokens: people.tokens() }),
  );

  app.post<{ Body: { name: string; role?: string } }>(
    '/api/tokens',
    {
      config,
      schema: {
        tags,
        summary: 'A new token, shown this once; send it as Authorization: Bearer …',
        body: {
          ...exactly({ name: { type: 'string', description: '1 to 40 characters' }, role }),
          required: ['name'],
        },
        response: answers({ ...token, properties: { ...token.properties, token: { type: 'string' } } }, 201),
      },
    },
    async (request, reply) => {
      const made = await people.createToken(request.body.name, checkRole(request.body.role ?? 'operator'));
      audit.record({ who: personOf(request).who, camera: '', action: `token ${made.name} made for ${made.role}` });
      return reply.code(201).send(made);
    },
  );

  app.delete<{ Params: { id: string } }>(
    '/api/tokens/:id',
    {
      config,
      schema: { tags, summary: 'Revoke a token; what it has open is closed', response: answers({ type: 'null' }, 204) },
    },
    async (request, reply) => {
      await people.revokeToken(request.params.id);
      audit.record({ who: personOf(request).who, camera: '', action: `token ${request.params.id} revoked` });
      return reply.code(204).send();
    },
  );
}
