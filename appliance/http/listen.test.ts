/** Ports, https, and connections that never say anything. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createLog } from '../log.ts';
import { limitConnections } from './limits.ts';
import { password, TestServer, type TestServerOptions } from './testing/server.ts';
import { alternativeNames, certificate } from './tls.ts';

const servers: TestServer[] = [];
async function start(options: TestServerOptions = {}): Promise<TestServer> {
  const server = await TestServer.start(options);
  servers.push(server);
  return server;
}
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

interface SecureAnswer {
  readonly status: number;
  readonly text: string;
  readonly cookies: readonly string[];
  readonly fingerprint: string;
}

async function secure(port: number, method: string, path: string, body = '', headers = {}): Promise<SecureAnswer> {
  const options = { port, host: '127.0.0.1', method, path, rejectUnauthorized: false, agent: false, headers };
  const asked = request({ ...options, headers: { 'content-type': 'application/json', ...headers } }).end(body);
  const [answer] = await once(asked, 'response');
  let text = '';
  for await (const piece of answer) text += piece;
  const { fingerprint256 } = (answer.socket as TLSSocket).getPeerCertificate();
  return { status: answer.statusCode, text, cookies: answer.headers['set-cookie'] ?? [], fingerprint: fingerprint256 };
}

describe('a port', () => {
  it.each(['http', 'https'] as const)(
    'for %s that is in use is a sentence, and nothing stays open',
    async (protocol) => {
      const other = createServer().listen(0, '127.0.0.1');
      await once(other, 'listening');
      const { port } = other.address() as AddressInfo;
      const config = protocol === 'http' ? { port } : { https: true, https_port: port };
      await expect(start({ config })).rejects.toMatchObject({
        name: 'ConfigError',
        message:
          protocol === 'http'
            ? `Port ${port} is used by another program. Stop it, or choose another port with PERCH_PORT.`
            : `Port ${port} is used by another program. Stop it, or choose another port with PERCH_HTTPS_PORT, or switch https off with PERCH_HTTPS=off.`,
      });
      other.close();
    },
  );

  it('of an address this machine has not is a sentence', async () => {
    await expect(start({ config: { host: '203.0.113.1' } })).rejects.toThrow(
      'This machine has no address 203.0.113.1. Leave PERCH_HOST out to listen on every address.',
    );
  });

  it('is free again after closing, with a WebSocket that never answers the goodbye', async () => {
    const first = await TestServer.start();
    const socket = first.socket('/api/control');
    await socket.opened;
    socket.socket.pause();
    await first.close();
    const second = await start({ config: { port: first.port } });
    expect(second.port).toBe(first.port);
    socket.socket.terminate();
  });

  it('on :: is reached by IPv4 as by IPv6', async () => {
    const server = await start({ config: { host: '::' } });
    expect((await fetch(`http://127.0.0.1:${server.port}/healthz`)).status).toBe(200);
    const answer = await server.call('POST', '/api/session', { password });
    expect(answer.body.who).toBe('Page at 127.0.0.1');
  });
});

describe('https', () => {
  it('stands beside http with the same routes and a certificate that stays', async () => {
    const first = await TestServer.start({ config: { https: true } });
    const healthz = await secure(first.httpsPort, 'GET', '/healthz');
    expect([healthz.status, healthz.text]).toEqual([200, '{"ok":true}']);
    expect((await secure(first.httpsPort, 'GET', '/api/cameras')).status).toBe(401);

    const login = await secure(first.httpsPort, 'POST', '/api/session', JSON.stringify({ password }));
    expect(login.cookies[0]).toMatch(/^__Host-perch_session=.*; Path=\/; HttpOnly; Secure; SameSite=Strict$/);
    const cookie = login.cookies[0]?.split(';')[0] ?? '';
    expect((await secure(first.httpsPort, 'GET', '/api/cameras', '', { cookie })).status).toBe(200);

    const origin = `https://127.0.0.1:${first.httpsPort}`;
    const options = { headers: { cookie, origin }, rejectUnauthorized: false };
    const socket = new WebSocket(`wss://127.0.0.1:${first.httpsPort}/api/control`, options);
    await once(socket, 'message');
    socket.terminate();

    const path = join(first.folder, 'tls', 'certificate.pem');
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await first.close({ keep: true });
    const second = await start({ folder: first.folder, config: { https: true } });
    expect((await secure(second.httpsPort, 'GET', '/healthz')).fingerprint).toBe(healthz.fingerprint);
  });

  it('can be all there is', async () => {
    const server = await start({ config: { http: false, https: true } });
    expect(server.port).toBe(0);
    expect((await secure(server.httpsPort, 'GET', '/healthz')).status).toBe(200);
  });

  it('uses the files that are given', async () => {
    const maker = await TestServer.start({ config: { https: true } });
    const pem = await readFile(join(maker.folder, 'tls', 'certificate.pem'), 'utf8');
    const { fingerprint } = await secure(maker.httpsPort, 'GET', '/healthz');
    await maker.close();
    const files = await TestServer.start();
    await files.close({ keep: true });
    const [tls_key, tls_cert] = [join(files.folder, 'key.pem'), join(files.folder, 'cert.pem')];
    const at = pem.indexOf('-----BEGIN CERTIFICATE');
    await writeFile(tls_key, pem.slice(0, at));
    await writeFile(tls_cert, pem.slice(at));
    const server = await start({ folder: files.folder, config: { https: true, tls_cert, tls_key } });
    expect((await secure(server.httpsPort, 'GET', '/healthz')).fingerprint).toBe(fingerprint);
    const missing = { tls_cert: join(files.folder, 'none.pem'), tls_key };
    await expect(start({ config: { https: true, ...missing } })).rejects.toThrow(
      `tls_cert names ${missing.tls_cert}, which cannot be read: there is no such file.`,
    );
    await expect(start({ config: { https: true, tls_cert: tls_key, tls_key } })).rejects.toThrow(
      /are no certificate and its key \(PEM\): /,
    );
  });
});

describe('the certificate', () => {
  const log = createLog('silent');
  const day = 86_400_000;

  it('names this machine every way people reach it, and lasts as long as Apple allows', async () => {
    const { folder } = await start();
    const { cert } = await certificate({ data: folder, tls_cert: undefined, tls_key: undefined }, log);
    const x509 = new X509Certificate(cert);
    for (const name of ['perch.local', 'localhost']) expect(x509.checkHost(name)).toBe(name);
    for (const ip of ['127.0.0.1', '::1']) expect(x509.checkIP(ip)).toBeTruthy();
    expect(x509.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1']);
    expect(x509.ca).toBe(false);
    const days = (Date.parse(x509.validTo) - Date.parse(x509.validFrom)) / day;
    expect(days).toBeLessThan(825);
    expect(alternativeNames('barn.lan', ['10.0.0.7'])).toEqual([
      { type: 2, value: 'barn.lan' },
      { type: 2, value: 'barn.local' },
      { type: 2, value: 'perch.local' },
      { type: 2, value: 'localhost' },
      { type: 7, ip: '10.0.0.7' },
    ]);
  });

  it('is renewed a month before it ends, not earlier, and made anew when it is damaged', async () => {
    const { folder } = await start();
    const config = { data: folder, tls_cert: undefined, tls_key: undefined };
    const now = Date.UTC(2026, 0, 1);
    const first = await certificate(config, log, now);
    expect((await certificate(config, log, now + 780 * day)).cert).toBe(first.cert);
    const renewed = await certificate(config, log, now + 800 * day);
    expect(renewed.cert).not.toBe(first.cert);
    expect((await certificate(config, log, now + 800 * day)).cert).toBe(renewed.cert);
    await writeFile(join(folder, 'tls', 'certificate.pem'), renewed.key.slice(0, 40));
    const remade = await certificate(config, log, now + 800 * day);
    expect(new X509Certificate(remade.cert).validTo).toBeTruthy();
    expect(remade.cert).not.toBe(renewed.cert);
  });
});

describe('connections that say nothing', () => {
  it('beyond what one address may have are closed at once', async () => {
    const server = createServer();
    limitConnections(server, 10);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const sockets: Socket[] = [];
    for (let at = 0; at < 10; at++) {
      const socket = connect(port, '127.0.0.1');
      sockets.push(socket);
      await once(server, 'connection');
    }
    const eleventh = connect(port, '127.0.0.1').on('error', () => {});
    await once(eleventh, 'close');
    sockets[0]?.destroy();
    await once(sockets[0] as Socket, 'close');
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it('and headers that never end, or are too many, are cut off', async () => {
    const server = await start();
    const socket = connect(server.port, '127.0.0.1').on('error', () => {});
    let answer = '';
    socket.on('data', (piece) => {
      answer += piece.toString('latin1');
    });
    socket.write(`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}`);
    await once(socket, 'close');
    expect(answer).toMatch(/^HTTP\/1\.1 431 /);
  });
});
