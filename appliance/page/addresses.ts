/** Where other programs find a camera's stream, from what the server says of MediaMTX. */
export interface Address {
  readonly name: string;
  readonly address: string;
}

type Said = Readonly<Record<string, unknown>> | undefined;

const names: Readonly<Record<string, string>> = { rtsp: 'RTSP', hls: 'HLS', webrtc: 'WebRTC' };

/** The addresses; `host` takes the place of one that only the camera's own machine would understand. */
export function addressesOf(mediamtx: Said, host: string): Address[] {
  const given = record(mediamtx?.addresses);
  return Object.entries(names).flatMap(([key, name]) => {
    const address = given?.[key];
    if (typeof address !== 'string') return [];
    return [{ name, address: mediamtx?.loopback === true ? withHost(address, host) : address }];
  });
}

/** How the stream stands there: what publishing says, and "2 readers, 14 MB sent" while the API answers. */
export function deliveryText(mediamtx: Said): string {
  const message = record(mediamtx?.publish)?.message;
  const path = record(mediamtx?.path);
  const parts = [typeof message === 'string' ? message : ''];
  if (typeof path?.readers === 'number') {
    const bytes = typeof path.bytesOut === 'number' ? `, ${bytesText(path.bytesOut)} sent` : '';
    parts.push(`${path.readers} ${path.readers === 1 ? 'reader' : 'readers'}${bytes}.`);
  }
  return parts.filter((part) => part !== '').join(' ');
}

/** "3.2 MB"; decimal units, as networks count. */
export function bytesText(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** power;
  return `${value.toFixed(power === 0 || value >= 10 ? 0 : 1)} ${units[power]}`;
}

function record(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}

function withHost(address: string, host: string): string {
  return address.replace(/^([a-z]+:\/\/)(?:\[[^\]]*\]|[^/:]+)/, (_, scheme: string) => `${scheme}${host}`);
}
