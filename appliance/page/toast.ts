/** Short lines at the bottom of a page, with an Undo where there is one. */
import Alpine from '@alpinejs/csp';
import { sentenceOf } from './request.ts';

/** How long a line stands, in milliseconds; longer when there is something to do about it. */
const standsMs = 4000;
const undoMs = 8000;

/** The lines of one page; `announce` has screen readers say them. */
export function makeToasts(announce: (text: string) => void) {
  const toast = Alpine.reactive({ text: '', undoable: false, wrong: false });
  let undo: (() => void) | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;

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

  return {
    /** Shows a line in place of the one before. */
    say: (text: string, takeBack?: () => void): void => show(text, takeBack, false),
    /** Shows what went wrong. */
    complain: (error: unknown): void => show(sentenceOf(error), undefined, true),
    /** Registers the component. */
    registerToasts: (): void =>
      Alpine.data('toasts', () => ({
        toast,
        undo() {
          const run = undo;
          hide();
          run?.();
        },
        hide,
      })),
  };
}
