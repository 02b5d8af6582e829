/** Which addresses this machine has: a VPN that comes back shows as one more. */
import { networkInterfaces } from 'node:os';

/** Every address but loopback's, each with its interface. */
export function addresses(): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [name, entries] of Object.entries(networkInterfaces())) {
    for (const { address, internal } of entries ?? []) if (!internal) found.add(`${name} ${address}`);
  }
  return found;
}

/** Whether something is in `after` that was not in `before`. */
export function gained(before: ReadonlySet<string>, after: ReadonlySet<string>): boolean {
  for (const each of after) if (!before.has(each)) return true;
  return false;
}

/** Whether this machine still has an address a connection was made from. */
export function stillHas(address: string | undefined, present: ReadonlySet<string>): boolean {
  if (address === undefined) return true;
  const plain = address.replace(/^::ffff:/, '');
  if (plain.startsWith('127.') || plain === '::1') return true;
  for (const each of present) if (each.slice(each.indexOf(' ') + 1) === plain.replace(/%.*$/, '')) return true;
  return false;
}
