import { describe, expect, it } from 'vitest';
import { rtspTarget } from '../stream/rtsp/target.ts';
import { addresses, isLoopback, portOf } from './addresses.ts';
import type { PathConf } from './api.ts';
import { pathStep, wantedPath } from './path.ts';
import { pathStatus } from './readers.ts';
import { hasWhole, Judge, readExcerpt, readWhole } from './testing/description.ts';

const judge = new Judge(hasWhole ? readWhole() : readExcerpt(), { namesMustBeKnown: true });

describe('what is sent to MediaMTX', () => {
  it.each(['h264', 'h265', 'mjpeg'] as const)('is as its description has it: %s', (codec) => {
    expect(judge.request('POST', '/v3/config/paths/add/door', wantedPath(codec))).toBeUndefined();
    expect(judge.request('PATCH', '/v3/config/paths/patch/site/door', wantedPath(codec))).toBeUndefined();
  });

  it('would be found out', () => {
    const add = (body: unknown) => judge.request('POST', '/v3/config/paths/add/door', body);
    expect(add({ alwaysAvailible: true })).toContain('additional properties');
    expect(add({ alwaysAvailable: 'yes' })).toContain('must be boolean');
    expect(add({ alwaysAvailableTracks: [{ codec: 'M-JPEG' }] })).toContain('allowed values');
    expect(judge.request('PUT', '/v3/config/paths/add/door', {})).toContain('not described');
    expect(judge.answer('GET', '/v3/info', 200, { version: 1 })).toContain('must be string');
    expect(judge.answer('GET', '/v3/info', 404, {})).toContain('never answers');
  });

  it.runIf(hasWhole)('is described alike by the excerpt and by the whole', () => {
    const whole = readWhole();
    const part = readExcerpt();
    const differences: string[] = [];
    /** Everything the excerpt says stands in the whole; of lists (names of codecs) it may have a part. */
    const compare = (here: unknown, there: unknown, at: string): void => {
      const other = resolve(whole, there);
      if (Array.isArray(here)) {
        if (!here.every((item) => Array.isArray(other) && other.includes(item))) differences.push(at);
      } else if (typeof here === 'object' && here !== null) {
        for (const [key, value] of Object.entries(here)) compare(value, field(other, key), `${at}/${key}`);
      } else if (here !== other) differences.push(`${at}: ${String(here)}, but ${String(other)}`);
    };
    compare(field(field(part, 'components'), 'schemas'), field(field(whole, 'components'), 'schemas'), 'schemas');
    expect(differences).toEqual([]);
    const names = (description: unknown) => Object.keys(field(description, 'paths') ?? {});
    expect(names(whole)).toEqual(expect.arrayContaining(names(part)));
  });
});

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([name]) => name === key)?.[1]
    : undefined;
}

/** What a reference means. */
function resolve(whole: unknown, value: unknown): unknown {
  const name = /schemas\/(\w+)$/.exec(String(field(value, '$ref')))?.[1];
  return name === undefined ? value : resolve(whole, field(field(field(whole, 'components'), 'schemas'), name));
}

describe('pathStep', () => {
  const h264: PathConf = { alwaysAvailable: true, alwaysAvailableTracks: [{ codec: 'H264' }], alwaysAvailableFile: '' };
  it.each([
    ['there is none', undefined, 'h264', 'add'],
    ['it is as wanted', h264, 'h264', 'none'],
    ['the encoding is another', h264, 'h265', 'patch'],
    ['MJPEG has no clip to fill in', h264, 'mjpeg', 'patch'],
    ['it was written by hand, without', { alwaysAvailable: false, alwaysAvailableTracks: null }, 'h264', 'patch'],
    ['it was written by hand, for MJPEG', {}, 'mjpeg', 'none'],
    ['somebody chose a clip', { alwaysAvailable: true, alwaysAvailableFile: 'my.mp4' }, 'h264', 'none'],
  ] as const)('when %s', (_name, conf, codec, step) => {
    expect(pathStep(conf as PathConf | undefined, wantedPath(codec))).toBe(step);
  });
});

describe('addresses', () => {
  const conf = { hls: true, hlsAddress: ':8888', webrtc: true, webrtcAddress: '0.0.0.0:8889', webrtcEncryption: true };
  const target = rtspTarget('rtsp://u:p@media:8554', 'door');

  it('are RTSP as configured, without the password, and what the API tells', () => {
    expect(addresses(target, conf, 'h264')).toEqual({
      rtsp: 'rtsp://media:8554/door',
      hls: 'http://media:8888/door/',
      webrtc: 'https://media:8889/door/',
    });
    expect(addresses(target, undefined, 'h264')).toEqual({ rtsp: 'rtsp://media:8554/door' });
    expect(addresses(rtspTarget('rtsp://[::1]:1', 'a'), conf, 'h265').hls).toBe('http://[::1]:8888/a/');
  });

  it('leave out what is not served', () => {
    expect(Object.keys(addresses(target, { ...conf, hls: false }, 'h264'))).toEqual(['rtsp', 'webrtc']);
    expect(Object.keys(addresses(target, { hlsAddress: '' }, 'h264'))).toEqual(['rtsp']);
    expect(Object.keys(addresses(target, conf, 'mjpeg'))).toEqual(['rtsp']);
  });

  it('take the port from any of its forms', () => {
    expect([':8888', '127.0.0.1:1', '[::]:2', '', undefined, 'x'].map(portOf)).toEqual([
      8888,
      1,
      2,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each(['localhost', '127.0.0.1', '127.1.2.3', '::1'])('know %s as this machine', (host) =>
    expect(isLoopback(host)).toBe(true),
  );
  it.each(['media', '10.0.0.1', '127.example', 'fe80::1'])('know %s as another', (host) =>
    expect(isLoopback(host)).toBe(false),
  );
});

describe('pathStatus', () => {
  it('counts readers by kind', () => {
    const readers = ['rtspSession', 'rtspsSession', 'webRTCSession', 'hlsSession', 'newThing'].map((type) => ({
      type,
    }));
    const status = pathStatus(
      'door',
      { online: true, onlineTime: '2026-01-01T00:00:00Z', inboundBytes: 5, outboundBytes: 6, readers },
      true,
    );
    expect(status).toMatchObject({
      readers: 5,
      readersByKind: { RTSP: 2, WebRTC: 1, HLS: 1, newThing: 1 },
      bytesIn: 5,
      bytesOut: 6,
    });
    expect(status.onlineSince).toBe(Date.UTC(2026, 0, 1));
  });

  it('understands what older ones say', () => {
    expect(
      pathStatus(
        'door',
        { ready: true, readyTime: '2026-01-01T00:00:00Z', bytesReceived: 1, bytesSent: 2, tracks: ['H264'] },
        false,
      ),
    ).toEqual({
      name: 'door',
      online: true,
      onlineSince: Date.UTC(2026, 0, 1),
      readersStay: false,
      readers: 0,
      readersByKind: {},
      bytesIn: 1,
      bytesOut: 2,
      tracks: ['H264'],
    });
  });

  it('makes do with nothing', () => {
    expect(pathStatus('door', {}, false)).toMatchObject({ online: false, readers: 0, bytesIn: 0, tracks: [] });
  });
});
