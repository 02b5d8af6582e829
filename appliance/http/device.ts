/** What is asked of the device itself: updates, a new start, and forgetting everything. By way of the root helper. */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { addressOf } from './caller.ts';
import { bodyMs } from './limits.ts';
import type { HttpParts } from './parts.ts';
import { answers, exactly, type JsonSchema } from './schema.ts';

const tags = ['device'];
/** More than any bundle may have; the root helper counts exactly. */
const bundleMost = 300 * 1024 * 1024;
const said: JsonSchema = { type: 'object', properties: { message: { type: 'string' } } };

const updateAnswer: JsonSchema = {
  type: 'object',
  properties: {
    supported: { type: 'boolean', description: 'False in a checkout, which is updated by git.' },
    version: { type: 'string' },
    builtIn: { type: 'boolean', description: 'It came with the system.' },
    previous: { type: 'string', description: 'The version a step back leads to.' },
    progress: { type: 'string', description: 'What is under way.' },
    result: {
      type: 'object',
      description: 'What became of the last one.',
      properties: {
        tried: { type: 'string' },
        from: { type: 'string' },
        ok: { type: 'boolean' },
        reason: { type: 'string' },
        at: { type: 'number', description: 'Milliseconds since 1970.' },
      },
    },
  },
};

/** Adds `/api/update`, `/api/device`, `/api/factory-reset` and `/api/safe-mode`. */
export async function deviceRoutes(app: FastifyInstance, parts: HttpParts): Promise<void> {
  const { system, updates, auth } = parts;
  if (!system || !updates) return;

  app.get(
    '/api/update',
    { schema: { tags, summary: 'The version, the one before, the last update', response: answers(updateAnswer) } },
    async () => updates.status(),
  );

  // In a scope of its own: nowhere else are such bodies taken.
  await app.register(async (scope) => {
    scope.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload));
    scope.post<{ Querystring: { allow_older?: string }; Body: IncomingMessage }>(
      '/api/update',
      {
        bodyLimit: bundleMost,
        config: { slowBody: true },
        onRequest: async (request) => watchBody(request),
        schema: {
          tags,
          summary: 'Update with this bundle (application/octet-stream); answered when it was found good',
          querystring: {
            type: 'object',
            properties: { allow_older: { type: 'string', enum: ['true', 'false'] } },
            additionalProperties: false,
          },
          response: answers(said, 202),
        },
      },
      async (request, reply) => {
        const { body } = request;
        try {
          // Not ended with the reading of it: a refusal is still to be answered.
          const bytes = body.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
          const message = await updates.apply(bytes, request.query.allow_older === 'true');
          return await reply.code(202).send({ message });
        } finally {
          // A browser hears the answer when it has said everything.
          body.resume();
        }
      },
    );
  });

  app.post(
    '/api/update/roll-back',
    { schema: { tags, summary: 'Back to the version before', response: answers(said, 202) } },
    async (_request, reply) => reply.code(202).send({ message: await updates.rollBack() }),
  );

  app.post<{ Params: { what: 'reboot' | 'poweroff' | 'restart-camera' } }>(
    '/api/device/:what',
    {
      schema: {
        tags,
        summary: 'Restart the device, shut it down, or start the program anew',
        params: {
          type: 'object',
          properties: { what: { type: 'string', enum: ['reboot', 'poweroff', 'restart-camera'] } },
        },
        response: answers(said, 202),
      },
    },
    async (request, reply) => reply.code(202).send({ message: await system.ask({ do: request.params.what }) }),
  );

  app.post<{ Body: { password: string } }>(
    '/api/factory-reset',
    {
      schema: {
        tags,
        summary: 'Forget everything personal; asks for the password again',
        body: exactly({ password: { type: 'string' } }),
        response: answers(said, 202),
      },
    },
    async (request, reply) => {
      await auth.confirmPassword(request.body.password, addressOf(request.raw));
      return reply.code(202).send({ message: await system.ask({ do: 'factory-reset' }) });
    },
  );

  app.post(
    '/api/safe-mode/leave',
    { schema: { tags, summary: 'Out of safe mode, back to normal', response: answers(said, 202) } },
    async (_request, reply) => reply.code(202).send({ message: await system.ask({ do: 'leave-safe-mode' }) }),
  );
}

/** A bundle takes as long as the network does; one that stands still is given up. */
function watchBody({ raw }: FastifyRequest): void {
  const { socket } = raw;
  const stalled = () => socket.destroy();
  socket.setTimeout(bodyMs, stalled);
  raw.once('end', () => {
    socket.setTimeout(0);
    socket.off('timeout', stalled);
  });
}
