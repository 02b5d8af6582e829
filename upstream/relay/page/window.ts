/** Which rows of a long list are on the screen: pure. */

/** Lengths in CSS pixels. */
export interface Layout {
  readonly columns: number;
  readonly rowHeight: number;
  readonly columnWidth: number;
  readonly gap: number;
}

/** One column of rows on a phone, tiles with the picture on top where there is room. */
export function layoutFor(width: number): Layout {
  if (width < 640) return { columns: 1, rowHeight: 92, columnWidth: width, gap: 0 };
  const gap = 16;
  const columns = Math.max(2, Math.floor((width + gap) / (272 + gap)));
  const columnWidth = (width - gap * (columns - 1)) / columns;
  // 16:9, and under it four lines of text.
  return { columns, columnWidth, rowHeight: Math.round((columnWidth * 9) / 16) + 104, gap };
}

/** Height of the whole list. */
export function heightOf(count: number, { columns, rowHeight, gap }: Layout): number {
  const lines = Math.ceil(count / columns);
  return lines === 0 ? 0 : lines * (rowHeight + gap) - gap;
}

/** From the first to after the last item that is on the screen or within `spare` of it; `top` of the screen in the list. */
export function visible(
  count: number,
  { columns, rowHeight, gap }: Layout,
  top: number,
  height: number,
  spare: number,
): { readonly from: number; readonly to: number } {
  const pitch = rowHeight + gap;
  const first = Math.max(0, Math.floor((top - spare) / pitch));
  const last = Math.max(first, Math.ceil((top + height + spare) / pitch));
  return { from: Math.min(count, first * columns), to: Math.min(count, last * columns) };
}

/** Where an item stands in the list. */
export function placeOf(
  index: number,
  { columns, rowHeight, columnWidth, gap }: Layout,
): { readonly x: number; readonly y: number } {
  return { x: (index % columns) * (columnWidth + gap), y: Math.floor(index / columns) * (rowHeight + gap) };
}
