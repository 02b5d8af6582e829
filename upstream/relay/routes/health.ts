/** `/healthz` for whoever watches over the service, `/metrics` for Prometheus, `/api/health` for the page. */
import type { FastifyInstance } from 'fastify';
import { type Metric, metricsText } from '../../../appliance/http/metrics.ts';
import { answers } from '../../../appliance/http/schema.ts';
import type { Counts } from '../counts.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Gate } from '../gate.ts';

const tags = ['health'];

/** Adds the three routes. */
export function healthRoutes(app: FastifyInstance, fleet: Fleet, gate: Gate, counts: Counts): void {
  app.get(
    '/healthz',
    {
      config: { open: true },
      schema: {
        tags,
        summary: 'The relay is serving; and, in a sentence, what it cannot do now',
        response: answers({ type: 'object', properties: {} }),
      },
    },
    async (_request, reply) => {
      const { cutOff, notices } = fleet.backplane;
      const notice = cutOff === undefined ? undefined : notices[0];
      return reply.header('cache-control', 'no-store').send({ ok: true, ...(notice !== undefined && { notice }) });
    },
  );

  app.get(
    '/api/health',
    { schema: { tags, summary: 'The relay itself', response: answers({ type: 'object', properties: {} }) } },
    async () => ({
      devices: fleet.devices.size,
      connected: gate.pis,
      operators: gate.operators,
      pending: fleet.desired.size,
      notices: fleet.backplane.notices,
      memory_bytes: process.memoryUsage.rss(),
      up_seconds: Math.round(process.uptime()),
    }),
  );

  app.get(
    '/metrics',
    {
      schema: {
        tags,
        summary: 'Figures for Prometheus',
        response: { 200: { description: 'Text', content: { 'text/plain': { schema: { type: 'string' } } } } },
      },
    },
    async (_request, reply) =>
      reply
        .type('text/plain; version=0.0.4; charset=utf-8')
        .header('cache-control', 'no-store')
        .send(metricsText(metrics(fleet, gate, counts))),
  );
}

function metrics(fleet: Fleet, gate: Gate, counts: Counts): Metric[] {
  const one = (name: string, help: string, type: Metric['type'], value: number): Metric => ({
    name,
    help,
    type,
    values: [[{}, value]],
  });
  const byCode = (name: string, help: string, from: ReadonlyMap<string, number>): Metric => ({
    name,
    help,
    type: 'counter',
    values: [...from].map(([code, count]) => [{ code }, count]),
  });
  const { user, system } = process.cpuUsage();
  return [
    one('perch_relay_devices', 'Devices registered.', 'gauge', fleet.devices.size),
    one('perch_relay_connected', 'Devices connected to this relay.', 'gauge', gate.pis),
    one('perch_relay_operators', 'Connections of people and programs.', 'gauge', gate.operators),
    one('perch_relay_pending', 'Devices for which settings wait.', 'gauge', fleet.desired.size),
    one('perch_relay_cut_off', 'NATS is out of reach.', 'gauge', fleet.backplane.cutOff === undefined ? 0 : 1),
    one('perch_relay_commands_total', 'Commands brought to devices.', 'counter', counts.commands),
    one('perch_relay_answers_total', 'Answers brought back.', 'counter', counts.answers),
    one('perch_relay_pushes_total', 'Statuses devices sent unasked.', 'counter', counts.pushes),
    one('perch_relay_strays_total', 'Answers nobody waited for.', 'counter', counts.strays),
    one('perch_relay_bad_frames_total', 'Frames of devices that were no status.', 'counter', counts.badFrames),
    one('perch_relay_too_slow_total', 'Connections ended for reading too slowly.', 'counter', counts.tooSlow),
    byCode('perch_relay_refused_total', 'Commands refused, by error code.', counts.refused),
    byCode('perch_relay_turned_away_total', 'Connections turned away, by error code.', counts.turnedAway),
    one('process_cpu_seconds_total', 'Processor time used by the relay.', 'counter', (user + system) / 1e6),
    one('process_resident_memory_bytes', 'Memory of the relay.', 'gauge', process.memoryUsage.rss()),
    one('process_start_time_seconds', 'When it started.', 'gauge', Math.round(Date.now() / 1000 - process.uptime())),
  ];
}
