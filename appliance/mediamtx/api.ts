/** MediaMTX's control API: the few requests Perch makes, as its OpenAPI description has them. */
import * as z from 'zod';
import { ConfigError } from '../config.ts';
import type { PathEdit } from './path.ts';

/** A failure of the API, in a sentence for the page. */
export class ApiError extends Error {
  override name = 'ApiError';
}

const info = z.object({ version: z.string().optional(), started: z.string().optional() });

const globalConf = z.object({
  rtspAddress: z.string().optional(),
  hls: z.boolean().optional(),
  hlsAddress: z.string().optional(),
  hlsEncryption: z.boolean().optional(),
  webrtc: z.boolean().optional(),
  webrtcAddress: z.string().optional(),
  webrtcEncryption: z.boolean().optional(),
});

const pathConf = z.object({
  source: z.string().optional(),
  alwaysAvailable: z.boolean().optional(),
  alwaysAvailableFile: z.string().optional(),
  alwaysAvailableTracks: z.array(z.object({ codec: z.string() })).nullish(),
});

// `ready`, `readyTime`, `bytesReceived`, `bytesSent` and `tracks` are what older ones say instead.
const path = z.object({
  available: z.boolean().optional(),
  availableTime: z.string().nullish(),
  online: z.boolean().optional(),
  onlineTime: z.string().nullish(),
  ready: z.boolean().optional(),
  readyTime: z.string().nullish(),
  inboundBytes: z.number().optional(),
  outboundBytes: z.number().optional(),
  bytesReceived: z.number().optional(),
  bytesSent: z.number().optional(),
  tracks: z.array(z.string()).nullish(),
  tracks2: z.array(z.object({ codec: z.string() })).nullish(),
  readers: z.array(z.object({ type: z.string(), id: z.string().optional() })).nullish(),
});

const failure = z.object({ error: z.string() });

export type Info = z.output<typeof info>;
export type GlobalConf = z.output<typeof globalConf>;
export type PathConf = z.output<typeof pathConf>;
export type Path = z.output<typeof path>;

/** On the same machine or behind a VPN: an answer takes milliseconds. */
const answerMs = 1_500;

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Makes the requests. Every method rejects with ApiError, whose sentence says what to do. */
export class MediaMtxApi {
  readonly #base: string;
  readonly #authorization: string | undefined;

  /** @throws ConfigError when `address` is no http address; the sentence never shows its password */
  constructor(address: string) {
    let url: URL;
    try {
      url = new URL(address);
      if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new TypeError('no http');
      if (url.username !== '') {
        const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
        this.#authorization = `Basic ${Buffer.from(login).toString('base64')}`;
      }
    } catch {
      const shown = address.replace(/\/\/.*@/, '//(hidden)@');
      throw new ConfigError(
        `PERCH_MEDIAMTX_API is "${shown}", but must be an address such as http://127.0.0.1:9997 or https://user:password@host:9997 (special characters written as %XX).`,
      );
    }
    this.#base = `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, '')}`;
  }

  /** Without credentials. */
  get address(): string {
    return this.#base;
  }

  info(signal: AbortSignal): Promise<Info> {
    return this.#read('/v3/info', info, signal);
  }

  globalConf(signal: AbortSignal): Promise<GlobalConf> {
    return this.#read('/v3/config/global/get', globalConf, signal);
  }

  /** Undefined when the path is not configured by name. */
  async pathConf(name: string, signal: AbortSignal): Promise<PathConf | undefined> {
    return this.#readIfThere(`/v3/config/paths/get/${escaped(name)}`, pathConf, signal);
  }

  /** Undefined when the path does not exist now. */
  async path(name: string, signal: AbortSignal): Promise<Path | undefined> {
    return this.#readIfThere(`/v3/paths/get/${escaped(name)}`, path, signal);
  }

  async addPath(name: string, edit: PathEdit, signal: AbortSignal): Promise<void> {
    this.#good(await this.#ask('POST', `/v3/config/paths/add/${escaped(name)}`, signal, edit));
  }

  async patchPath(name: string, edit: PathEdit, signal: AbortSignal): Promise<void> {
    this.#good(await this.#ask('PATCH', `/v3/config/paths/patch/${escaped(name)}`, signal, edit));
  }

  async #read<T>(target: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
    return this.#parse(schema, this.#good(await this.#ask('GET', target, signal)));
  }

  async #readIfThere<T>(target: string, schema: z.ZodType<T>, signal: AbortSignal): Promise<T | undefined> {
    const answer = await this.#ask('GET', target, signal);
    // A 404 that is not in MediaMTX's own form comes from something else at that address.
    if (answer.status === 404 && failure.safeParse(answer.body).success) return undefined;
    return this.#parse(schema, this.#good(answer));
  }

  async #ask(method: string, target: string, signal: AbortSignal, body?: PathEdit): Promise<Answer> {
    const headers: Record<string, string> = { Accept: 'application/json' };
    if (this.#authorization !== undefined) headers.Authorization = this.#authorization;
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    // Not AbortSignal.any() of this one and a timeout: Node keeps a timeout in there by a weak reference only, and one
    // that is collected never comes (nodejs/node#57736).
    const request = new AbortController();
    const giveUp = () => request.abort(signal.reason);
    signal.addEventListener('abort', giveUp, { once: true });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      request.abort();
    }, answerMs);
    try {
      signal.throwIfAborted();
      const response = await fetch(`${this.#base}${target}`, {
        method,
        headers,
        redirect: 'error',
        signal: request.signal,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: readJson(text) };
    } catch (error) {
      throw new ApiError(
        late ? `${this.#base} does not answer within ${answerMs / 1000} s.` : this.#unreachable(error),
      );
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
    }
  }

  #parse<T>(schema: z.ZodType<T>, body: unknown): T {
    const result = schema.safeParse(body);
    if (!result.success)
      throw new ApiError(
        `${this.#base} answers, but not as MediaMTX does. Correct PERCH_MEDIAMTX_API (its port is 9997).`,
      );
    return result.data;
  }

  #good({ status, body }: Answer): unknown {
    if (status >= 200 && status < 300) return body;
    if (status === 401 || status === 403)
      throw new ApiError(
        this.#authorization === undefined
          ? `${this.#base} asks for a login. Put it into PERCH_MEDIAMTX_API: http://user:password@host:9997.`
          : `${this.#base} does not accept the login in PERCH_MEDIAMTX_API, or it lacks the permission "api".`,
      );
    const said = failure.safeParse(body).data?.error;
    if (said === undefined)
      throw new ApiError(`${this.#base} answers, but not as MediaMTX does (${status}). Correct PERCH_MEDIAMTX_API.`);
    if (said.includes('unknown field "alwaysAvailable'))
      throw new ApiError('This MediaMTX is too old to keep readers while the camera is away. Update it.');
    throw new ApiError(`MediaMTX refuses: ${said}.`);
  }

  #unreachable(error: unknown): string {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    if (code === 'ECONNREFUSED')
      return `Nothing answers at ${this.#base}. Start MediaMTX with "api: true", or correct PERCH_MEDIAMTX_API.`;
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
      return `There is no host of that name in this network: ${this.#base}. Correct PERCH_MEDIAMTX_API.`;
    if (code.includes('CERT') || code.includes('SIGN'))
      return `The certificate of ${this.#base} is not trusted here. Name its CA file in NODE_EXTRA_CA_CERTS.`;
    return `${this.#base} cannot be reached: ${cause instanceof Error ? cause.message : String(cause)}.`;
  }
}

function escaped(name: string): string {
  return name.split('/').map(encodeURIComponent).join('/');
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
