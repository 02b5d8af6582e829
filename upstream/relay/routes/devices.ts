/** Devices: registering, listing, revoking; commands and pictures over HTTP. */
import type { FastifyInstance } from 'fastify';
import type { Audit } from '../../../appliance/command/audit.ts';
import { PerchError } from '../../../appliance/errors.ts';
import { answers, errorSchema, exactly, settingsPatchSchema, statusSchema } from '../../../appliance/http/schema.ts';
import { CommandType, type WireSettings, type WireStatus } from '../../../proto/index.ts';
import { ask } from '../ask.ts';
import { checkSettings } from '../fleet/desired.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { personOf } from '../guard.ts';

const tags = ['devices'];
const row = {
  type: 'object',
  description: 'Times in milliseconds since 1970.',
  properties: {
    name: { type: 'string' },
    title: { type: 'string', description: 'What people call it, where that is not its name.' },
    created: { type: 'number' },
    connected: { type: 'boolean' },
    connected_since: { type: 'number' },
    last_seen: { type: 'number' },
    address: { type: 'string', description: 'Where it connected from, the last time.' },
    cameras: { type: 'array', items: statusSchema, description: 'The last status of each camera, and its name.' },
    pending: { type: 'object', description: 'Settings that wait for it, by camera; empty name: its first camera.' },
    refused: { type: 'object', description: 'Settings it would not take when it came back, by camera.' },
  },
};
const camera = { type: 'string', description: 'Which camera; without it the first one.' };
const actions = {
  start: CommandType.START_STREAM,
  stop: CommandType.STOP_STREAM,
  restart: CommandType.RESTART_CAMERA,
} as const;

type ByName = { Params: { name: string } };
type ForCamera = ByName & { Querystring: { camera?: string } };

