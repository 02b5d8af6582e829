/** The camera's network on the Setup tab: what it is in, what is in reach, the hotspot. */
import Alpine from '@alpinejs/csp';
import { api } from '../api.ts';
import { copyText } from '../copy.ts';
import { passwordForm } from '../password-form.ts';
import { ApiError, sentenceOf } from '../request.ts';
import { announce, state } from '../state.ts';
import { complain, say } from '../toasts.ts';
import { type NetworkInfo, placesOf, type Row, rowsOf } from './rows.ts';

/** How often it is asked for while it is seen, ms. */
const pollMs = 2_000;

const nothing: NetworkInfo = { state: 'unmanaged', message: '', addresses: [], name: '', networks: [], known: [] };

/** Registers the component. */
export function registerNetwork(): void {
  Alpine.data('network', () => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ended = false;
    let said = '';
    return {
      info: nothing,
      rows: [] as Row[],
      /** Something was heard of the camera's network. */
      loaded: false,
      /** The camera did not answer the last time: while a network is tried, that is as it should be. */
      silent: false,
      scanning: false,
      busy: false,
      /** The network whose form is open; `other` for one that is typed. */
      chosen: '',
      other: false,
      form: passwordForm(),
      copied: '',

      init(): void {
        void this.look().then(() => {
          // What was seen last may be old; the hotspot's list is from before it opened.
          if (this.managed && this.info.state !== 'joining') void this.scan();
        });
      },
      destroy(): void {
        ended = true;
        clearTimeout(timer);
      },
      async look(): Promise<void> {
        clearTimeout(timer);
        try {
          this.take(await api.network());
          this.silent = false;
        } catch (error) {
          this.silent = error instanceof ApiError && error.status === 0;
        }
        if (!ended) timer = setTimeout(() => void this.look(), pollMs);
      },
      take(info: NetworkInfo): void {
        this.info = info;
        this.rows = rowsOf(info);
        this.loaded = true;
        state.onHotspot = info.state === 'hotspot';
        const message = info.trial ? info.trial.message : '';
        if (message !== said && said !== '' && info.state !== 'joining') announce(message);
        said = message;
      },

      get managed(): boolean {
        return this.loaded && this.info.state !== 'unmanaged' && this.info.hotspot !== undefined;
      },
      get message(): string {
        return this.info.message;
      },
      /** Which sign stands before the sentence. */
      get sign(): string {
        return this.info.state;
      },
      get places(): string[] {
        return this.info.state === 'joining'
          ? []
          : placesOf(this.info, location.protocol === 'http:' ? location.port : '');
      },
      get vpnText(): string {
        return this.info.vpn ? `${this.info.vpn.address} by VPN (${this.info.vpn.interface})` : '';
      },
      get joining(): boolean {
        return this.info.state === 'joining';
      },
      get trialState(): string {
        const { trial, ssid } = this.info;
        if (this.joining) return 'trying';
        if (!trial || trial.state === 'trying') return '';
        // It worked, but the camera is elsewhere by now; or it failed then, and works now.
        return (trial.state === 'joined') === (ssid === trial.ssid) ? trial.state : '';
      },
      get trialMessage(): string {
        return this.info.trial ? this.info.trial.message : '';
      },
      get waitingText(): string {
        return this.silent
          ? 'No answer at the moment. This page goes on by itself once this device reaches the camera again.'
          : '';
      },
      get empty(): boolean {
        return this.rows.length === 0 && !this.scanning;
      },
      get scanWord(): string {
        return this.scanning ? 'Looking…' : 'Look again';
      },

      get hotspotOn(): boolean {
        return this.info.hotspot?.on ?? false;
      },
      get hotspotName(): string {
        return this.info.hotspot?.ssid ?? '';
      },
      get hotspotOpen(): boolean {
        return this.info.hotspot?.open ?? false;
      },
      get hotspotPassword(): string {
        return this.info.hotspot?.password ?? '';
      },
      get hotspotText(): string {
        if (this.hotspotOn && this.hotspotOpen)
          return 'It is on and open: anybody near may join it and read what is sent. It gets its password once the camera was in a network, or now:';
        if (this.hotspotOn) return 'It is on.';
        return `When the camera finds no network it becomes one of its own; its page is at http://${this.info.hotspot?.address} there. Keep the password where you find it:`;
      },

      async scan(): Promise<void> {
        if (this.scanning) return;
        this.scanning = true;
        try {
          this.take(await api.scanNetworks());
        } catch {
          // The list as it was stands; that the camera does not answer is said elsewhere.
        }
        this.scanning = false;
      },
      /** A touch on a network: one that is known, or open, needs nothing more than a yes. */
      choose(row: Row): void {
        const again = this.chosen === row.ssid && !this.other;
        this.reset();
        if (again) return;
        this.chosen = row.ssid;
        if (row.asks) this.focus();
      },
      chooseOther(): void {
        const again = this.other;
        this.reset();
        this.other = !again;
        if (this.other) this.focus();
      },
      reset(): void {
        this.chosen = '';
        this.other = false;
        this.form = passwordForm();
      },
      focus(): void {
        void this.$nextTick(() => {
          const { $root } = this as unknown as { $root: HTMLElement };
          $root.querySelector<HTMLInputElement>('form input:not([hidden])')?.focus();
        });
      },
      isChosen(row: Row): boolean {
        return this.chosen === row.ssid && !this.other;
      },
      joinWord(row: Row): string {
        if (row.known && this.form.password === '') return 'Connect';
        return 'Join';
      },
      joinRow(row: Row): Promise<void> {
        return this.join(row.ssid, false);
      },
      joinOther(): Promise<void> {
        return this.join(this.form.name, true);
      },
      async join(ssid: string, hidden: boolean): Promise<void> {
        if (this.busy) return;
        this.busy = true;
        try {
          const request = {
            ssid,
            ...(this.form.password !== '' && { password: this.form.password }),
            ...(hidden && { hidden }),
          };
          this.take(await api.joinNetwork(request));
          this.reset();
          scrollTo({ top: 0, behavior: 'smooth' });
        } catch (error) {
          this.form.error = sentenceOf(error);
        }
        this.busy = false;
      },
      async forget(row: Row): Promise<void> {
        try {
          this.take(await api.forgetNetwork(row.ssid));
          this.reset();
          say(`The camera has forgotten “${row.ssid}”.`);
        } catch (error) {
          complain(error);
        }
      },
      async setHotspot(on: boolean): Promise<void> {
        if (this.busy) return;
        this.busy = true;
        try {
          this.take(await api.setHotspot(on));
        } catch (error) {
          complain(error);
        }
        this.busy = false;
      },
      async copy(text: string): Promise<void> {
        this.copied = (await copyText(text)) ? text : '';
        if (this.copied === '') say('Copying did not work here. Select the text and copy it.');
      },
      copyWord(text: string): string {
        return this.copied === text ? 'Copied' : 'Copy';
      },
    };
  });
}
