/** Whether the other end of a WebSocket is still there. */
import type { WebSocket } from 'ws';

/**
 * Pings it every `pingMs` and ends the connection when the last ping was not answered: it is gone, or will never catch up.
 * `heard` is called with every sign of life; while `busy` its silence means nothing.
 */
export function keepAlive(
  socket: WebSocket,
  { pingMs, heard, busy = () => false }: { pingMs: number; heard: () => void; busy?: () => boolean },
): void {
  let alive = true;
  const sign = () => {
    alive = true;
    heard();
  };
  socket.on('pong', sign);
  socket.on('message', sign);
  const timer = setInterval(() => {
    if (!alive && !busy()) {
      socket.terminate();
      return;
    }
    alive = false;
    if (socket.readyState === socket.OPEN) socket.ping();
  }, pingMs);
  socket.on('close', () => clearInterval(timer));
}
