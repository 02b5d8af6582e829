/** The client against a stand-in for the API (checked by MediaMTX's own description) and a real RTSP server. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { pino } from 'pino';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from '../config.ts';
import { defaultSettings, type Encoding } from '../settings/table.ts';
import { type Clip, makeClip, Player } from '../stream/rtsp/testing/footage.ts';
import { RecordServer } from '../stream/rtsp/testing/record-server.ts';
import { MediaMtx, type MediaMtxStatus } from './mediamtx.ts';
import { StandIn } from './testing/stand-in.ts';

const clips = new Map<Encoding, Clip>();
beforeAll(() => {
  for (const codec of ['h264', 'h265', 'mjpeg'] as const) clips.set(codec, makeClip(codec, 320, 240));
});

const endings: (() => Promise<unknown> | unknown)[] = [];
let api: StandIn;
beforeEach(async () => {
  api = new StandIn();
  await api.start();
  endings.push(() => api.stop());
});
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
  expect(api.faults).toEqual([]);
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** A camera named "cam" that plays a clip; `encode` changes what it is encoded as. */
function camera() {
  let encoding: Encoding = 'h264';
  const clip = () => {
    const found = clips.get(encoding);
    if (!found) throw new Error('there is no clip');
    return found;
  };
  const player = new Player(clip());
  endings.push(() => player.pause());
  player.play();
  const applied = () => ({ ...defaultSettings('cam', 0), encoding });
  return {
    name: 'cam',
    main: player.feed,
    status: () => ({ applied: applied() }),
    encode: (codec: Encoding) => {
      encoding = codec;
      player.show(clip());
    },
  };
}

function connect(
  options: { rtsp?: string; api?: string | undefined; camera?: ReturnType<typeof camera> } = {},
): MediaMtx {
  const mediamtx = new MediaMtx({
    cameras: [options.camera ?? camera()],
    // Port 9 takes nothing: only the API matters then.
    rtsp: options.rtsp ?? 'rtsp://127.0.0.1:9',
    api: 'api' in options ? options.api : api.address,
    log: pino({ level: 'silent' }),
  });
  endings.push(() => mediamtx.stop());
  return mediamtx;
}

/** Resolves when the status of "cam" fits. */
async function until(
  mediamtx: MediaMtx,
  fits: (status: MediaMtxStatus) => boolean | undefined,
): Promise<MediaMtxStatus> {
  for (;;) {
    const status = mediamtx.status('cam');
    if (status && fits(status)) return status;
    await once(mediamtx, 'status');
  }
}
const answered = ({ api: { state } }: MediaMtxStatus) => state === 'ok';
const failed = ({ api: { state } }: MediaMtxStatus) => state === 'failed';
const tracks = () => api.paths.get('cam')?.alwaysAvailableTracks.map(({ codec }) => codec);

describe('the path', () => {
  it('is made always available before anything is published, and says who reads', async () => {
    api.readers = [{ id: '1', type: 'webRTCSession' }];
    const mediamtx = connect();
    mediamtx.start();
    const status = await until(mediamtx, answered);
    expect(api.paths.get('cam')).toMatchObject({ alwaysAvailable: true });
    expect(tracks()).toEqual(['H264']);
    expect(status.api).toEqual({ state: 'ok', message: 'MediaMTX answers.', version: 'v1.20.1-6-g3e09466c' });
    expect(status.path).toMatchObject({
      name: 'cam',
      online: false,
      readersStay: true,
      readers: 1,
      readersByKind: { WebRTC: 1 },
    });
    expect(status.path).toMatchObject({ bytesIn: 843224, bytesOut: 605219, tracks: ['H264'] });
    expect(status.addresses).toEqual({
      rtsp: 'rtsp://127.0.0.1:9/cam',
      hls: 'http://127.0.0.1:8888/cam/',
      webrtc: 'http://127.0.0.1:8889/cam/',
    });
    expect(status.loopback).toBe(true);
  });

  it('is left alone when it is right, and changed when it is not', async () => {
    const track = (codec: string) => [{ codec, sampleRate: 0, channelCount: 0, muLaw: false }];
    api.paths.set('cam', { alwaysAvailable: true, alwaysAvailableTracks: track('H264'), alwaysAvailableFile: '' });
    const first = connect();
    first.start();
    await until(first, answered);
    expect(api.asked.filter((request) => !request.startsWith('GET'))).toEqual([]);
    await first.stop();
    api.paths.set('cam', { alwaysAvailable: true, alwaysAvailableTracks: track('H265'), alwaysAvailableFile: '' });
    const second = connect();
    second.start();
    await until(second, answered);
    expect(tracks()).toEqual(['H264']);
    expect(api.asked.filter((request) => !request.startsWith('GET'))).toEqual(['PATCH /v3/config/paths/patch/cam']);
  });

  it('is made again after MediaMTX was restarted', async () => {
    const mediamtx = connect();
    mediamtx.start();
    await until(mediamtx, answered);
    await api.stop();
    const away = await until(mediamtx, failed);
    expect(away.api.message).toBe(
      `Nothing answers at ${api.address}. Start MediaMTX with "api: true", or correct PERCH_MEDIAMTX_API.`,
    );
    expect(away.path).toBeUndefined();
    await api.start();
    await until(mediamtx, answered);
    expect(tracks()).toEqual(['H264']);
  });

  it('is made again when somebody removed it', async () => {
    const mediamtx = connect();
    mediamtx.start();
    await until(mediamtx, answered);
    api.paths.clear();
    await api.until('POST /v3/config/paths/add/cam');
    expect(tracks()).toEqual(['H264']);
  });

  it('lies in the folder of the RTSP address', async () => {
    const mediamtx = connect({ rtsp: 'rtsp://127.0.0.1:9/site/yard' });
    mediamtx.start();
    await until(mediamtx, answered);
    expect([...api.paths.keys()]).toEqual(['site/yard/cam']);
  });
});

