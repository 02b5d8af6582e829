/** What a person sees when Perch has started: where to open it, and a QR code for the phone. */
import { networkInterfaces } from 'node:os';
import { renderUnicodeCompact } from 'uqr';
import type { Logger } from '../log.ts';

interface Address {
  readonly protocol: 'http' | 'https';
  readonly port: number;
}

/** Prints the addresses; the code only where somebody can see it. */
export function announce(
  addresses: readonly Address[],
  { claimed, log }: { readonly claimed: boolean; readonly log: Logger },
): void {
  const urls = addresses.flatMap(({ protocol, port }) => {
    const shown = port === (protocol === 'http' ? 80 : 443) ? '' : `:${port}`;
    return ['localhost', ...lanAddresses()].map((host) => `${protocol}://${host}${shown}`);
  });
  log.info({ urls, claimed }, 'Perch is running');
  if (!process.stderr.isTTY) return;
  const phone = urls.find((url) => !url.includes('localhost')) ?? urls[0];
  if (phone === undefined) return;
  const next = claimed ? '' : '\n  The first visitor chooses the password.';
  process.stderr.write(
    `\n${renderUnicodeCompact(phone)}\n\n  Perch is running: ${phone} (here: ${urls[0]})${next}\n  Ctrl-C ends it.\n\n`,
  );
}

/** IPv4 addresses a phone in the same network can reach, private ranges first. */
function lanAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all
    .filter(({ family, internal, address }) => family === 'IPv4' && !internal && !address.startsWith('169.254.'))
    .map(({ address }) => address);
}
