/** Keys that work anywhere on the page, unless somebody is typing. */
import { applyPreset } from './presets.ts';
import { stage } from './stage.ts';
import { shown, state } from './state.ts';

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

/** Listens to the whole page; once. */
export function startKeys(): void {
  addEventListener('keydown', (event) => {
    if (state.screen !== 'camera' || isTyping(event.target) || document.querySelector('dialog[open]')) return;
    const key = readKey(event);
    if (!key || (event.repeat && key.kind !== 'step')) return;
    event.preventDefault();
    act(key);
  });
  addEventListener('keyup', ({ key }) => {
    if (key.toLowerCase() === 'c') shown.panel?.compare(false);
  });
  addEventListener('blur', () => shown.panel?.compare(false));
}

function act(key: Key): void {
  switch (key.kind) {
    case 'step':
      shown.panel?.step(key.steps);
      break;
    case 'preset': {
      const preset = state.presets[key.at];
      if (preset) void applyPreset(preset);
      break;
    }
    case 'full':
      stage.current?.full();
      break;
    case 'snapshot':
      void stage.current?.snapshot();
      break;
    case 'compare':
      shown.panel?.compare(true);
      break;
    case 'undo':
      shown.panel?.model.undo();
      break;
    case 'help':
      state.helpOpen = true;
      break;
  }
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return target.type !== 'range' && target.type !== 'checkbox';
  return target instanceof HTMLSelectElement || target instanceof HTMLTextAreaElement || target.isContentEditable;
}
