/** Delivery of one test source over HTTP, with a page that plays it: for tests in a real browser. */
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import websocket from '@fastify/websocket';
import { build } from 'esbuild';
import Fastify from 'fastify';
import { PerchError } from '../../errors.ts';
import { createLog } from '../../log.ts';
import type { Feed } from '../feed.ts';
import { mjpegContentType, snapshot, writeMjpeg } from '../mjpeg.ts';
import { MseViewers } from '../mse.ts';
import { WhepViewers } from '../whep.ts';

const page = `<!doctype html><meta charset="utf-8"><title>test</title>
<body style="margin:0;background:#222"><div id="picture" style="position:relative;width:640px;height:360px"></div>
<script src="/player.js"></script>`;

export interface TestServer {
  readonly url: string;
  readonly port: number;
  readonly whep: WhepViewers;
  readonly mse: MseViewers;
  close(): Promise<void>;
}

export interface TestServerOptions {
  readonly maxViewers?: number;
  readonly port?: number;
}

/** Serves these feeds as camera "test" on a free port of this machine. */
export async function serveForTest(
  feeds: { readonly video: Feed; readonly jpeg: Feed },
  { maxViewers = 1000, port = 0 }: TestServerOptions = {},
): Promise<TestServer> {
  const log = createLog('silent');
  const feed = (camera: string) => {
    if (camera !== 'test') throw new PerchError('unknown_camera', { value: `"${camera}"`, allowed: 'test' });
    return feeds.video;
  };
  const whep = new WhepViewers({ feed, maxViewers, log });
  const mse = new MseViewers({ maxViewers, log });
  const player = await build({
    entryPoints: [fileURLToPath(new URL('../../page/player/index.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'perch',
    target: 'es2022',
  });
  const script = player.outputFiles[0]?.text ?? '';

  const app = Fastify();
  await app.register(websocket);
  app.setErrorHandler((error, _request, reply) => {
    const status = error instanceof PerchError ? error.status : 500;
    return reply.code(status).send({ success: false, message: error instanceof Error ? error.message : String(error) });
  });
  app.addContentTypeParser('application/sdp', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.get('/', (_request, reply) => reply.type('text/html').send(page));
  app.get('/player.js', (_request, reply) => reply.type('text/javascript').send(script));
  app.post<{ Params: { camera: string } }>('/whep/:camera', async ({ params, body }, reply) => {
    const { id, answerSdp, clockUs, tookUs } = await whep.join(params.camera, String(body), { who: 'test' });
    return reply
      .code(201)
      .headers({ Location: `/whep/${params.camera}/${id}`, 'Perch-Clock-Us': clockUs, 'Perch-Took-Us': tookUs })
      .type('application/sdp')
      .send(answerSdp);
  });
  app.get<{ Params: { camera: string; id: string } }>('/whep/:camera/:id', ({ params }, reply) =>
    reply.code(whep.has(params.id) ? 204 : 410).send(),
  );
  app.delete<{ Params: { camera: string; id: string } }>('/whep/:camera/:id', ({ params }, reply) =>
    reply.code(whep.leave(params.id) ? 200 : 404).send(),
  );
  app.get('/api/mse/:camera', { websocket: true }, (socket) => {
    mse.serve(feeds.video, socket, { camera: 'test', who: 'test' });
  });
  app.get('/api/cameras/:camera/stream.mjpg', (_request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, { 'Content-Type': mjpegContentType, 'Cache-Control': 'no-store' });
    writeMjpeg(feeds.jpeg, reply.raw);
  });
  app.get('/api/cameras/:camera/snapshot.jpg', async (_request, reply) =>
    reply.type('image/jpeg').send(await snapshot(feeds.jpeg, 'test')),
  );
  await app.listen({ host: '127.0.0.1', port });
  const { port: listening } = app.server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${listening}/`,
    port: listening,
    whep,
    mse,
    async close() {
      whep.close();
      mse.close();
      app.server.closeAllConnections();
      await app.close();
    },
  };
}
