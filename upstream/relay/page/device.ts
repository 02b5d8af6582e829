/** One device: its picture, its cameras, what waits for it, and the same control panel as on its own page. */
import Alpine from '@alpinejs/csp';
import { type Address, addressesOf } from '../../../appliance/page/addresses.ts';
import { copyText } from '../../../appliance/page/copy.ts';
import { agoText } from '../../../appliance/page/liveness.ts';
import { mountPanel, type Panel } from '../../../appliance/page/panel/index.ts';
import { matches as presetMatches } from '../../../appliance/page/preset-match.ts';
import { sentenceOf } from '../../../appliance/page/request.ts';
import { ControlTransport } from '../../../appliance/page/transport.ts';
import type { Profile } from '../../../appliance/settings/profiles.ts';
import type { SettingsPatch } from '../../../appliance/settings/table.ts';
import type { WireCommand } from '../../../proto/index.ts';
import type { CameraRow } from '../fleet/fleet.ts';
import { api } from './api.ts';
import { DevicePicture } from './device-picture.ts';
import { list } from './fleet.ts';
import { whepAddress } from './live.ts';
import { pendingFor, withPending } from './pending.ts';
import { changesText, describe, pendingCount, type RowTexts, titleOf, waitingText } from './rows.ts';
import { announce, closeDevice, feed, loadPresets, mayChange, state, whyNot } from './state.ts';
import { complain, say } from './toasts.ts';

/** A picture older than this is not what the camera sees now, ms. */
const oldMs = 10_000;

/** What the keyboard reaches of the open device. */
export const shown: { panel: Panel | undefined } = { panel: undefined };

interface Line {
  readonly key: string;
  readonly text: string;
}

