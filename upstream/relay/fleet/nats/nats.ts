/** The backplane of a fleet of several relays: what they share is in NATS, and each has a copy in memory. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import { checkServerIdentity, type PeerCertificate } from 'node:tls';
import { jetstream, StorageType } from '@nats-io/jetstream';
import { Kvm } from '@nats-io/kv';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { ConfigError } from '../../../../appliance/config.ts';
import type { Logger } from '../../../../appliance/log.ts';
import type { Backplane, Holder, LastStatus, Presence, Routed, Shelf, ShelfOptions, Watcher } from '../backplane.ts';
import { Watchers } from '../watchers.ts';
import { type NatsAddress, natsProblem, readNatsAddress } from './address.ts';
import { Lanes } from './lanes.ts';
import { Nodes, type NodesTuning } from './nodes.ts';
import { Presences } from './presences.ts';
import { type Bucket, toKey } from './records.ts';
import { NatsShelf } from './shelf.ts';
import { SharedStatuses } from './statuses.ts';

export interface NatsOptions {
  /** As in `PERCH_RELAY_NATS`. */
  readonly address: string;
  /** Authority of its certificate: a PEM file. */
  readonly ca?: string | undefined;
  readonly log: Logger;
  readonly tuning?: NodesTuning;
}

/** A connection that says nothing is asked this often, and ended after two questions, in ms. */
const pingMs = 4_000;
/** How long a first connection may take, in ms. */
const connectMs = 5_000;
/** How long the others have at the end to be told what is left to tell, in ms. */
const goodbyeMs = 3_000;

export class NatsBackplane implements Backplane {
  readonly #nats: NatsConnection;
  readonly #bucket: Bucket;
  readonly #log: Logger;
  /** Tells this run of this node from every other. */
  readonly #own = randomBytes(8).toString('hex');
  readonly #nodes: Nodes;
  readonly #lanes: Lanes;
  readonly #statuses: SharedStatuses;
  readonly #watchers: Watchers;
  readonly #shelves: NatsShelf<unknown>[] = [];
  readonly #presenceListeners = new Set<(device: string, presence: Presence | undefined) => void>();
  #presences: Presences | undefined;
  #cutOff: number | undefined;
  #closing = false;

  /**
   * Connects and follows what the other nodes know.
   * @throws ConfigError in a sentence when NATS cannot be used
   */
  static async open({ address, ca, log, tuning }: NatsOptions): Promise<NatsBackplane> {
    const where = readNatsAddress(address);
    const tls = where.encrypted || ca !== undefined ? { tls: { ...(await readCa(ca)), ...byAddress(where) } } : {};
    let nats: NatsConnection | undefined;
    try {
      nats = await connect({
        servers: [...where.servers],
        ...(where.user !== undefined && { user: where.user }),
        ...(where.pass !== undefined && { pass: where.pass }),
        ...(where.token !== undefined && { token: where.token }),
        ...tls,
        name: 'perch relay',
        noEcho: true,
        timeout: connectMs,
        pingInterval: pingMs,
        maxPingOut: 2,
        maxReconnectAttempts: -1,
        reconnectTimeWait: 250,
        // A NATS that starts again may know its users a moment later.
        ignoreAuthErrorAbort: true,
      });
      const backplane = new NatsBackplane(nats, log, tuning);
      await backplane.#open();
      return backplane;
    } catch (error) {
      await nats?.close();
      throw new ConfigError(natsProblem(where, error as Error));
    }
  }

