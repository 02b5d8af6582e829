/** The screens before the fleet: choosing the first admin's password, and logging in. */
import Alpine from '@alpinejs/csp';
import { passwordStrength } from '../../../appliance/page/password-strength.ts';
import { ApiError, sentenceOf } from '../../../appliance/page/request.ts';
import { api } from './api.ts';
import { enter, state } from './state.ts';

/** Registers the component. */
export function registerGate(): void {
  Alpine.data('gate', () => ({
    state,
    name: '',
    password: '',
    shown: false,
    busy: false,
    error: '',

    init(): void {
      // The first thing to fill in.
      void this.$nextTick(() => (this.$refs.name ?? this.$refs.password)?.focus());
    },
    get strength() {
      return passwordStrength(this.password);
    },
    get type(): string {
      return this.shown ? 'text' : 'password';
    },
    toggleShown(): void {
      this.shown = !this.shown;
    },
    write(event: Event): void {
      this.password = (event.target as HTMLInputElement).value;
      this.error = '';
    },
    writeName(event: Event): void {
      this.name = (event.target as HTMLInputElement).value;
      this.error = '';
    },
    claim(): Promise<void> {
      return this.submit(() => api.claim(this.password));
    },
    logIn(): Promise<void> {
      return this.submit(() => api.logIn(this.name.trim(), this.password));
    },
    async submit(send: () => Promise<unknown>): Promise<void> {
      if (this.busy) return;
      this.busy = true;
      this.error = '';
      try {
        await send();
        await enter();
      } catch (error) {
        this.error = sentenceOf(error);
        // Somebody was faster: the next screen is the one to log in with.
        if (error instanceof ApiError && error.code === 'already_claimed') state.screen = 'login';
      } finally {
        this.busy = false;
      }
    },
  }));
}
