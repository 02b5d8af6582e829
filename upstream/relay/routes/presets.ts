/** Presets of the fleet: listing, keeping, deleting, and applying one to a device. */
import type { FastifyInstance } from 'fastify';
import type { Audit } from '../../../appliance/command/audit.ts';
import { answers, exactly, settingsSchema, statusSchema } from '../../../appliance/http/schema.ts';
import { CommandType, type WireSettings } from '../../../proto/index.ts';
import { ask } from '../ask.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { fitted, type Presets } from '../fleet/presets.ts';
import { personOf } from '../guard.ts';

const tags = ['presets'];
const preset = {
  type: 'object',
  properties: { name: { type: 'string' }, builtin: { type: 'boolean' }, settings: settingsSchema },
};
type ByName = { Params: { name: string } };

/** Adds `/api/profiles`. */
export function presetRoutes(app: FastifyInstance, fleet: Fleet, presets: Presets, audit: Audit): void {
  const config = { role: 'operator' } as const;
  app.get(
    '/api/profiles',
    {
      schema: {
        tags,
        summary: 'All presets',
        response: answers({ type: 'object', properties: { profiles: { type: 'array', items: preset } } }),
      },
    },
    async () => ({ profiles: presets.list() }),
  );

  app.put<ByName & { Body: { settings: unknown } }>(
    '/api/profiles/:name',
    {
      config,
      schema: {
        tags,
        summary: 'Keep a preset, in place of the one of this name',
        body: exactly({ settings: {} }),
        response: answers(preset),
      },
    },
    async (request) => {
      const kept = await presets.save(request.params.name, request.body.settings);
      audit.record({ who: personOf(request).who, camera: '', action: `preset ${kept.name} kept` });
      return kept;
    },
  );

  app.delete<ByName>(
    '/api/profiles/:name',
    { config, schema: { tags, summary: 'Delete a preset', response: answers({ type: 'null' }, 204) } },
    async (request, reply) => {
      await presets.remove(request.params.name);
      audit.record({ who: personOf(request).who, camera: '', action: `preset ${request.params.name} deleted` });
      return reply.code(204).send();
    },
  );

  app.post<ByName & { Body: { device: string; camera?: string } }>(
    '/api/profiles/:name/apply',
    {
      config,
      schema: {
        tags,
        summary: 'Apply a preset to a camera of a device; for one that is away it waits',
        description: 'What the camera cannot do gives way: the message says which fields.',
        body: {
          ...exactly({
            device: { type: 'string' },
            camera: { type: 'string', description: 'Without it the first one' },
          }),
          required: ['device'],
        },
        response: answers(statusSchema),
      },
    },
    async (request, reply) => {
      const { device, camera } = request.body;
      const { name, settings } = presets.get(request.params.name);
      fleet.devices.check(device);
      const fit = fitted(settings, fleet.lastKnown(device, camera ?? '').limits);
      const command = {
        command: CommandType.UPDATE_SETTINGS,
        settings: { ...fit.settings, ...(camera !== undefined && { cameraName: camera }) } as WireSettings,
      };
      const person = personOf(request);
      audit.record({ who: person.who, camera: device, action: `preset ${name}` });
      const status = await ask(fleet, device, command, person, { queue: true });
      const hint =
        status.success !== false && fit.adapted.length > 0 ? ` Adapted to this camera: ${fit.adapted.join(', ')}.` : '';
      return reply
        .code(status.success === false ? 400 : 200)
        .send({ ...status, message: `${status.message ?? ''}${hint}` });
    },
  );
}
