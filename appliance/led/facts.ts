/** What the other parts say, as the light needs it. */
import type { LinkState } from '../../upstream/link/link.ts';
import type { CameraStatus } from '../camera/types.ts';
import type { NetworkStatus } from '../network/types.ts';
import type { LedFacts } from './table.ts';

/** `automatic`: no camera is configured, so that a test picture stands where none was found. */
export function cameraFact({ state, source }: Pick<CameraStatus, 'state' | 'source'>, automatic: boolean) {
  return { state, synthetic: automatic && source === 'test' };
}

/** Everything between "not configured" and "connected" is away, to somebody who looks at a light. */
export function linkFact(state: LinkState): LedFacts['link'] {
  return state === 'off' || state === 'connected' ? state : 'away';
}

/** `none`: no address that anybody could reach, but for those that a machine gives itself when nobody else does. */
export function networkFact({ state, addresses }: Pick<NetworkStatus, 'state' | 'addresses'>): LedFacts['network'] {
  if (state === 'hotspot') return 'hotspot';
  return addresses.some((address) => !/^(fe[89ab][0-9a-f]:|169\.254\.)/i.test(address)) ? 'connected' : 'none';
}
