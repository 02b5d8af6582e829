/** Operators in one process: each on a device of its own, the next command when the last is answered. */
import { WebSocket } from 'ws';
import { CommandType, encodeCommand } from '../../proto/index.ts';
import { readStatusHead } from '../relay/frame.ts';
import { play } from './program.ts';

export interface OperatorsTask {
  readonly url: string;
  readonly token: string;
  readonly devices: readonly string[];
  /** How long is measured, in ms, after a third of that to warm up; 0: until `stop`. */
  readonly forMs: number;
  /** Pause between an answer and the next command, in ms. */
  readonly pauseMs?: number;
}

/** Times in ms. */
export interface Measured {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
  readonly answers: number;
}

/** While a connection cannot be had it is tried again so often, in ms. */
const againMs = 100;

export function playOperators(): void {
  let stop = () => {};
  play<OperatorsTask | 'stop'>(async (task, say) => {
    if (task === 'stop') {
      stop();
      return;
    }
    const times: number[] = [];
    const until = { ended: false };
    const measuring = { on: task.forMs === 0 };
    const operators = await Promise.all(task.devices.map((device) => operate(task, device, until, measuring, times)));
    if (task.forMs > 0) await new Promise((resolve) => setTimeout(resolve, task.forMs / 3));
    measuring.on = true;
    const began = performance.now();
    await new Promise<void>((resolve) => {
      stop = resolve;
      if (task.forMs > 0) setTimeout(resolve, task.forMs);
    });
    const seconds = (performance.now() - began) / 1000;
    until.ended = true;
    for (const end of operators) end();
    times.sort((a, b) => a - b);
    const at = (share: number) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;
    const measured: Measured = {
      perSecond: times.length / seconds,
      p50: at(0.5),
      p99: at(0.99),
      longest: at(1),
      answers: times.length,
    };
    say(measured);
  });
}

/** Resolves with what ends it once it is connected. */
function operate(
  task: OperatorsTask,
  device: string,
  until: { readonly ended: boolean },
  measuring: { readonly on: boolean },
  times: number[],
): Promise<() => void> {
  return new Promise((resolve) => {
    let socket: WebSocket;
    let count = 0;
    const dial = () => {
      let sent = 0;
      let id = '';
      const own = new WebSocket(`${task.url}/control/${device}`, {
        headers: { authorization: `Bearer ${task.token}` },
        perMessageDeflate: false,
      });
      socket = own;
      const send = () => {
        if (until.ended || own.readyState !== own.OPEN) return;
        count += 1;
        id = `${device}-${count}`;
        sent = performance.now();
        const settings = { brightness: count % 100 };
        own.send(encodeCommand({ command: CommandType.UPDATE_SETTINGS, settings, request_id: id }));
      };
      own.on('open', () => {
        resolve(() => socket.terminate());
        send();
      });
      own.on('message', (frame: Buffer) => {
        if (readStatusHead(frame)?.id !== id) return;
        if (measuring.on) times.push(performance.now() - sent);
        if (task.pauseMs === undefined) send();
        else setTimeout(send, task.pauseMs);
      });
      own.on('error', () => {});
      own.on('close', () => {
        if (!until.ended) setTimeout(dial, againMs);
      });
    };
    dial();
  });
}
