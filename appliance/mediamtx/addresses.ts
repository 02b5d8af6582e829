/** Where a camera can be seen through MediaMTX. */
import type { Encoding } from '../settings/table.ts';
import type { RtspTarget } from '../stream/rtsp/target.ts';
import type { GlobalConf } from './api.ts';

export interface Address {
  readonly kind: 'rtsp' | 'hls' | 'webrtc';
  readonly url: string;
}

/** The port in one of MediaMTX's addresses, such as `:8888` or `127.0.0.1:8888`. */
export function portOf(address: string | undefined): number | undefined {
  const port = /:(\d{1,5})$/.exec(address ?? '')?.[1];
  return port === undefined ? undefined : Number(port);
}

/**
 * The addresses for people: RTSP as configured; HLS and WebRTC, pages that play in a browser,
 * where MediaMTX said that and where it serves them. It serves neither of them for MJPEG.
 */
export function addresses(target: RtspTarget, conf: GlobalConf | undefined, codec: Encoding): Address[] {
  const found: Address[] = [{ kind: 'rtsp', url: target.uri }];
  if (!conf || codec === 'mjpeg') return found;
  const host = target.host.includes(':') ? `[${target.host}]` : target.host;
  const path = target.path.split('/').map(encodeURIComponent).join('/');
  const hls = conf.hls === false ? undefined : portOf(conf.hlsAddress);
  const webrtc = conf.webrtc === false ? undefined : portOf(conf.webrtcAddress);
  if (hls !== undefined)
    found.push({ kind: 'hls', url: `${conf.hlsEncryption ? 'https' : 'http'}://${host}:${hls}/${path}/` });
  if (webrtc !== undefined)
    found.push({ kind: 'webrtc', url: `${conf.webrtcEncryption ? 'https' : 'http'}://${host}:${webrtc}/${path}/` });
  return found;
}

/** Whether an address means this machine itself: somebody elsewhere has to put its name there. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);
}