describe('publishing', () => {
  it('makes the path ready for each encoding before it is announced', async () => {
    const server = await RecordServer.start();
    endings.push(() => server.kill());
    const cam = camera();
    const mediamtx = connect({ rtsp: `rtsp://127.0.0.1:${server.port}`, camera: cam });
    mediamtx.start();
    api.online = true;
    for (const [codec, name, expected] of [
      ['h264', 'H264', ['H264']],
      ['h265', 'H265', ['H265']],
      ['mjpeg', 'JPEG', []],
      ['h264', 'H264', ['H264']],
    ] as const) {
      cam.encode(codec);
      await server.framesMore(3, (frame) => frame.codec === name);
      expect(tracks()).toEqual(expected);
      const status = await until(mediamtx, ({ path }) => path?.readersStay === (codec !== 'mjpeg'));
      expect(Object.keys(status.addresses)).toEqual(codec === 'mjpeg' ? ['rtsp'] : ['rtsp', 'hls', 'webrtc']);
      expect(status.publish).toMatchObject({ state: 'publishing', codec });
    }
  });

  it('gives a new reader a picture to start from', async () => {
    const server = await RecordServer.start();
    endings.push(() => server.kill());
    const cam = camera();
    let asked = 0;
    const feed = cam.main;
    const ask = feed.requestKeyFrame.bind(feed);
    feed.requestKeyFrame = () => {
      asked += 1;
      ask();
    };
    const mediamtx = connect({ rtsp: `rtsp://127.0.0.1:${server.port}`, camera: cam });
    mediamtx.start();
    await server.framesMore(3);
    const before = asked;
    api.readers = [{ id: 'a', type: 'rtspSession' }];
    await until(mediamtx, ({ path }) => path?.readers === 1);
    expect(asked).toBe(before + 1);
  });

  it('goes on without the API', async () => {
    await api.stop();
    const server = await RecordServer.start();
    endings.push(() => server.kill());
    const mediamtx = connect({ rtsp: `rtsp://127.0.0.1:${server.port}` });
    mediamtx.start();
    await server.framesMore(3);
    await until(mediamtx, failed);
    expect(mediamtx.status('cam')?.publish.state).toBe('publishing');
  });

  it('works with no API configured at all', async () => {
    const server = await RecordServer.start();
    endings.push(() => server.kill());
    const mediamtx = connect({ rtsp: `rtsp://127.0.0.1:${server.port}`, api: undefined });
    mediamtx.start();
    await server.framesMore(3);
    const status = mediamtx.status('cam');
    expect(status?.api).toEqual({ state: 'off', message: 'PERCH_MEDIAMTX_API is not set: MediaMTX is not asked.' });
    expect(Object.keys(status?.addresses ?? {})).toEqual(['rtsp']);
    expect(api.asked).toEqual([]);
  });
});

