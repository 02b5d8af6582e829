/** What a relay costs at least: `ws`, a map of Pis, a map of who asked; no accounts, limits, states or logs. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { readCommandHead, readStatusHead } from '../relay/frame.ts';
import { play } from './program.ts';

export function playForwarder(): void {
  play<'start'>(async (_task, say) => {
    const pis = new Map<string, WebSocket>();
    const askers = new Map<string, WebSocket>();
    const http = createServer();
    const server = new WebSocketServer({ server: http, perMessageDeflate: false, clientTracking: false });
    server.on('connection', (socket, { url = '/', headers: { authorization = '' } }) => {
      if (url === '/') {
        pis.set(authorization.slice('Bearer '.length), socket);
        socket.on('message', (frame: Buffer) => {
          const id = readStatusHead(frame)?.id ?? '';
          askers.get(id)?.send(frame);
          askers.delete(id);
        });
        return;
      }
      const device = url.slice('/control/'.length);
      socket.on('message', (frame: Buffer) => {
        askers.set(readCommandHead(frame)?.id ?? '', socket);
        pis.get(device)?.send(frame);
      });
    });
    http.listen({ port: 0, host: '127.0.0.1', backlog: 4_096 });
    await once(http, 'listening');
    say({ port: (http.address() as AddressInfo).port });
  });
}
