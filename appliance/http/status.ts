/** A `StatusResponse` as JSON. */
import type { FastifyReply } from 'fastify';
import type { WireStatus } from '../../proto/index.ts';
import { type ErrorCode, errorTable } from '../errors.ts';

/** The HTTP status of an answer of the door. */
export function statusCode({ success, error_code: code }: WireStatus): number {
  if (success !== false) return 200;
  return code !== undefined && Object.hasOwn(errorTable, code) ? errorTable[code as ErrorCode].status : 500;
}

/** Answers with the protocol's field names. */
export function sendStatus(reply: FastifyReply, status: WireStatus): FastifyReply {
  const { $unknowns: _, ...body } = status;
  return reply.code(statusCode(status)).send(body);
}
