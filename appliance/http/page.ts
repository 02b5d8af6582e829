/** The page's files, from the Pi alone. */
import { existsSync } from 'node:fs';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PerchError } from '../errors.ts';

/** esbuild's names with a hash of the content, `app-5TGQ2Y3K.js`: such a file never changes. */
const hashed = /-[A-Z0-9]{8}\.[a-z0-9]+$/;

/**
 * Adds `/` and the page's assets, open to everyone: the page is how one logs in. Files compressed beforehand
 * (`app.js.br`, `app.js.gz`) are sent so.
 */
export async function pageRoutes(app: FastifyInstance, folder: string): Promise<void> {
  const built = existsSync(folder);
  if (built) {
    await app.register(fastifyStatic, {
      root: folder,
      serve: false,
      preCompressed: true,
      dotfiles: 'ignore',
      cacheControl: false,
      setHeaders: (reply, path) => {
        const immutable = hashed.test(path.replace(/\.(br|gz)$/, ''));
        // Checked again by ETag each time, so that an update is seen at once.
        reply.setHeader('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
      },
    });
  }
  const send = (file: string, request: FastifyRequest, reply: FastifyReply) => {
    // Names of the API that do not exist are no files.
    if (!built || /^(api|whep)(\/|$)/.test(file) || file.split('/').includes('..')) {
      throw new PerchError('not_found', {
        value: `${request.method} ${request.url.slice(0, 80)}${built ? '' : ' (the page is not built: make build)'}`,
      });
    }
    return reply.sendFile(file);
  };
  const open = { config: { open: true }, schema: { hide: true } };
  app.get('/', open, async (request, reply) => send('index.html', request, reply));
  app.get<{ Params: { '*': string } }>('/*', open, async (request, reply) => send(request.params['*'], request, reply));
}
