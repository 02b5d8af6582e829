/** What a person sees when Perch has started: where to open it, and a QR code for the phone. */
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { renderUnicodeCompact } from 'uqr';
import type { Logger } from '../log.ts';

interface Address {
  readonly protocol: 'http' | 'https';
  /** As configured. */
  readonly host: string;
  readonly port: number;
}

/** Prints the addresses; the code only where somebody can see it. */
export function announce(
  addresses: readonly Address[],
  { claimed, log }: { readonly claimed: boolean; readonly log: Logger },
): void {
  const urls = addresses.flatMap(({ protocol, host, port }) => {
    const shown = port === (protocol === 'http' ? 80 : 443) ? '' : `:${port}`;
    const hosts =
      host === '::' || host === '0.0.0.0' ? ['localhost', ...lanAddresses()] : [isIPv6(host) ? `[${host}]` : host];
    return hosts.map((each) => `${protocol}://${each}${shown}`);
  });
  log.info({ urls, claimed }, 'Perch is running');
  if (!process.stderr.isTTY) return;
  const phone = urls.find((url) => !url.includes('localhost')) ?? urls[0];
  if (phone === undefined) return;
  const next = claimed ? '' : '\n  The first visitor chooses the password.';
  process.stderr.write(
    `\n${code(phone)}\n\n  Perch is running: ${phone} (here: ${urls[0]})${next}\n  Ctrl-C ends it.\n\n`,
  );
}

/** The code in white on black, whatever the terminal's own colours are: phones read it only that way round. */
function code(url: string): string {
  const lines = renderUnicodeCompact(url).split('\n');
  return lines.map((line) => `\u001b[97;40m${line}\u001b[0m`).join('\n');
}

/** IPv4 addresses a phone in the same network can reach, private ranges first. */
function lanAddresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all
    .filter(({ family, internal, address }) => family === 'IPv4' && !internal && !address.startsWith('169.254.'))
    .map(({ address }) => address);
}
