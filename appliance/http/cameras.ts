/** The cameras: their state, their settings, start and stop. */
import type { FastifyInstance } from 'fastify';
import { CommandType } from '../../proto/index.ts';
import type { Camera } from '../camera/types.ts';
import { capabilities } from '../command/status.ts';
import { PerchError } from '../errors.ts';
import { settingNames } from '../settings/table.ts';
import { allowedFor } from '../settings/validate.ts';
import { identityOf } from './guard.ts';
import type { HttpParts } from './parts.ts';
import { answers, errorSchema, type JsonSchema, settingsPatchSchema, settingsSchema, statusSchema } from './schema.ts';
import { sendStatus } from './status.ts';
import { viewersOf } from './viewers.ts';

/** @throws PerchError unknown_camera */
export function cameraNamed(cameras: ReadonlyMap<string, Camera>, name: string): Camera {
  const camera = cameras.get(name);
  if (camera) return camera;
  throw new PerchError('unknown_camera', {
    value: JSON.stringify(name.slice(0, 60)),
    allowed: [...cameras.keys()].join(', ') || 'none yet',
  });
}

type ByName = { Params: { name: string } };
const tags = ['cameras'];
const actions = {
  start: { command: CommandType.START_STREAM, summary: 'Start the camera' },
  stop: { command: CommandType.STOP_STREAM, summary: 'Stop the camera; it stays stopped through a restart' },
  restart: { command: CommandType.RESTART_CAMERA, summary: 'Restart the camera; viewers stay' },
} as const;

/** Adds `/api/cameras` and what stands below it, pictures excepted. */
export function cameraRoutes(app: FastifyInstance, parts: HttpParts): void {
  const { cameras, door, notices } = parts;

  app.get(
    '/api/cameras',
    {
      schema: { tags, summary: 'Every camera: what it can do, is set to, and delivers', response: answers(listSchema) },
    },
    async () => ({ cameras: [...cameras.values()].map((camera) => describe(camera, parts)), notices: notices() }),
  );

  app.get<ByName>(
    '/api/cameras/:name',
    { schema: { tags, summary: 'One camera', response: answers(cameraSchema) } },
    async (request) => describe(cameraNamed(cameras, request.params.name), parts),
  );

  app.get<ByName>(
    '/api/cameras/:name/settings',
    { schema: { tags, summary: 'What the camera is set to', response: answers(settingsSchema) } },
    async (request) => {
      const camera = cameraNamed(cameras, request.params.name);
      return door.status(camera.name)?.current_settings ?? camera.status().applied;
    },
  );

  app.patch<ByName & { Body: unknown }>(
    '/api/cameras/:name/settings',
    {
      schema: {
        tags,
        summary: 'Change any part of the settings',
        body: settingsPatchSchema,
        response: { 200: statusSchema, '4xx': { oneOf: [statusSchema, errorSchema] }, 504: statusSchema },
      },
      // The schema is for readers: the door checks against this camera's own limits, and says more.
      validatorCompiler: () => () => true,
    },
    async (request, reply) => {
      const camera = cameraNamed(cameras, request.params.name);
      const { patch, requestId } = takeRequestId(request.body);
      return sendStatus(reply, await door.update(camera.name, patch, identityOf(request), requestId));
    },
  );

  for (const [action, { command, summary }] of Object.entries(actions)) {
    app.post<ByName & { Body: { request_id?: string } | null | undefined }>(
      `/api/cameras/:name/${action}`,
      {
        schema: {
          tags,
          summary,
          body: {
            type: ['object', 'null'],
            properties: { request_id: { type: 'string' } },
            additionalProperties: false,
          },
          response: answers(statusSchema),
        },
      },
      async (request, reply) => {
        const camera = cameraNamed(cameras, request.params.name);
        const id = request.body?.request_id;
        const status = await door.execute(
          { command, settings: { cameraName: camera.name }, ...(id !== undefined && { request_id: id }) },
          identityOf(request),
        );
        return sendStatus(reply, status);
      },
    );
  }
}

