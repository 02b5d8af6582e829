/** How a relay is let in by NATS, and what it says when it is not. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readNatsAddress } from './fleet/nats/address.ts';
import { fromKey, toKey } from './fleet/nats/records.ts';
import { TestNats } from './testing/nats.ts';
import { TestRelay } from './testing/relay.ts';

let nats: TestNats | undefined;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perch-nats-'));
});
afterEach(async () => {
  await nats?.stop();
  nats = undefined;
  await rm(folder, { recursive: true });
});

/** Starts a relay that registers a device, and another that knows it. */
async function works(address: string, ca?: string): Promise<void> {
  const config = { nats: address, ...(ca !== undefined && { nats_ca: ca }) };
  const first = await TestRelay.start({ config });
  try {
    await first.register('porch');
    const second = await TestRelay.start({ config });
    expect(second.relay.fleet.devices.has('porch')).toBe(true);
    await second.close();
  } finally {
    await first.close();
  }
}

/** The sentence a relay ends with. */
async function refusal(address: string): Promise<string> {
  const relay = await TestRelay.start({ config: { nats: address } }).catch((error: Error) => error);
  if (relay instanceof Error) return relay.message;
  await relay.close();
  return 'It started.';
}

test('name and password', async () => {
  nats = await TestNats.start('authorization { user: perch, password: "a:b@c" }');
  await works(`nats://perch:a%3Ab%40c@127.0.0.1:${nats.port}`);
  expect(await refusal(`nats://perch:wrong@127.0.0.1:${nats.port}`)).toBe(
    `NATS at 127.0.0.1:${nats.port} does not let this relay in: check the name and password, or the token, in PERCH_RELAY_NATS.`,
  );
});

test('a token', async () => {
  nats = await TestNats.start('authorization { token: "s3cret" }');
  await works(`nats://s3cret@127.0.0.1:${nats.port}`);
  expect(await refusal(nats.address)).toContain('does not let this relay in');
});

test('tls with a private authority', async () => {
  const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
  });
  const files = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') };
  await Promise.all([writeFile(files.key, key), writeFile(files.cert, cert)]);
  nats = await TestNats.start(`tls { cert_file: "${files.cert}", key_file: "${files.key}" }`);
  const address = `tls://127.0.0.1:${nats.port}`;
  await works(address, files.cert);
  expect(await refusal(address)).toContain('Name its authority in PERCH_RELAY_NATS_CA');
});

test('nobody there', async () => {
  nats = await TestNats.start();
  await nats.signal('SIGKILL');
  expect(await refusal(nats.address)).toMatch(
    /^NATS at 127\.0\.0\.1:\d+ cannot be reached \(.+\)\. Start it, or correct/,
  );
});

test('NATS without JetStream', async () => {
  nats = await TestNats.start('', { jetstream: false });
  expect(await refusal(nats.address)).toContain('runs without JetStream');
});

describe('addresses', () => {
  test.each([
    ['nats://10.0.0.1', { servers: ['10.0.0.1:4222'], encrypted: false }],
    ['tls://a:1,tls://b', { servers: ['a:1', 'b:4222'], encrypted: true }],
    ['nats://u:p%40@h:1', { servers: ['h:1'], encrypted: false, user: 'u', pass: 'p@' }],
    ['nats://token@h', { servers: ['h:4222'], encrypted: false, token: 'token' }],
    ['nats://[fd00::1]:5', { servers: ['[fd00::1]:5'], encrypted: false }],
  ])('%s', (text, address) => {
    expect(readNatsAddress(text)).toEqual(address);
  });

  test.each(['nats://', 'http://h', 'nats://secret@', 'nats://a,b', ''])('%j is none, and is not repeated', (text) => {
    expect(() => readNatsAddress(text)).toThrow(/^PERCH_RELAY_NATS must be an address such as/);
  });
});

test('every name has a key of its own, and comes back', () => {
  const names = ['porch', 'a.b', 'Änne', 'a b', '=2e', '*', '>', '😀', 'x@y'];
  expect(names.map((name) => fromKey(toKey(name)))).toEqual(names);
  expect(new Set(names.map(toKey)).size).toBe(names.length);
  expect(names.map(toKey).filter((key) => !/^[A-Za-z0-9_=-]+$/.test(key))).toEqual([]);
  expect(fromKey('=sync')).toBeUndefined();
});
