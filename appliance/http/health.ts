/** `/healthz` for whoever watches over the service, `/metrics` for Prometheus, `/api/health` for the page. */
import type { FastifyInstance } from 'fastify';
import type { LinkStatus } from '../../upstream/link/link.ts';
import { PerchError } from '../errors.ts';
import type { Past } from '../health/history.ts';
import { bundleName } from '../health/support/bundle.ts';
import { wireHealth } from '../health/wire.ts';
import { healthMetrics } from './health-metrics.ts';
import { healthSchema } from './health-schema.ts';
import { type Metric, metricsText } from './metrics.ts';
import type { HttpParts } from './parts.ts';
import { answers, errorSchema } from './schema.ts';
import { viewersOf } from './viewers.ts';

/** What the servers count together. */
export class RequestCounts {
  readonly #byStatus = new Map<string, number>();

  count(statusCode: number): void {
    const group = `${Math.floor(statusCode / 100)}xx`;
    this.#byStatus.set(group, (this.#byStatus.get(group) ?? 0) + 1);
  }

  entries(): readonly (readonly [string, number])[] {
    return [...this.#byStatus].sort(([a], [b]) => a.localeCompare(b));
  }
}

/** Adds the three routes. `webSockets`: how many are open on all servers. */
export function healthRoutes(
  app: FastifyInstance,
  parts: HttpParts,
  requests: RequestCounts,
  webSockets: () => number,
): void {
  let making: Promise<Buffer> | undefined;
  app.addHook('onResponse', async (_request, reply) => requests.count(reply.statusCode));

  app.get(
    '/healthz',
    {
      config: { open: true },
      schema: {
        tags: ['health'],
        summary: 'Perch is serving',
        response: { 200: { type: 'object', properties: { ok: { type: 'boolean' } } } },
      },
    },
    async (_request, reply) => reply.header('cache-control', 'no-store').send({ ok: true }),
  );

  app.get<{ Querystring: { history?: string } }>(
    '/api/health',
    {
      schema: {
        tags: ['health'],
        summary: 'How the machine, its cameras and the link to the relay are, and what is wrong',
        querystring: {
          type: 'object',
          properties: { history: { type: 'string', description: 'Hours of the past to give as well, 1 to 24' } },
        },
        response: answers(healthSchema),
      },
    },
    async (request) => {
      const hours = hoursOf(request.query.history);
      return {
        link: linkAnswer(parts.link?.status()),
        notices: parts.notices(),
        now: Date.now(),
        ...(parts.health && wireHealth(await parts.health.now())),
        ...(parts.health && hours !== undefined && { history: pastOf(parts.health.history(hours)) }),
      };
    },
  );

  app.get(
    '/api/support',
    {
      schema: {
        tags: ['health'],
        summary: 'A support bundle: health, logs and settings in one file, secrets removed',
        response: {
          200: {
            description: 'A .tar.gz',
            content: { 'application/gzip': { schema: { type: 'string', format: 'binary' } } },
          },
          '4xx': errorSchema,
        },
      },
    },
    async (_request, reply) => {
      if (!parts.support) throw new PerchError('not_found', { value: '/api/support' });
      // One at a time: it starts programs to look at the machine.
      making ??= parts.support().finally(() => {
        making = undefined;
      });
      const bundle = await making;
      return reply
        .type('application/gzip')
        .headers({
          'cache-control': 'no-store',
          'content-disposition': `attachment; filename="${bundleName(Date.now())}"`,
        })
        .send(bundle);
    },
  );

  app.get(
    '/metrics',
    {
      schema: {
        tags: ['health'],
        summary: 'Figures for Prometheus',
        response: { 200: { description: 'Text', content: { 'text/plain': { schema: { type: 'string' } } } } },
      },
    },
    async (_request, reply) =>
      reply
        .type('text/plain; version=0.0.4; charset=utf-8')
        .header('cache-control', 'no-store')
        .send(
          metricsText([
            ...cameraMetrics(parts),
            ...(parts.health ? healthMetrics(await parts.health.now()) : []),
            ...linkMetrics(parts),
            ...processMetrics(),
            ...httpMetrics(requests, webSockets()),
          ]),
        ),
  );
}

/** @throws PerchError bad_value */
function hoursOf(text: string | string[] | undefined): number | undefined {
  if (text === undefined) return undefined;
  const hours = typeof text === 'string' && /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (hours >= 1 && hours <= 24) return hours;
  const value = JSON.stringify(text).slice(0, 60);
  throw new PerchError('bad_value', { field: 'history', value, allowed: 'a whole number of hours from 1 to 24' });
}

function pastOf({ from, stepMs, series }: Past) {
  return { from, step_ms: stepMs, series };
}

const states = ['starting', 'live', 'stopped', 'reconnecting', 'missing'] as const;

function cameraMetrics(parts: HttpParts): Metric[] {
  const cameras = [...parts.cameras.values()].map((camera) => ({ camera, status: camera.status() }));
  const gauge = (name: string, help: string, value: (each: (typeof cameras)[number]) => number): Metric => ({
    name,
    help,
    type: 'gauge',
    values: cameras.map((each) => [{ camera: each.status.name }, value(each)]),
  });
  return [
    {
      name: 'perch_camera_state',
      help: 'The state of the camera: 1 for the state it is in.',
      type: 'gauge',
      values: cameras.flatMap(({ status }) =>
        states.map((state) => [{ camera: status.name, state }, status.state === state ? 1 : 0] as const),
      ),
    },
    gauge('perch_camera_fps', 'Pictures per second, measured.', ({ status }) => status.measured.fps),
    gauge(
      'perch_camera_bits_per_second',
      'Bitrate of the H.264 stream, measured.',
      ({ status }) => status.measured.bitrate,
    ),
    {
      ...gauge('perch_camera_restarts_total', 'Worker processes replaced.', ({ status }) => status.measured.restarts),
      type: 'counter',
    },
    gauge('perch_camera_revision', 'Accepted changes of the settings.', ({ camera, status }) => {
      return parts.door.status(camera.name)?.revision ?? status.appliedRevision;
    }),
    {
      name: 'perch_camera_viewers',
      help: 'Viewers of the camera.',
      type: 'gauge',
      values: cameras.flatMap(({ camera }) => {
        const { webrtc, mse, mjpeg } = viewersOf(camera, parts);
        return Object.entries({ webrtc, mse, mjpeg }).map(
          ([by, count]) => [{ camera: camera.name, by }, count] as const,
        );
      }),
    },
  ];
}

function linkAnswer(status: LinkStatus | undefined) {
  if (!status) return { state: 'off', since: 0 };
  const { lastError, roundTripMs, nextTryAt, ...same } = status;
  return {
    ...same,
    ...(lastError !== undefined && { last_error: lastError }),
    ...(roundTripMs !== undefined && { round_trip_ms: roundTripMs }),
    ...(nextTryAt !== undefined && { next_try_at: nextTryAt }),
  };
}

function linkMetrics({ link }: HttpParts): Metric[] {
  const status = link?.status();
  if (!status || status.state === 'off') return [];
  const one = (name: string, help: string, type: Metric['type'], value: number): Metric => ({
    name,
    help,
    type,
    values: [[{}, value]],
  });
  const { state, connections, roundTripMs } = status;
  return [
    one('perch_link_connected', 'Whether there is a connection to the relay.', 'gauge', state === 'connected' ? 1 : 0),
    one('perch_link_connections_total', 'Connections made to the relay.', 'counter', connections),
    ...(roundTripMs === undefined
      ? []
      : [one('perch_link_round_trip_seconds', 'To the relay and back.', 'gauge', roundTripMs / 1000)]),
  ];
}

function processMetrics(): Metric[] {
  const { user, system } = process.cpuUsage();
  const one = (name: string, help: string, type: Metric['type'], value: number): Metric => ({
    name,
    help,
    type,
    values: [[{}, value]],
  });
  return [
    one('process_cpu_seconds_total', 'Processor time used by Perch itself.', 'counter', (user + system) / 1e6),
    one('process_resident_memory_bytes', 'Memory of Perch itself.', 'gauge', process.memoryUsage.rss()),
    one('process_start_time_seconds', 'When Perch started.', 'gauge', Math.round(Date.now() / 1000 - process.uptime())),
  ];
}

function httpMetrics(requests: RequestCounts, webSockets: number): Metric[] {
  return [
    {
      name: 'perch_http_requests_total',
      help: 'Requests answered, by kind of status.',
      type: 'counter',
      values: requests.entries().map(([status, count]) => [{ status }, count]),
    },
    { name: 'perch_http_websockets', help: 'Open WebSockets.', type: 'gauge', values: [[{}, webSockets]] },
  ];
}
