/** Who may use this relay: users, tokens of programs, and what was done by whom. For admins. */
import Alpine from '@alpinejs/csp';
import { copyText } from '../../../appliance/page/copy.ts';
import { sentenceOf } from '../../../appliance/page/request.ts';
import type { TokenInfo, UserInfo } from '../people/people.ts';
import { type AuditLine, api } from './api.ts';
import { state } from './state.ts';
import { complain, say } from './toasts.ts';

const roles = [
  { name: 'viewer', label: 'Viewer' },
  { name: 'operator', label: 'Operator' },
  { name: 'admin', label: 'Admin' },
];

/** Registers the component. */
export function registerPeople(): void {
  Alpine.data('people', () => ({
    state,
    roles,
    users: [] as UserInfo[],
    tokens: [] as TokenInfo[],
    lines: [] as AuditLine[],
    newToken: '',
    userError: '',
    tokenError: '',
    passwordError: '',
    /** Whose password is being chosen anew. */
    resetting: '',
    copied: '',

    init(): void {
      void this.load();
    },
    async load(): Promise<void> {
      try {
        this.users = (await api.users()).users;
        this.tokens = (await api.tokens()).tokens;
        this.lines = (await api.audit()).lines.slice(0, 100);
      } catch (error) {
        complain(error);
      }
    },
    async addUser(event: SubmitEvent): Promise<void> {
      const form = event.target as HTMLFormElement;
      const { name = '', password = '', role = 'viewer' } = values(form);
      this.userError = '';
      try {
        await api.addUser(name.trim(), password, role);
        form.reset();
        say(`${name.trim()} may log in now.`);
      } catch (error) {
        this.userError = sentenceOf(error);
      }
      await this.load();
    },
    async changeRole(user: UserInfo, event: Event): Promise<void> {
      const select = event.target as HTMLSelectElement;
      try {
        await api.changeUser(user.name, { role: select.value });
        say(`${user.name} is ${select.value} now.`);
      } catch (error) {
        select.value = user.role;
        complain(error);
      }
      await this.load();
    },
    async removeUser(user: UserInfo): Promise<void> {
      try {
        await api.removeUser(user.name);
        say(`${user.name} may log in no more.`);
      } catch (error) {
        complain(error);
      }
      await this.load();
    },
    isSelf(user: UserInfo): boolean {
      return user.name === state.who;
    },
    resetFor(name: string): void {
      this.resetting = this.resetting === name ? '' : name;
      this.passwordError = '';
    },
    async resetPassword(user: UserInfo, event: SubmitEvent): Promise<void> {
      const { password = '' } = values(event.target as HTMLFormElement);
      this.passwordError = '';
      try {
        await api.changeUser(user.name, { password });
        this.resetting = '';
        say(`${user.name} has a new password and is logged out.`);
      } catch (error) {
        this.passwordError = sentenceOf(error);
      }
    },
    async createToken(event: SubmitEvent): Promise<void> {
      const form = event.target as HTMLFormElement;
      const { name = '', role = 'operator' } = values(form);
      this.tokenError = '';
      if (name.trim() === '') {
        this.tokenError = 'Give it the name of the program that will use it.';
        return;
      }
      try {
        this.newToken = (await api.createToken(name.trim(), role)).token;
        form.reset();
      } catch (error) {
        this.tokenError = sentenceOf(error);
      }
      await this.load();
    },
    forgetToken(): void {
      this.newToken = '';
    },
    async revoke(token: TokenInfo): Promise<void> {
      try {
        await api.revokeToken(token.id);
        say(`The token “${token.name}” is revoked.`);
      } catch (error) {
        complain(error);
      }
      await this.load();
    },
    tokenFacts({ role, created, used }: TokenInfo): string {
      return `${role}, since ${created}, ${used === undefined ? 'not used yet' : `last used ${used}`}`;
    },
    lineTime({ time }: AuditLine): string {
      return new Date(time).toLocaleString();
    },
    lineText({ camera, action }: AuditLine): string {
      return camera === '' ? action : `${camera}: ${action}`;
    },
    async copy(text: string): Promise<void> {
      this.copied = (await copyText(text)) ? text : '';
      if (this.copied === '') say('Copying did not work here. Select the text and copy it.');
    },
    copyWord(text: string): string {
      return this.copied === text ? 'Copied' : 'Copy';
    },
  }));
}

function values(form: HTMLFormElement): Record<string, string> {
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
}
