/** The screens before the camera: choosing the first password, and logging in. */
import Alpine from '@alpinejs/csp';
import { api } from './api.ts';
import { passwordStrength } from './password-strength.ts';
import { ApiError } from './request.ts';
import { enter, state } from './state.ts';

/** Registers the component. */
export function registerGate(): void {
  Alpine.data('gate', () => ({
    state,
    password: '',
    shown: false,
    busy: false,
    error: '',

    init(): void {
      // The one thing to do on these screens.
      void this.$nextTick(() => this.$refs.password?.focus());
    },
    get strength() {
      return passwordStrength(this.password);
    },
    get type(): string {
      return this.shown ? 'text' : 'password';
    },
    /** The address as the person knows it: the device's name, or what is in the address bar. */
    get where(): string {
      return state.device || location.hostname;
    },

    toggleShown(): void {
      this.shown = !this.shown;
    },
    write(event: Event): void {
      this.password = (event.target as HTMLInputElement).value;
      this.error = '';
    },
    claim(): Promise<void> {
      return this.submit(() => api.claim(this.password));
    },
    logIn(): Promise<void> {
      return this.submit(() => api.logIn(this.password));
    },
    async submit(send: () => Promise<unknown>): Promise<void> {
      if (this.busy) return;
      this.busy = true;
      this.error = '';
      try {
        await send();
        await enter();
      } catch (error) {
        this.error = error instanceof Error ? error.message : String(error);
        // Somebody was faster: the next screen is the one to log in with.
        if (error instanceof ApiError && error.code === 'already_claimed') state.screen = 'login';
      } finally {
        this.busy = false;
      }
    },
  }));
}
