/** The web server: every route over http and https. */
import type { Server as SecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { WebSocket } from 'ws';
import { ConfigError } from '../config.ts';
import { buildApp, type Route, type Shared } from './app.ts';
import { RequestCounts } from './health.ts';
import { Openings, RequestPace } from './limits.ts';
import type { HttpConfig, HttpParts } from './parts.ts';
import { certificate } from './tls.ts';

export type { HttpParts } from './parts.ts';

/** Where a server listens. */
export interface Address {
  readonly protocol: 'http' | 'https';
  /** As configured; `::` is every address. */
  readonly host: string;
  readonly port: number;
}

export interface Http {
  /**
   * Builds the servers and listens.
   * @throws ConfigError when a port cannot be had or certificate files cannot be used; nothing listens then
   */
  listen(): Promise<readonly Address[]>;
  /** Says goodbye to everyone and resolves when no connection is left. */
  close(): Promise<void>;
  /** Every route that is served, once it listens. */
  routes(): readonly Route[];
  /** Every WebSocket that is open. */
  webSockets(): readonly WebSocket[];
}

export interface HttpTuning {
  /** How often a control client must show that it is there, in ms. */
  readonly pingMs?: number;
}

/** A page in a phone's pocket may be silent this long, in ms; a proxy in between usually allows a minute. */
const defaultPingMs = 15_000;
/** How often the certificate is looked at, in ms. */
const certificateCheckMs = 6 * 3_600_000;

/** Prepares the web server; nothing happens before `listen`. */
export function createHttp(parts: HttpParts, { pingMs = defaultPingMs }: HttpTuning = {}): Http {
  const { config, auth, log } = parts;
  const apps: FastifyInstance[] = [];
  const routes: Route[] = [];
  const openings = new Openings();
  const webSockets = () => apps.flatMap((app) => [...app.websocketServer.clients]);
  const shared: Shared = {
    openings,
    pace: new RequestPace(),
    requests: new RequestCounts(),
    webSockets: () => webSockets().length,
    pingMs,
    // Both servers have the same routes; each is listed once.
    onRoute: (route) => {
      if (!routes.some(({ method, url }) => method === route.method && url === route.url)) routes.push(route);
    },
  };
  let forget = () => {};
  let renewal: NodeJS.Timeout | undefined;

  async function listen(): Promise<readonly Address[]> {
    forget = auth.onEnded((client) => openings.end(client));
    try {
      const addresses: Address[] = [];
      if (config.http) {
        const app = await buildApp(parts, shared, undefined);
        apps.push(app);
        addresses.push(await listenOn(app, 'http', config));
      }
      if (config.https) {
        let used = await certificate(config, log);
        const app = await buildApp(parts, shared, used);
        apps.push(app);
        addresses.push(await listenOn(app, 'https', config));
        renewal = setInterval(() => {
          certificate(config, log).then(
            (next) => {
              if (next.cert === used.cert) return;
              used = next;
              (app.server as unknown as SecureServer).setSecureContext(next);
              log.info('https uses a new certificate');
            },
            (error: unknown) => log.error({ err: error }, 'the certificate could not be renewed'),
          );
        }, certificateCheckMs).unref();
      }
      return addresses;
    } catch (error) {
      await close();
      throw error;
    }
  }

  async function close(): Promise<void> {
    clearInterval(renewal);
    forget();
    await Promise.all(apps.splice(0).map((app) => app.close()));
  }

  return { listen, close, routes: () => routes, webSockets };
}

async function listenOn(app: FastifyInstance, protocol: 'http' | 'https', config: HttpConfig): Promise<Address> {
  const port = protocol === 'http' ? config.port : config.https_port;
  try {
    await listenWhere(app, config.host, port);
  } catch (error) {
    throw new ConfigError(sentenceFor(error as NodeJS.ErrnoException, protocol, config.host, port));
  }
  return { protocol, host: config.host, port: (app.server.address() as AddressInfo).port };
}

async function listenWhere(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port, listenTextResolver: () => 'listening' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A kernel without IPv6 has no `::`; every address is then every IPv4 address.
    if (host !== '::' || (code !== 'EAFNOSUPPORT' && code !== 'EADDRNOTAVAIL')) throw error;
    await app.listen({ host: '0.0.0.0', port });
  }
}

function sentenceFor(error: NodeJS.ErrnoException, protocol: 'http' | 'https', host: string, port: number): string {
  const variable = protocol === 'http' ? 'PERCH_PORT' : 'PERCH_HTTPS_PORT';
  const instead = protocol === 'http' ? '' : ', or switch https off with PERCH_HTTPS=off';
  switch (error.code) {
    case 'EADDRINUSE':
      return `Port ${port} is used by another program. Stop it, or choose another port with ${variable}${instead}.`;
    case 'EACCES':
      return `Perch may not open port ${port}: ports below 1024 need the right to do so. Choose another with ${variable}${instead}, or give it the right (AmbientCapabilities=CAP_NET_BIND_SERVICE in its unit).`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `This machine has no address ${host}. Leave PERCH_HOST out to listen on every address.`;
    default:
      return `Perch cannot listen on port ${port} of ${host}: ${error.message}.`;
  }
}
