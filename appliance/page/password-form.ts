/** What is typed into a form that asks for a password: it may be shown, and an error goes away with the next key. */
export interface PasswordForm {
  /** Of what the password belongs to; empty where the form does not ask for it. */
  name: string;
  password: string;
  /** It can be read while it is typed. */
  shown: boolean;
  /** What was wrong with it, in a sentence; empty when nothing was. */
  error: string;
  /** Of the password's input. */
  readonly type: 'text' | 'password';
  toggleShown(): void;
  write(event: Event): void;
  writeName(event: Event): void;
}

export function passwordForm(): PasswordForm {
  return {
    name: '',
    password: '',
    shown: false,
    error: '',
    get type() {
      return this.shown ? 'text' : 'password';
    },
    toggleShown() {
      this.shown = !this.shown;
    },
    write(event) {
      this.password = (event.target as HTMLInputElement).value;
      this.error = '';
    },
    writeName(event) {
      this.name = (event.target as HTMLInputElement).value;
      this.error = '';
    },
  };
}
