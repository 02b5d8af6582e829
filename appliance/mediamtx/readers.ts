/** What MediaMTX says of a path and its readers, in our words. */
import type { Path } from './api.ts';

/** What MediaMTX says of one camera's path. */
export interface PathStatus {
  readonly name: string;
  /** The camera's own picture is there (not only the clip that fills in). */
  readonly online: boolean;
  /** Milliseconds since 1970. */
  readonly onlineSince?: number;
  /** Readers stay connected while the camera is away. */
  readonly readersStay: boolean;
  readonly readers: number;
  /** Readers by kind: "RTSP", "WebRTC", "HLS"… */
  readonly readersByKind: Readonly<Record<string, number>>;
  /** Since the path exists. */
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** As MediaMTX names them: "H264". */
  readonly tracks: readonly string[];
}

const kindNames: Readonly<Record<string, string>> = {
  hlsSession: 'HLS',
  rtmpConn: 'RTMP',
  rtmpsConn: 'RTMP',
  rtspConn: 'RTSP',
  rtspSession: 'RTSP',
  rtspsConn: 'RTSP',
  rtspsSession: 'RTSP',
  srtConn: 'SRT',
  webRTCSession: 'WebRTC',
  moqSession: 'MoQ',
};

/** Reads what MediaMTX answered; older ones have other names for the same. */
export function pathStatus(name: string, path: Path, readersStay: boolean): PathStatus {
  const byKind: Record<string, number> = {};
  for (const { type } of path.readers ?? []) {
    const kind = kindNames[type] ?? type;
    byKind[kind] = (byKind[kind] ?? 0) + 1;
  }
  const since = Date.parse(path.onlineTime ?? path.readyTime ?? '');
  const online = path.online ?? path.ready ?? false;
  return {
    name,
    online,
    ...(online && Number.isFinite(since) ? { onlineSince: since } : {}),
    readersStay,
    readers: path.readers?.length ?? 0,
    readersByKind: byKind,
    bytesIn: path.inboundBytes ?? path.bytesReceived ?? 0,
    bytesOut: path.outboundBytes ?? path.bytesSent ?? 0,
    tracks: path.tracks2?.map(({ codec }) => codec) ?? path.tracks ?? [],
  };
}