/** Registers the component. */
export function registerDevice(): void {
  Alpine.data('device', () => {
    let transport: ControlTransport | undefined;
    let picture: DevicePicture | undefined;
    let clock: ReturnType<typeof setInterval> | undefined;
    let device = '';
    const ends: (() => void)[] = [];
    return {
      state,
      camera: '',
      now: Date.now(),
      /** How the picture comes: 'live' from MediaMTX, 'link' one by one, or '' none yet. */
      by: '',
      at: 0,
      age: 0,
      wide: 16,
      high: 9,
      presetOn: '',
      ask: '',
      name: '',
      error: '',
      copied: '',

      init(): void {
        device = state.device;
        clock = setInterval(() => this.tick(), 500);
        const wanted = new URL(location.href).searchParams.get('camera');
        this.camera = this.cameras.find(({ name }) => name === wanted)?.name ?? this.cameras[0]?.name ?? '';
        const name = `fleet-${Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => byte.toString(36)).join('')}`;
        transport = new ControlTransport(() => {
          const address = new URL(`/control/${encodeURIComponent(device)}?queue=1&client=${name}`, location.href);
          address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
          return new WebSocket(address, 'camera_control.v1');
        });
        transport.open();
        const effect = Alpine.effect(() => this.house(this.camera));
        ends.push(() => Alpine.release(effect));
        // Cameras come with the first connection; the one that is open may go.
        const first = Alpine.effect(() => {
          const names = this.cameras.map((each) => each.name);
          if (names.length > 0 && !names.includes(this.camera)) this.camera = names[0] ?? '';
        });
        ends.push(() => Alpine.release(first));
        const title = Alpine.effect(() => {
          document.title = `${this.title} · Perch fleet`;
        });
        ends.push(() => Alpine.release(title));
        // It is back, or what waited is made: everything may look different.
        let before = '';
        const news = feed.onChange(() => {
          const { row } = state;
          const now = `${row?.connected} ${JSON.stringify(row?.pending)}`;
          if (now !== before && before !== '') void shown.panel?.model.refresh().catch(() => undefined);
          before = now;
        });
        ends.push(news);
        void this.$nextTick(() => this.$refs.title?.focus({ preventScroll: true }));
      },
      destroy(): void {
        for (const end of ends.splice(0)) end();
        clearInterval(clock);
        this.leavePicture();
        shown.panel?.close();
        shown.panel = undefined;
        transport?.close();
        document.title = 'Perch fleet';
      },

      get title(): string {
        return state.row ? titleOf(state.row) : device;
      },
      get gone(): boolean {
        return state.row === undefined && state.link === 'open';
      },
      get texts(): RowTexts | undefined {
        return state.row && describe(state.row, this.now);
      },
      get standing(): string {
        return this.texts?.standing ?? '';
      },
      get facts(): string {
        return this.texts?.facts ?? '';
      },
      get status(): string {
        return this.texts?.status ?? '';
      },
      get connected(): boolean {
        return state.row?.connected === true;
      },
      get cameras(): readonly CameraRow[] {
        return state.row?.cameras ?? [];
      },
      get several(): boolean {
        return this.cameras.length > 1;
      },
      get known(): boolean {
        return this.camera !== '';
      },
      get unknown(): boolean {
        return this.camera === '' && state.row !== undefined;
      },
      get mayRemove(): boolean {
        return this.admin && state.row !== undefined;
      },
      get viewer(): boolean {
        return !mayChange();
      },
      get admin(): boolean {
        return state.role === 'admin';
      },
      get why(): string {
        return whyNot();
      },
      /** While it is away: what becomes of changes. */
      get awayText(): string {
        if (!state.row || this.connected) return '';
        const since = state.row.last_seen;
        const away =
          since === undefined
            ? 'It has not connected yet.'
            : `Away since ${new Date(since).toLocaleString()} (${agoText(this.now - since)}).`;
        if (this.viewer) return away;
        return `${away} What you change here waits and is made when it is back.`;
      },
      get waiting(): readonly Line[] {
        return Object.entries(state.row?.pending ?? {}).map(([key, { settings, by, since }]) => ({
          key,
          text: `${changesText(settings)} (${by}, ${agoText(this.now - since)})`,
        }));
      },
      get waitingTitle(): string {
        return state.row ? waitingText(pendingCount(state.row)) : '';
      },
      get refused(): readonly Line[] {
        return Object.entries(state.row?.refused ?? {}).map(([key, { settings, message }]) => ({
          key,
          text: `It would not take ${changesText(settings)}: ${message}`,
        }));
      },
      get addresses(): readonly Address[] {
        const streams = this.cameras.find(({ name }) => name === this.camera)?.streams;
        return addressesOf(streams && { addresses: streams, loopback: streams.loopback }, this.host);
      },
      /** The device as this browser reaches it: where it connected from. */
      get host(): string {
        const address = state.row?.address ?? '';
        return address.includes(':') ? `[${address}]` : address;
      },

      go(camera: string): void {
        this.camera = camera;
        const address = new URL(location.href);
        address.searchParams.set('camera', camera);
        history.replaceState(history.state, '', address);
      },
      back(): void {
        closeDevice();
      },

      /** The panel and the picture belong to one camera: another camera gets others. */
      house(camera: string): void {
        shown.panel?.close();
        shown.panel = undefined;
        this.leavePicture();
        if (camera === '' || !transport) return;
        const way = transport;
        // Nothing that mounting reads may bring this effect back.
        queueMicrotask(() => {
          const place = this.$refs.panel;
          if (this.camera !== camera || !place || shown.panel) return;
          const pending = () => pendingFor(state.row, camera);
          shown.panel = mountPanel(
            place,
            {
              send: async (command: WireCommand) => {
                const status = await way.send(command);
                // Show what it changed, not what was before.
                picture?.hurry();
                return withPending(status, pending());
              },
              onPush: (listener) => way.onPush((status) => listener(withPending(status, pending()))),
              onOpen: (listener) => way.onOpen(listener),
            },
            {
              camera,
              ...(this.viewer && { readOnly: this.why }),
              onSaid: say,
              announce,
              onSettings: () => this.markPreset(),
            },
          );
          this.startPicture();
        });
      },

      leavePicture(): void {
        picture?.stop();
        picture = undefined;
        this.by = '';
        this.at = 0;
      },
      startPicture(): void {
        const image = this.$refs.image as HTMLImageElement | undefined;
        const video = this.$refs.video as HTMLVideoElement | undefined;
        if (!image || !video) return;
        const { camera } = this;
        const kept = camera === this.cameras[0]?.name ? list.current?.pictures.get(device) : undefined;
        const changed = () => {
          if (!picture) return;
          this.by = picture.by;
          this.at = picture.at;
          this.wide = picture.width;
          this.high = picture.height;
          this.tick();
        };
        const whep = () => {
          const page = this.addresses.find(({ name }) => name === 'WebRTC')?.address;
          return page === undefined ? undefined : whepAddress(page);
        };
        const connected = () => this.connected;
        picture = new DevicePicture({ device, camera, image, video, whep, connected, changed }, kept);
        changed();
      },
      /** Ages go on by themselves. */
      tick(): void {
        this.now = Date.now();
        this.age = this.at === 0 ? 0 : Math.max(0, this.now - this.at);
        picture?.tend();
      },
      get fresh(): boolean {
        return this.by !== '' && this.connected && this.age < oldMs && state.link === 'open';
      },
      get pictureText(): string {
        if (this.by === 'live' && this.age < 2_000) return 'live, from MediaMTX';
        if (this.by === '') return '';
        return this.fresh ? `picture over the link, ${agoText(this.age)}` : `last picture ${agoText(this.age)}`;
      },
      get pictureSentence(): string {
        if (this.fresh) return '';
        if (state.link === 'waiting') return 'The relay does not answer';
        if (!this.connected) return this.status;
        return this.by === '' ? 'Waiting for the first picture' : '';
      },
      get shape() {
        return { '--shape': `${this.wide} / ${this.high}`, '--ratio': String(this.wide / this.high) };
      },

      markPreset(): void {
        const { panel } = shown;
        if (!panel?.view.ready) return;
        const settings = panel.model.settings();
        this.presetOn = state.presets.find((preset) => presetMatches(preset, settings))?.name ?? '';
      },
      async apply(preset: Profile): Promise<void> {
        const { panel } = shown;
        if (!panel) return;
        const done = panel.model.remember(preset.name);
        try {
          const status = await panel.model.asOurs(() => api.applyPreset(preset.name, device, this.camera));
          await panel.model.refresh();
          done();
          say(this.connected ? `${preset.name} is on.` : (status.message ?? ''), () => panel.model.undo());
        } catch (error) {
          complain(error);
        }
        this.markPreset();
      },
      async dropWaiting(): Promise<void> {
        try {
          await api.dropPending(device);
          say('Nothing waits for it any more.');
        } catch (error) {
          complain(error);
        }
      },

      open(ask: string): void {
        this.ask = ask;
        this.error = '';
        this.name = ask === 'rename' ? this.title : '';
        (this.$refs.dialog as HTMLDialogElement).showModal();
        if (ask !== 'remove') void this.$nextTick(() => this.$refs.name?.focus());
      },
      close(): void {
        (this.$refs.dialog as HTMLDialogElement).close();
      },
      outside(event: PointerEvent): void {
        if (event.target === this.$refs.dialog) this.close();
      },
      write(event: Event): void {
        this.name = (event.target as HTMLInputElement).value;
        this.error = '';
      },
      async submit(): Promise<void> {
        const name = this.name.trim();
        try {
          if (this.ask === 'rename') await api.retitle(device, name === device ? '' : name);
          else if (this.ask === 'keep') {
            if (name === '') throw new Error('Give it a name.');
            await api.savePreset(name, (shown.panel?.model.settings() ?? {}) as SettingsPatch);
            say(
              `“${name}” is kept, for the whole fleet.`,
              () => void api.deletePreset(name).then(loadPresets, complain),
            );
            await loadPresets();
            this.markPreset();
          } else {
            await api.removeDevice(device);
            this.close();
            say(`${device} is removed. Its key is worth nothing any more.`);
            closeDevice();
            return;
          }
          this.close();
        } catch (error) {
          this.error = sentenceOf(error);
        }
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
