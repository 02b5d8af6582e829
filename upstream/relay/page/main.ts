/** The fleet page: its parts, and who knows whom. */
import Alpine from '@alpinejs/csp';
import { readTheme, setTheme } from '../../../appliance/page/theme.ts';
import { registerDevice, shown } from './device.ts';
import { list, registerFleet } from './fleet.ts';
import { registerGate } from './gate.ts';
import { registerPeople } from './people.ts';
import { registerSetup } from './setup.ts';
import { closeDevice, enter, startState, state, type Tab } from './state.ts';
import { registerToasts } from './toasts.ts';

setTheme(readTheme());
Alpine.data('page', () => ({
  state,
  go(tab: Tab): void {
    if (state.device !== '') closeDevice();
    state.tab = tab;
    scrollTo(0, 0);
  },
  /** The one that is open: another one gets a component of its own. */
  get openDevices(): readonly string[] {
    return state.device === '' || state.tab !== 'fleet' ? [] : [state.device];
  },
  get admin(): boolean {
    return state.role === 'admin';
  },
  get lostText(): string {
    return `The relay does not answer since ${state.lostAt}. What you see is from then; the page connects again by itself.`;
  },
}));
registerGate();
registerFleet();
registerDevice();
registerPeople();
registerSetup();
registerToasts();
startState();
startKeys();
Alpine.start();
void enter();

/** Keys that work anywhere, unless somebody is typing. */
function startKeys(): void {
  addEventListener('keydown', (event) => {
    if (state.screen !== 'fleet' || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector('dialog[open]')) return;
    const { target } = event;
    const typing =
      target instanceof HTMLSelectElement ||
      (target instanceof HTMLInputElement && !['checkbox', 'range'].includes(target.type));
    const search = document.querySelector<HTMLInputElement>('#search');
    if (target === search && event.key === 'ArrowDown') {
      event.preventDefault();
      list.current?.focus(0);
    } else if (typing) return;
    else if (event.key === '/' && search && state.device === '' && state.tab === 'fleet') {
      event.preventDefault();
      search.focus();
    } else if (event.key === 'Escape' && state.device !== '') closeDevice();
    else if (event.key.toLowerCase() === 'u' && state.device !== '') shown.panel?.model.undo();
  });
}
