/** In the Setup tab: the version and its updates, restarting, shutting down, forgetting everything. And safe mode. */
import Alpine from '@alpinejs/csp';
import { api, type UpdateStatus } from '../api.ts';
import { ApiError, sentenceOf } from '../request.ts';
import { state } from '../state.ts';
import { complain, say } from '../toasts.ts';
import { upload } from './upload.ts';
import { type Question, questions, resultText, type Step, versionText } from './words.ts';

/** Between two looks at an update that is under way, in ms. */
const lookMs = 1500;

/** Registers the components. */
export function registerDevice(): void {
  Alpine.data('safeMode', () => ({
    state,
    busy: false,
    async leave(): Promise<void> {
      this.busy = true;
      try {
        say((await api.leaveSafeMode()).message);
        state.safeMode = '';
      } catch (error) {
        complain(error);
      }
      this.busy = false;
    },
  }));

  Alpine.data('device', () => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let gone = false;
    return {
      status: { supported: false, version: '', builtIn: true } as UpdateStatus,
      progress: '',
      /** Uploaded, of the bundle. */
      percent: 0,
      error: '',
      what: 'reboot' as Step,
      password: '',
      sureError: '',
      busy: false,

      init(): void {
        void this.look();
      },
      destroy(): void {
        gone = true;
        clearTimeout(timer);
      },
      get versionText(): string {
        return versionText(this.status);
      },
      get resultText(): string {
        return resultText(this.status, Date.now());
      },
      get resultWrong(): boolean {
        return this.status.result?.ok === false;
      },
      get previousText(): string {
        return this.status.previous === undefined ? '' : `Back to ${this.status.previous}…`;
      },
      get sure(): Question {
        return questions[this.what];
      },

      /** Looks, and looks again while something is under way; the camera is away for a moment in its middle. */
      async look(): Promise<void> {
        try {
          const status = await api.update();
          const before = this.status;
          this.status = status;
          this.progress = status.progress ?? '';
          const ended = status.result !== undefined && status.result.at !== before.result?.at;
          if (ended && before.version !== '') say(resultText(status, Date.now()));
          // This page belongs to the version before.
          if (before.version !== '' && before.version !== status.version && status.progress === undefined)
            location.reload();
        } catch (error) {
          if (error instanceof ApiError && error.status === 404) return;
        }
        if (this.progress !== '') this.lookSoon();
      },
      lookSoon(): void {
        clearTimeout(timer);
        if (!gone) timer = setTimeout(() => void this.look(), lookMs);
      },
      async chosen(event: Event): Promise<void> {
        const input = event.target as HTMLInputElement;
        const file = input.files?.[0];
        // The same file may be chosen again.
        input.value = '';
        if (!file) return;
        await this.under(`Uploading ${file.name}.`, () =>
          upload('/api/update', file, (percent) => {
            this.percent = percent;
            if (percent === 100) this.progress = 'Checking the signature, unpacking.';
          }),
        );
      },
      goBack(): void {
        this.ask('roll-back');
      },
      /** Does what takes the program away for a moment. */
      async under(sentence: string, does: () => Promise<string>): Promise<void> {
        this.error = '';
        this.percent = 0;
        this.progress = sentence;
        try {
          this.progress = await does();
          this.percent = 0;
          this.lookSoon();
        } catch (error) {
          this.progress = '';
          this.error = sentenceOf(error);
        }
      },

      ask(what: Step): void {
        this.what = what;
        this.password = '';
        this.sureError = '';
        this.dialog().showModal();
      },
      dialog(): HTMLDialogElement {
        return (this as unknown as { $refs: Record<string, HTMLDialogElement> }).$refs.sure as HTMLDialogElement;
      },
      writePassword(event: Event): void {
        this.password = (event.target as HTMLInputElement).value;
        this.sureError = '';
      },
      cancel(): void {
        this.dialog().close();
      },
      outside(event: PointerEvent): void {
        if (event.target instanceof HTMLDialogElement) this.cancel();
      },
      closed(): void {
        this.password = '';
      },
      async act(): Promise<void> {
        const { what } = this;
        this.busy = true;
        try {
          if (what === 'roll-back') {
            this.cancel();
            await this.under('Going back.', async () => (await api.rollBack()).message);
          } else {
            const { message } =
              what === 'factory-reset' ? await api.factoryReset(this.password) : await api.device(what);
            this.cancel();
            say(message);
          }
        } catch (error) {
          this.sureError = sentenceOf(error);
        }
        this.busy = false;
      },
    };
  });
}
