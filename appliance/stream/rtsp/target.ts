import { ConfigError } from '../../config.ts';

/** Where one camera is published: the server, and the address without the password. */
export interface RtspTarget {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** As it stands in requests, in the log and on the page: never with credentials. */
  readonly uri: string;
  /** The server alone, for sentences: `rtsp://host:8554`. */
  readonly server: string;
  /** The path's name on the server, without a leading slash: `door`, `site1/door`. */
  readonly path: string;
}

/**
 * The address of a camera below the configured server: `rtsp://host/site1` and `door` make
 * `rtsp://host/site1/door`. Ports default to 554, and 322 for rtsps (RFC 7826).
 * @throws ConfigError when `base` is no rtsp address; the sentence never shows its password
 */
export function rtspTarget(base: string, camera: string): RtspTarget {
  let url: URL;
  try {
    url = new URL(base);
  } catch {
    throw new ConfigError(notAnAddress(base));
  }
  const tls = url.protocol === 'rtsps:';
  if ((!tls && url.protocol !== 'rtsp:') || url.hostname === '') throw new ConfigError(notAnAddress(base));
  const path = [...url.pathname.split('/').filter((part) => part !== ''), encodeURIComponent(camera)].join('/');
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? (tls ? 322 : 554) : Number(url.port);
  const server = `${url.protocol}//${url.hostname}:${port}`;
  return {
    host,
    port,
    tls,
    user: url.username === '' ? undefined : decoded(url.username),
    password: url.username === '' ? undefined : decoded(url.password),
    uri: `${server}/${path}${url.search}`,
    server,
    path: decoded(path),
  };
}

function notAnAddress(base: string): string {
  const shown = base.replace(/\/\/.*@/, '//(hidden)@');
  return `PERCH_MEDIAMTX_RTSP is "${shown}", but must be an address such as rtsp://127.0.0.1:8554 or rtsps://user:password@host:8322.`;
}

/** A `%` that encodes nothing is a password's own character. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
