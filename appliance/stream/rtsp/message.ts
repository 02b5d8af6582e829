/** RTSP 1.0 messages (RFC 2326) as bytes and as plain data. */

/** A failure of publishing, in a sentence for the page. */
export class RtspError extends Error {
  override name = 'RtspError';
}

/** Header names in lower case; a header that came several times has several values. */
export type Headers = ReadonlyMap<string, readonly string[]>;

export type RtspItem =
  | {
      readonly kind: 'response';
      readonly status: number;
      readonly reason: string;
      readonly headers: Headers;
      readonly body: Buffer;
    }
  | {
      readonly kind: 'request';
      readonly method: string;
      readonly uri: string;
      readonly headers: Headers;
      readonly body: Buffer;
    }
  /** Binary data between the messages (RFC 2326 section 10.12); the server's receiver reports come so. */
  | { readonly kind: 'frame'; readonly channel: number; readonly payload: Buffer };

export type RtspResponse = Extract<RtspItem, { kind: 'response' }>;

// A server's answers are a few hundred bytes; what is far beyond that is no RTSP server.
const maxHead = 16 * 1024;
const maxBody = 256 * 1024;

const headEnd = Buffer.from('\r\n\r\n');
const dollar = 0x24;

/** Puts together what a TCP connection delivers in pieces. */
export class RtspReader {
  #held: Buffer = Buffer.alloc(0);

  /**
   * Takes the next bytes and returns the messages that are complete.
   * @throws RtspError when the bytes are not RTSP
   */
  push(chunk: Buffer): RtspItem[] {
    this.#held = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const items: RtspItem[] = [];
    for (let item = this.#next(); item !== undefined; item = this.#next()) items.push(item);
    return items;
  }

  #next(): RtspItem | undefined {
    const held = this.#held;
    if (held.length < 4) return undefined;
    if (held[0] === dollar) {
      const end = 4 + held.readUInt16BE(2);
      if (held.length < end) return undefined;
      this.#held = held.subarray(end);
      return { kind: 'frame', channel: held.readUInt8(1), payload: held.subarray(4, end) };
    }
    const headLength = held.indexOf(headEnd);
    if (headLength < 0) {
      if (held.length > maxHead) throw new RtspError(notRtsp(held));
      return undefined;
    }
    const { first, headers } = readHead(held.toString('latin1', 0, headLength));
    const declared = headers.get('content-length')?.[0] ?? '0';
    const bodyLength = /^\d{1,9}$/.test(declared) ? Number(declared) : Number.POSITIVE_INFINITY;
    const bodyStart = headLength + headEnd.length;
    if (headLength > maxHead || bodyLength > maxBody) throw new RtspError(notRtsp(held));
    if (held.length < bodyStart + bodyLength) return undefined;
    this.#held = held.subarray(bodyStart + bodyLength);
    const body = held.subarray(bodyStart, bodyStart + bodyLength);

    const answer = /^RTSP\/\d\.\d (\d{3}) ?(.*)$/.exec(first);
    if (answer) return { kind: 'response', status: Number(answer[1]), reason: answer[2] ?? '', headers, body };
    const asked = /^([A-Z_]+) (\S+) RTSP\/\d\.\d$/.exec(first);
    if (asked) return { kind: 'request', method: asked[1] ?? '', uri: asked[2] ?? '', headers, body };
    throw new RtspError(notRtsp(held));
  }
}

function readHead(head: string): { first: string; headers: Headers } {
  const [first = '', ...lines] = head.replace(/^(\r\n)+/, '').split('\r\n');
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()]);
  }
  return { first, headers };
}

function notRtsp(bytes: Buffer): string {
  const line = bytes.toString('latin1', 0, 40).split(/[\r\n]/)[0] ?? '';
  const shown = line.replace(/[^\x20-\x7e]/g, '.');
  return `No RTSP server answers there: it said "${shown}". Check the port (MediaMTX listens on 8554).`;
}

/** A request or an answer as it goes onto the wire. `first` is its first line without the line end. */
export function formatMessage(
  first: string,
  headers: Readonly<Record<string, string | number>>,
  body: string | Buffer = '',
): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const content = Buffer.from(body);
  if (content.length > 0) lines.push(`Content-Length: ${content.length}\r\n`);
  return Buffer.concat([Buffer.from(`${first}\r\n${lines.join('')}\r\n`), content]);
}

/** The session's name and how long it lives without a word from us, in seconds (60 when not said). */
export function readSession(headers: Headers): { id: string; timeout: number } | undefined {
  const value = headers.get('session')?.[0];
  if (value === undefined) return undefined;
  const timeout = Number(/;\s*timeout\s*=\s*(\d+)/i.exec(value)?.[1] ?? 60);
  return { id: (value.split(';')[0] ?? '').trim(), timeout: Math.max(1, timeout) };
}

/** The channel for RTP in the server's Transport; that of RTCP is the next. 0 when it does not say. */
export function readChannel(headers: Headers): number {
  const channel = Number(/interleaved\s*=\s*(\d+)/i.exec(headers.get('transport')?.[0] ?? '')?.[1] ?? 0);
  return channel <= 254 ? channel : 0;
}
