/**
 * Reads the few fields the relay routes by, straight from a frame's bytes. Everything else is
 * stepped over: what the relay does not know it cannot spoil.
 */

/** Of an operator's ControlCommand. */
export interface CommandHead {
  /** Number of the command; UPDATE_SETTINGS (0) when it is not said. */
  readonly command: number;
  /** Bytes of request_id, one character each; empty when it is not said. */
  readonly id: string;
}

/** Of a Pi's StatusResponse. */
export interface StatusHead {
  readonly id: string;
  /** The asker the Pi gave back, bytes as characters; empty for a push and from a peer of the first protocol. */
  readonly asker: string;
}

/** Of a StatusResponse that is to be kept as a camera's last one. */
export interface StatusAbout {
  /** `current_settings.cameraName`, as text; undefined when it carries no settings. */
  readonly camera: string | undefined;
  /** It lists the limits too, as the answer to GET_STATUS does. */
  readonly whole: boolean;
}

/** Numbers of fields in camera_control.proto. */
const command = { command: 1, settings: 2, requestId: 3 } as const;
const status = { message: 2, currentSettings: 3, requestId: 4, limits: 25, picture: 31, asker: 32 } as const;
const settings = { cameraName: 12 } as const;

const varint = 0;
const fixed64 = 1;
const bytes = 2;
const groupStart = 3;
const groupEnd = 4;
const fixed32 = 5;

/** Groups in groups; a little more than protobufjs follows (100). */
const depthMost = 128;

/** A place in a frame; `at` is -1 once something was no protobuf. */
interface Reader {
  readonly frame: Buffer;
  at: number;
  readonly end: number;
}

/** What a ControlCommand is about; undefined when the frame is none. */
export function readCommandHead(frame: Buffer): CommandHead | undefined {
  const reader: Reader = { frame, at: 0, end: frame.length };
  let type = 0;
  let id = '';
  while (reader.at < reader.end) {
    const key = readVarint(reader);
    const field = key >>> 3;
    if (field === command.command && (key & 7) === varint) type = readVarint(reader);
    else if (field === command.requestId && (key & 7) === bytes) id = readText(reader);
    else skip(reader, key);
    if (reader.at < 0) return undefined;
  }
  return { command: type, id };
}

/** Whom a StatusResponse is for; undefined when the frame is none. */
export function readStatusHead(frame: Buffer): StatusHead | undefined {
  const reader: Reader = { frame, at: 0, end: frame.length };
  let id = '';
  let asker = '';
  while (reader.at < reader.end) {
    const key = readVarint(reader);
    const field = key >>> 3;
    if (field === status.requestId && (key & 7) === bytes) id = readText(reader);
    else if (field === status.asker && (key & 7) === bytes) asker = readText(reader);
    else skip(reader, key);
    if (reader.at < 0) return undefined;
  }
  return { id, asker };
}

/** Which camera a StatusResponse is about, for a frame `readStatusHead` has accepted. */
export function readStatusAbout(frame: Buffer): StatusAbout {
  const reader: Reader = { frame, at: 0, end: frame.length };
  let camera: string | undefined;
  let whole = false;
  while (reader.at >= 0 && reader.at < reader.end) {
    const key = readVarint(reader);
    const field = key >>> 3;
    if (field === status.currentSettings && (key & 7) === bytes) {
      const length = readVarint(reader);
      camera = cameraName({ frame, at: reader.at, end: reader.at + length });
      reader.at += length;
    } else {
      whole ||= field === status.limits;
      skip(reader, key);
    }
  }
  return { camera, whole };
}

function cameraName(reader: Reader): string {
  let name = '';
  while (reader.at >= 0 && reader.at < reader.end) {
    const key = readVarint(reader);
    if (key >>> 3 === settings.cameraName && (key & 7) === bytes) {
      const length = readVarint(reader);
      name = reader.frame.toString('utf8', reader.at, reader.at + length);
      reader.at += length;
    } else skip(reader, key);
  }
  return name;
}

/** Up to 35 bits are kept, which is more than any number here has; what comes after is stepped over. */
function readVarint(reader: Reader): number {
  let value = 0;
  let factor = 1;
  for (let count = 0; count < 10; count += 1) {
    if (reader.at < 0 || reader.at >= reader.end) break;
    const byte = reader.frame[reader.at] ?? 0;
    reader.at += 1;
    if (count < 5) value += (byte & 0x7f) * factor;
    factor *= 128;
    if (byte < 0x80) return value;
  }
  reader.at = -1;
  return 0;
}

function readText(reader: Reader): string {
  const length = readVarint(reader);
  const from = reader.at;
  if (from < 0 || from + length > reader.end) {
    reader.at = -1;
    return '';
  }
  reader.at = from + length;
  return reader.frame.toString('latin1', from, from + length);
}

function skip(reader: Reader, key: number, depth = 0): void {
  if (reader.at < 0 || key >>> 3 === 0 || depth > depthMost) {
    reader.at = -1;
    return;
  }
  switch (key & 7) {
    case varint:
      readVarint(reader);
      return;
    case fixed64:
      reader.at += 8;
      break;
    case bytes: {
      const length = readVarint(reader);
      if (reader.at >= 0) reader.at += length;
      break;
    }
    case fixed32:
      reader.at += 4;
      break;
    case groupStart:
      skipGroup(reader, key, depth);
      return;
    default:
      reader.at = -1;
      return;
  }
  if (reader.at > reader.end) reader.at = -1;
}

/** Groups are no part of proto3, but an unknown field may be one, and it is stepped over like any other. */
function skipGroup(reader: Reader, start: number, depth: number): void {
  while (reader.at >= 0) {
    const key = readVarint(reader);
    if ((key & 7) === groupEnd) {
      if (key >>> 3 !== start >>> 3) reader.at = -1;
      return;
    }
    skip(reader, key, depth + 1);
  }
}
