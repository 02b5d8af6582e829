/** Where a camera can be seen through MediaMTX. */
import type { Encoding } from '../settings/table.ts';
import type { RtspTarget } from '../stream/rtsp/target.ts';
import type { GlobalConf } from './api.ts';

/** By protocol; what is not served is not there. HLS and WebRTC are pages that play in a browser. */
export interface Addresses {
  readonly rtsp: string;
  readonly hls?: string;
  readonly webrtc?: string;
}

/** The port in one of MediaMTX's addresses, such as `:8888` or `127.0.0.1:8888`. */
export function portOf(address: string | undefined): number | undefined {
  const port = /:(\d{1,5})$/.exec(address ?? '')?.[1];
  return port === undefined ? undefined : Number(port);
}

/**
 * The addresses for people: RTSP as configured; HLS and WebRTC where MediaMTX said that and
 * where it serves them. It serves neither of them for MJPEG.
 */
export function addresses(target: RtspTarget, conf: GlobalConf | undefined, codec: Encoding): Addresses {
  const rtsp = target.uri;
  if (!conf || codec === 'mjpeg') return { rtsp };
  const host = target.host.includes(':') ? `[${target.host}]` : target.host;
  const path = target.path.split('/').map(encodeURIComponent).join('/');
  const page = (served: boolean | undefined, address: string | undefined, encrypted: boolean | undefined) => {
    const port = portOf(address);
    if (served === false || port === undefined) return undefined;
    return `${encrypted ? 'https' : 'http'}://${host}:${port}/${path}/`;
  };
  const hls = page(conf.hls, conf.hlsAddress, conf.hlsEncryption);
  const webrtc = page(conf.webrtc, conf.webrtcAddress, conf.webrtcEncryption);
  return { rtsp, ...(hls === undefined ? {} : { hls }), ...(webrtc === undefined ? {} : { webrtc }) };
}

/** Whether an address means this machine itself: somebody elsewhere has to put its name there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);
}
