/** JPEG pictures: one, or one after another. */
import type { FastifyInstance } from 'fastify';
import { PerchError } from '../errors.ts';
import { mjpegContentType, snapshot, writeMjpeg } from '../stream/mjpeg.ts';
import { cameraNamed } from './cameras.ts';
import { identityOf } from './guard.ts';
import type { Openings } from './limits.ts';
import type { HttpParts } from './parts.ts';
import { errorSchema } from './schema.ts';

type ByName = { Params: { name: string } };
const tags = ['cameras'];
const picture = { type: 'string', format: 'binary' };

/** Adds `snapshot.jpg` and `stream.mjpg`. */
export function pictureRoutes(app: FastifyInstance, { cameras, config }: HttpParts, openings: Openings): void {
  app.get<ByName>(
    '/api/cameras/:name/snapshot.jpg',
    {
      schema: {
        tags,
        summary: 'The picture now',
        response: {
          200: { description: 'A JPEG', content: { 'image/jpeg': { schema: picture } } },
          '4xx': errorSchema,
        },
      },
    },
    async (request, reply) => {
      const camera = cameraNamed(cameras, request.params.name);
      const image = await snapshot(camera.jpeg, camera.name);
      const stamp = new Date().toISOString().slice(0, 19).replaceAll(':', '-');
      return reply
        .type('image/jpeg')
        .headers({
          'cache-control': 'no-store',
          'content-disposition': `inline; filename="${camera.name}-${stamp}.jpg"`,
        })
        .send(image);
    },
  );

  app.get<ByName>(
    '/api/cameras/:name/stream.mjpg',
    {
      schema: {
        tags,
        summary: 'The picture live, as JPEG after JPEG',
        response: {
          200: { description: 'Parts of JPEG', content: { 'multipart/x-mixed-replace': { schema: picture } } },
          '4xx': errorSchema,
        },
      },
    },
    async (request, reply) => {
      const camera = cameraNamed(cameras, request.params.name);
      if (camera.jpeg.listeners >= config.max_viewers) {
        throw new PerchError('too_many_viewers', { allowed: config.max_viewers });
      }
      const { client } = identityOf(request);
      // The headers set by hooks so far go along; the answer itself never ends by itself.
      for (const [name, value] of Object.entries(reply.getHeaders())) {
        if (value !== undefined) reply.raw.setHeader(name, value);
      }
      reply.hijack();
      reply.raw.writeHead(200, { 'content-type': mjpegContentType, 'cache-control': 'no-store', connection: 'close' });
      const end = writeMjpeg(camera.jpeg, reply.raw);
      const closed = openings.add(client, () => {
        end();
        // A reader that has stopped reading would keep the last picture waiting for ever.
        reply.raw.destroy();
      });
      reply.raw.on('close', closed);
    },
  );
}
