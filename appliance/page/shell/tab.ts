/** The tab Shell: a terminal that stays when another tab is looked at, and fits above a phone's keyboard. */
import Alpine from '@alpinejs/csp';
import { state } from '../state.ts';
import type { ShellView } from './view.ts';
import { fitVisible } from './visible.ts';

/** Registers the component. */
export function registerShell(): void {
  Alpine.data('shell', () => {
    let view: ShellView | undefined;
    let loading = false;
    return {
      state,
      init(): void {
        const { $el } = this;
        const place = () => fitVisible($el);
        visualViewport?.addEventListener('resize', place);
        visualViewport?.addEventListener('scroll', place);
        Alpine.effect(() => {
          if (state.tab !== 'shell') return;
          place();
          if (view) requestAnimationFrame(() => view?.seen());
          else if (!loading) {
            loading = true;
            void load($el).then((made) => {
              view = made;
            });
          }
        });
      },
    };
  });
}

async function load(place: HTMLElement): Promise<ShellView | undefined> {
  try {
    const [{ mountShell }] = await Promise.all([
      import('./view.ts'),
      // xterm.js measures letters as soon as it is made.
      loadStyle('shell/terminal.css'),
    ]);
    return mountShell(place);
  } catch {
    place.textContent = 'The terminal could not be loaded. Reload the page.';
    return undefined;
  }
}

/** With the terminal, not before the picture. */
function loadStyle(href: string): Promise<unknown> {
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = href;
  const loaded = new Promise((resolve, reject) => {
    link.addEventListener('load', resolve);
    link.addEventListener('error', reject);
  });
  document.head.append(link);
  return loaded;
}
