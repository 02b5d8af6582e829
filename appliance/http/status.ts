/** A `StatusResponse` as JSON. */
import type { FastifyReply } from 'fastify';
import type { WireStatus } from '../../proto/index.ts';
import { type ErrorCode, errorTable } from '../errors.ts';

/** The HTTP status of an answer of the door. */
export function statusCode({ success, error_code: code }: WireStatus): number {
  if (success !== false) return 200;
  return code !== undefined && Object.hasOwn(errorTable, code) ? errorTable[code as ErrorCode].status : 500;
}

/** Answers with the protocol's field names; a refusal also has the `error` every other route answers. */
export function sendStatus(reply: FastifyReply, status: WireStatus): FastifyReply {
  const { $unknowns: _, ...body } = status;
  const { error_code: code = 'internal', error_field: field, message = '' } = body;
  const error = body.success === false && { error: { code, message, ...(field !== undefined && { field }) } };
  return reply.code(statusCode(status)).send({ ...body, ...error });
}
