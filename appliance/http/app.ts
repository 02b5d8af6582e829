/** One server with every route: the same for http and https. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import cookie from '@fastify/cookie';
import websocket from '@fastify/websocket';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import type { WebSocketServer } from 'ws';
import { answerErrors, bodyLimit, readBodies } from './answer.ts';
import { cameraRoutes } from './cameras.ts';
import { captivePortal } from './captive.ts';
import { controlProtocol, controlRoutes } from './control.ts';
import { deviceRoutes } from './device.ts';
import { guard } from './guard.ts';
import { securityHeaders } from './headers.ts';
import { healthRoutes, type RequestCounts } from './health.ts';
import { ledRoutes } from './led.ts';
import {
  limitBodies,
  limitConnections,
  type Openings,
  type RequestPace,
  serverOptions,
  webSocketsMost,
} from './limits.ts';
import { mseRoutes } from './mse.ts';
import { networkRoutes } from './network.ts';
import { collectRoutes, documentRoutes } from './openapi.ts';
import { pageRoutes } from './page.ts';
import type { HttpParts } from './parts.ts';
import { pictureRoutes } from './pictures.ts';
import { profileRoutes } from './profiles.ts';
import { schemaHandling } from './schema.ts';
import { sessionRoutes } from './session.ts';
import { shellRoutes } from './shell.ts';
import type { Certificate } from './tls.ts';
import { tokenRoutes } from './tokens.ts';
import { whepRoutes } from './whep.ts';

/** What the servers have in common. */
export interface Shared {
  readonly openings: Openings;
  readonly pace: RequestPace;
  readonly requests: RequestCounts;
  readonly webSockets: () => number;
  /** How often a control client must show that it is there, in ms. */
  readonly pingMs: number;
  /** Hears of every route that is added. */
  readonly onRoute: (route: Route) => void;
}

/** A route as it was added: `GET`, `/api/cameras/:name`. */
export interface Route {
  readonly method: string;
  readonly url: string;
}

/** How long clients have to answer the goodbye before their sockets are closed, in ms. */
const goodbyeMs = 300;

/** Builds a server; with a certificate it speaks https. It does not listen yet. */
export async function buildApp(
  parts: HttpParts,
  shared: Shared,
  certificate: Certificate | undefined,
): Promise<FastifyInstance> {
  const app = Fastify({
    loggerInstance: parts.log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    forceCloseConnections: true,
    ...schemaHandling,
    serverFactory: (handler) => makeServer(handler, certificate),
  }) as unknown as FastifyInstance;
  limitConnections(app.server);
  app.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) shared.onRoute({ method: each, url });
  });
  answerErrors(app);
  readBodies(app);

  await app.register(cookie);
  await app.register(websocket, {
    options: {
      maxPayload: bodyLimit,
      handleProtocols: (offered) => (offered.has(controlProtocol) ? controlProtocol : false),
    },
    errorHandler: (error, socket, request) => {
      request.log.debug({ err: error, url: request.url }, 'WebSocket failed');
      socket.terminate();
    },
    preClose: function (this: FastifyInstance, done) {
      sayGoodbye(this.websocketServer, done);
    },
  });
  await securityHeaders(app);
  captivePortal(app, parts);
  guard(app, {
    auth: parts.auth,
    origins: parts.config.origins,
    pace: shared.pace,
    webSockets: shared.webSockets,
    webSocketsMost,
  });
  limitBodies(app);
  await collectRoutes(app);

  healthRoutes(app, parts, shared.requests, shared.webSockets);
  ledRoutes(app, parts);
  sessionRoutes(app, parts);
  tokenRoutes(app, parts.auth);
  cameraRoutes(app, parts);
  pictureRoutes(app, parts, shared.openings);
  profileRoutes(app, parts);
  networkRoutes(app, parts);
  whepRoutes(app, parts, shared.openings);
  mseRoutes(app, parts, shared.openings);
  controlRoutes(app, parts, shared.openings, shared.pingMs);
  await deviceRoutes(app, parts);
  shellRoutes(app, parts, shared.openings, shared.pingMs);
  await documentRoutes(app);
  await pageRoutes(app, parts.pageFolder);
  await app.ready();
  return app;
}

function makeServer(handler: RequestListener, certificate: Certificate | undefined): Server {
  // limitBodies does that, with the exceptions there are.
  const plain = { ...serverOptions, requestTimeout: 0 };
  if (!certificate) return createServer(plain, handler);
  const options = { ...plain, ...certificate, minVersion: 'TLSv1.2', handshakeTimeout: 10_000 } as const;
  // What Fastify uses of a server is the same for both kinds.
  return createSecureServer(options, handler) as unknown as Server;
}

function sayGoodbye(server: WebSocketServer, done: () => void): void {
  for (const client of server.clients) client.close(1001, 'Perch is shutting down.');
  const late = setTimeout(() => {
    for (const client of server.clients) client.terminate();
  }, goodbyeMs);
  server.close(() => clearTimeout(late));
  done();
}
