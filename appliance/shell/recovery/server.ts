/** The recovery page's web server. Plain node:http: it must be small, and run when everything else does not. */
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { hostname } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import { PerchError } from '../../errors.ts';
import { checkOrigin, plainAddress } from '../../http/address.ts';
import { errorBody } from '../../http/answer.ts';
import { keepAlive } from '../../http/keep-alive.ts';
import { limitConnections, RequestPace, serverOptions } from '../../http/limits.ts';
import { permissionsPolicy, policyText } from '../../http/policy.ts';
import type { Logger } from '../../log.ts';
import type { System } from '../../system/index.ts';
import type { PasswordGate } from '../gate.ts';
import type { ShellHost } from '../host.ts';
import type { PasswordFile } from '../password-file.ts';
import { frameMost } from '../socket.ts';
import { type Login, Logins } from './logins.ts';
import { doctorText, serviceState } from './state.ts';
import { actions, type RecoverySession, type RecoveryState, type RecoveryVerb } from './wire.ts';

export interface RecoveryParts {
  readonly host: ShellHost;
  readonly gate: PasswordGate;
  readonly file: PasswordFile;
  readonly system: System;
  readonly log: Logger;
  /** The built page. */
  readonly pageFolder?: string;
  /** Hears of each request. */
  readonly used?: () => void;
}

/** A cookie of its own: browsers send cookies to every port of a host, and the camera's must not be replaced. */
const cookieName = 'perch_recovery';
/** Bytes of a request's body at the most. */
const bodyMost = 4 * 1024;
/** Connections, and connections of one address: nobody needs many here. */
const connectionsMost = 64;
const webSocketsMost = 16;
const pingMs = 15_000;

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly address: string;
  readonly login: Login | undefined;
}

type Route = (asked: Asked) => Promise<unknown>;

