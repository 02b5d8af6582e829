import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { PerchError } from '../errors.ts';
import type { JoinRequest, NetworkPart, NetworkStatus } from '../network/types.ts';
import { TestServer } from './testing/server.ts';

let server: TestServer;
afterEach(() => server.close());

const status: NetworkStatus = {
  state: 'hotspot',
  message: 'The camera is its own network.',
  addresses: ['10.42.0.1'],
  name: 'perch.local',
  hotspot: { on: true, ssid: 'Perch-12AB', open: false, password: 'abcd-efgh-2345', address: '10.42.0.1' },
  networks: [{ ssid: 'home', signal: 70, security: 'wpa', known: false, inUse: false }],
  known: [],
};

/** A network part that remembers what it was asked. */
class Asked implements NetworkPart {
  readonly calls: unknown[] = [];
  portalAddress: string | undefined;
  status = () => status;
  portal = () => this.portalAddress;
  scan = async () => void this.calls.push('scan');
  async join(network: JoinRequest, by: string): Promise<void> {
    if (network.ssid === 'odd') throw new PerchError('bad_network', { reason: 'it is odd' });
    this.calls.push(['join', network, by]);
  }
  forget = async (ssid: string, by: string) => void this.calls.push(['forget', ssid, by]);
  startHotspot = async (by: string, options?: object) => void this.calls.push(['start', by, options]);
  stopHotspot = async (by: string) => void this.calls.push(['stop', by]);
}

const network = new Asked();

/** As a phone asks: for any name, without a login. */
function ask(path: string, host: string, method = 'GET'): Promise<{ status: number; location: string | undefined }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: server.port, path, method, headers: { host } }, (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode ?? 0, location: answer.headers.location });
    });
    asked.on('error', reject).end();
  });
}

describe('/api/network', () => {
  it('tells, scans, joins, forgets and opens the hotspot, for who is logged in', async () => {
    server = await TestServer.start({ parts: { network } });
    expect((await server.call('GET', '/api/network')).body).toEqual({
      ...status,
      networks: [{ ssid: 'home', signal: 70, security: 'wpa', known: false, in_use: false }],
    });
    const joined = await server.call('POST', '/api/network/join', { ssid: 'home', password: '12345678' });
    expect(joined.status).toBe(202);
    await server.call('POST', '/api/network/scan');
    await server.call('POST', '/api/network/forget', { ssid: 'home' });
    await server.call('PUT', '/api/network/hotspot', { on: true });
    await server.call('PUT', '/api/network/hotspot', { on: false });
    const who = expect.any(String);
    expect(network.calls).toEqual([
      ['join', { ssid: 'home', password: '12345678' }, who],
      'scan',
      ['forget', 'home', who],
      ['start', who, { protect: true }],
      ['stop', who],
    ]);
  });

  it('refuses what makes no sense, and strangers', async () => {
    server = await TestServer.start({ parts: { network } });
    expect((await server.call('POST', '/api/network/join', { ssid: 'odd' })).body.error).toEqual({
      code: 'bad_network',
      message: 'This network cannot be tried: it is odd.',
    });
    for (const body of [{}, { ssid: 7 }, { ssid: 'home', pasword: 'x' }, [], 'home']) {
      expect((await server.call('POST', '/api/network/join', body)).status).toBe(400);
    }
    for (const [method, path] of [
      ['GET', '/api/network'],
      ['POST', '/api/network/join'],
      ['POST', '/api/network/scan'],
      ['POST', '/api/network/forget'],
      ['PUT', '/api/network/hotspot'],
    ] as const) {
      expect((await server.call(method, path, undefined, { cookie: '' })).status).toBe(401);
    }
  });

  it('says that there is none', async () => {
    server = await TestServer.start();
    expect((await server.call('GET', '/api/network')).body.error.code).toBe('network_unmanaged');
  });
});

describe('on the hotspot', () => {
  const probes = [
    ['/generate_204', 'connectivitycheck.gstatic.com'],
    ['/hotspot-detect.html', 'captive.apple.com'],
    ['/connecttest.txt', 'www.msftconnecttest.com'],
    ['/', 'example.com'],
  ] as const;

  it.each(probes)('%s of %s leads to the page', async (path, host) => {
    server = await TestServer.start({ parts: { network } });
    // The test's own address is the hotspot's.
    network.portalAddress = '127.0.0.1';
    expect(await ask(path, host)).toEqual({ status: 302, location: `http://127.0.0.1:${server.port}/` });
    network.portalAddress = undefined;
    expect((await ask(path, host)).location).toBeUndefined();
    // Somebody at another address of this camera: by cable, or over the VPN.
    network.portalAddress = '10.42.0.1';
    expect((await ask(path, host)).location).toBeUndefined();
  });

  it.each(['127.0.0.1', 'perch.local', 'perch', 'perch.fritz.box', '[::1]'])(
    '%s is the camera itself',
    async (host) => {
      server = await TestServer.start({ parts: { network } });
      network.portalAddress = '127.0.0.1';
      expect(await ask('/healthz', host)).toEqual({ status: 200, location: undefined });
    },
  );

  it('a name of others claims nothing', async () => {
    server = await TestServer.start({ parts: { network }, unclaimed: true });
    network.portalAddress = '127.0.0.1';
    expect((await ask('/api/claim', 'evil.example', 'POST')).status).toBe(302);
    expect(server.auth.claimed).toBe(false);
  });
});
