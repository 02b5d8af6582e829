/** The registered devices: names and the hashes of their keys. */
import * as z from 'zod';
import { keyId, keyMatches, makeKey } from '../../../appliance/auth/keys.ts';
import { PerchError } from '../../../appliance/errors.ts';
import type { Backplane, Shelf } from './backplane.ts';

const schema = z.object({
  id: z.string().regex(/^[0-9a-f]{12}$/),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** Ms since 1970. */
  created: z.number(),
  /** What people call it; programs and addresses keep the name. */
  title: z.string().optional(),
});
export type DeviceRecord = z.output<typeof schema>;

const prefix = 'pi_';
const devicesMost = 20_000;
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/;

export class Devices {
  readonly #shelf: Shelf<DeviceRecord>;
  /** Name by the id in a key, and the other way round. */
  readonly #byId = new Map<string, string>();
  readonly #idOf = new Map<string, string>();
  readonly #revoked = new Set<(name: string) => void>();

  private constructor(shelf: Shelf<DeviceRecord>) {
    this.#shelf = shelf;
    for (const [name, { id }] of shelf.entries()) this.#known(name, id);
    shelf.onChange((name, record) => {
      const before = this.#idOf.get(name);
      if (record) this.#known(name, record.id);
      if (before === undefined || before === record?.id) return;
      this.#byId.delete(before);
      if (!record) this.#idOf.delete(name);
      for (const listener of this.#revoked) listener(name);
    });
  }

  #known(name: string, id: string): void {
    this.#byId.set(id, name);
    this.#idOf.set(name, id);
  }

  static async open(backplane: Backplane): Promise<Devices> {
    return new Devices(await backplane.shelf('devices', { parse: (value) => schema.parse(value) }));
  }

  get size(): number {
    return this.#shelf.size;
  }

  has(name: string): boolean {
    return this.#shelf.get(name) !== undefined;
  }

  get(name: string): DeviceRecord | undefined {
    return this.#shelf.get(name);
  }

  entries(): Iterable<readonly [string, DeviceRecord]> {
    return this.#shelf.entries();
  }

  /**
   * Registers a device; `key` is shown this once and not kept.
   * @throws PerchError bad_value, device_exists, bad_request when there are too many, not_saved
   */
  async add(name: string): Promise<{ readonly name: string; readonly key: string }> {
    checkDeviceName(name);
    if (this.#shelf.size >= devicesMost) {
      throw new PerchError('bad_request', { reason: `There are already ${devicesMost} devices. Remove one first.` });
    }
    const { key, kept } = makeKey(prefix);
    await this.#shelf.change(name, (there) => {
      if (there) throw new PerchError('device_exists', { value: name });
      return { ...kept, created: Date.now() };
    });
    return { name, key };
  }

  /**
   * Calls a device something else, for people; empty: by its name again.
   * @throws PerchError unknown_device, bad_value, not_saved
   */
  async retitle(name: string, title: string): Promise<void> {
    const clean = title.normalize('NFC').trim();
    if (clean !== '' && !/^[\p{L}\p{N}\p{P}\p{S}\p{M} ]{1,60}$/u.test(clean)) {
      const value = JSON.stringify(clean.slice(0, 80));
      throw new PerchError('bad_value', { field: 'title', value, allowed: '1 to 60 printable characters' });
    }
    this.check(name);
    await this.#shelf.change(name, (device) => {
      if (!device) throw new PerchError('unknown_device', { value: name });
      const { title: _, ...rest } = device;
      return clean === '' ? rest : { ...rest, title: clean };
    });
  }

  /**
   * Its key is worth nothing from now on.
   * @throws PerchError unknown_device, not_saved
   */
  async revoke(name: string): Promise<void> {
    this.check(name);
    await this.#shelf.change(name, () => undefined);
  }

  /** Whose key this is; undefined: nobody's. */
  verify(key: string): string | undefined {
    const id = keyId(prefix, key);
    const name = id === undefined ? undefined : this.#byId.get(id);
    const record = name === undefined ? undefined : this.#shelf.get(name);
    return record && keyMatches(key, record) ? name : undefined;
  }

  /** @throws PerchError unknown_device */
  check(name: string): void {
    if (!this.has(name)) throw new PerchError('unknown_device', { value: name.slice(0, 63) });
  }

  onChange(listener: (name: string) => void): () => void {
    return this.#shelf.onChange(listener);
  }

  /** Hears of every key that stops being good. */
  onRevoked(listener: (name: string) => void): () => void {
    this.#revoked.add(listener);
    return () => this.#revoked.delete(listener);
  }
}

/** @throws PerchError bad_value */
export function checkDeviceName(name: string): void {
  if (!namePattern.test(name)) {
    throw new PerchError('bad_value', {
      field: 'name',
      value: JSON.stringify(name.slice(0, 80)),
      allowed: '1 to 63 letters, digits, dots, - and _, beginning with a letter or digit',
    });
  }
}
