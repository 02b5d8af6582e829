/** One connection to an RTSP server: requests and answers, login, and binary data in between. */
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { authorization, type Challenge, chooseChallenge } from './login.ts';
import { formatMessage, RtspError, type RtspItem, RtspReader, type RtspResponse } from './message.ts';
import type { RtspTarget } from './target.ts';

/** A server on a LAN or a VPN answers in milliseconds. */
const answerMs = 10_000;

interface Waiting {
  readonly resolve: (response: RtspResponse) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

/**
 * A connection that is open until `ended` settles. Whatever ends it (the server, the network,
 * a missing answer, `destroy`) rejects what is still waiting and resolves `ended` with the reason.
 */
export class RtspConnection {
  /** Resolves, never rejects, with why the connection ended. */
  readonly ended: Promise<RtspError>;
  readonly #target: RtspTarget;
  readonly #socket: Socket;
  readonly #reader = new RtspReader();
  readonly #waiting = new Map<string, Waiting>();
  #challenge: Challenge | undefined;
  #nonceCount = 0;
  #cseq = 0;
  #session: string | undefined;
  #reason: RtspError | undefined;

  private constructor(target: RtspTarget, socket: Socket) {
    this.#target = target;
    this.#socket = socket;
    socket.on('data', (chunk) => this.#receive(chunk));
    socket.on('error', (error) => this.destroy(new RtspError(networkSentence(target, error))));
    socket.on('end', () => this.destroy(new RtspError(`The server at ${target.server} ended the connection.`)));
    this.ended = new Promise((resolve) => {
      socket.on('close', () => {
        const reason = this.#reason ?? new RtspError(`The connection to ${target.server} ended.`);
        for (const { reject, timer } of this.#waiting.values()) {
          clearTimeout(timer);
          reject(reason);
        }
        this.#waiting.clear();
        resolve(reason);
      });
    });
  }

  /**
   * Connects, by TLS for rtsps, within 10 s.
   * @throws RtspError with a sentence
   */
  static open(target: RtspTarget, signal: AbortSignal): Promise<RtspConnection> {
    const { host, port, tls } = target;
    // A certificate can be made for an address, but a server name in the handshake must be a name.
    const name = isIP(host) === 0 ? { servername: host } : {};
    const socket = tls ? connectTls({ host, port, ...name }) : connectTcp({ host, port });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 10_000);
    return new Promise((resolve, reject) => {
      const fail = (error: RtspError) => {
        done();
        socket.on('error', () => undefined);
        socket.destroy();
        reject(error);
      };
      const onError = (error: Error) => fail(new RtspError(networkSentence(target, error)));
      const onAbort = () => fail(new RtspError('Publishing was ended.'));
      const onOpen = () => {
        done();
        resolve(new RtspConnection(target, socket));
      };
      const timer = setTimeout(() => fail(new RtspError(`Nothing answers at ${target.server} within 10 s.`)), answerMs);
      const done = () => {
        clearTimeout(timer);
        socket.off('error', onError);
        socket.off('connect', onOpen).off('secureConnect', onOpen);
        signal.removeEventListener('abort', onAbort);
      };
      socket.on('error', onError);
      socket.once(tls ? 'secureConnect' : 'connect', onOpen);
      signal.addEventListener('abort', onAbort);
      if (signal.aborted) onAbort();
    });
  }

  /** Bytes given to `write` that the server has not taken yet. */
  get backlog(): number {
    return this.#socket.writableLength;
  }

  /** Requests name this session from now on. */
  set session(id: string | undefined) {
    this.#session = id;
  }

  /** Sends binary data; `taken` hears when it has left this machine's memory. */
  write(data: Buffer, taken?: () => void): void {
    if (this.#reason) return;
    this.#socket.write(data, (error) => {
      if (!error) taken?.();
    });
  }

  /**
   * Sends a request and waits for its answer, logging in when the server asks for it.
   * @throws RtspError when the server refuses, or no answer comes within 10 s
   */
  async request(
    method: string,
    uri: string,
    headers: Readonly<Record<string, string>> = {},
    body = '',
  ): Promise<RtspResponse> {
    let response = await this.#ask(method, uri, headers, body);
    if (response.status === 401) {
      // The first 401 brings the challenge; a second one only a fresh nonce, or the last word.
      const known = this.#challenge;
      this.#challenge = this.#demanded(response);
      response = await this.#ask(method, uri, headers, body);
      if (response.status === 401 && known) {
        this.#challenge = this.#demanded(response);
        response = await this.#ask(method, uri, headers, body);
      }
    }
    if (response.status >= 300) throw new RtspError(this.#refusal(method, response));
    return response;
  }

  #demanded(response: RtspResponse): Challenge {
    const challenge = chooseChallenge(response.headers.get('www-authenticate') ?? []);
    const { server, user } = this.#target;
    if (!challenge)
      throw new RtspError(`${server} asks for a login of a kind that is not known here (Basic and Digest are).`);
    if (user === undefined)
      throw new RtspError(
        `${server} asks for a user name and a password. Put them into PERCH_MEDIAMTX_RTSP: rtsp://user:password@host:8554.`,
      );
    this.#nonceCount = 0;
    return challenge;
  }

