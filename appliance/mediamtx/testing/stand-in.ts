/**
 * A server that behaves as MediaMTX's API does for the requests Perch makes; the answers are
 * those MediaMTX 1.20.1 gave. Each request and answer goes before the judge.
 */
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { hasWhole, Judge, readExcerpt, readWhole } from './description.ts';

interface Conf {
  alwaysAvailable: boolean;
  alwaysAvailableTracks: { codec: string; sampleRate: number; channelCount: number; muLaw: boolean }[];
  alwaysAvailableFile: string;
}

const requestJudge = new Judge(hasWhole ? readWhole() : readExcerpt(), { namesMustBeKnown: true });
const answerJudge = new Judge(hasWhole ? readWhole() : readExcerpt(), { namesMustBeKnown: hasWhole });

export class StandIn extends EventEmitter<{ asked: [request: string] }> {
  readonly paths = new Map<string, Conf>();
  /** Requests as "POST /v3/…", since the start. */
  readonly asked: string[] = [];
  /** What the judge found wrong. */
  readonly faults: string[] = [];
  /** Readers of every path. */
  readers: { id: string; type: string }[] = [];
  online = false;
  /** "user:password", when a login is asked for. */
  login: string | undefined;
  /** The fields it knows; an old one knows fewer. */
  knowsAlwaysAvailable = true;
  #started = 0;
  #server: Server | undefined;
  #port = 0;

  get address(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Starts, on the same port when it is started again; what was edited before is forgotten. */
  async start(): Promise<void> {
    this.#started += 1;
    this.paths.clear();
    this.#server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => {
        text += chunk.toString();
      });
      request.on('end', () => {
        const path = decodeURI(request.url ?? '');
        const body: unknown = text === '' ? undefined : JSON.parse(text);
        const [status, answer] = this.#answer(request, path, body);
        const method = request.method ?? '';
        for (const fault of [
          requestJudge.request(method, path, body),
          answerJudge.answer(method, path, status, answer),
        ])
          if (fault !== undefined && status !== 401) this.faults.push(`${method} ${path} ${status}: ${fault}`);
        response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(answer));
        this.asked.push(`${method} ${path}`);
        this.emit('asked', `${method} ${path}`);
      });
    });
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    if (typeof address === 'object' && address) this.#port = address.port;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    server.close();
    server.closeAllConnections();
    await once(server, 'close');
  }

  /** Resolves when this was asked once more. */
  async until(request: string): Promise<void> {
    for (;;) {
      const [asked] = await once(this, 'asked');
      if (asked === request) return;
    }
  }

  #answer(request: IncomingMessage, path: string, body: unknown): [status: number, body: unknown] {
    const wanted = this.login && `Basic ${Buffer.from(this.login).toString('base64')}`;
    if (wanted !== undefined && request.headers.authorization !== wanted)
      return [401, { status: 'error', error: 'authentication error' }];
    if (path === '/v3/info') {
      return [200, { version: 'v1.20.1-6-g3e09466c\n', started: `2026-11-23T03:12:0${this.#started}.277651675Z` }];
    }
    if (path === '/v3/config/global/get') return [200, globalConf];
    const [, verb = '', name = ''] = /^\/v3\/(config\/paths\/\w+|paths\/get)\/(.+)$/.exec(path) ?? [];
    const conf = this.paths.get(name);
    if (verb === 'config/paths/get')
      return conf ? [200, { name, source: 'publisher', ...conf }] : [404, error('path configuration not found')];
    if (verb === 'paths/get')
      return conf?.alwaysAvailable || this.online ? [200, this.#path(name, conf)] : [404, error('path not found')];
    if (verb === 'config/paths/add' && conf) return [400, error('path already exists')];
    if (verb === 'config/paths/patch' && !conf) return [404, error('path configuration not found')];
    return this.#edit(name, body as Partial<Conf>);
  }

  #edit(name: string, edit: Partial<Conf>): [number, unknown] {
    if (!this.knowsAlwaysAvailable) return [400, error('json: unknown field "alwaysAvailable"')];
    if (!/^[\w.\-/]+$/.test(name))
      return [
        400,
        error(`invalid path name '${name}': can contain only alphanumeric characters, underscore, dot, minus, slash`),
      ];
    const before = this.paths.get(name) ?? {
      alwaysAvailable: false,
      alwaysAvailableTracks: [],
      alwaysAvailableFile: '',
    };
    const tracks = edit.alwaysAvailableTracks?.map(({ codec }) => ({
      codec,
      sampleRate: 0,
      channelCount: 0,
      muLaw: false,
    }));
    const after = { ...before, ...edit, alwaysAvailableTracks: tracks ?? before.alwaysAvailableTracks };
    if (after.alwaysAvailable && after.alwaysAvailableTracks.length === 0)
      return [400, error("'alwaysAvailableTracks' must contain at least one track")];
    this.paths.set(name, after);
    return [200, { status: 'ok' }];
  }

  #path(name: string, conf: Conf | undefined): unknown {
    const codec = conf?.alwaysAvailableTracks[0]?.codec ?? 'M-JPEG';
    return {
      name,
      confName: name,
      ready: true,
      readyTime: '2026-11-23T03:15:10.2263Z',
      available: true,
      availableTime: '2026-11-23T03:15:10.2263Z',
      online: this.online,
      onlineTime: this.online ? '2026-11-23T03:15:10.2572Z' : null,
      source: this.online ? { type: 'rtspSession', id: '21f227c7-2c29-4a45-8ff5-c0d4d6f0a2b1' } : null,
      tracks: [codec],
      tracks2: [
        { codec, codecProps: codec === 'M-JPEG' ? null : { width: 1920, height: 1080, profile: 'Main', level: '4' } },
      ],
      readers: this.readers,
      inboundBytes: 843224,
      outboundBytes: 605219,
      inboundFramesInError: 0,
      bytesReceived: 843224,
      bytesSent: 605219,
    };
  }
}

const error = (text: string) => ({ status: 'error', error: text });

const globalConf = {
  logLevel: 'info',
  api: true,
  apiAddress: ':9997',
  rtsp: true,
  rtspEncryption: 'no',
  rtspAddress: ':8554',
  rtspsAddress: ':8322',
  hls: true,
  hlsAddress: ':8888',
  hlsEncryption: false,
  webrtc: true,
  webrtcAddress: ':8889',
  webrtcEncryption: false,
};
