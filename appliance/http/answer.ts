/** Errors as they are answered: `{ error: { code, message, field? } }`, a sentence for every mistake. */
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PerchError } from '../errors.ts';

/** Bytes of a request body at the most, and of a WebSocket frame. */
export const bodyLimit = 64 * 1024;

/** The body of an error answer. */
export function errorBody({ code, message, field }: PerchError) {
  return { error: { code, message, ...(field !== undefined && { field }) } };
}

/** Answers a failed request. */
function sendError(reply: FastifyReply, error: PerchError): FastifyReply {
  if (error.retryAfter !== undefined) void reply.header('retry-after', error.retryAfter);
  return reply.code(error.status).type('application/json; charset=utf-8').send(errorBody(error));
}

/** Makes every error of this server an answer of ours. */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const told = inOurWords(error, request);
    if (told.code === 'internal') request.log.error({ err: error, url: request.url }, 'request failed');
    return sendError(reply, told);
  });
  app.setNotFoundHandler((request, reply) =>
    sendError(reply, new PerchError('not_found', { value: `${request.method} ${shorten(request.url)}` })),
  );
  app.setSchemaErrorFormatter(([first]) => {
    const where = first?.instancePath.slice(1).replaceAll('/', '.') ?? '';
    return new PerchError('bad_request', {
      reason: schemaSentence(first, where),
      ...(where !== '' && { field: where }),
    });
  });
}

function inOurWords(error: FastifyError, request: FastifyRequest): PerchError {
  if (error instanceof PerchError) return error;
  switch (error.code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new PerchError('too_large', { allowed: `${bodyLimit / 1024} kB` });
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new PerchError('wrong_type', {
        allowed: request.url.startsWith('/whep/') ? 'application/sdp' : 'application/json',
        value: shorten(request.headers['content-type'] ?? 'something without a type'),
      });
  }
  if (error.statusCode !== undefined && error.statusCode >= 400 && error.statusCode < 500) {
    return new PerchError('bad_request', { reason: error.message });
  }
  return new PerchError('internal');
}

const kinds: Readonly<Record<string, string>> = {
  string: 'a text',
  object: 'a JSON object',
  boolean: 'true or false',
  number: 'a number',
  integer: 'a whole number',
};

interface SchemaProblem {
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly message?: string;
}

function schemaSentence(problem: SchemaProblem | undefined, where: string): string {
  const subject = where === '' ? 'The body' : where;
  switch (problem?.keyword) {
    case 'required':
      return `${problem.params.missingProperty} is missing.`;
    case 'type':
      return `${subject} must be ${kinds[String(problem.params.type)] ?? problem.params.type}.`;
    case 'additionalProperties':
      return `${shorten(String(problem.params.additionalProperty))} is not known here.`;
    default:
      return `${subject} ${problem?.message ?? 'is not allowed'}.`;
  }
}

/** What a stranger sent is repeated in part only. */
function shorten(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}

/** JSON bodies: an empty one is none, because `curl -X POST` with the usual header means just that. */
export function readBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    if (body.trim() === '') {
      done(null, undefined);
      return;
    }
    void parse(request, body, (error, value) => {
      if (error) done(new PerchError('bad_message', { expected: 'JSON text', reason: shorten(error.message) }));
      else done(null, value);
    });
  });
  app.addContentTypeParser<string>('application/sdp', { parseAs: 'string' }, (_request, body, done) =>
    done(null, body),
  );
}
