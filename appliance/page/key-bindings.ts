/** What a key does; `big` with shift held. */
export type Key =
  | { readonly kind: 'step'; readonly steps: number }
  | { readonly kind: 'preset'; readonly at: number }
  | { readonly kind: 'full' | 'snapshot' | 'compare' | 'undo' | 'help' };

interface Pressed {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
}

/** Reads a key, or undefined when it is none of ours. */
export function readKey({ key, shiftKey, ctrlKey, altKey, metaKey }: Pressed): Key | undefined {
  if ((ctrlKey || metaKey) && !shiftKey && !altKey && key.toLowerCase() === 'z') return { kind: 'undo' };
  if (ctrlKey || altKey || metaKey) return undefined;
  if (key === 'ArrowLeft' || key === 'ArrowRight') {
    return { kind: 'step', steps: (key === 'ArrowLeft' ? -1 : 1) * (shiftKey ? 10 : 1) };
  }
  if (/^[1-9]$/.test(key)) return { kind: 'preset', at: Number(key) - 1 };
  if (key === '?') return { kind: 'help' };
  const named = { f: 'full', s: 'snapshot', c: 'compare', u: 'undo' } as const;
  const kind = named[key.toLowerCase() as keyof typeof named];
  return kind && { kind };
}
