/** What a stream is announced as (SDP, RFC 8866). */
import type { Encoding } from '../../settings/table.ts';
import { packJpeg } from './jpeg.ts';
import { h264Type, h265Type, packH264, packH265, splitNals } from './nal.ts';
import type { Payload } from './rtp.ts';

/** The last part of the stream's own address below the camera's. */
export const control = 'streamid=0';

interface Kind {
  /** 26 is JPEG's own number (RFC 3551); 96 the first of the free ones. */
  readonly payloadType: number;
  readonly pack: (data: Buffer) => Payload[];
  readonly lines: (key: Buffer) => string[];
}

/** How each encoding goes by RTP. */
export const kinds: Readonly<Record<Encoding, Kind>> = {
  h264: { payloadType: 96, pack: packH264, lines: h264Lines },
  h265: { payloadType: 96, pack: packH265, lines: h265Lines },
  mjpeg: { payloadType: 26, pack: packJpeg, lines: () => ['a=rtpmap:26 JPEG/90000'] },
};

/** The description of one camera's stream; `key` is its newest key frame, which names its parameters. */
export function describe(codec: Encoding, key: Buffer, camera: string): string {
  const { payloadType, lines } = kinds[codec];
  return [
    'v=0',
    'o=- 0 0 IN IP4 127.0.0.1',
    `s=${camera.replace(/[\r\n]/g, ' ')}`,
    'c=IN IP4 0.0.0.0',
    't=0 0',
    `m=video 0 RTP/AVP ${payloadType}`,
    ...lines(key),
    `a=control:${control}`,
    '',
  ].join('\r\n');
}

function h264Lines(key: Buffer): string[] {
  const nals = splitNals(key);
  const sps = nals.find((nal) => h264Type(nal) === 7);
  const pps = nals.find((nal) => h264Type(nal) === 8);
  const parts = ['packetization-mode=1'];
  if (sps && pps) {
    parts.push(`profile-level-id=${sps.toString('hex', 1, 4)}`);
    parts.push(`sprop-parameter-sets=${sps.toString('base64')},${pps.toString('base64')}`);
  }
  return ['a=rtpmap:96 H264/90000', `a=fmtp:96 ${parts.join(';')}`];
}

function h265Lines(key: Buffer): string[] {
  const nals = splitNals(key);
  const sets = [32, 33, 34].map((type) => nals.find((nal) => h265Type(nal) === type)?.toString('base64'));
  const [vps, sps, pps] = sets;
  const lines = ['a=rtpmap:96 H265/90000'];
  if (vps && sps && pps) lines.push(`a=fmtp:96 sprop-vps=${vps};sprop-sps=${sps};sprop-pps=${pps}`);
  return lines;
}