/** Splits the id of the request from the settings; everything else is the door's to judge. */
function takeRequestId(body: unknown): { readonly patch: unknown; readonly requestId?: string } {
  if (body === null || typeof body !== 'object' || Array.isArray(body) || !('request_id' in body)) {
    return { patch: body ?? null };
  }
  const { request_id: requestId, ...patch } = body;
  if (typeof requestId !== 'string') {
    const value = JSON.stringify(requestId)?.slice(0, 60) ?? '';
    throw new PerchError('bad_value', { field: 'request_id', value, allowed: 'a text' });
  }
  return { patch, requestId };
}

function describe(camera: Camera, parts: HttpParts) {
  const status = camera.status();
  const known = parts.door.status(camera.name);
  const { measured } = status;
  const mediamtx = parts.mediamtx?.status(camera.name);
  const limits = (capabilities(status).limits ?? []).map(({ field, ...limit }) => [field, limit]);
  return {
    name: status.name,
    index: status.index,
    source: status.source,
    source_label: status.sourceLabel,
    state: status.state,
    state_message: status.stateMessage,
    features: Object.fromEntries(settingNames.map((name) => [name, allowedFor(name, status.limits).available])),
    limits: Object.fromEntries(limits),
    sizes: status.sizes,
    desired: known?.current_settings ?? status.applied,
    applied: status.applied,
    revision: known?.revision ?? status.appliedRevision,
    applied_revision: status.appliedRevision,
    saved_revision: parts.saved(camera.name),
    measured: {
      fps: measured.fps,
      bitrate: measured.bitrate,
      width: measured.width,
      height: measured.height,
      restarts: measured.restarts,
      ...(measured.lastRestart !== undefined && { last_restart: measured.lastRestart }),
    },
    viewers: viewersOf(camera, parts),
    ...(mediamtx !== undefined && { mediamtx }),
  };
}

const whole: JsonSchema = { type: 'integer' };
const cameraSchema: JsonSchema = {
  type: 'object',
  properties: {
    name: { type: 'string' },
    index: whole,
    source: { type: 'string', description: 'As configured, such as v4l2:/dev/video0' },
    source_label: { type: 'string' },
    state: { type: 'string', enum: ['starting', 'live', 'stopped', 'reconnecting', 'missing'] },
    state_message: { type: 'string', description: 'The state in a sentence' },
    features: {
      type: 'object',
      description: 'Whether each setting is available on this camera',
      additionalProperties: { type: 'boolean' },
    },
    limits: {
      type: 'object',
      description: 'What each setting may be on this camera, and the gap a change makes',
      additionalProperties: {
        type: 'object',
        properties: {
          available: { type: 'boolean' },
          reason: { type: 'string' },
          min: { type: 'number' },
          max: { type: 'number' },
          step: { type: 'number' },
          choices: { type: 'array', items: { type: 'string' } },
          applied: { type: 'string', enum: ['live', 'brief'] },
          gap_ms: { type: 'integer' },
        },
      },
    },
    sizes: { type: 'array', items: { type: 'string' } },
    desired: settingsSchema,
    applied: settingsSchema,
    revision: { ...whole, description: 'Counts the accepted changes of this camera' },
    applied_revision: { ...whole, description: 'The newest revision a picture shows' },
    saved_revision: { ...whole, description: 'The newest revision that is safely on disk' },
    measured: {
      type: 'object',
      properties: {
        fps: { type: 'number' },
        bitrate: { type: 'number', description: 'bit/s' },
        width: whole,
        height: whole,
        restarts: whole,
        last_restart: { type: 'string' },
      },
    },
    viewers: { type: 'object', properties: { total: whole, webrtc: whole, mse: whole, mjpeg: whole } },
    mediamtx: { type: 'object', additionalProperties: true },
  },
};
const listSchema: JsonSchema = {
  type: 'object',
  properties: {
    cameras: { type: 'array', items: cameraSchema },
    notices: { type: 'array', items: { type: 'string' }, description: 'Sentences for everyone who opens the page' },
  },
};
