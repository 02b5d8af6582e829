/** `WS /api/events`: what changes in the fleet, gathered a few times a second, as JSON. */
import type { WebSocket } from 'ws';
import { closeCodes } from '../link/wire.ts';
import type { DeviceRow, Fleet } from './fleet/fleet.ts';
import type { Person } from './people/people.ts';

/** Changes are gathered for so long, in ms: a thousand devices coming back are a few messages. */
const gatherMs = 250;
/** Bytes waiting for a page that does not read; then it starts anew. */
const mostBuffered = 4 * 1024 * 1024;

/** A message: rows as in `GET /api/devices`, and names of devices that are gone. */
export interface FleetMessage {
  readonly devices: readonly DeviceRow[];
  readonly removed: readonly string[];
}

/** Gathers changes while somebody listens. */
export class FleetEvents {
  readonly #fleet: Fleet;
  readonly #listeners = new Set<(text: string) => void>();
  readonly #changed = new Set<string>();
  readonly #forget: (() => void)[];
  #timer: NodeJS.Timeout | undefined;

  constructor(fleet: Fleet) {
    this.#fleet = fleet;
    const note = (device: string) => this.#note(device);
    this.#forget = [
      fleet.backplane.onPresence(note),
      fleet.backplane.onStatus(note),
      fleet.desired.onChange(note),
      fleet.devices.onChange(note),
    ];
  }

  subscribe(listener: (text: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  close(): void {
    for (const forget of this.#forget) forget();
    clearTimeout(this.#timer);
  }

  #note(device: string): void {
    if (this.#listeners.size === 0) return;
    this.#changed.add(device);
    this.#timer ??= setTimeout(() => this.#tell(), gatherMs);
  }

  #tell(): void {
    this.#timer = undefined;
    const devices: DeviceRow[] = [];
    const removed: string[] = [];
    for (const name of this.#changed) {
      const row = this.#fleet.row(name);
      if (row) devices.push(row);
      else removed.push(name);
    }
    this.#changed.clear();
    const text = JSON.stringify({ devices, removed } satisfies FleetMessage);
    for (const listener of this.#listeners) listener(text);
  }
}

/** One page that follows the fleet. */
export class EventsConnection {
  readonly person: Person;
  readonly #socket: WebSocket;
  readonly #events: FleetEvents;
  #heardAt = performance.now();

  constructor(socket: WebSocket, person: Person, events: FleetEvents) {
    this.#socket = socket;
    this.person = person;
    this.#events = events;
  }

  begin(): void {
    const socket = this.#socket;
    const heard = () => {
      this.#heardAt = performance.now();
    };
    socket.on('pong', heard);
    socket.on('message', heard);
    socket.on('error', () => {});
    const unsubscribe = this.#events.subscribe((text) => {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > mostBuffered) this.end(closeCodes.tooSlow, 'Too slow in reading: begin anew.');
      else socket.send(text);
    });
    socket.on('close', unsubscribe);
  }

  end(code: number, reason: string): void {
    this.#socket.close(code, reason);
    setTimeout(() => this.#socket.terminate(), 2_000).unref();
  }

  sweep(now: number, pingMs: number): void {
    const silent = now - this.#heardAt;
    if (silent > 2 * pingMs) this.#socket.terminate();
    else if (silent > pingMs * 0.9) this.#socket.ping();
  }
}
