/** The live picture of a camera, for any page: plain browser code, no framework. */
export { CameraClock } from './clock.ts';
export { Player, type PlayerEvents, type PlayerOptions, type PlayerState } from './player.ts';
export type { Frame, Transport } from './session.ts';
