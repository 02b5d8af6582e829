/** Presets as chips: a tap applies, a long press opens what else can be done, "+" keeps the settings of now. */
import Alpine from '@alpinejs/csp';
import type { SettingsPatch } from '../settings/table.ts';
import { api, type Preset } from './api.ts';
import { matches } from './preset-match.ts';
import { loadPresets, shown, state } from './state.ts';
import { complain, say } from './toasts.ts';

/** A finger that stays so long asks for the menu, ms; one that moved so far does not, CSS pixels. */
const longPressMs = 500;
const movedPx = 10;

/** Finds the preset whose settings are those of now. */
export function markPreset(): void {
  const { panel } = shown;
  if (!panel?.view.ready) return;
  const settings = panel.model.settings();
  state.presetOn = state.presets.find((preset) => matches(preset, settings))?.name ?? '';
}

/** Applies a preset to the camera that is shown, with an Undo. */
export async function applyPreset(preset: Preset): Promise<void> {
  const { panel } = shown;
  if (!panel) return;
  const done = panel.model.remember(preset.name);
  try {
    await panel.model.asOurs(() => api.applyPreset(preset.name, panel.model.camera));
    await panel.model.refresh();
    done();
    say(`${preset.name} is on.`, () => panel.model.undo());
  } catch (error) {
    complain(error);
  }
  markPreset();
}

type Ask = '' | 'menu' | 'save' | 'rename';

/** Registers the component. */
export function registerPresets(): void {
  Alpine.data('presets', () => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let pressed = { x: 0, y: 0 };
    let opened = false;
    return {
      state,
      ask: '' as Ask,
      name: '',
      error: '',
      chosen: undefined as Preset | undefined,

      init(): void {
        // They may come before the camera's settings, or after.
        this.$watch('state.presets', markPreset);
      },
      get chosenName(): string {
        return this.chosen?.name ?? '';
      },
      get builtin(): boolean {
        return this.chosen?.builtin ?? true;
      },
      get title(): string {
        return this.ask === 'rename' ? `Rename “${this.chosenName}”` : 'Keep these settings as a preset';
      },
      get empty(): boolean {
        return state.presets.every(({ builtin }) => builtin);
      },

      press(preset: Preset, event: PointerEvent): void {
        opened = false;
        pressed = { x: event.clientX, y: event.clientY };
        clearTimeout(timer);
        timer = setTimeout(() => this.menu(preset), longPressMs);
      },
      drift(event: PointerEvent): void {
        if (Math.hypot(event.clientX - pressed.x, event.clientY - pressed.y) > movedPx) clearTimeout(timer);
      },
      lift(): void {
        clearTimeout(timer);
      },
      tap(preset: Preset): void {
        clearTimeout(timer);
        if (opened) {
          opened = false;
          return;
        }
        void applyPreset(preset);
      },
      menu(preset: Preset): void {
        clearTimeout(timer);
        opened = true;
        navigator.vibrate?.(12);
        this.chosen = preset;
        this.open('menu');
      },
      keyMenu(preset: Preset): void {
        this.menu(preset);
        opened = false;
      },
      open(ask: Ask): void {
        this.ask = ask;
        this.error = '';
        const dialog = this.$refs.dialog as HTMLDialogElement;
        if (!dialog.open) dialog.showModal();
        if (ask !== 'menu') void this.$nextTick(() => this.$refs.name?.focus());
      },
      close(): void {
        (this.$refs.dialog as HTMLDialogElement).close();
      },
      closed(): void {
        this.ask = '';
        opened = false;
      },
      /** Pressed beside the sheet; a click would not do, for lifting the finger of a long press is one. */
      outside(event: PointerEvent): void {
        if (event.target === this.$refs.dialog) this.close();
      },
      write(event: Event): void {
        this.name = (event.target as HTMLInputElement).value;
        this.error = '';
      },
      add(): void {
        this.chosen = undefined;
        this.name = '';
        this.open('save');
      },
      rename(): void {
        this.name = this.chosenName;
        this.open('rename');
      },
      applyChosen(): void {
        const { chosen } = this;
        this.close();
        if (chosen) void applyPreset(chosen);
      },

      async submit(): Promise<void> {
        const name = this.name.trim();
        const { chosen } = this;
        if (name === '') {
          this.error = 'Give it a name.';
          return;
        }
        try {
          if (this.ask === 'rename' && chosen) {
            await api.renamePreset(chosen.name, name);
            say(`“${chosen.name}” is now “${name}”.`, () => void again(() => api.renamePreset(name, chosen.name)));
          } else {
            const same = state.presets.find((preset) => preset.name.toLowerCase() === name.toLowerCase());
            if (same) {
              this.error = `There is already a preset “${same.name}”. Long press it to replace it, or choose another name.`;
              return;
            }
            await api.savePreset(name, present());
            say(`“${name}” is kept.`, () => void again(() => api.deletePreset(name)));
          }
          this.close();
        } catch (error) {
          this.error = error instanceof Error ? error.message : String(error);
        }
        await reload();
      },
      async replace(): Promise<void> {
        const { chosen } = this;
        this.close();
        if (!chosen) return;
        await again(() => api.savePreset(chosen.name, present()));
        say(
          `“${chosen.name}” has the settings of now.`,
          () => void again(() => api.savePreset(chosen.name, chosen.settings)),
        );
      },
      async remove(): Promise<void> {
        const { chosen } = this;
        this.close();
        if (!chosen) return;
        await again(() => api.deletePreset(chosen.name));
        say(`“${chosen.name}” is deleted.`, () => void again(() => api.savePreset(chosen.name, chosen.settings)));
      },
    };
  });
}

async function reload(): Promise<void> {
  await loadPresets();
  markPreset();
}

async function again(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    complain(error);
  }
  await reload();
}

function present(): SettingsPatch {
  return (shown.panel?.model.settings() ?? {}) as SettingsPatch;
}
