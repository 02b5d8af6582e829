import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { TestRelay } from '../relay/testing/relay.ts';
import { TestAppliance, untilLink } from './testing/appliance.ts';

const day = 86_400_000;
let folder: string;
let appliance: TestAppliance;
let relay: TestRelay | undefined;

type Extensions = NonNullable<NonNullable<Parameters<typeof generate>[1]>['extensions']>;

interface Made {
  readonly cert: string;
  readonly key: string;
}
interface Wish {
  readonly name: string;
  readonly by?: Made;
  readonly isCa?: boolean;
  readonly host?: string;
  readonly from?: number;
  readonly to?: number;
}

function extensionsOf(isCa: boolean, host: string | undefined): Extensions {
  if (isCa) {
    return [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, critical: true },
    ];
  }
  const purpose: Extensions = [
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
  ];
  if (host === undefined) return purpose;
  const names = /^\d/.test(host) ? [{ type: 7 as const, ip: host }] : [{ type: 2 as const, value: host }];
  return [...purpose, { name: 'subjectAltName', altNames: names }];
}

async function make({ name, by, isCa = false, host, from = -1, to = 30 }: Wish): Promise<Made> {
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() + from * day),
    notAfterDate: new Date(Date.now() + to * day),
    extensions: extensionsOf(isCa, host),
    ...(by && { ca: { key: by.key, cert: by.cert } }),
  });
  const kept = { cert: made.cert, key: made.private };
  await writeFile(join(folder, `${name}.pem`), kept.cert);
  await writeFile(join(folder, `${name}.key`), kept.key);
  return kept;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perch-tls-'));
  const ca = await make({ name: 'ca', isCa: true });
  await make({ name: 'other-ca', isCa: true });
  await make({ name: 'good', by: ca, host: '127.0.0.1' });
  await make({ name: 'expired', by: ca, host: '127.0.0.1', from: -400, to: -30 });
  await make({ name: 'early', by: ca, host: '127.0.0.1', from: 365, to: 700 });
  await make({ name: 'elsewhere', by: ca, host: 'relay.example' });
  await make({ name: 'device', by: ca });
});
afterAll(() => rm(folder, { recursive: true }));
beforeEach(async () => {
  appliance = await TestAppliance.start();
});
afterEach(async () => {
  await appliance.close();
  await relay?.close();
  relay = undefined;
});

const file = (name: string) => join(folder, name);

/** A link to a relay that shows the certificate of this name. */
async function linkTo(certificate: string, config = {}, more = {}, tuning = {}) {
  relay = await TestRelay.start({
    config: { tls_cert: file(`${certificate}.pem`), tls_key: file(`${certificate}.key`), ...more },
  });
  const relay_key = await relay.register('porch');
  return appliance.link(
    { relay_url: `wss://127.0.0.1:${relay.port}`, relay_key, relay_ca: file('ca.pem'), ...config },
    tuning,
  );
}

test('a private authority that is given is trusted', async () => {
  const link = await linkTo('good');
  await untilLink(link, ({ state }) => state === 'connected');
});

const today = new Date().toISOString().slice(0, 10);
test.each([
  ['good', { relay_ca: undefined }, 'signed by nobody this device trusts'],
  ['good', { relay_ca: 'other-ca.pem' }, 'signed by nobody this device trusts'],
  ['expired', {}, `has expired, by this device's clock (${today}). Renew it, or set the clock right.`],
  ['early', {}, `is not valid yet, by this device's clock (${today}). Set the clock right.`],
  ['elsewhere', {}, 'is not for 127.0.0.1'],
])('the certificate "%s" with %j is refused in a sentence', async (certificate, config, sentence) => {
  const given = 'relay_ca' in config && config.relay_ca ? { relay_ca: file(config.relay_ca) } : config;
  const link = await linkTo(certificate, given);
  const { lastError } = await untilLink(link, (status) => status.lastError !== undefined);
  expect(lastError).toContain(sentence);
  expect(relay?.relay.gate.pis).toBe(0);
});

test('a relay without https is told apart', async () => {
  relay = await TestRelay.start();
  const link = appliance.link({ relay_url: `wss://127.0.0.1:${relay.port}` });
  const { lastError } = await untilLink(link, (status) => status.lastError !== undefined);
  expect(lastError).toContain('does not speak https. Write ws:// instead of wss://');
});

test('a client certificate is shown where it is asked for', async () => {
  const asked = { tls_client_ca: file('ca.pem') };
  const link = await linkTo('good', { relay_cert: file('device.pem'), relay_cert_key: file('device.key') }, asked);
  await untilLink(link, ({ state }) => state === 'connected');
  const without = appliance.link({
    relay_url: `wss://127.0.0.1:${relay?.port}`,
    relay_ca: file('ca.pem'),
    relay_key: 'x',
  });
  const { lastError } = await untilLink(without, (status) => status.lastError !== undefined);
  expect(lastError).toBe('The relay wants a certificate from this device. Give relay_cert and relay_cert_key.');
});

test('with the clock before its time it waits, says so, and dials when the clock is right', async () => {
  let now = Date.UTC(2025, 0, 1);
  const link = await linkTo('good', {}, {}, { now: () => now });
  expect(link.status()).toMatchObject({
    state: 'clock',
    message: expect.stringContaining('Waits until the clock is right: it says 2025-01-01'),
  });
  now = Date.now();
  await untilLink(link, ({ state }) => state === 'connected');
});

test('without encryption there is no certificate to judge, and no waiting for the clock', async () => {
  relay = await TestRelay.start();
  const relay_key = await relay.register('porch');
  const now = () => Date.UTC(1970, 0, 1);
  const link = appliance.link({ relay_url: relay.url, relay_key }, { now });
  await untilLink(link, ({ state }) => state === 'connected');
});
