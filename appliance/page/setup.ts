/** The tab behind the gear: appearance, addresses for other programs, API tokens, logging out. */
import Alpine from '@alpinejs/csp';
import { type Address, addressesOf, deliveryText } from './addresses.ts';
import { api, type Token } from './api.ts';
import { copyText } from './copy.ts';
import { ApiError } from './request.ts';
import { currentCamera, enter, state, transport } from './state.ts';
import { readTheme, setTheme, type Theme } from './theme.ts';
import { complain, say } from './toasts.ts';

/** Registers the component. */
export function registerSetup(): void {
  Alpine.data('setup', () => ({
    state,
    theme: readTheme() as Theme,
    tokens: [] as Token[],
    /** This server has API tokens. */
    hasTokens: true,
    tokenName: '',
    tokenError: '',
    /** A token just made: shown this once. */
    newToken: '',
    copied: '',

    init(): void {
      void this.loadTokens();
    },
    get addresses(): Address[] {
      return addressesOf(currentCamera()?.mediamtx, location.hostname);
    },
    get delivery(): string {
      return deliveryText(currentCamera()?.mediamtx);
    },

    chooseTheme(theme: Theme): void {
      this.theme = theme;
      setTheme(theme);
    },
    writeTokenName(event: Event): void {
      this.tokenName = (event.target as HTMLInputElement).value;
      this.tokenError = '';
    },
    async loadTokens(): Promise<void> {
      try {
        this.tokens = (await api.tokens()).tokens;
      } catch (error) {
        this.hasTokens = !(error instanceof ApiError && error.status === 404);
      }
    },
    async createToken(): Promise<void> {
      if (this.tokenName.trim() === '') {
        this.tokenError = 'Give it the name of the program that will use it.';
        return;
      }
      try {
        this.newToken = (await api.createToken(this.tokenName.trim())).token;
        this.tokenName = '';
      } catch (error) {
        this.tokenError = error instanceof Error ? error.message : String(error);
      }
      await this.loadTokens();
    },
    forgetToken(): void {
      this.newToken = '';
    },
    async revoke(token: Token): Promise<void> {
      try {
        await api.revokeToken(token.id);
        say(`The token “${token.name}” is revoked.`);
      } catch (error) {
        complain(error);
      }
      await this.loadTokens();
    },
    tokenFacts(token: Token): string {
      const used = token.used ?? token.last_used;
      return `since ${token.created ?? '?'}, ${used === undefined ? 'not used yet' : `last used ${used}`}`;
    },
    async copy(text: string): Promise<void> {
      this.copied = (await copyText(text)) ? text : '';
      if (this.copied === '') say('Copying did not work here. Select the text and copy it.');
    },
    copyWord(text: string): string {
      return this.copied === text ? 'Copied' : 'Copy';
    },
    async logOut(): Promise<void> {
      try {
        await api.logOut();
      } catch (error) {
        complain(error);
        return;
      }
      transport.close();
      await enter();
    },
  }));
}
