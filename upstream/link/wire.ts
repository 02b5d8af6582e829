/** What the two ends of the link agree on beside the messages themselves. */

/** The WebSocket subprotocol. Peers of the first protocol name none. */
export const subprotocol = 'camera_control.v1';

/** Close codes of the relay, in the range that is free for applications. */
export const closeCodes = {
  /** A newer connection of the same device took over. */
  replaced: 4001,
  /** The device's key, or the login, is no longer good. */
  revoked: 4003,
  /** Too slow in reading: what waited for this peer grew too large. */
  tooSlow: 4008,
} as const;
