/** The relay's web server: every route over http, or over https where it has a certificate. */
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https';
import cookie from '@fastify/cookie';
import Fastify, { type FastifyInstance, LogController } from 'fastify';
import type { Audit } from '../../appliance/command/audit.ts';
import { ConfigError } from '../../appliance/config.ts';
import { answerErrors, bodyLimit, readBodies } from '../../appliance/http/answer.ts';
import { securityHeaders } from '../../appliance/http/headers.ts';
import { RequestPace, serverOptions } from '../../appliance/http/limits.ts';
import { collectRoutes, documentRoutes } from '../../appliance/http/openapi.ts';
import { pageRoutes } from '../../appliance/http/page.ts';
import { schemaHandling } from '../../appliance/http/schema.ts';
import { type Certificate, certificate } from '../../appliance/http/tls.ts';
import type { Logger } from '../../appliance/log.ts';
import type { RelayConfig } from './config.ts';
import type { Counts } from './counts.ts';
import { FleetEvents } from './events.ts';
import type { Fleet } from './fleet/fleet.ts';
import { Presets } from './fleet/presets.ts';
import { Gate, type GateTuning } from './gate.ts';
import { guard, sessionCookie } from './guard.ts';
import type { People } from './people/people.ts';
import { auditRoutes } from './routes/audit.ts';
import { deviceRoutes } from './routes/devices.ts';
import { healthRoutes } from './routes/health.ts';
import { peopleRoutes } from './routes/people.ts';
import { presetRoutes } from './routes/presets.ts';

export interface AppParts {
  readonly config: RelayConfig;
  readonly log: Logger;
  readonly fleet: Fleet;
  readonly people: People;
  readonly audit: Audit;
  readonly counts: Counts;
  /** The built fleet page. */
  readonly pageFolder: string;
  readonly tuning?: GateTuning;
}

/** Connections at the most: devices, people, and a little. */
const connectionsMost = 30_000;
/** How often the certificate's files are looked at, in ms. */
const certificateCheckMs = 6 * 3_600_000;

const about = {
  title: 'Perch relay',
  cookie: sessionCookie.name,
  description: `The relay: one place that steers every Perch device, wherever it is.

Log in with \`POST /api/session\` (a cookie), or send \`Authorization: Bearer …\` with a token from \`POST /api/tokens\`.

Beside these routes there are WebSockets, which OpenAPI cannot describe:

- \`/\`: a device, with \`Authorization: Bearer <its key>\` (or \`?key=\`): gets \`ControlCommand\`s, sends \`StatusResponse\`s
  (camera_control.proto); subprotocol \`camera_control.v1\` or none.
- \`/control/{device}\`: whoever steers it: binary \`ControlCommand\`s in, answers and pushes out. \`?queue=1\`: settings for
  a device that is away wait for it. \`?client=NAME\`: a request_id sent again after reconnecting is the same request.
- \`/api/events\`: changes of the fleet as JSON: \`{devices: [as in GET /api/devices], removed: [names]}\`.`,
};

export interface RelayApp {
  readonly app: FastifyInstance;
  readonly gate: Gate;
  close(): Promise<void>;
}

/** Builds the server; it does not listen yet. */
export async function buildApp(parts: AppParts): Promise<RelayApp> {
  const { config, log, fleet, people, audit, counts, tuning } = parts;
  const tls = await readTls(config, log);
  const app = Fastify({
    loggerInstance: log,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit,
    forceCloseConnections: true,
    ...schemaHandling,
    serverFactory: (handler) => makeServer(handler, tls),
  }) as unknown as FastifyInstance;
  app.server.maxConnections = connectionsMost;
  answerErrors(app);
  readBodies(app);

  const guarded = { people, origins: config.origins, pace: new RequestPace() };
  const events = new FleetEvents(fleet);
  const gate = new Gate({ ...guarded, fleet, counts, audit, events, keyless: config.keyless }, tuning);
  gate.attach(app.server);

  await app.register(cookie);
  // The live picture comes from MediaMTX, wherever a device has one.
  await securityHeaders(app, ['http:', 'https:']);
  guard(app, guarded);
  await collectRoutes(app, about);
  healthRoutes(app, fleet, gate, counts);
  peopleRoutes(app, people, audit);
  deviceRoutes(app, fleet, audit);
  presetRoutes(app, fleet, await Presets.open(fleet.backplane), audit);
  auditRoutes(app, audit);
  await documentRoutes(app);
  await pageRoutes(app, parts.pageFolder);
  await app.ready();

  // Files that were renewed are taken up without a restart.
  const renewal =
    tls &&
    setInterval(() => {
      readTls(config, log).then(
        (next) => next && (app.server as unknown as SecureServer).setSecureContext(next),
        (error: unknown) => log.error({ err: error }, 'the certificate could not be read again'),
      );
    }, certificateCheckMs).unref();

  const close = async () => {
    clearInterval(renewal);
    // No new connection while the old ones say goodbye.
    app.server.close();
    await gate.close();
    events.close();
    await app.close();
  };
  return { app, gate, close };
}

interface Tls extends Certificate {
  readonly ca?: string;
}

async function readTls(config: RelayConfig, log: Logger): Promise<Tls | undefined> {
  const { tls_cert, tls_key, tls_client_ca: caPath, data } = config;
  if (tls_cert === undefined) return undefined;
  const given = await certificate({ tls_cert, tls_key, data }, log);
  if (caPath === undefined) return given;
  const ca = await readFile(caPath, 'utf8').catch((error: Error) => {
    throw new ConfigError(`tls_client_ca names ${caPath}, which cannot be read: ${error.message}.`);
  });
  return { ...given, ca };
}

function makeServer(handler: RequestListener, tls: Tls | undefined): Server {
  if (!tls) return createServer(serverOptions, handler);
  const options = { ...serverOptions, ...tls, minVersion: 'TLSv1.2', handshakeTimeout: 10_000 } as const;
  const asked = tls.ca === undefined ? {} : { requestCert: true, rejectUnauthorized: true };
  // What Fastify uses of a server is the same for both kinds.
  return createSecureServer({ ...options, ...asked }, handler) as unknown as Server;
}
