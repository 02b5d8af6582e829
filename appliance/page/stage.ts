/** The picture: edge to edge, with what is known of it over it, and never looking live when it is not. */
import Alpine from '@alpinejs/csp';
import { CommandType } from '../../proto/index.ts';
import { judge } from './liveness.ts';
import { bitrateText } from './panel/values.ts';
import { CameraClock, Player } from './player/index.ts';
import { downloadSnapshot } from './snapshot.ts';
import { announce, currentCamera, shown, state, transport } from './state.ts';
import { Still } from './still.ts';
import { complain, say } from './toasts.ts';

/** The overlay fades after this time without a touch; numbers move at this pace (both ms). */
const fadeMs = 3000;
const numbersMs = 500;
/** A latency is told when the clocks are known to agree within this time (ms), or within a quarter of it. */
const surestMs = 5;

/** The camera's clock as this page knows it: the control connection feeds it, the player too. */
export const clock = new CameraClock();

/** What the rest of the page may ask of the picture. */
export interface Stage {
  full(): void;
  snapshot(): Promise<void>;
  compare(on: boolean): void;
}

export const stage: { current: Stage | undefined; still: Still | undefined; player: Player | undefined } = {
  current: undefined,
  still: undefined,
  player: undefined,
};

const pictureListeners = new Set<(captureUs: number) => void>();

/** Hears the capture time (camera's clock, µs) of every picture that reaches the screen. */
export function onPicture(listener: (captureUs: number) => void): () => void {
  pictureListeners.add(listener);
  return () => pictureListeners.delete(listener);
}

/** A change is about to be made: keeps the picture for Compare. */
export function keepPicture(): void {
  stage.still?.before(stage.player?.element);
}

