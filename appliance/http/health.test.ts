import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { figuresOf } from '../health/cameras.ts';
import { Health } from '../health/health.ts';
import { Machine } from '../health/machine.ts';
import { rootWith, zero2 } from '../health/testing/roots.ts';
import { createLog } from '../log.ts';
import { PlainCamera, TestServer } from './testing/server.ts';

describe('The health of a Zero 2 W over HTTP', () => {
  let server: TestServer;
  const ends: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    const { root, remove } = await rootWith(zero2);
    const data = await mkdtemp(join(tmpdir(), 'perch-health-'));
    const health = await Health.open({
      path: join(data, 'health.json'),
      data,
      cameras: () => [figuresOf(new PlainCamera('front', 0), 2)],
      link: () => undefined,
      safeMode: undefined,
      log: createLog('silent'),
      machine: new Machine({ data, root, cores: 4 }),
    });
    await health.sample();
    server = await TestServer.start({ parts: { health } });
    ends.push(
      remove,
      () => health.stop(),
      () => rm(data, { recursive: true, force: true }),
    );
  });
  afterAll(async () => {
    await server.close();
    for (const end of ends) await end();
  });

  it('says how the machine and its cameras are, and what is wrong', async () => {
    const { status, body } = await server.call('GET', '/api/health');
    expect(status).toBe(200);
    expect(body.machine).toMatchObject({
      model: 'Raspberry Pi Zero 2 W Rev 1.0',
      temperature: 78.9,
      power: { under_voltage: true, had_throttling: true },
      interfaces: [{ name: 'wlan0', kind: 'wifi', up: true, signal: -76 }],
      clock_synchronized: false,
      cores: 4,
    });
    expect(body.cameras).toEqual([
      {
        name: 'front',
        state: 'live',
        message: 'Live.',
        fps: 29.9,
        wanted_fps: expect.any(Number),
        bitrate: 2_000_000,
        missed: 3,
        encode_ms: 21.5,
        viewers: 2,
        restarts: 2,
        recent_restarts: [{ at: 1_790_000_000_000, why: 'It was unplugged.' }],
      },
    ]);
    expect(body.findings[0]).toMatchObject({ id: 'under_voltage', severity: 'wrong', what: 'Under-voltage' });
    expect(body.history).toBeUndefined();
  });

  it('gives the past when it is asked for, and is what the OpenAPI says', async () => {
    const { body } = await server.call('GET', '/api/health?history=24');
    expect(body.history).toMatchObject({ step_ms: 300_000, from: expect.any(Number) });
    const document = (await server.call('GET', '/api/openapi.json')).body;
    const schema = document.paths['/api/health'].get.responses['200'].content['application/json'].schema;
    const check = new Ajv({ strict: false }).compile(schema);
    expect(check(body), JSON.stringify(check.errors)).toBe(true);
  });

  it.each(['0', '25', '1.5', '-1', 'all', '', '24%20', '%00'])('refuses ?history=%s with a sentence', async (hours) => {
    const { status, body } = await server.call('GET', `/api/health?history=${hours}`);
    expect([status, body.error.code, body.error.field]).toEqual([400, 'bad_value', 'history']);
    expect(body.error.message).toContain('but must be a whole number of hours from 1 to 24');
  });

  it('is in the metrics, in the form that Prometheus reads', async () => {
    const { text } = await server.call('GET', '/metrics');
    expect(text).toContain('perch_temperature_celsius 78.9\n');
    expect(text).toContain('perch_under_voltage 1\n');
    expect(text).toContain('perch_wifi_signal_dbm{interface="wlan0"} -76\n');
    expect(text).toContain('perch_finding{finding="under_voltage",severity="wrong"} 1\n');
    expect(text).toContain('perch_camera_missed_total{camera="front"} 3\n');
    expect(text).toContain('perch_camera_encode_seconds{camera="front"} 0.0215\n');
    for (const line of text.trimEnd().split('\n')) {
      expect(line).toMatch(
        /^(# (HELP|TYPE) [a-z_0-9]+ .+|[a-z_0-9]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? -?[\d.e+-]+)$/,
      );
    }
  });
});