describe('what goes wrong is said in a sentence', () => {
  it('a login that is missing, wrong, or right', async () => {
    api.login = 'perch:p@ss';
    const withLogin = (login: string) => connect({ api: api.address.replace('//', `//${login}`) });
    const missing = withLogin('');
    missing.start();
    expect((await until(missing, failed)).api.message).toBe(
      `${api.address} asks for a login. Put it into PERCH_MEDIAMTX_API: http://user:password@host:9997.`,
    );
    const wrong = withLogin('perch:no@');
    wrong.start();
    expect((await until(wrong, failed)).api.message).toBe(
      `${api.address} does not accept the login in PERCH_MEDIAMTX_API, or it lacks the permission "api".`,
    );
    const right = withLogin('perch:p%40ss@');
    right.start();
    await until(right, answered);
  });

  it('a MediaMTX that is too old', async () => {
    api.knowsAlwaysAvailable = false;
    const mediamtx = connect();
    mediamtx.start();
    const { api: said } = await until(mediamtx, failed);
    expect(said.message).toBe('This MediaMTX is too old to keep readers while the camera is away. Update it.');
  });

  it('a folder that MediaMTX does not take', async () => {
    const mediamtx = connect({ rtsp: 'rtsp://127.0.0.1:9/my%20house' });
    mediamtx.start();
    const { api: said } = await until(mediamtx, failed);
    expect(said.message).toContain("MediaMTX refuses: invalid path name 'my house/cam': can contain only");
  });

  it.each([
    [404, '<h1>Not found</h1>', 'answers, but not as MediaMTX does (404). Correct PERCH_MEDIAMTX_API.'],
    [200, '<h1>Hello</h1>', 'answers, but not as MediaMTX does. Correct PERCH_MEDIAMTX_API (its port is 9997).'],
    [200, '[]', 'answers, but not as MediaMTX does. Correct PERCH_MEDIAMTX_API (its port is 9997).'],
    [302, '', 'cannot be reached: unexpected redirect.'],
  ])('something else that answers there: %i %s', async (status, body, sentence) => {
    const web = createServer((_request, response) => response.writeHead(status, { Location: '/x' }).end(body));
    web.listen(0, '127.0.0.1');
    await once(web, 'listening');
    endings.push(() => web.close());
    const address = web.address();
    const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
    const mediamtx = connect({ api: url });
    mediamtx.start();
    expect((await until(mediamtx, failed)).api.message).toBe(`${url} ${sentence}`);
  });

  it('a server that does not answer', async () => {
    const silent = createServer(() => undefined);
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    endings.push(() => {
      silent.close();
      silent.closeAllConnections();
    });
    const address = silent.address();
    const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
    // Whatever memory is given back meanwhile.
    const collecting = setInterval(collectGarbage, 100);
    endings.push(() => clearInterval(collecting));
    const mediamtx = connect({ api: url });
    mediamtx.start();
    expect((await until(mediamtx, failed)).api.message).toBe(`${url} does not answer within 1.5 s.`);
  });

  it.each(['', 'ftp://x', 'http://', 'http://user:%zz@h'])('an address that is none: %s', (address) => {
    expect(() => connect({ api: address })).toThrow(ConfigError);
    expect(() => connect({ api: address })).toThrow('must be an address such as http://127.0.0.1:9997');
  });

  it('never shows the password', () => {
    expect(() => connect({ api: 'ftp://user:secret@h' })).not.toThrow('secret');
    expect(
      JSON.stringify(connect({ api: 'http://user:secret@h', rtsp: 'rtsp://user:secret@h' }).status('cam')),
    ).not.toContain('secret');
  });
});

it('takes a camera that is found later', async () => {
  const mediamtx = new MediaMtx({
    cameras: [],
    rtsp: 'rtsp://127.0.0.1:9',
    api: api.address,
    log: pino({ level: 'silent' }),
  });
  endings.push(() => mediamtx.stop());
  mediamtx.start();
  mediamtx.attach(camera());
  expect(mediamtx.status('cam')?.publish.state).toBe('connecting');
  await until(mediamtx, ({ path }) => path?.readersStay);
  expect(tracks()).toEqual(['H264']);
});

it('is nothing for a camera that is not known', () => {
  expect(connect().status('other')).toBeUndefined();
});

it('can be stopped at once', async () => {
  const mediamtx = connect();
  mediamtx.start();
  await mediamtx.stop();
  expect(mediamtx.status('cam')).toMatchObject({ publish: { state: 'off' }, api: { state: 'off' } });
  mediamtx.start();
  expect(mediamtx.status('cam')?.api.state).toBe('off');
});
