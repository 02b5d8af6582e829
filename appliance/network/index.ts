/** The network: its face. */
export { Network } from './network.ts';
export type { NetworkPart, NetworkStatus } from './types.ts';
