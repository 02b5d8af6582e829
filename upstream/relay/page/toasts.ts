/** Short lines at the bottom of the page, with an Undo where there is one. */
import Alpine from '@alpinejs/csp';
import { announce } from './state.ts';

/** How long a line stands, in milliseconds; longer when there is something to do about it. */
const standsMs = 4000;
const undoMs = 8000;

const toast = Alpine.reactive({ text: '', undoable: false, wrong: false });
let undo: (() => void) | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;

/** Shows a line in place of the one before. */
export function say(text: string, takeBack?: () => void): void {
  show(text, takeBack, false);
}

/** Shows what went wrong. */
export function complain(error: unknown): void {
  show(sentenceOf(error), undefined, true);
}

export function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function show(text: string, takeBack: (() => void) | undefined, wrong: boolean): void {
  toast.text = text;
  toast.undoable = takeBack !== undefined;
  toast.wrong = wrong;
  undo = takeBack;
  announce(text);
  clearTimeout(timer);
  timer = setTimeout(hide, takeBack || wrong ? undoMs : standsMs);
}

function hide(): void {
  toast.text = '';
  toast.undoable = false;
  undo = undefined;
}

/** Registers the component. */
export function registerToasts(): void {
  Alpine.data('toasts', () => ({
    toast,
    undo() {
      const run = undo;
      hide();
      run?.();
    },
    hide,
  }));
}