  private constructor(nats: NatsConnection, log: Logger, tuning: NodesTuning | undefined) {
    this.#nats = nats;
    this.#bucket = this.#bucketOf('perch', StorageType.File);
    this.#log = log;
    const own = this.#own;
    this.#nodes = new Nodes({ nats, own, tuning, onChange: (node, alive) => this.#nodeChanged(node, alive) });
    this.#lanes = new Lanes({ nats, own, onCommand: (device, command) => this.#commanded(device, command) });
    const holds = (device: string) => this.holds(device);
    this.#statuses = new SharedStatuses({
      nats,
      bucket: this.#bucketOf('perch-status', StorageType.Memory),
      log,
      holds,
    });
    this.#watchers = this.#followPushes();
  }

  async #open(): Promise<void> {
    const log = this.#log;
    const onChange = (device: string) => this.#present(device);
    this.#presences = await Presences.open({ ...this.#shared, own: this.#own, nodes: this.#nodes, onChange });
    await this.#statuses.open();
    void this.#followLink().catch((error: unknown) => log.error({ err: error }, 'NATS is not followed any more'));
    log.info({ node: this.#own, server: this.#nats.getServer() }, 'one of a fleet, by NATS');
  }

  /** A bucket that is there is taken as it is: whoever made it chose how many replicas it has. */
  #bucketOf(name: string, storage: StorageType): Bucket {
    const stream = jetstream(this.#nats, { timeout: connectMs });
    return {
      name,
      jetstream: stream,
      open: () => new Kvm(stream).create(name, { storage, history: 1 }),
      away: () => this.#cutOff !== undefined || this.#nats.isClosed(),
    };
  }

  get #shared() {
    return { bucket: this.#bucket, log: this.#log };
  }

  async shelf<T>(name: string, options: ShelfOptions<T>): Promise<Shelf<T>> {
    const shelf = await NatsShelf.open({ ...this.#shared, kind: name }, options).catch((error: Error) => {
      throw new ConfigError(`NATS does not give what it keeps of ${name}: ${error.message}. Try again in a moment.`);
    });
    this.#shelves.push(shelf as NatsShelf<unknown>);
    return shelf;
  }

  get notices(): readonly string[] {
    const cut =
      this.#cutOff === undefined
        ? []
        : [
            'NATS is out of reach: only the devices connected to this relay can be steered here, and nothing that the relays share (devices, people, waiting settings) can be changed. It goes on by itself.',
          ];
    return [...cut, ...this.#shelves.flatMap((shelf) => shelf.notices)];
  }

  get cutOff(): number | undefined {
    return this.#cutOff;
  }

  presence(device: string): Presence | undefined {
    return this.#presences?.presence(device);
  }

  onPresence(listener: (device: string, presence: Presence | undefined) => void): () => void {
    this.#presenceListeners.add(listener);
    return () => this.#presenceListeners.delete(listener);
  }

  hold(device: string, holder: Holder): () => void {
    return this.#presences?.hold(device, holder) ?? (() => {});
  }

  holds(device: string): boolean {
    return this.#presences?.holder(device) !== undefined;
  }

  deliver(device: string, command: Routed): boolean {
    const holder = this.#presences?.holder(device);
    if (holder) {
      holder.deliver(command);
      return true;
    }
    const node = this.#presences?.nodeOf(device);
    if (node === undefined) return false;
    this.#lanes.ask(node, device, command);
    return true;
  }

  publish(device: string, frame: Buffer): void {
    this.#watchers.push(device, frame);
    if (this.#cutOff === undefined && this.#nodes.others > 0) this.#lanes.send(pushSubject(device), frame);
  }

  watch(device: string, watcher: Watcher): () => void {
    return this.#watchers.watch(device, watcher);
  }

  remember(device: string, camera: string, frame: Buffer, whole: boolean): void {
    this.#statuses.remember(device, camera, frame, whole);
  }

  onStatus(listener: (device: string) => void): () => void {
    return this.#statuses.onStatus(listener);
  }

  recall(device: string): ReadonlyMap<string, LastStatus> {
    return this.#statuses.recall(device);
  }

  forget(device: string): void {
    this.#statuses.forget(device);
    this.#presences
      ?.forget(device)
      .catch((error: unknown) => this.#log.debug({ device, err: error }, 'presence of a revoked device kept'));
    this.#present(device);
  }

  async close(): Promise<void> {
    this.#closing = true;
    const late = new Promise<void>((resolve) => {
      setTimeout(resolve, goodbyeMs).unref();
    });
    const told = Promise.all([this.#presences?.close(), ...this.#shelves.map((shelf) => shelf.close())]);
    await Promise.race([told, late]);
    this.#nodes.close();
    this.#lanes.close();
    this.#statuses.close();
    if (this.#cutOff === undefined) await Promise.race([this.#nats.flush().catch(() => {}), late]);
    await this.#nats.close();
  }

  async #followLink(): Promise<void> {
    for await (const { type } of this.#nats.status()) {
      if (this.#closing) return;
      if (type === 'disconnect' && this.#cutOff === undefined) {
        this.#cutOff = Date.now();
        this.#log.warn('NATS is out of reach');
        this.#nodes.linked(false);
        this.#lanes.lost();
        void this.#presences?.linked(false);
      } else if (type === 'reconnect') {
        this.#cutOff = undefined;
        this.#log.info('NATS is back');
        this.#nodes.linked(true);
        const again = [this.#presences?.linked(true), this.#statuses.resync()];
        Promise.all([...again, ...this.#shelves.map((shelf) => shelf.resync())]).catch((error: unknown) =>
          this.#log.error({ err: error }, 'what the relays share is not followed'),
        );
      }
    }
  }

  #nodeChanged(node: string, alive: boolean): void {
    this.#log.info({ node, alive }, alive ? 'a relay is there again' : 'a relay is gone');
    if (!alive) this.#lanes.lost(node);
    this.#presences?.nodeChanged(node, alive);
  }

  /** From another node, for a device that was here a moment ago at least. */
  #commanded(device: string, command: Routed): void {
    const holder = this.#presences?.holder(device);
    if (holder) holder.deliver(command);
    else command.asker.lost('gone');
  }

  #followPushes(): Watchers {
    const subscriptions = new Map<string, { unsubscribe(): void }>();
    const watchers: Watchers = new Watchers(
      (device) => {
        const callback = (error: Error | null, { data }: { readonly data: Uint8Array }) => {
          if (!error) watchers.push(device, Buffer.from(data.buffer, data.byteOffset, data.byteLength));
        };
        subscriptions.set(device, this.#nats.subscribe(pushSubject(device), { callback }));
      },
      (device) => {
        subscriptions.get(device)?.unsubscribe();
        subscriptions.delete(device);
      },
    );
    return watchers;
  }

  #present(device: string): void {
    const presence = this.presence(device);
    for (const listener of this.#presenceListeners) listener(device, presence);
  }
}

function pushSubject(device: string): string {
  return `perch.push.${toKey(device)}`;
}

/** The client gives no name for a server it knows by its IP address; the certificate is then checked for that. */
function byAddress({ servers }: NatsAddress) {
  const addresses = servers.map((server) => server.replace(/:\d+$/, '').replace(/^\[|\]$/g, '')).filter(isIP);
  if (addresses.length === 0) return {};
  return {
    checkServerIdentity: (host: string, certificate: PeerCertificate) =>
      addresses.some((address) => checkServerIdentity(address, certificate) === undefined)
        ? undefined
        : checkServerIdentity(host, certificate),
  };
}

/** @throws ConfigError when the file cannot be read */
async function readCa(path: string | undefined): Promise<{ readonly ca?: string }> {
  if (path === undefined) return {};
  const ca = await readFile(path, 'utf8').catch((error: Error) => {
    throw new ConfigError(`PERCH_RELAY_NATS_CA names ${path}, which cannot be read: ${error.message}.`);
  });
  return { ca };
}
