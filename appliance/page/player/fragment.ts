/** What the page needs to know of a fragment of our own muxer (appliance/stream/fmp4.ts). */
export interface FragmentFacts {
  /** Capture time, seconds of media time. */
  readonly time: number;
  readonly key: boolean;
}

/** Reads tfdt and trun of a fragment with one picture; undefined for anything else (an init segment). */
export function readFragment(data: ArrayBuffer): FragmentFacts | undefined {
  const view = new DataView(data);
  const traf = data.byteLength > 16 && isBox(view, 4, 'moof') ? findBox(view, 8, view.getUint32(0), 'traf') : undefined;
  if (traf === undefined) return undefined;
  const end = traf + view.getUint32(traf);
  const tfdt = findBox(view, traf + 8, end, 'tfdt');
  const trun = findBox(view, traf + 8, end, 'trun');
  if (tfdt === undefined || trun === undefined) return undefined;
  const timeUs = view.getUint32(tfdt + 12) * 0x1_0000_0000 + view.getUint32(tfdt + 16);
  // After size, type, flags, count and data offset: duration, size, flags. Bit 16 is "not a sync sample".
  const key = (view.getUint32(trun + 28) & 0x1_0000) === 0;
  return { time: timeUs / 1_000_000, key };
}

function findBox(view: DataView, from: number, to: number, type: string): number | undefined {
  const end = Math.min(to, view.byteLength);
  for (let at = from; at + 8 <= end; ) {
    if (isBox(view, at + 4, type)) return at;
    const size = view.getUint32(at);
    if (size < 8) return undefined;
    at += size;
  }
  return undefined;
}

function isBox(view: DataView, at: number, type: string): boolean {
  for (let i = 0; i < 4; i += 1) if (view.getUint8(at + i) !== type.charCodeAt(i)) return false;
  return true;
}
