import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { CommandType, decodeCommand, encodeStatus, type WireCommand, type WireStatus } from '../../proto/index.ts';
import { retryDelay } from './retry.ts';
import { ControlTransport } from './transport.ts';

/** The camera's end of a socket, in the test's hand. */
class OtherEnd extends EventTarget {
  binaryType = '';
  readyState: number = WebSocket.CONNECTING;
  readonly heard: WireCommand[] = [];

  send(bytes: Uint8Array): void {
    this.heard.push(decodeCommand(bytes));
  }
  opens(): void {
    this.readyState = WebSocket.OPEN;
    this.dispatchEvent(new Event('open'));
  }
  says(status: WireStatus): void {
    this.dispatchEvent(new MessageEvent('message', { data: new Uint8Array(encodeStatus(status)).buffer }));
  }
  close(): void {
    this.readyState = WebSocket.CLOSED;
    this.dispatchEvent(new Event('close'));
  }
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 });
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function trial() {
  const sockets: OtherEnd[] = [];
  const transport = new ControlTransport(() => {
    const socket = new OtherEnd();
    sockets.push(socket);
    return socket as unknown as WebSocket;
  });
  transport.open();
  const latest = (): OtherEnd => sockets.at(-1) ?? new OtherEnd();
  return { sockets, transport, latest };
}

it('matches answers to questions, whatever their order', async () => {
  const { transport, latest } = trial();
  latest().opens();
  const one = transport.send({ command: CommandType.GET_STATUS });
  const two = transport.send({ command: CommandType.START_STREAM });
  const [first, second] = latest().heard;
  latest().says({ request_id: second?.request_id ?? '', message: 'two' });
  latest().says({ request_id: first?.request_id ?? '', message: 'one' });
  expect((await one).message).toBe('one');
  expect((await two).message).toBe('two');
});

it('hands pushes to everyone who listens, and nothing that is no status', () => {
  const { transport, latest } = trial();
  const heard: WireStatus[] = [];
  const end = transport.onPush((status) => heard.push(status));
  latest().opens();
  latest().dispatchEvent(new MessageEvent('message', { data: 'text' }));
  latest().dispatchEvent(new MessageEvent('message', { data: new Uint8Array([255, 255, 255]).buffer }));
  latest().says({ changed_by: 'Central', revision: 4 });
  end();
  latest().says({ changed_by: 'Central', revision: 5 });
  expect(heard).toEqual([{ changed_by: 'Central', revision: 4 }]);
});

it('comes back by itself and says again what was not answered, under the same id', async () => {
  const { sockets, transport, latest } = trial();
  const states: string[] = [];
  let opened = 0;
  transport.onState((state) => states.push(state));
  transport.onOpen(() => {
    opened += 1;
  });
  latest().opens();
  const answer = transport.send({ settings: { brightness: 3 } });
  const id = latest().heard[0]?.request_id;
  latest().close();
  await vi.advanceTimersByTimeAsync(1000);
  expect(sockets).toHaveLength(2);
  latest().opens();
  expect(latest().heard[0]).toMatchObject({ request_id: id, settings: { brightness: 3 } });
  latest().says({ request_id: id ?? '', success: true });
  expect((await answer).success).toBe(true);
  expect(states).toEqual(['open', 'waiting', 'connecting', 'open']);
  expect(opened).toBe(2);
});

it('gives up on an answer after ten seconds, in a sentence, and on the socket with it', async () => {
  const { sockets, transport, latest } = trial();
  latest().opens();
  const refused = expect(transport.send({ settings: { brightness: 3 } })).rejects.toThrow(
    'does not answer. Whether it was changed shows as soon as it does.',
  );
  await vi.advanceTimersByTimeAsync(10_000);
  await refused;
  await vi.advanceTimersByTimeAsync(1000);
  expect(sockets.length).toBeGreaterThan(1);
});

it('says that nothing was changed only of what never went out', async () => {
  const { transport } = trial();
  const refused = expect(transport.send({ settings: { brightness: 3 } })).rejects.toThrow('Nothing was changed');
  await vi.advanceTimersByTimeAsync(10_000);
  await refused;
});

it('leaves a start the time of a first picture', async () => {
  const { sockets, transport, latest } = trial();
  latest().opens();
  const answer = transport.send({ command: CommandType.RESTART_CAMERA });
  const id = latest().heard[0]?.request_id ?? '';
  const beats = setInterval(() => {
    for (const { request_id, command } of latest().heard) {
      if (command === CommandType.GET_STATUS) latest().says({ request_id: request_id ?? '', success: true });
    }
  }, 100);
  await vi.advanceTimersByTimeAsync(12_000);
  latest().says({ request_id: id, success: true });
  clearInterval(beats);
  expect((await answer).success).toBe(true);
  expect(sockets).toHaveLength(1);
});

it('asks for the status from time to time: it is the heartbeat, and it sets the clock', async () => {
  const { transport, latest } = trial();
  const samples: number[] = [];
  transport.onClock(({ sentMs, receivedMs, clockUs }) => samples.push(receivedMs - sentMs, clockUs));
  latest().opens();
  // Soon again at the beginning, when the first answers were late.
  for (const ms of [1000, 2000]) {
    await vi.advanceTimersByTimeAsync(ms);
    latest().says({ request_id: latest().heard.at(-1)?.request_id ?? '', success: true });
  }
  expect(latest().heard).toHaveLength(2);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(latest().heard).toHaveLength(3);
  const asked = latest().heard.at(-1);
  expect(asked?.command).toBe(CommandType.GET_STATUS);
  await vi.advanceTimersByTimeAsync(30);
  latest().says({ request_id: asked?.request_id ?? '', success: true, clock_us: 5_000_000 });
  expect(samples[0]).toBeCloseTo(30);
  expect(samples[1]).toBe(5_000_000);
});

it('hurries when the network is back, and stays closed once closed', async () => {
  const { sockets, transport, latest } = trial();
  latest().close();
  transport.hurry();
  expect(sockets).toHaveLength(2);
  transport.close();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(sockets).toHaveLength(2);
  await expect(transport.send({})).rejects.toThrow(/does not answer/);
});

it.each([
  [0, 0, 375],
  [0, 1, 625],
  [3, 0.5, 4000],
  [50, 0.5, 8000],
])('waits before try %d (chance %d) for %d ms', (tries, chance, ms) => expect(retryDelay(tries, chance)).toBe(ms));
