/**
 * A WebSocket that knows whose connection it is, so that its listeners are the same functions for all: thousands of
 * connections then keep no closures of their own.
 */
import { WebSocket } from 'ws';

export interface Connection {
  /** When the other side was last heard of, by `performance.now()`. */
  heardAt: number;
  receive(data: Buffer, isBinary: boolean): void;
  closed(): void;
}

export class ConnectionSocket extends WebSocket {
  connection: Connection | undefined;
}

/** From now on this connection hears what comes through the socket. Called once for each. */
export function listen(socket: ConnectionSocket, connection: Connection): void {
  socket.connection = connection;
  socket.on('message', onMessage);
  socket.on('pong', onSign);
  socket.on('ping', onSign);
  socket.on('close', onClose);
  socket.on('error', onError);
}

function onMessage(this: WebSocket, data: unknown, isBinary: boolean): void {
  (this as ConnectionSocket).connection?.receive(data as Buffer, isBinary);
}

function onSign(this: WebSocket): void {
  const { connection } = this as ConnectionSocket;
  if (connection) connection.heardAt = performance.now();
}

function onClose(this: WebSocket): void {
  (this as ConnectionSocket).connection?.closed();
}

/** A frame that is too large or broken: `ws` closes the connection and says why to the peer. */
function onError(): void {}
