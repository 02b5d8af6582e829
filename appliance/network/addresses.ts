/** Which addresses this machine can be reached by. */
import { networkInterfaces } from 'node:os';

type Interfaces = ReturnType<typeof networkInterfaces>;

/** Names that tunnels have: OpenVPN's and WireGuard's. */
const tunnel = /^(tun|tap|wg)/;

/** Addresses a phone in the same network can use, IPv4 first; link-local ones only by IPv4, and only when there is nothing else. */
export function reachable(interfaces: Interfaces = networkInterfaces()): string[] {
  const all = Object.entries(interfaces).flatMap(([name, entries]) => (tunnel.test(name) ? [] : (entries ?? [])));
  const outside = all.filter(({ internal, address }) => !internal && !address.startsWith('fe80:'));
  const usable = outside.filter(({ address }) => !address.startsWith('169.254.'));
  return (usable.length > 0 ? usable : outside)
    .toSorted((a, b) => a.family.localeCompare(b.family))
    .map(({ address }) => address);
}

/** The tunnel that is up, and this machine's address in it. */
export function tunnelOf(
  interfaces: Interfaces = networkInterfaces(),
): { readonly interface: string; readonly address: string } | undefined {
  for (const [name, entries] of Object.entries(interfaces)) {
    const address = tunnel.test(name)
      ? entries?.find(({ address: each }) => !each.startsWith('fe80:'))?.address
      : undefined;
    if (address !== undefined) return { interface: name, address };
  }
  return undefined;
}
