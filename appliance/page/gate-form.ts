/** The form of the screens before everything else: choosing the first password, and logging in. */
import Alpine from '@alpinejs/csp';
import { passwordForm } from './password-form.ts';
import { passwordStrength } from './password-strength.ts';
import { ApiError, sentenceOf } from './request.ts';

export interface GateParts {
  /** The page's own; `screen` is changed here. */
  readonly state: { screen: string };
  /** Where one is about to enter, as the person knows it. */
  where(): string;
  claim(password: string): Promise<unknown>;
  /** `name` is empty where there is no field for it. */
  logIn(name: string, password: string): Promise<unknown>;
  /** Whoever is in sees the page. */
  enter(): Promise<void>;
}

/** Registers the component. */
export function registerGateForm({ state, where, claim, logIn, enter }: GateParts): void {
  Alpine.data('gate', () => ({
    state,
    form: passwordForm(),
    busy: false,

    init(): void {
      // The first thing to fill in.
      void this.$nextTick(() => (this.$refs.name ?? this.$refs.password)?.focus());
    },
    get strength() {
      return passwordStrength(this.form.password);
    },
    get where(): string {
      return where();
    },
    claim(): Promise<void> {
      return this.submit(() => claim(this.form.password));
    },
    logIn(): Promise<void> {
      return this.submit(() => logIn(this.form.name.trim(), this.form.password));
    },
    async submit(send: () => Promise<unknown>): Promise<void> {
      if (this.busy) return;
      this.busy = true;
      this.form.error = '';
      try {
        await send();
        await enter();
      } catch (error) {
        this.form.error = sentenceOf(error);
        // Somebody was faster: the next screen is the one to log in with.
        if (error instanceof ApiError && error.code === 'already_claimed') state.screen = 'login';
      } finally {
        this.busy = false;
      }
    },
  }));
}
