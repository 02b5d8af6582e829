/** Icons as strokes on a 24 x 24 grid; each use gives its own name to screen readers, the drawing is hidden from them. */
const paths = {
  check: 'M5 12.5l4.5 4.5L19 7.5',
  chevron: 'M6 9l6 6 6-6',
  reset: 'M4 5v5h5M4.6 10a8 8 0 1 1-.3 5',
  undo: 'M8 5L4 9l4 4M4 9h10a6 6 0 0 1 0 12h-3',
  compare: 'M12 3v18M12 5H6a2 2 0 0 0-2 2v10a2 2 0 0 0 2 2h6M15 5h3a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2h-3',
  play: 'M8 5.5v13l10.5-6.5z',
  stop: 'M6.5 6.5h11v11h-11z',
  restart: 'M20 5v5h-5M19.4 10a8 8 0 1 0 .3 5',
} as const;

export type IconName = keyof typeof paths;

/** The SVG of an icon. */
export function icon(name: IconName): string {
  return `<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="${paths[name]}"/></svg>`;
}
