/** Thousands of Pis in one process: each answers every command at once, and comes back as the real link does. */
import { WebSocket } from 'ws';
import { retryDelay } from '../link/backoff.ts';
import { subprotocol } from '../link/wire.ts';
import { play } from './program.ts';

export interface PisTask {
  readonly url: string;
  /** One for each Pi. */
  readonly keys: readonly string[];
  /** They come back when the connection ends, and `{ connected }` is said again once all are. */
  readonly comeBack?: boolean;
}

/** Handshakes under way at once. */
const handshakes = 64;
/** Fields `success` and `message` of a StatusResponse. */
const done = Buffer.from([0x08, 1, 0x12, 4, 0x64, 0x6f, 0x6e, 0x65]);
const fields = { requestId: 3, asker: 17 } as const;

export function playPis(): void {
  play<PisTask>(async (task, say) => {
    const counted = { connected: 0 };
    const settled = () => {
      if (counted.connected === task.keys.length) say({ connected: counted.connected });
    };
    const left = [...task.keys];
    const workers = Array.from({ length: handshakes }, async () => {
      for (let key = left.pop(); key !== undefined; key = left.pop()) await connect(task, key, 0, counted, settled);
    });
    await Promise.all(workers);
  });
}

function connect(
  task: PisTask,
  key: string,
  failed: number,
  counted: { connected: number },
  settled: () => void,
): Promise<void> {
  return new Promise((resolve) => {
    const socket = new WebSocket(task.url, subprotocol, {
      headers: { authorization: `Bearer ${key}` },
      perMessageDeflate: false,
    });
    let open = false;
    socket.on('open', () => {
      open = true;
      counted.connected += 1;
      resolve();
      settled();
    });
    socket.on('message', (frame: Buffer) => socket.send(answerTo(frame)));
    socket.on('error', () => {});
    socket.on('close', () => {
      resolve();
      if (open) counted.connected -= 1;
      if (!task.comeBack) return;
      const tries = open ? 0 : failed + 1;
      setTimeout(() => void connect(task, key, tries, counted, settled), retryDelay(tries));
    });
  });
}

/** What the appliance's answer has at least: its id and its asker. By hand, so that the Pis cost next to nothing. */
function answerTo(command: Buffer): Buffer {
  const parts: Buffer[] = [done];
  let at = 0;
  while (at < command.length) {
    let key = command[at++] ?? 0;
    if (key >= 0x80) key = (key & 0x7f) | ((command[at++] ?? 0) << 7);
    if ((key & 7) !== 2) {
      while ((command[at++] ?? 0) >= 0x80);
      continue;
    }
    let length = command[at++] ?? 0;
    if (length >= 0x80) length = (length & 0x7f) | ((command[at++] ?? 0) << 7);
    const value = command.subarray(at, at + length);
    at += length;
    if (key >> 3 === fields.requestId) parts.push(Buffer.from([0x22, length]), value);
    // Field 32 of a StatusResponse.
    else if (key >> 3 === fields.asker) parts.push(Buffer.from([0x82, 0x02, length]), value);
  }
  return Buffer.concat(parts);
}
