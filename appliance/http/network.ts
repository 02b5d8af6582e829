/** The camera's network: how it stands, what is in reach, joining and forgetting, the hotspot. */
import type { FastifyInstance } from 'fastify';
import { PerchError } from '../errors.ts';
import type { NetworkStatus } from '../network/types.ts';
import { identityOf } from './guard.ts';
import type { HttpParts } from './parts.ts';
import { answers, exactly, type JsonSchema } from './schema.ts';

const ssid = { type: 'string', description: "The network's name, 1 to 32 bytes" };
const networkSchema: JsonSchema = {
  type: 'object',
  properties: {
    state: { type: 'string', enum: ['unmanaged', 'offline', 'joining', 'wired', 'wifi', 'hotspot'] },
    message: { type: 'string', description: 'The state in a sentence.' },
    ssid: { ...ssid, description: 'Of the network it is in.' },
    signal: { type: 'integer', description: 'Percent.' },
    addresses: { type: 'array', items: { type: 'string' }, description: "Without the VPN's." },
    name: { type: 'string', description: 'Where the page is by name, such as perch.local.' },
    vpn: { type: 'object', properties: { interface: { type: 'string' }, address: { type: 'string' } } },
    hotspot: {
      type: 'object',
      properties: {
        on: { type: 'boolean' },
        ssid,
        open: {
          type: 'boolean',
          description: 'Anybody may join, until the camera is claimed and was in a network once.',
        },
        password: { type: 'string', description: 'What it has, or will have.' },
        address: { type: 'string', description: 'Of the page, for those who joined it.' },
      },
    },
    networks: {
      type: 'array',
      description: 'In reach, the strongest first.',
      items: {
        type: 'object',
        properties: {
          ssid,
          signal: { type: 'integer', description: 'Percent.' },
          security: { type: 'string', enum: ['open', 'wpa', 'sae', 'owe', 'wep', 'enterprise'] },
          known: { type: 'boolean' },
          in_use: { type: 'boolean' },
        },
      },
    },
    known: { type: 'array', items: { type: 'string' }, description: 'Networks the camera joins by itself.' },
    trial: {
      type: 'object',
      description: 'The last network somebody had it try.',
      properties: {
        ssid,
        state: { type: 'string', enum: ['trying', 'joined', 'failed'] },
        message: { type: 'string', description: 'What went wrong, and what to do.' },
        at: { type: 'number', description: 'Milliseconds since 1970.' },
      },
    },
  },
};
const tags = ['network'];

/** Adds `/api/network`. */
export function networkRoutes(app: FastifyInstance, { network }: HttpParts): void {
  const part = () => {
    if (!network) throw new PerchError('network_unmanaged', { reason: 'This Perch has no network part.' });
    return network;
  };

  app.get(
    '/api/network',
    { schema: { tags, summary: 'How the camera stands in its network', response: answers(networkSchema) } },
    async () => answerOf(part().status()),
  );

  app.post(
    '/api/network/scan',
    { schema: { tags, summary: 'Look what is in reach; takes some seconds', response: answers(networkSchema) } },
    async () => {
      await part().scan();
      return answerOf(part().status());
    },
  );

  app.post<{ Body: { ssid: string; password?: string; hidden?: boolean } }>(
    '/api/network/join',
    {
      schema: {
        tags,
        summary: 'Try a network; `trial` tells how it goes. What was known stays until it has worked',
        body: {
          type: 'object',
          properties: {
            ssid,
            password: { type: 'string', description: '8 to 63 characters; left out for an open or a known network.' },
            hidden: { type: 'boolean', description: 'It does not show its name.' },
          },
          required: ['ssid'],
          additionalProperties: false,
        },
        response: answers(networkSchema, 202),
      },
    },
    async (request, reply) => {
      await part().join(request.body, identityOf(request).who);
      return reply.code(202).send(answerOf(part().status()));
    },
  );

  app.post<{ Body: { ssid: string } }>(
    '/api/network/forget',
    { schema: { tags, summary: 'Forget a network', body: exactly({ ssid }), response: answers(networkSchema) } },
    async (request) => {
      await part().forget(request.body.ssid, identityOf(request).who);
      return answerOf(part().status());
    },
  );

  app.put<{ Body: { on: boolean } }>(
    '/api/network/hotspot',
    {
      schema: {
        tags,
        summary: 'Open the hotspot with its password, or close it and look for a known network',
        body: exactly({ on: { type: 'boolean' } }),
        response: answers(networkSchema),
      },
    },
    async (request) => {
      const { who } = identityOf(request);
      if (request.body.on) await part().startHotspot(who, { protect: true });
      else await part().stopHotspot(who);
      return answerOf(part().status());
    },
  );
}

function answerOf({ networks, ...rest }: NetworkStatus) {
  return { ...rest, networks: networks.map(({ inUse, ...each }) => ({ ...each, in_use: inUse })) };
}
