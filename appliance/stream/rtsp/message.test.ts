import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatMessage, RtspError, type RtspItem, RtspReader, readChannel, readSession } from './message.ts';

const bytes = (text: string) => Buffer.from(text.replaceAll('\n', '\r\n'), 'latin1');
const stream = Buffer.concat([
  bytes('RTSP/1.0 200 OK\nCSeq: 1\nPublic: OPTIONS, RECORD\n\n'),
  Buffer.from([0x24, 1, 0, 3, 7, 8, 9]),
  bytes(
    'RTSP/1.0 401 Unauthorized\nCSeq: 2\nWWW-Authenticate: Basic realm="a"\nWWW-Authenticate: Digest realm="b", nonce="c"\n\n',
  ),
  bytes('OPTIONS * RTSP/1.0\nCSeq: 9\nContent-Length: 4\n\nbody'),
]);

const shown = (item: RtspItem) =>
  item.kind === 'frame'
    ? [item.channel, ...item.payload]
    : [item.kind === 'response' ? item.status : item.method, item.headers.get('cseq')?.[0], item.body.toString()];
const expected = [
  [200, '1', ''],
  [1, 7, 8, 9],
  [401, '2', ''],
  ['OPTIONS', '9', 'body'],
];

describe('RtspReader', () => {
  it('takes messages and data apart however they are cut into pieces', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), (sizes) => {
        const reader = new RtspReader();
        const items: RtspItem[] = [];
        for (let at = 0, n = 0; at < stream.length; n += 1) {
          const size = sizes[n % sizes.length] ?? 1;
          items.push(...reader.push(stream.subarray(at, at + size)));
          at += size;
        }
        expect(items.map(shown)).toEqual(expected);
      }),
    );
  });

  it('keeps every value of a header that comes twice', () => {
    const [, , refused] = new RtspReader().push(stream);
    expect(refused?.kind === 'response' && refused.headers.get('www-authenticate')).toHaveLength(2);
  });

  it.each([
    ['HTTP/1.1 400 Bad Request\n\n', 'HTTP/1.1 400 Bad Request'],
    ['SSH-2.0-OpenSSH_9.2\n\n', 'SSH-2.0-OpenSSH_9.2'],
    [`RTSP/1.0 200 OK\nContent-Length: 99999999\n\n`, 'RTSP/1.0 200 OK'],
    ['RTSP/1.0 200 OK\nContent-Length: -1\n\n', 'RTSP/1.0 200 OK'],
    ['x'.repeat(20_000), 'x'.repeat(40)],
  ])('says so when no RTSP server answers: %.30s', (text, shownPart) => {
    const push = () => new RtspReader().push(bytes(text));
    expect(push).toThrow(RtspError);
    expect(push).toThrow(`it said "${shownPart}"`);
  });

  it('never throws anything else, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (chunks) => {
        const reader = new RtspReader();
        try {
          for (const chunk of chunks) reader.push(Buffer.from(chunk));
        } catch (error) {
          expect(error).toBeInstanceOf(RtspError);
        }
      }),
    );
  });
});

describe('headers', () => {
  const headers = (entries: Record<string, string>) => new Map(Object.entries(entries).map(([k, v]) => [k, [v]]));

  it.each([
    ['abc;timeout=20', { id: 'abc', timeout: 20 }],
    ['abc ; timeout = 5', { id: 'abc', timeout: 5 }],
    ['abc', { id: 'abc', timeout: 60 }],
    ['abc;timeout=0', { id: 'abc', timeout: 1 }],
  ])('reads the session %s', (value, session) => {
    expect(readSession(headers({ session: value }))).toEqual(session);
  });

  it('knows when there is no session', () => expect(readSession(headers({}))).toBeUndefined());

  it.each([
    ['RTP/AVP/TCP;unicast;interleaved=4-5', 4],
    ['RTP/AVP/TCP;unicast', 0],
    ['RTP/AVP/TCP;interleaved=999-1000', 0],
  ])('reads the channel of %s', (transport, channel) => {
    expect(readChannel(headers({ transport }))).toBe(channel);
  });

  it('writes a message with the length of its body', () => {
    expect(formatMessage('ANNOUNCE rtsp://a RTSP/1.0', { CSeq: 3 }, 'é').toString()).toBe(
      'ANNOUNCE rtsp://a RTSP/1.0\r\nCSeq: 3\r\nContent-Length: 2\r\n\r\né',
    );
  });
});
