/**
 * Commands a second through Daphne and the app to a relay that answers at once (in this process), and back.
 * Each of `sockets` keeps `underWay` commands unanswered for `seconds`.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { CommandType, decodeCommand, decodeStatus, encodeCommand, encodeStatus } from '../../../proto/index.ts';
import { Site, sitePassword } from './site.ts';

export interface Load {
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

export async function loadThroughDjango(sockets: number, underWay: number, seconds: number): Promise<Load> {
  const relay = await answeringRelay();
  const site = await Site.start({
    PERCH_RELAY_URL: `ws://127.0.0.1:${relay.port}`,
    PERCH_RELAY_TOKEN: 'token',
    PERCH_COMMANDS_PER_SECOND: '1000000',
  });
  try {
    const cookie = await logIn(site.url);
    const opened = await Promise.all(Array.from({ length: sockets }, () => openControl(site.url, cookie)));
    const times: number[] = [];
    const end = performance.now() + seconds * 1000;
    await Promise.all(opened.map((socket, at) => drive(socket, at, underWay, end, times)));
    for (const socket of opened) socket.terminate();
    times.sort((a, b) => a - b);
    const at = (share: number) => times[Math.floor(times.length * share)] ?? 0;
    return { perSecond: Math.round(times.length / seconds), p50: at(0.5), p99: at(0.99) };
  } finally {
    await site.stop();
    relay.close();
  }
}

/** Logs in as a browser would; answers the session cookie. */
export async function logIn(url: string, user = 'olga'): Promise<string> {
  const form = await fetch(`${url}/login`);
  const csrf = /csrftoken=([^;]+)/.exec(form.headers.get('set-cookie') ?? '')?.[1] ?? '';
  const answer = await fetch(`${url}/login`, {
    method: 'POST',
    redirect: 'manual',
    headers: { cookie: `csrftoken=${csrf}`, 'content-type': 'application/x-www-form-urlencoded', referer: `${url}/` },
    body: new URLSearchParams({ username: user, password: sitePassword, csrfmiddlewaretoken: csrf }),
  });
  const session = /sessionid=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '')?.[1];
  if (session === undefined) throw new Error(`The login answered ${answer.status}.`);
  return `sessionid=${session}`;
}

/** The consumer's WebSocket, open. */
export async function openControl(url: string, cookie: string, device = 'garden'): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/perch/control/${device}`, 'camera_control.v1', {
    headers: { cookie, origin: url },
  });
  await once(socket, 'open');
  return socket;
}

function drive(socket: WebSocket, name: number, underWay: number, end: number, times: number[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent: number[] = [];
    let count = 0;
    let open = 0;
    const send = () => {
      count += 1;
      open += 1;
      sent.push(performance.now());
      const settings = { brightness: count % 100 };
      socket.send(encodeCommand({ command: CommandType.UPDATE_SETTINGS, settings, request_id: `${name}-${count}` }));
    };
    socket.on('message', (frame: Buffer) => {
      const now = performance.now();
      const { success, message } = decodeStatus(frame);
      if (success !== true) reject(new Error(message));
      times.push(now - (sent.shift() ?? now));
      open -= 1;
      if (now < end) send();
      else if (open === 0) resolve();
    });
    socket.on('error', reject);
    for (let each = 0; each < underWay; each += 1) send();
  });
}

async function answeringRelay(): Promise<{ port: number; close: () => void }> {
  const http = createServer();
  const server = new WebSocketServer({ server: http, perMessageDeflate: false });
  server.on('connection', (socket) => {
    socket.on('message', (data: Buffer) => {
      const { request_id, settings } = decodeCommand(data);
      const id = request_id === undefined ? {} : { request_id };
      socket.send(encodeStatus({ success: true, message: 'Set.', current_settings: settings ?? {}, ...id }));
    });
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return {
    port: (http.address() as AddressInfo).port,
    close: () => {
      for (const client of server.clients) client.terminate();
      http.close();
    },
  };
}
