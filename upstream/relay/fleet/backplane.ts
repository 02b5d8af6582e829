/**
 * What the nodes of one fleet share, and how a frame gets from one to another. `local.ts` is the
 * whole of it for one process with files; a fleet of several nodes puts NATS here. Nothing else in
 * the relay knows which of the two it is.
 */

/** A named set of records that is the same on every node. Reading is from memory. */
export interface Shelf<T> {
  readonly size: number;
  get(key: string): T | undefined;
  entries(): Iterable<readonly [string, T]>;
  /**
   * Replaces one record by what `make` makes of it; undefined takes it away. Resolves when it will
   * survive a crash. `make` may be called again when another node was faster, so it does nothing else.
   * @throws PerchError not_saved or not_shared when it could not be kept; nothing is changed then
   */
  change(key: string, make: (value: T | undefined) => T | undefined): Promise<void>;
  /** Replaces one record at once and keeps it soon: for what is only nice to have after a crash. */
  note(key: string, value: T | undefined): void;
  /** Hears each change, whichever node made it; the returned function ends it. */
  onChange(listener: ShelfListener<T>): () => void;
}

/** `elsewhere`: another node made the change. */
export type ShelfListener<T> = (key: string, value: T | undefined, elsewhere: boolean) => void;

/** Somebody who waits for the answer to one command. */
export interface Asker {
  /** Within which request_id is unique. ASCII, at most 160 characters. */
  readonly scope: string;
  /** Fields 16 and 17 as bytes, to be put behind a command for a Pi that understands them. */
  readonly signature: Buffer;
  /** The Pi's answer, byte for byte. */
  answer(frame: Buffer): void;
  /** There will be none: the Pi's connection ended, it did not answer in time, or it has too much to do. */
  lost(why: 'gone' | 'silent' | 'busy'): void;
}

/** A command on its way to a Pi. `frame` may be a view into a larger buffer: keep a copy, not the frame. */
export interface Routed {
  readonly frame: Buffer;
  readonly id: string;
  readonly asker: Asker;
}

/** The connection of a Pi, on the node that has it. */
export interface Holder {
  /** Where it comes from, for people. */
  readonly address: string;
  deliver(command: Routed): void;
  /** A newer connection of the same device took over: this one is to be closed. */
  replaced(byAddress: string): void;
}

/** Whoever follows a device: an operator's connection, the fleet page. */
export interface Watcher {
  /** A push of the Pi, byte for byte. */
  push(frame: Buffer): void;
}

/** Whether a device is connected, and since when it is so, in ms since 1970. */
export interface Presence {
  readonly connected: boolean;
  readonly since: number;
  /** Where it connected from, the last time. */
  readonly address: string;
}

export interface ShelfOptions<T> {
  /** Checks and converts what was kept; throws when it is not what belongs here. */
  readonly parse: (value: unknown) => T;
}

/** The last statuses of one camera: the newest one, and the newest that lists the limits too. */
export interface LastStatus {
  readonly newest: Buffer;
  readonly whole?: Buffer;
}

export interface Backplane {
  /** Opens a shelf; the same name gives the same records on every node. */
  shelf<T>(name: string, options: ShelfOptions<T>): Promise<Shelf<T>>;
  /** Sentences about what is wrong with it now, or was found damaged when it was opened. */
  readonly notices: readonly string[];
  /** Since when this node does not reach the others, in ms since 1970; undefined: it does, or is alone. */
  readonly cutOff: number | undefined;

  /** Whether a device is connected, to whichever node. Undefined: it never was. */
  presence(device: string): Presence | undefined;
  onPresence(listener: (device: string, presence: Presence | undefined) => void): () => void;
  /** This node has the device's connection. An older one, on whichever node, is replaced. Call the result when it ends. */
  hold(device: string, holder: Holder): () => void;
  /** Whether it is this node that has the device's connection. */
  holds(device: string): boolean;
  /** Brings a command to the device. False: it is not connected, and `asker` will hear nothing. */
  deliver(device: string, command: Routed): boolean;

  /** What a device said unasked, for everyone who watches it on whichever node; also what a relay says about it. */
  publish(device: string, frame: Buffer): void;
  watch(device: string, watcher: Watcher): () => void;

  /** Keeps a camera's last status; `frame` must not be a view into a larger buffer. */
  remember(device: string, camera: string, frame: Buffer, whole: boolean): void;
  /** Hears of each status that is remembered. */
  onStatus(listener: (device: string) => void): () => void;
  recall(device: string): ReadonlyMap<string, LastStatus>;
  /** The device is revoked: nothing of it is kept. */
  forget(device: string): void;

  close(): Promise<void>;
}
