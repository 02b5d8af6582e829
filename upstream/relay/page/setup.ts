/** What everybody can set for themselves: looks, their password, logging out. */
import Alpine from '@alpinejs/csp';
import { sentenceOf } from '../../../appliance/page/request.ts';
import { readTheme, setTheme, type Theme } from '../../../appliance/page/theme.ts';
import { api } from './api.ts';
import { enter, leave, state } from './state.ts';
import { complain, say } from './toasts.ts';

/** Registers the component. */
export function registerSetup(): void {
  Alpine.data('setup', () => ({
    state,
    theme: readTheme() as Theme,
    error: '',

    get whoText(): string {
      return `Logged in as ${state.who}, with the role ${state.role}.`;
    },
    chooseTheme(theme: Theme): void {
      this.theme = theme;
      setTheme(theme);
    },
    async changePassword(event: SubmitEvent): Promise<void> {
      const data = new FormData(event.target as HTMLFormElement);
      this.error = '';
      try {
        await api.changePassword(String(data.get('current')), String(data.get('password')));
        say('Your password is changed. Log in with the new one.');
        await enter();
      } catch (error) {
        this.error = sentenceOf(error);
      }
    },
    async logOut(): Promise<void> {
      try {
        await api.logOut();
      } catch (error) {
        complain(error);
        return;
      }
      leave('login');
    },
  }));
}