/** Adds `/api/devices` and what is below. */
export function deviceRoutes(app: FastifyInstance, fleet: Fleet, audit: Audit): void {
  /** Pictures under way: ten people looking at one page are one picture for the device. */
  const pictures = new Map<string, Promise<WireStatus>>();

  app.get(
    '/api/devices',
    {
      schema: {
        tags,
        summary: 'Every device, its state and what waits for it',
        response: answers({ type: 'object', properties: { devices: { type: 'array', items: row } } }),
      },
    },
    async () => ({ devices: fleet.rows() }),
  );

  app.post<{ Body: { name: string } }>(
    '/api/devices',
    {
      config: { role: 'admin' },
      schema: {
        tags,
        summary: 'Register a device; its key is shown this once',
        body: exactly({ name: { type: 'string', description: '1 to 63 letters, digits, dots, - and _' } }),
        response: answers(exactly({ name: { type: 'string' }, key: { type: 'string' } }), 201),
      },
    },
    async (request, reply) => {
      const made = await fleet.devices.add(request.body.name);
      audit.record({ who: personOf(request).who, camera: made.name, action: 'registered' });
      return reply.code(201).send(made);
    },
  );

  app.get<ByName>(
    '/api/devices/:name',
    { schema: { tags, summary: 'One device', response: answers(row) } },
    async (request) => {
      const found = fleet.row(request.params.name);
      if (!found) throw new PerchError('unknown_device', { value: request.params.name.slice(0, 63) });
      return found;
    },
  );

  app.patch<ByName & { Body: { title: string } }>(
    '/api/devices/:name',
    {
      config: { role: 'admin' },
      schema: {
        tags,
        summary: 'Call a device something else; its name, for programs, stays',
        body: exactly({ title: { type: 'string', description: '1 to 60 characters; empty: by its name again' } }),
        response: answers(row),
      },
    },
    async (request) => {
      const { name } = request.params;
      await fleet.devices.retitle(name, request.body.title);
      audit.record({ who: personOf(request).who, camera: name, action: 'renamed' });
      return fleet.row(name);
    },
  );

  app.delete<ByName>(
    '/api/devices/:name',
    {
      config: { role: 'admin' },
      schema: {
        tags,
        summary: 'Remove a device: its key is worth nothing from now on, its connection is ended',
        response: answers({ type: 'null' }, 204),
      },
    },
    async (request, reply) => {
      await fleet.devices.revoke(request.params.name);
      audit.record({ who: personOf(request).who, camera: request.params.name, action: 'removed' });
      return reply.code(204).send();
    },
  );

  app.delete<ByName>(
    '/api/devices/:name/pending',
    {
      config: { role: 'operator' },
      schema: { tags, summary: 'Nothing waits for this device any more', response: answers({ type: 'null' }, 204) },
    },
    async (request, reply) => {
      const { name } = request.params;
      fleet.devices.check(name);
      await fleet.desired.cancel(name);
      audit.record({ who: personOf(request).who, camera: name, action: 'pending settings dropped' });
      return reply.code(204).send();
    },
  );

  app.patch<ForCamera & { Querystring: { queue?: '0' | '1' }; Body: unknown }>(
    '/api/devices/:name/settings',
    {
      config: { role: 'operator' },
      // What is wrong is said in the words of the settings themselves.
      validatorCompiler: () => () => true,
      schema: {
        tags,
        summary: 'Change settings; for a device that is away they wait until it is back',
        description: 'With `queue=0` a device that is away is an error (503) instead.',
        querystring: { type: 'object', properties: { camera, queue: { type: 'string', enum: ['0', '1'] } } },
        body: settingsPatchSchema,
        response: answers(statusSchema),
      },
    },
    async (request, reply) => {
      const { request_id, cameraName, camera_index, ...patch } = checkBody(request.body);
      checkSettings(patch);
      const named = request.query.camera ?? cameraName;
      const settings = {
        ...patch,
        ...(named !== undefined && { cameraName: named }),
        ...(camera_index !== undefined && { camera_index }),
      };
      const command = { command: CommandType.UPDATE_SETTINGS, settings, ...(request_id && { request_id }) };
      const person = personOf(request);
      audit.record({ who: person.who, camera: request.params.name, action: 'settings' });
      const queue = request.query.queue !== '0';
      return sendStatus(reply, await ask(fleet, request.params.name, command, person, { queue }));
    },
  );

  for (const [action, command] of Object.entries(actions)) {
    app.post<ForCamera>(
      `/api/devices/:name/${action}`,
      {
        config: { role: 'operator' },
        schema: {
          tags,
          summary: `${action[0]?.toUpperCase()}${action.slice(1)} a camera of this device`,
          querystring: { type: 'object', properties: { camera } },
          response: answers(statusSchema),
        },
      },
      async (request, reply) => {
        const person = personOf(request);
        audit.record({ who: person.who, camera: request.params.name, action });
        const asked = { command, ...settingsFor(request.query.camera) };
        return sendStatus(reply, await ask(fleet, request.params.name, asked, person, { queue: false }));
      },
    );
  }

  app.get<ForCamera>(
    '/api/devices/:name/status',
    {
      schema: {
        tags,
        summary: 'The whole status of a camera now, limits included',
        querystring: { type: 'object', properties: { camera } },
        response: answers(statusSchema),
      },
    },
    async (request, reply) => {
      const asked = { command: CommandType.GET_STATUS, ...settingsFor(request.query.camera) };
      return sendStatus(reply, await ask(fleet, request.params.name, asked, personOf(request), { queue: false }));
    },
  );

  app.get<ForCamera>(
    '/api/devices/:name/snapshot.jpg',
    {
      schema: {
        tags,
        summary: 'The picture of a camera now, over the link',
        querystring: { type: 'object', properties: { camera } },
        response: {
          200: {
            description: 'A JPEG',
            content: { 'image/jpeg': { schema: { type: 'string', format: 'binary' } } },
          },
          '4xx': errorSchema,
        },
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      const { camera: named } = request.query;
      const place = `${name}\n${named ?? ''}`;
      let coming = pictures.get(place);
      if (!coming) {
        const asked = { command: CommandType.GET_SNAPSHOT, ...settingsFor(named) };
        coming = ask(fleet, name, asked, personOf(request), { queue: false }).finally(() => pictures.delete(place));
        pictures.set(place, coming);
      }
      const { picture, message } = await coming;
      if (picture === undefined) {
        throw new PerchError('camera_away', {
          camera: named ?? name,
          reason: message ?? 'It sent no picture.',
        });
      }
      return reply.type('image/jpeg').header('cache-control', 'no-store').send(Buffer.from(picture));
    },
  );
}

type Change = WireSettings & { request_id?: string };

/** @throws PerchError bad_message, bad_value */
function checkBody(body: unknown): Change {
  if (body === null || typeof body !== 'object' || Array.isArray(body)) {
    const reason = 'it must be an object such as {"brightness": 10}';
    throw new PerchError('bad_message', { expected: 'set of settings', reason });
  }
  const change = body as Change;
  for (const field of ['request_id', 'cameraName'] as const) {
    const value: unknown = change[field];
    if (value !== undefined && (typeof value !== 'string' || value.length > 128)) {
      throw new PerchError('bad_value', { field, value: shown(value), allowed: 'a text of at most 128 characters' });
    }
  }
  const index: unknown = change.camera_index;
  if (index !== undefined && !(Number.isInteger(index) && Number(index) >= 0 && Number(index) < 64)) {
    throw new PerchError('bad_value', { field: 'camera_index', value: shown(index), allowed: 'a number from 0 to 63' });
  }
  return change;
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? '').slice(0, 80);
}

function settingsFor(name: string | undefined): { settings?: WireSettings } {
  return name === undefined ? {} : { settings: { cameraName: name } };
}

/** The device's own refusals keep their sentence and get a status that fits. */
function sendStatus(reply: import('fastify').FastifyReply, status: WireStatus) {
  const code = status.success !== false ? 200 : status.error_code === 'too_many' ? 429 : 400;
  return reply.code(code).send(status);
}
