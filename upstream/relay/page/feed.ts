/** The fleet as this page knows it: the whole list once, then what changes, and again after a break. */
import { retryDelay } from '../../../appliance/page/retry.ts';
import type { FleetMessage } from '../events.ts';
import type { DeviceRow } from '../fleet/fleet.ts';
import { api } from './api.ts';

export type FeedState = 'connecting' | 'open' | 'waiting';

/** Rows by name, kept up to date while it is open. */
export class FleetFeed {
  readonly rows = new Map<string, DeviceRow>();
  readonly #listeners = new Set<(names: ReadonlySet<string> | undefined) => void>();
  readonly #stateListeners = new Set<(state: FeedState) => void>();
  #socket: WebSocket | undefined;
  #early: FleetMessage[] | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #tries = 0;
  #open = false;
  state: FeedState = 'connecting';

  /** Hears the names whose rows changed; undefined: any may have, and rows may have come or gone. */
  onChange(listener: (names: ReadonlySet<string> | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onState(listener: (state: FeedState) => void): void {
    this.#stateListeners.add(listener);
  }

  open(): void {
    this.#open = true;
    clearTimeout(this.#retry);
    if (this.#socket) return;
    const url = new URL('/api/events', location.href);
    url.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = new WebSocket(url);
    this.#socket = socket;
    // What changes while the list is fetched is newer than the list.
    this.#early = [];
    socket.addEventListener('open', () => void this.#load(socket));
    socket.addEventListener('message', ({ data }: MessageEvent<string>) => this.#hear(JSON.parse(data)));
    socket.addEventListener('close', () => this.#closed(socket));
  }

  /** Tries now: the network came back, or the page is seen again. */
  hurry(): void {
    if (this.state === 'waiting' && this.#open) this.open();
  }

  close(): void {
    this.#open = false;
    clearTimeout(this.#retry);
    this.#socket?.close();
    this.#socket = undefined;
    this.rows.clear();
    this.#tell(undefined);
  }

  async #load(socket: WebSocket): Promise<void> {
    try {
      const { devices } = await api.devices();
      if (socket !== this.#socket) return;
      this.rows.clear();
      for (const row of devices) this.rows.set(row.name, row);
      const early = this.#early ?? [];
      this.#early = undefined;
      for (const message of early) this.#apply(message);
      this.#tries = 0;
      this.#setState('open');
      this.#tell(undefined);
    } catch {
      socket.close();
    }
  }

  #hear(message: FleetMessage): void {
    if (this.#early) this.#early.push(message);
    else this.#tell(this.#apply(message));
  }

  #apply({ devices, removed }: FleetMessage): ReadonlySet<string> | undefined {
    let sameRows = true;
    for (const row of devices) {
      sameRows &&= this.rows.has(row.name);
      this.rows.set(row.name, row);
    }
    for (const name of removed) sameRows = !this.rows.delete(name) && sameRows;
    return sameRows ? new Set(devices.map(({ name }) => name)) : undefined;
  }

  #closed(socket: WebSocket): void {
    if (socket !== this.#socket) return;
    this.#socket = undefined;
    if (!this.#open) return;
    this.#retry = setTimeout(() => this.open(), retryDelay(this.#tries));
    this.#tries += 1;
    this.#setState('waiting');
  }

  #setState(state: FeedState): void {
    this.state = state;
    for (const listener of this.#stateListeners) listener(state);
  }

  #tell(names: ReadonlySet<string> | undefined): void {
    for (const listener of this.#listeners) listener(names);
  }
}
