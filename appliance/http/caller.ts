/** What a request says of whoever sent it: the address, the token, the session. */
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { fastifyCookie } from '@fastify/cookie';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { longestDays } from '../auth/state.ts';
import { plainAddress } from './address.ts';

/** Whether it came over https, to this program itself. */
export function isEncrypted({ socket }: IncomingMessage): boolean {
  return (socket as TLSSocket).encrypted === true;
}

export function addressOf({ socket }: IncomingMessage): string {
  return plainAddress(socket.remoteAddress);
}

/** What follows `Bearer ` in the Authorization header; empty when the header says something else. */
export function bearerOf({ headers: { authorization } }: IncomingMessage): string | undefined {
  return authorization === undefined ? undefined : (/^Bearer +(\S+)$/i.exec(authorization)?.[1] ?? '');
}

/** As long as a session can last; the server ends it earlier when it is not used. */
const maxAge = longestDays * 86_400;

/**
 * The cookie that holds a session. Browsers share cookies between ports of one host but never let http replace a Secure
 * cookie, so each protocol has its own, and so has each program: a newcomer may well run both on one machine.
 */
export class SessionCookie {
  readonly name: string;

  /** @param name over http */
  constructor(name: string) {
    this.name = name;
  }

  /** @param cookies those of the request, where somebody has read them already */
  of(
    request: IncomingMessage,
    cookies: Readonly<Record<string, string | undefined>> = fastifyCookie.parse(request.headers.cookie ?? ''),
  ): string | undefined {
    return cookies[this.#nameFor(request)];
  }

  set({ raw }: FastifyRequest, reply: FastifyReply, value: string): void {
    void reply.setCookie(this.#nameFor(raw), value, { ...options(raw), maxAge });
  }

  clear({ raw }: FastifyRequest, reply: FastifyReply): void {
    void reply.clearCookie(this.#nameFor(raw), options(raw));
  }

  #nameFor(request: IncomingMessage): string {
    return isEncrypted(request) ? `__Host-${this.name}` : this.name;
  }
}

function options(request: IncomingMessage) {
  return { path: '/', httpOnly: true, sameSite: 'strict', secure: isEncrypted(request) } as const;
}
