/** Where a request comes from: the address, and the page it was sent by. */
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { PerchError } from '../errors.ts';

/** An address as people write it: `192.168.1.7` for what a dual-stack socket calls `::ffff:192.168.1.7`. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '');
}

/**
 * Whether a page of this origin may use the camera: a page the camera itself served (whatever name it was reached by),
 * or one of the configured origins. No Origin at all is no browser's page.
 */
export function originAllowed(
  origin: string | undefined,
  host: string | undefined,
  configured: readonly string[],
): boolean {
  if (origin === undefined) return true;
  const normal = normalOrigin(origin);
  if (normal === undefined) return false;
  if (configured.some((each) => normalOrigin(each) === normal)) return true;
  // The scheme may differ where something in front of Perch speaks https for it.
  return host !== undefined && hostOf(normal) === host.toLowerCase().replace(/:(80|443)$/, '');
}

/**
 * A page on another site can make a browser write or open a WebSocket; its Origin gives it away.
 * @throws PerchError wrong_origin
 */
export function checkOrigin({ headers: { origin, host } }: IncomingMessage, configured: readonly string[]): void {
  if (!originAllowed(origin, host, configured)) {
    throw new PerchError('wrong_origin', { value: (origin ?? '').slice(0, 100) });
  }
}

/** `http://host:port` in lower case without a default port; undefined for `null` and what is no origin. */
function normalOrigin(origin: string): string | undefined {
  if (!URL.canParse(origin)) return undefined;
  const { protocol, host, pathname, search } = new URL(origin);
  if ((protocol !== 'http:' && protocol !== 'https:') || pathname !== '/' || search !== '') return undefined;
  return `${protocol}//${host}`;
}

/** Endings of names that only exist inside a network; nobody on the internet can own one. */
const insideNames = /(^|\.)(localhost|local|lan|home|internal|home\.arpa|fritz\.box)$/;

/**
 * Whether the name this camera was reached by can only mean this camera: an address, a name of the own network, or one
 * of the configured origins. Any other name may be somebody else's, pointed here to use a visitor's browser.
 */
export function ownName(host: string | undefined, configured: readonly string[]): boolean {
  if (host === undefined || !URL.canParse(`http://${host}`)) return false;
  const { hostname, host: name } = new URL(`http://${host}`);
  const address = isIP(hostname.replace(/^\[|\]$/g, '')) !== 0;
  if (address || !hostname.includes('.') || insideNames.test(hostname)) return true;
  return configured.some((each) => normalOrigin(each)?.replace(/^https?:\/\//, '') === name);
}

function hostOf(origin: string): string {
  return new URL(origin).host;
}