/** Registers the component. */
export function registerStage(): void {
  transport.onClock(({ sentMs, receivedMs, clockUs }) => clock.sample(sentMs, receivedMs, clockUs));

  Alpine.data('stage', () => {
    let fade: ReturnType<typeof setTimeout> | undefined;
    let numbers: ReturnType<typeof setInterval> | undefined;
    let lastPictureAt: number | undefined;
    let latency: number | undefined;
    let ends: (() => void)[] = [];
    let last: Still | undefined;
    let wasPlaying = false;
    return {
      state,
      live: false,
      sentence: '',
      detail: '',
      overlay: true,
      filling: false,
      comparing: false,
      latencyMs: undefined as number | undefined,
      by: '',
      width: 0,
      height: 0,

      init(): void {
        stage.still = new Still(this.$refs.still as HTMLCanvasElement);
        last = new Still(this.$refs.last as HTMLCanvasElement);
        stage.current = this;
        Alpine.effect(() => {
          const { camera } = state;
          // Later, so that nothing read while a player starts brings this effect back.
          queueMicrotask(() => this.play(camera));
        });
        numbers = setInterval(() => this.look(), numbersMs);
        document.addEventListener('fullscreenchange', () => {
          if (!document.fullscreenElement) this.filling = false;
        });
        this.wake();
      },
      destroy(): void {
        clearInterval(numbers);
        clearTimeout(fade);
        this.leave();
        stage.current = undefined;
        stage.still = undefined;
      },

      play(camera: string): void {
        this.leave();
        if (camera === '') return;
        const into = this.$refs.player;
        if (!into) return;
        const player = new Player({ camera, into, clock });
        stage.player = player;
        ends = [
          player.on('frame', ({ timeUs, latencyMs, presentedAt }) => {
            lastPictureAt = presentedAt;
            latency =
              latencyMs === undefined ? undefined : latency === undefined ? latencyMs : latency * 0.9 + latencyMs * 0.1;
            if (timeUs !== undefined) for (const listener of pictureListeners) listener(timeUs);
          }),
          player.on('size', ({ width, height }) => {
            this.width = width;
            this.height = height;
          }),
          player.on('state', ({ kind }) => {
            // Some browsers clear a picture whose connection has ended: what was last seen is kept before that.
            if (wasPlaying && kind !== 'playing') last?.keep(player.element);
            wasPlaying = kind === 'playing';
            this.look();
          }),
          player.on('transport', (by) => {
            this.by = by ?? '';
            latency = undefined;
          }),
        ];
        player.start();
      },
      leave(): void {
        for (const end of ends) end();
        ends = [];
        stage.player?.stop();
        stage.player = undefined;
        stage.still?.forget();
        last?.forget();
        wasPlaying = false;
        lastPictureAt = undefined;
        latency = undefined;
        this.live = false;
        this.width = 0;
        this.height = 0;
      },

      /** Brings what stands over the picture up to date. */
      look(): void {
        const { player } = stage;
        if (!player) {
          this.sentence = 'No camera was found';
          this.detail = 'Plug one in: its picture comes by itself. A ribbon cable is plugged with the power off.';
          return;
        }
        const view = shown.panel?.view;
        const before = this.live;
        const judged = judge({
          playing: player.state.kind === 'playing',
          counted: player.transport !== 'mjpeg',
          camera: view?.state ?? 'unknown',
          cameraMessage: view?.stateMessage ?? '',
          link: state.link,
          pictureAgeMs: lastPictureAt === undefined ? undefined : performance.now() - lastPictureAt,
        });
        last?.show(!judged.live);
        this.live = judged.live;
        this.sentence = judged.sentence;
        this.detail = judged.detail;
        // No number is better than one that may be half wrong.
        const known = latency !== undefined && latency > 0 && clock.errorMs <= Math.max(surestMs, latency / 4);
        this.latencyMs = known && latency !== undefined ? Math.max(1, Math.round(latency)) : undefined;
        if (before !== judged.live) {
          announce(judged.live ? 'The picture is live.' : judged.sentence);
          this.wake();
        }
      },
      get stopped(): boolean {
        return this.sentence === 'The camera is stopped';
      },
      get latencyText(): string {
        if (!this.live) return 'not live';
        return this.latencyMs === undefined ? 'live' : `live ${this.latencyMs} ms`;
      },
      get sizeText(): string {
        if (this.width === 0 || !this.live) return '';
        const fps = currentCamera()?.measured.fps ?? 0;
        return `${this.width}×${this.height}${fps > 0 ? ` ${Math.round(fps)} fps` : ''}`;
      },
      get bitrateText(): string {
        const bitrate = currentCamera()?.measured.bitrate ?? 0;
        return bitrate > 0 && this.live
          ? bitrateText(bitrate >= 1e6 ? Math.round(bitrate / 1e5) * 1e5 : Math.round(bitrate / 1e4) * 1e4)
          : '';
      },
      get shape() {
        // Until the first picture the place is kept, so that nothing below it jumps.
        const camera = currentCamera();
        const width = this.width || camera?.desired.width || 16;
        const height = this.height || camera?.desired.height || 9;
        return { '--shape': `${width} / ${height}`, '--ratio': String(width / height) };
      },

      wake(event?: PointerEvent): void {
        if (event && event.pointerType !== 'mouse') return;
        this.overlay = true;
        clearTimeout(fade);
        fade = setTimeout(() => {
          this.overlay = false;
        }, fadeMs);
      },
      /** A finger shows the overlay, or sends it away. */
      tap(event: PointerEvent): void {
        if (event.pointerType === 'mouse') return;
        const onButton = event.target instanceof Element && event.target.closest('button') !== null;
        if (this.overlay && !onButton) {
          this.overlay = false;
          clearTimeout(fade);
        } else this.wake();
      },

      openGrid(): void {
        state.grid = true;
      },
      start(): void {
        void shown.panel?.model.command(CommandType.START_STREAM);
      },
      compare(on: boolean): void {
        stage.still?.show(on);
        this.comparing = on && (stage.still?.kept ?? false);
      },
      full(): void {
        if (document.fullscreenElement) void document.exitFullscreen();
        else if (this.filling) this.filling = false;
        else {
          this.filling = true;
          const element = this.$refs.frame?.parentElement;
          // Where there is no full screen for elements (iPhone) the picture fills the page instead.
          void element?.requestFullscreen?.({ navigationUI: 'hide' }).catch(() => undefined);
        }
        this.wake();
      },
      async snapshot(): Promise<void> {
        try {
          await downloadSnapshot(state.camera);
        } catch (error) {
          complain(error);
          return;
        }
        const flash = this.$refs.flash;
        flash?.classList.remove('flashing');
        void flash?.offsetWidth;
        flash?.classList.add('flashing');
        say('Snapshot saved.');
      },
    };
  });
}
