/** Which addresses this machine can be reached by. */
import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';

type Interfaces = ReturnType<typeof networkInterfaces>;

/** OpenVPN's or WireGuard's: by the usual names, and whatever the kernel knows as a tunnel where a profile chose another one. */
function isTunnel(name: string, sys: string): boolean {
  return /^(tun|tap|wg)/.test(name) || existsSync(join(sys, name, 'tun_flags'));
}

/** Addresses a phone in the same network can use, IPv4 first; link-local ones only by IPv4, and only when there is nothing else. */
export function reachable(interfaces: Interfaces = networkInterfaces(), sys = '/sys/class/net'): string[] {
  const all = Object.entries(interfaces).flatMap(([name, entries]) => (isTunnel(name, sys) ? [] : (entries ?? [])));
  const outside = all.filter(({ internal, address }) => !internal && !address.startsWith('fe80:'));
  const usable = outside.filter(({ address }) => !address.startsWith('169.254.'));
  return (usable.length > 0 ? usable : outside)
    .toSorted((a, b) => a.family.localeCompare(b.family))
    .map(({ address }) => address);
}

/** The tunnel that is up, and this machine's address in it. */
export function tunnelOf(
  interfaces: Interfaces = networkInterfaces(),
  sys = '/sys/class/net',
): { readonly interface: string; readonly address: string } | undefined {
  for (const [name, entries] of Object.entries(interfaces)) {
    const address = isTunnel(name, sys)
      ? entries?.find(({ address: each }) => !each.startsWith('fe80:'))?.address
      : undefined;
    if (address !== undefined) return { interface: name, address };
  }
  return undefined;
}
