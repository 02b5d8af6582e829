import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { NetworkInterfaceInfo } from 'node:os';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { reachable, tunnelOf } from './addresses.ts';

let sys: string;
beforeAll(async () => {
  sys = await mkdtemp(join(tmpdir(), 'perch-net-'));
  await mkdir(join(sys, 'office'));
  await writeFile(join(sys, 'office', 'tun_flags'), '0x1\n');
});
afterAll(() => rm(sys, { recursive: true }));

const at = (...addresses: string[]) =>
  addresses.map((address) => ({
    address,
    family: address.includes(':') ? 'IPv6' : 'IPv4',
    internal: address === '127.0.0.1',
  })) as NetworkInterfaceInfo[];

it.each(['tun0', 'wg0', 'office'])('tells the tunnel %s from the network a phone is in', (name) => {
  const interfaces = { lo: at('127.0.0.1'), [name]: at('fe80::1', '10.8.0.2'), eth0: at('fd00::7', '192.168.1.7') };
  expect(tunnelOf(interfaces, sys)).toEqual({ interface: name, address: '10.8.0.2' });
  expect(reachable(interfaces, sys)).toEqual(['192.168.1.7', 'fd00::7']);
});

it('knows no tunnel where there is none, and falls back on what only neighbours reach', () => {
  const interfaces = { eth0: at('169.254.3.4', 'fe80::2') };
  expect(tunnelOf(interfaces, sys)).toBeUndefined();
  expect(reachable(interfaces, sys)).toEqual(['169.254.3.4']);
});
