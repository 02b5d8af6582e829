/** WHEP: WebRTC viewers come and go by HTTP. */
import type { FastifyInstance } from 'fastify';
import { PerchError } from '../errors.ts';
import { cameraNamed } from './cameras.ts';
import { identityOf } from './guard.ts';
import type { Openings } from './limits.ts';
import type { HttpParts } from './parts.ts';
import { answers, errorSchema } from './schema.ts';

const tags = ['video'];
const sdp = { type: 'string' };

/** Adds `POST /whep/:name` and the resource it makes. */
export function whepRoutes(app: FastifyInstance, { cameras, whep }: HttpParts, openings: Openings): void {
  const joined = new Map<string, () => void>();

  app.post<{ Params: { name: string }; Body: unknown }>(
    '/whep/:name',
    {
      schema: {
        tags,
        summary: 'Watch by WebRTC: an SDP offer in, the answer out; Location is deleted to leave',
        consumes: ['application/sdp'],
        body: { content: { 'application/sdp': { schema: sdp } } },
        response: {
          201: { description: 'The answer', content: { 'application/sdp': { schema: sdp } } },
          '4xx': errorSchema,
        },
      },
      // Read by the part that knows SDP.
      validatorCompiler: () => () => true,
    },
    async (request, reply) => {
      const camera = cameraNamed(cameras, request.params.name);
      if (typeof request.body !== 'string')
        throw new PerchError('bad_offer', { reason: 'the body is not application/sdp' });
      const { who, client } = identityOf(request);
      const { id, answerSdp, clockUs, tookUs = 0 } = await whep.join(camera.name, request.body, { who });
      // Most viewers leave by falling silent: those are forgotten when the next one comes.
      for (const [known, forget] of joined) if (!whep.has(known) && joined.delete(known)) forget();
      joined.set(
        id,
        openings.add(client, () => whep.leave(id)),
      );
      return reply
        .code(201)
        .type('application/sdp')
        .headers({
          location: `/whep/${camera.name}/${id}`,
          'perch-clock-us': clockUs,
          'perch-took-us': tookUs,
          'cache-control': 'no-store',
        })
        .send(answerSdp);
    },
  );

  app.get<{ Params: { name: string; id: string } }>(
    '/whep/:name/:id',
    { schema: { tags, summary: 'Whether this viewer is still served', response: answers({ type: 'null' }, 204) } },
    async (request, reply) => {
      // A browser notices only after many seconds of silence that the other end is gone: it may ask.
      if (!whep.has(request.params.id)) throw new PerchError('viewer_gone');
      return reply.code(204).send();
    },
  );

  app.delete<{ Params: { name: string; id: string } }>(
    '/whep/:name/:id',
    { schema: { tags, summary: 'Leave', response: answers({ type: 'null' }, 204) } },
    async (request, reply) => {
      // Leaving twice is fine: a page that reloads says goodbye to what has already ended.
      whep.leave(request.params.id);
      return reply.code(204).send();
    },
  );
}
