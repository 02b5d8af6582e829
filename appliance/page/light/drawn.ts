/** A pattern of the light as something a page can show: still, as a strip of time, and playing, as key frames. */

/** Milliseconds on and off in turn; one number alone stays on, none stays dark. As in GET /api/led. */
export type Pattern = readonly number[];

/** How much time a strip shows, in ms: as long as the longest pattern. */
export const stripMs = 4_000;

/** The lit times as a path along the middle of a box of 100 x 6, so many ms wide as a strip is. */
export function strip(pattern: Pattern): string {
  if (pattern.length === 0) return '';
  if (pattern.length === 1) return 'M0 3H100';
  const at = (ms: number) => Number(((Math.min(ms, stripMs) / stripMs) * 100).toFixed(2));
  let path = '';
  for (let from = 0, part = 0; from < stripMs; part++) {
    const until = from + (pattern[part % pattern.length] ?? stripMs);
    if (part % 2 === 0) path += `M${at(from)} 3H${at(until)}`;
    from = until;
  }
  return path;
}

export interface Played {
  readonly frames: readonly { readonly offset: number; readonly opacity: number; readonly easing: string }[];
  /** Of one cycle, in ms. */
  readonly duration: number;
}

/** One cycle as key frames that jump; undefined for a light that stays as it is. */
export function played(pattern: Pattern): Played | undefined {
  const duration = pattern.reduce((sum, each) => sum + each, 0);
  if (pattern.length < 2 || duration === 0) return undefined;
  const easing = 'steps(1, end)';
  const frames = [];
  let from = 0;
  for (const [part, each] of pattern.entries()) {
    frames.push({ offset: from / duration, opacity: part % 2 === 0 ? 1 : 0, easing });
    from += each;
  }
  return { frames: [...frames, { offset: 1, opacity: 0, easing }], duration };
}
