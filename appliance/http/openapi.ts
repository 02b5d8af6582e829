/** OpenAPI, made from the routes' schemas, and pages to read and try it. */
import swagger, { type StaticDocumentSpec } from '@fastify/swagger';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { sessionCookie } from './guard.ts';

const description = `Perch: a camera whose every setting changes while it plays.

Log in with \`POST /api/session\` (a cookie), or send \`Authorization: Bearer …\` with a token from \`POST /api/tokens\`.

Beside these routes there are three WebSockets, which OpenAPI cannot describe:

- \`/api/control\`: binary frames, \`ControlCommand\` in, \`StatusResponse\` out (camera_control.proto), pushes of every
  change included; subprotocol \`camera_control.v1\` or none.
- \`/api/mse/{name}\`: live fMP4: a text frame with the codec string, then init and media segments.
- \`/api/shell\`: the terminal. Text frames are JSON: first \`{"type":"open","password":…,"cols":80,"rows":24}\` (the
  password again), answered by \`{"type":"opened","session":…}\` or \`{"type":"refused","code":…,"message":…}\`. Then binary
  frames are keys in and output out; \`{"type":"ack","received":BYTES}\` says how much output was shown (128 kB may be under
  way), \`resize\` with cols and rows, \`end\`. After a broken connection \`{"type":"resume","session":…,"received":BYTES,
  "cols":80,"rows":24}\` goes on. \`notice\` and \`ended\` come with a message.`;

/** What the pages say of the server as a whole. */
export interface About {
  readonly title: string;
  readonly description: string;
  /** Name of the session cookie. */
  readonly cookie: string;
}

const appliance: About = { title: 'Perch', description, cookie: sessionCookie.name };

/** Collects the routes that are added after this. */
export async function collectRoutes(app: FastifyInstance, about: About = appliance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.0.3',
      info: { title: about.title, version: '1', description: about.description },
      components: {
        securitySchemes: {
          cookie: { type: 'apiKey', in: 'cookie', name: about.cookie },
          token: { type: 'http', scheme: 'bearer' },
        },
      },
      security: [{ cookie: [] }, { token: [] }],
    },
    // Open routes say that they need nothing.
    transform: ({ schema, url, route }) => ({
      schema: route.config?.open ? { ...schema, security: [] } : schema,
      url,
    }),
  });
}

/** Adds `/api/openapi.json` and `/api/docs`. */
export async function documentRoutes(app: FastifyInstance): Promise<void> {
  app.get('/api/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  // What serves the pages is loaded when somebody reads them: a fifth of every start otherwise.
  let reading: Promise<FastifyInstance> | undefined;
  const pages = () => {
    reading ??= readingPages(app).catch((error: unknown) => {
      // Tried again next time.
      reading = undefined;
      throw error;
    });
    return reading;
  };
  const answer = async ({ raw: { url = '/' }, headers }: FastifyRequest, reply: FastifyReply) => {
    const wanted = headers['if-none-match'];
    const found = await (await pages()).inject({
      url,
      headers: wanted === undefined ? {} : { 'if-none-match': wanted },
    });
    if (found.statusCode === 404) return reply.callNotFound();
    for (const name of ['content-type', 'etag', 'cache-control', 'last-modified', 'location'] as const) {
      const value = found.headers[name];
      if (value !== undefined) reply.header(name, value);
    }
    return reply.code(found.statusCode).send(found.rawPayload);
  };
  for (const path of [docsPath, `${docsPath}/*`]) app.get(path, { schema: { hide: true } }, answer);
  app.addHook('onClose', async () => (await reading?.catch(() => undefined))?.close());
}

const docsPath = '/api/docs';

/** A server of its own, that never listens, with the pages of Swagger UI. */
async function readingPages(app: FastifyInstance): Promise<FastifyInstance> {
  const { default: swaggerUi } = await import('@fastify/swagger-ui');
  const pages = Fastify();
  await pages.register(swagger, {
    mode: 'static',
    specification: { document: app.swagger() as StaticDocumentSpec['document'] },
  });
  await pages.register(swaggerUi, {
    routePrefix: docsPath,
    // No picture from a validator on the internet.
    uiConfig: { validatorUrl: null },
  });
  return pages;
}
