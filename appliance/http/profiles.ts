/** Presets: the ones that come with Perch and a person's own. */
import type { FastifyInstance } from 'fastify';
import type { Camera } from '../camera/types.ts';
import type { Door } from '../command/types.ts';
import { fieldSpec, type Settings, type SettingsPatch, settingNames } from '../settings/table.ts';
import { fitSettings, settingsWith } from '../settings/validate.ts';
import { cameraNamed } from './cameras.ts';
import { identityOf } from './guard.ts';
import type { HttpParts } from './parts.ts';
import { answers, exactly, type JsonSchema, settingsSchema, statusSchema } from './schema.ts';
import { sendStatus } from './status.ts';

const profile: JsonSchema = {
  type: 'object',
  properties: { name: { type: 'string' }, builtin: { type: 'boolean' }, settings: settingsSchema },
};
const tags = ['presets'];
type ByName = { Params: { name: string } };

/** Adds `/api/profiles`. */
export function profileRoutes(app: FastifyInstance, { profiles, cameras, door }: HttpParts): void {
  app.get(
    '/api/profiles',
    {
      schema: {
        tags,
        summary: 'All presets',
        response: answers({ type: 'object', properties: { profiles: { type: 'array', items: profile } } }),
      },
    },
    async () => ({ profiles: profiles.list() }),
  );

  app.put<ByName & { Body: { settings: unknown } }>(
    '/api/profiles/:name',
    {
      schema: {
        tags,
        summary: 'Save a preset, replacing the one of this name',
        body: exactly({ settings: {} }),
        response: answers(profile),
      },
    },
    async (request) => profiles.save(request.params.name, request.body.settings),
  );

  app.patch<ByName & { Body: { name: string } }>(
    '/api/profiles/:name',
    {
      schema: {
        tags,
        summary: 'Rename a preset',
        body: exactly({ name: { type: 'string' } }),
        response: answers(profile),
      },
    },
    async (request) => profiles.rename(request.params.name, request.body.name),
  );

  app.delete<ByName>(
    '/api/profiles/:name',
    { schema: { tags, summary: 'Delete a preset', response: answers({ type: 'null' }, 204) } },
    async (request, reply) => {
      await profiles.remove(request.params.name);
      return reply.code(204).send();
    },
  );

  app.post<ByName & { Body: { camera?: string; request_id?: string } | undefined }>(
    '/api/profiles/:name/apply',
    {
      schema: {
        tags,
        summary: 'Apply a preset to a camera; without one, to the first',
        body: {
          type: ['object', 'null'],
          properties: { camera: { type: 'string' }, request_id: { type: 'string' } },
          additionalProperties: false,
        },
        response: answers(statusSchema),
      },
    },
    async (request, reply) => {
      const { settings } = profiles.get(request.params.name);
      const camera = cameraNamed(cameras, request.body?.camera ?? [...cameras.keys()][0] ?? '');
      const { patch, adapted } = fitted(settings, camera, door);
      const status = await door.update(camera.name, patch, identityOf(request), request.body?.request_id);
      const hint =
        status.success !== false && adapted.length > 0 ? ` Adapted to this camera: ${adapted.join(', ')}.` : '';
      return sendStatus(reply, { ...status, message: (status.message ?? '') + hint });
    },
  );
}

/** A preset as this camera can do it, and the labels of the fields that had to give way. */
function fitted(settings: SettingsPatch, camera: Camera, door: Door): { patch: SettingsPatch; adapted: string[] } {
  const status = camera.status();
  const desired = (door.status(camera.name)?.current_settings ?? status.applied) as Settings;
  const all = fitSettings(settings, desired, camera.limitsFor(settingsWith(settings, desired)));
  const names = settingNames.filter((name) => settings[name] !== undefined);
  return {
    patch: Object.fromEntries(names.map((name) => [name, all[name]])),
    adapted: names.filter((name) => all[name] !== settings[name]).map((name) => fieldSpec(name).label),
  };
}
