/** Keys that work anywhere on the page, unless somebody is typing. */
import { type Key, readKey } from './key-bindings.ts';
import { applyPreset } from './presets.ts';
import { stage } from './stage.ts';
import { shown, state } from './state.ts';

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
