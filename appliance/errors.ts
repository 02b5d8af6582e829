/**
 * Every error a person or a program can cause, in one table: code, HTTP status, sentence.
 * A sentence says what was wrong, what is allowed and what to do.
 */
interface ErrorSpec {
  readonly status: number;
  readonly sentence: (details: Readonly<Record<string, string | number>>) => string;
}

export const errorTable = {
  unknown_field: { status: 400, sentence: (d) => `There is no setting "${d.field}". The settings are: ${d.allowed}.` },
  bad_value: { status: 400, sentence: (d) => `${d.field} is ${d.value}, but must be ${d.allowed}.` },
  not_offered: { status: 400, sentence: (d) => `${d.field} cannot be changed on this camera. ${d.reason}` },
  identity_mismatch: {
    status: 400,
    sentence: (d) =>
      `${d.field} is ${d.value}, but this request is for the camera "${d.camera}". Leave it out or send it there.`,
  },
  unknown_camera: {
    status: 404,
    sentence: (d) => `There is no camera ${d.value}. The cameras are: ${d.allowed}.`,
  },
  unknown_command: {
    status: 400,
    sentence: (d) => `Command ${d.value} is not known. Commands are numbers (${d.allowed}).`,
  },
  bad_message: { status: 400, sentence: (d) => `This is not a ${d.expected}: ${d.reason}.` },
  bad_request: { status: 400, sentence: (d) => `${d.reason}` },
  too_large: { status: 413, sentence: (d) => `That is larger than allowed: at most ${d.allowed}.` },
  wrong_type: { status: 415, sentence: (d) => `Send this as ${d.allowed}, not as ${d.value}.` },
  too_many_connections: {
    status: 503,
    sentence: (d) => `Perch already has ${d.allowed} open connections. Close one and try again.`,
  },
  too_many: { status: 429, sentence: (d) => `Too many requests: at most ${d.allowed}. Wait ${d.wait} and try again.` },
  no_frames: {
    status: 504,
    sentence: (d) => `No picture came after this change, so it was taken back: ${d.fields} as before.`,
  },
  camera_away: { status: 503, sentence: (d) => `The camera "${d.camera}" gives no picture now. ${d.reason}` },
  not_logged_in: { status: 401, sentence: () => 'Log in first: open the page, or send an API token.' },
  wrong_password: { status: 401, sentence: () => 'That password is not right. Try again.' },
  login_braked: { status: 429, sentence: (d) => `Too many wrong passwords. Wait ${d.wait} and try again.` },
  busy: { status: 503, sentence: () => 'Too many people are logging in at once. Try again in a moment.' },
  auth_damaged: {
    status: 503,
    sentence: () =>
      'The saved password is damaged, so nobody can log in. Reset it at the device: perch reset-password.',
  },
  not_claimed: { status: 403, sentence: () => 'This camera is not claimed yet. Open its page and choose a password.' },
  claim_elsewhere: {
    status: 403,
    sentence: (d) =>
      `The password is not chosen at ${d.value}: that name could lead here from anywhere. Open the camera by its IP address or its .local name.`,
  },
  already_claimed: {
    status: 409,
    sentence: () => 'This camera is already claimed. Log in, or reset the password at the device.',
  },
  weak_password: { status: 400, sentence: (d) => `The password must be ${d.allowed}.` },
  wrong_origin: {
    status: 403,
    sentence: (d) => `Requests from ${d.value} are not accepted. Use this camera's own address.`,
  },
  not_found: { status: 404, sentence: (d) => `There is nothing at ${d.value}.` },
  unknown_profile: { status: 404, sentence: (d) => `There is no preset "${d.value}". Reload to see the present list.` },
  profile_exists: {
    status: 409,
    sentence: (d) => `A preset named "${d.value}" exists already. Replace it or choose another name.`,
  },
  builtin_profile: {
    status: 409,
    sentence: (d) => `"${d.value}" comes with Perch and cannot be changed. Save it under another name.`,
  },
  bad_offer: {
    status: 400,
    sentence: (d) => `The SDP offer cannot be used: ${d.reason}. Send a WHEP offer for one H.264 video.`,
  },
  no_webrtc: {
    status: 503,
    sentence: (d) => `There is no WebRTC on this device: ${d.reason}. Watch by MSE, as the page does by itself.`,
  },
  viewer_gone: { status: 410, sentence: () => 'This connection has ended. Join again.' },
  too_many_viewers: {
    status: 503,
    sentence: (d) => `This camera already has ${d.allowed} viewers. Close one and try again.`,
  },
  too_many_terminals: {
    status: 503,
    sentence: (d) => `There are already ${d.allowed} terminals open. Close one and try again.`,
  },
  terminal_gone: { status: 410, sentence: () => 'That terminal has ended. Open a new one.' },
  terminal_first: {
    status: 400,
    sentence: () => 'Open a terminal first: send the password, or the session to resume.',
  },
  terminal_away: { status: 503, sentence: (d) => `The terminal cannot be opened: ${d.reason}` },
  terminal_off: {
    status: 403,
    sentence: () => 'The terminal is switched off in the configuration of this camera (PERCH_SHELL).',
  },
  unknown_device: { status: 404, sentence: (d) => `There is no device "${d.value}" at this relay.` },
  device_exists: {
    status: 409,
    sentence: (d) => `A device named "${d.value}" exists already. Remove it first, or choose another name.`,
  },
  out_of_reach: {
    status: 503,
    sentence: (d) =>
      `${d.device} is not connected to this relay, which has been cut off from the others since ${d.since}. Try again, or at another relay.`,
  },
  not_connected: {
    status: 503,
    sentence: (d) => `${d.device} is not connected${d.since === '' ? ' and never was' : ` since ${d.since}`}.`,
  },
  no_answer: {
    status: 504,
    sentence: (d) => `${d.device} ${d.reason}. Send it again with the same request_id: it is not carried out twice.`,
  },
  not_allowed: { status: 403, sentence: (d) => `This needs the role ${d.allowed}, and you are ${d.role}.` },
  unknown_user: { status: 404, sentence: (d) => `There is no user "${d.value}".` },
  user_exists: { status: 409, sentence: (d) => `A user named "${d.value}" exists already. Choose another name.` },
  last_admin: { status: 409, sentence: () => 'This is the only admin. Make somebody else an admin first.' },
  wrong_login: { status: 401, sentence: () => 'That name and password do not belong together. Try again.' },
  unknown_key: {
    status: 401,
    sentence: () => 'This key is not known here. Register the device at the relay and give it the key shown there.',
  },
  connects_too_often: {
    status: 429,
    sentence: (d) => `${d.device} connects too often. Wait ${d.wait}. Do two devices use the same key?`,
  },
  bad_network: { status: 400, sentence: (d) => `This network cannot be tried: ${d.reason}.` },
  unknown_network: {
    status: 404,
    sentence: (d) => `The camera knows no network "${d.value}". Reload to see the present list.`,
  },
  network_busy: {
    status: 409,
    sentence: (d) => `The network "${d.value}" is being tried. Wait until that has ended, a minute at the most.`,
  },
  network_unmanaged: { status: 409, sentence: (d) => `The network cannot be changed here. ${d.reason}` },
  no_hotspot: {
    status: 503,
    sentence: (d) => `The hotspot did not open: ${d.reason}. It is tried again while the camera is in no network.`,
  },
  disk: {
    status: 507,
    sentence: (d) => `The change is in effect but could not be saved: ${d.reason}. Free some space; it is tried again.`,
  },
  not_shared: {
    status: 503,
    sentence: (d) => `It could not be saved, so nothing was changed. ${d.reason} Try again in a moment.`,
  },
  not_saved: {
    status: 507,
    sentence: (d) => `It could not be saved, so nothing was changed: ${d.reason}. Free some space and try again.`,
  },
  no_helper: {
    status: 501,
    sentence: (d) =>
      `Only an installed Perch can do this (the image, or make install): here is no system helper. ${d.instead}`,
  },
  helper_away: {
    status: 502,
    sentence: (d) => `The system helper did not answer: ${d.reason}. What it said: journalctl -u 'perch-system@*'`,
  },
  helper_refused: { status: 500, sentence: (d) => `${d.reason}` },
  bad_bundle: { status: 400, sentence: (d) => `This file cannot be used as an update: ${d.reason}.` },
  update_refused: { status: 409, sentence: (d) => `${d.reason}` },
  no_room: {
    status: 507,
    sentence: (d) => `There is no room for this update: it needs ${d.needs} MB, and ${d.free} MB are free.`,
  },
  updating: { status: 409, sentence: () => 'An update is under way. Wait until it has ended.' },
  shutting_down: { status: 503, sentence: () => 'Perch is shutting down. Try again in a moment.' },
  internal: { status: 500, sentence: () => 'Something went wrong inside Perch. The log says more.' },
} satisfies Record<string, ErrorSpec>;

export type ErrorCode = keyof typeof errorTable;

/** An error from the table, with the field it is about where there is one. */
export class PerchError extends Error {
  readonly code: ErrorCode;
  /** HTTP status. */
  readonly status: number;
  readonly field: string | undefined;
  /** Seconds after which trying again makes sense, where that is known. */
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, details: Readonly<Record<string, string | number>> = {}, sentence?: string) {
    const spec: ErrorSpec = errorTable[code];
    super(sentence ?? spec.sentence(details));
    this.name = 'PerchError';
    this.code = code;
    this.status = spec.status;
    this.field = typeof details.field === 'string' ? details.field : undefined;
    this.retryAfter = typeof details.retryAfter === 'number' ? details.retryAfter : undefined;
  }

  /** The same error, told by another program of ours in its own words. */
  static told(code: ErrorCode, sentence: string): PerchError {
    return new PerchError(code, {}, sentence);
  }
}
