/** What a browser is told of the pages of Perch, whichever program serves them. Needs no framework. */

/** No inline script or style anywhere, nothing from elsewhere, no frame around it. */
export const contentPolicy = {
  'default-src': ["'self'"],
  'script-src': ["'self'"],
  'style-src': ["'self'"],
  'img-src': ["'self'", 'blob:', 'data:'],
  'media-src': ["'self'", 'blob:'],
  // Safari does not take 'self' for WebSockets of the same host.
  'connect-src': ["'self'", 'ws:', 'wss:'],
  'object-src': ["'none'"],
  'base-uri': ["'none'"],
  'form-action': ["'self'"],
  'frame-ancestors': ["'none'"],
} as const;

/** Abilities of a browser that no page of Perch uses. */
export const permissionsPolicy = 'camera=(), microphone=(), geolocation=(), payment=(), usb=()';

/** The policy as its header's value. */
export function policyText(policy: Readonly<Record<string, readonly string[]>> = contentPolicy): string {
  return Object.entries(policy)
    .map(([name, values]) => `${name} ${values.join(' ')}`)
    .join(';');
}
