/** The form of the screens before everything else: choosing the first password, and logging in. */
import Alpine from '@alpinejs/csp';
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
    get where(): string {
      return where();
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
      return this.submit(() => claim(this.password));
    },
    logIn(): Promise<void> {
      return this.submit(() => logIn(this.name.trim(), this.password));
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
