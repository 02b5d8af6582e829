/** The frame of the page: which screen, which tab, and the house the control panel stands in. */
import Alpine from '@alpinejs/csp';
import { mountPanel } from './panel/index.ts';
import { markPreset } from './presets.ts';
import { keepPicture, onPicture, stage } from './stage.ts';
import { announce, currentCamera, dismissNotice, showCamera, shown, state, type Tab, transport } from './state.ts';
import { say } from './toasts.ts';

/** Registers the components. */
export function registerPage(): void {
  Alpine.data('page', () => ({
    state,
    init(): void {
      Alpine.effect(() => {
        document.title = state.camera === '' ? 'Perch' : `${state.camera} · Perch`;
      });
      Alpine.effect(() => {
        const dialog = state.helpOpen && document.querySelector<HTMLDialogElement>('dialog[data-part="help"]');
        if (dialog && !dialog.open) dialog.showModal();
      });
    },
    get synthetic(): boolean {
      return currentCamera()?.source === 'test';
    },
    get deviceName(): string {
      return state.device || 'Perch';
    },
    show(name: string): void {
      showCamera(name);
    },
    go(tab: Tab): void {
      const again = state.tab === tab;
      state.tab = tab;
      scrollTo({ top: 0, behavior: again ? 'smooth' : 'auto' });
    },
    dismiss(note: string): void {
      dismissNotice(note);
    },
    openHelp(): void {
      state.helpOpen = true;
    },
    closeHelp(): void {
      state.helpOpen = false;
      document.querySelector<HTMLDialogElement>('dialog[data-part="help"]')?.close();
    },
    helpOutside(event: PointerEvent): void {
      if (event.target instanceof HTMLDialogElement) this.closeHelp();
    },
  }));

  Alpine.data('panelHouse', () => ({
    init(): void {
      const { $el } = this;
      // The panel belongs to one camera: another camera gets another panel.
      Alpine.effect(() => house($el, state.camera));
    },
    destroy(): void {
      shown.panel?.close();
      shown.panel = undefined;
    },
  }));
}

function house(element: HTMLElement, camera: string): void {
  shown.panel?.close();
  shown.panel = undefined;
  if (camera === '') return;
  // Nothing that mounting reads may bring this effect back.
  queueMicrotask(() => {
    if (state.camera !== camera) return;
    shown.panel = mountPanel(element, transport, {
      camera,
      onPicture,
      compare: {
        available: () => stage.still?.kept ?? false,
        show: (on) => stage.current?.compare(on),
      },
      onBegin: keepPicture,
      onHold: (held) => {
        state.holding = held;
      },
      onSaid: say,
      announce,
      onSettings: markPreset,
    });
  });
}