  #ask(method: string, uri: string, headers: Readonly<Record<string, string>>, body: string): Promise<RtspResponse> {
    if (this.#reason) return Promise.reject(this.#reason);
    this.#cseq += 1;
    const cseq = String(this.#cseq);
    const { user, password = '' } = this.#target;
    const all: Record<string, string> = { CSeq: cseq, 'User-Agent': 'Perch', ...headers };
    if (this.#session !== undefined) all.Session = this.#session;
    if (this.#challenge && user !== undefined) {
      this.#nonceCount += 1;
      all.Authorization = authorization(this.#challenge, { user, password, method, uri, count: this.#nonceCount });
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.destroy(new RtspError(`${this.#target.server} does not answer (${method}) within ${answerMs / 1000} s.`));
      }, answerMs);
      this.#waiting.set(cseq, { resolve, reject, timer });
      this.#socket.write(formatMessage(`${method} ${uri} RTSP/1.0`, all, body));
    });
  }

  #receive(chunk: Buffer): void {
    let items: RtspItem[];
    try {
      items = this.#reader.push(chunk);
    } catch (error) {
      this.destroy(error instanceof RtspError ? error : new RtspError(String(error)));
      return;
    }
    for (const item of items) {
      const cseq = item.kind === 'frame' ? '' : (item.headers.get('cseq')?.[0] ?? '');
      if (item.kind === 'request') this.#socket.write(answer(item.method, cseq));
      if (item.kind !== 'response') continue;
      const waiting = this.#waiting.get(cseq);
      if (!waiting) continue;
      this.#waiting.delete(cseq);
      clearTimeout(waiting.timer);
      waiting.resolve(item);
    }
  }

  #refusal(method: string, response: RtspResponse): string {
    const { server, path, user } = this.#target;
    const said = `${response.status} ${response.reason}`.trim();
    if (response.status === 401)
      return `${server} does not accept the user name "${user}" with this password. Correct them in PERCH_MEDIAMTX_RTSP.`;
    if (response.status === 403) return `${server} does not let us publish "${path}" (${said}). Check its permissions.`;
    if (response.status === 404) return `${server} has no path "${path}" to publish to (${said}). Add it there.`;
    if (response.status === 461) return `${server} takes no RTSP over TCP (${said}). Allow it there.`;
    return `${server} refuses the stream "${path}" at ${method} (${said}). Its log says why.`;
  }

  /** Ends the connection at once. The first reason is the one that counts. */
  destroy(reason: RtspError): void {
    this.#reason ??= reason;
    this.#socket.destroy();
  }
}

/** The few requests a server may send to us: whether we are there, and what we do not do. */
function answer(method: string, cseq: string): Buffer {
  const known = method === 'OPTIONS' || method === 'GET_PARAMETER';
  return formatMessage(known ? 'RTSP/1.0 200 OK' : 'RTSP/1.0 501 Not Implemented', { CSeq: cseq });
}

function networkSentence({ host, server }: RtspTarget, error: Error): string {
  const code = 'code' in error ? String(error.code) : '';
  switch (code) {
    case 'ECONNREFUSED':
      return `Nothing answers at ${server}. Start MediaMTX there, or correct PERCH_MEDIAMTX_RTSP.`;
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `There is no host named "${host}" in this network. Correct PERCH_MEDIAMTX_RTSP.`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return `There is no way to ${server} in this network. Is it switched on, and is the VPN up?`;
    case 'ECONNRESET':
    case 'EPIPE':
      return `The server at ${server} cut the connection.`;
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
      return `The certificate of ${server} is not signed by anyone known here. Name its CA file in NODE_EXTRA_CA_CERTS.`;
    case 'CERT_HAS_EXPIRED':
      return `The certificate of ${server} has expired. Renew it there.`;
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `The certificate of ${server} is for another name than "${host}". Use the name in it.`;
    default:
      return `The connection to ${server} failed: ${error.message}.`;
  }
}
