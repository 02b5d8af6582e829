/** API tokens: for scripts, the relay and other programs. */
import type { FastifyInstance } from 'fastify';
import type { Auth } from '../auth/auth.ts';
import { answers, exactly } from './schema.ts';

const token = {
  type: 'object',
  properties: {
    id: { type: 'string' },
    name: { type: 'string' },
    created: { type: 'string', format: 'date' },
    used: { type: 'string', format: 'date', description: 'The last day it was used; absent: never.' },
  },
};
const tags = ['tokens'];

/** Adds `/api/tokens`. */
export function tokenRoutes(app: FastifyInstance, auth: Auth): void {
  app.get(
    '/api/tokens',
    {
      schema: {
        tags,
        summary: 'The tokens, without their secrets',
        response: answers({ type: 'object', properties: { tokens: { type: 'array', items: token } } }),
      },
    },
    async () => ({ tokens: auth.tokens() }),
  );

  app.post<{ Body: { name: string } }>(
    '/api/tokens',
    {
      schema: {
        tags,
        summary: 'A new token, shown this once; send it as Authorization: Bearer …',
        body: exactly({ name: { type: 'string', description: 'What it is for; 1 to 40 characters' } }),
        response: answers({ ...token, properties: { ...token.properties, token: { type: 'string' } } }, 201),
      },
    },
    async (request, reply) => reply.code(201).send(await auth.createToken(request.body.name)),
  );

  app.delete<{ Params: { id: string } }>(
    '/api/tokens/:id',
    {
      schema: { tags, summary: 'Revoke a token; what it has open is closed', response: answers({ type: 'null' }, 204) },
    },
    async (request, reply) => {
      await auth.revokeToken(request.params.id);
      return reply.code(204).send();
    },
  );
}