/** Prepares the server; it does not listen yet. */
export function createRecoveryServer(parts: RecoveryParts) {
  const { host, gate, file, system, log } = parts;
  const folder = parts.pageFolder ?? fileURLToPath(new URL('./page', import.meta.url));
  const logins = new Logins();
  const pace = new RequestPace();
  // Known beforehand: no name a visitor sends is ever a path.
  const files = new Map(readdirSync(folder).map((name) => [`/${name}`, join(folder, name)]));

  const known = async ({ login }: Pick<Asked, 'login'>): Promise<Login> => {
    if (login && (await gate.still(login.password))) return login;
    if (login) logins.end(login);
    throw new PerchError('not_logged_in');
  };
  const session = async (login: Login | undefined): Promise<RecoverySession> => {
    const { kind, ...more } = await file.read();
    return {
      claimed: kind === 'password',
      authenticated: login !== undefined,
      ...(kind === 'lost' && { lost: 'reason' in more ? more.reason : '' }),
      ...(login !== undefined && { name: hostname(), from_copy: 'fromCopy' in more && more.fromCopy }),
    };
  };

  const routes: Readonly<Record<string, Route>> = {
    'GET /healthz': async () => ({ ok: true }),
    'GET /api/session': async ({ login }) => session(login),
    'POST /api/session': async ({ request, response, address }) => {
      const { password } = await bodyOf(request, ['password']);
      const cookie = logins.begin(await gate.confirm(password, address));
      log.info({ address }, 'logged in');
      response.setHeader('set-cookie', `${cookieName}=${cookie}; Path=/; HttpOnly; SameSite=Strict`);
      return session(logins.find(cookie));
    },
    'DELETE /api/session': async ({ response, login }) => {
      if (login) logins.end(login);
      response.setHeader('set-cookie', `${cookieName}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0`);
      return session(undefined);
    },
    'GET /api/state': async (asked) => {
      await known(asked);
      const state: RecoveryState = { ...(await serviceState()), helper: system.available() };
      return state;
    },
    'POST /api/doctor': async (asked) => {
      await known(asked);
      return { text: await doctorText() };
    },
    'POST /api/do': async (asked) => {
      await known(asked);
      const { verb, password = '' } = await bodyOf(asked.request, ['verb'], ['password']);
      if (!isAction(verb)) {
        const allowed = Object.keys(actions).join(', ');
        throw new PerchError('bad_value', { field: 'verb', value: JSON.stringify(verb.slice(0, 40)), allowed });
      }
      if (actions[verb]) await gate.confirm(password, asked.address);
      log.warn({ address: asked.address, verb }, 'asked of the system');
      return { message: await system.ask({ do: verb }) };
    },
  };

  const ask = async (asked: Asked): Promise<void> => {
    const { request, response, address, login } = asked;
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    pace.check(address, login !== undefined);
    if (request.method !== 'GET') checkOrigin(request, []);
    const route = routes[`${request.method} ${path}`];
    if (route) {
      const text = JSON.stringify(await route(asked));
      response
        .writeHead(200, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
        .end(text);
      return;
    }
    const name = path === '/' ? '/index.html' : path;
    const found = request.method === 'GET' && types[extname(name)] !== undefined ? files.get(name) : undefined;
    if (found === undefined) throw new PerchError('not_found', { value: `${request.method} ${path.slice(0, 80)}` });
    const packed = files.get(`${name}.gz`);
    const gzip = packed !== undefined && String(request.headers['accept-encoding']).includes('gzip');
    const body = await readFile(gzip && packed ? packed : found);
    response
      .writeHead(200, {
        'content-type': types[extname(name)],
        'cache-control': 'no-cache',
        vary: 'accept-encoding',
        ...(gzip && { 'content-encoding': 'gzip' }),
      })
      .end(body);
  };

  const askedOf = (request: IncomingMessage) => ({
    address: plainAddress(request.socket.remoteAddress),
    login: logins.find(cookieOf(request)),
  });
  const server = createServer(serverOptions, (request, response) => {
    headers(response);
    ask({ request, response, ...askedOf(request) }).catch((error: unknown) => {
      const told = inWords(error, log);
      if (response.headersSent) return void response.destroy();
      if (told.retryAfter !== undefined) response.setHeader('retry-after', told.retryAfter);
      // The rest of a body that was refused is not waited for.
      response.writeHead(told.status, { 'content-type': 'application/json; charset=utf-8', connection: 'close' });
      response.end(JSON.stringify(errorBody(told)));
    });
  });
  limitConnections(server, connectionsMost);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: frameMost, perMessageDeflate: false });
  let asking = 0;
  server.on('request', (_request, response) => {
    asking += 1;
    response.once('close', () => {
      asking -= 1;
    });
    parts.used?.();
  });
  server.on('upgrade', (request, stream, head) => {
    parts.used?.();
    stream.on('error', () => stream.destroy());
    const { address, login } = askedOf(request);
    const enter = async () => {
      if (request.url !== '/api/shell') throw new PerchError('not_found', { value: String(request.url).slice(0, 80) });
      checkOrigin(request, []);
      const own = await known({ login });
      if (sockets.clients.size >= webSocketsMost) {
        throw new PerchError('too_many_connections', { allowed: webSocketsMost, retryAfter: 5 });
      }
      sockets.handleUpgrade(request, stream, head, (socket) => {
        keepAlive(socket, { pingMs, heard: () => logins.find(cookieOf(request)) });
        const end = host.serve(socket, { who: `Recovery page at ${address}`, address });
        const close = () => {
          end();
          socket.close(1008, 'Logged out.');
        };
        own.openings.add(close);
        socket.on('close', () => own.openings.delete(close));
      });
    };
    enter().catch((error: unknown) => {
      const told = inWords(error, log);
      const body = JSON.stringify(errorBody(told));
      stream.end(
        `HTTP/1.1 ${told.status} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
      );
    });
  });

  return {
    /** Requests that are not answered yet. */
    get asking(): number {
      return asking;
    },
    /**
     * Listens, at an address or on a socket that somebody opened already; answers the port.
     * @throws Error in words when the port cannot be had
     */
    async listen(at: { readonly port: number; readonly host: string } | { readonly fd: number }): Promise<number> {
      const listening = once(server, 'listening');
      server.listen(at);
      try {
        await listening;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if ('fd' in at) throw error;
        // A kernel without IPv6 has no `::`; every address is then every IPv4 address.
        if (at.host === '::' && (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL'))
          return this.listen({ ...at, host: '0.0.0.0' });
        if (code !== 'EADDRINUSE') throw error;
        throw new Error(
          `Port ${at.port} is used by another program. Stop it, or choose another with PERCH_RECOVERY_PORT.`,
        );
      }
      return (server.address() as AddressInfo).port;
    },
    async close(): Promise<void> {
      for (const socket of sockets.clients) socket.terminate();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function isAction(verb: string): verb is RecoveryVerb {
  return Object.hasOwn(actions, verb);
}

/** A page on another site can make a browser write, or open a WebSocket; its Origin gives it away. */
function headers(response: ServerResponse): void {
  response.setHeader('content-security-policy', policyText());
  response.setHeader('x-content-type-options', 'nosniff');
  response.setHeader('x-frame-options', 'DENY');
  response.setHeader('referrer-policy', 'no-referrer');
  response.setHeader('permissions-policy', permissionsPolicy);
}

function cookieOf(request: IncomingMessage): string | undefined {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${cookieName}=`))?.slice(cookieName.length + 1);
}

/**
 * A JSON body with texts of these names, and no others.
 * @throws PerchError wrong_type, too_large, bad_message, bad_request
 */
async function bodyOf<N extends string, M extends string = never>(
  request: IncomingMessage,
  needed: readonly N[],
  possible: readonly M[] = [],
): Promise<Readonly<Record<N, string> & Partial<Record<M, string>>>> {
  const type = request.headers['content-type'] ?? 'something without a type';
  if (!/^application\/json\b/i.test(type)) {
    throw new PerchError('wrong_type', { allowed: 'application/json', value: type.slice(0, 80) });
  }
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    length += piece.length;
    if (length > bodyMost) throw new PerchError('too_large', { allowed: `${bodyMost / 1024} kB` });
    pieces.push(piece);
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(pieces).toString());
  } catch (error) {
    throw new PerchError('bad_message', { expected: 'JSON text', reason: (error as Error).message.slice(0, 80) });
  }
  const wrong = (reason: string) => new PerchError('bad_request', { reason });
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw wrong('The body must be a JSON object.');
  for (const [name, given] of Object.entries(value)) {
    if (![...needed, ...possible].includes(name as N & M)) throw wrong(`${name.slice(0, 80)} is not known here.`);
    if (typeof given !== 'string') throw wrong(`${name} must be a text.`);
  }
  const missing = needed.find((name) => !Object.hasOwn(value as object, name));
  if (missing !== undefined) throw wrong(`${missing} is missing.`);
  return value as Record<N, string> & Partial<Record<M, string>>;
}

function inWords(error: unknown, log: Logger): PerchError {
  if (error instanceof PerchError) return error;
  log.error({ err: error }, 'request failed');
  return new PerchError('internal');
}
