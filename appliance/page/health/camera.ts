/** What the camera that is shown measures of itself, with the last two minutes drawn. */
import Alpine from '@alpinejs/csp';
import { bitrateText } from '../panel/values.ts';
import { currentCamera, state } from '../state.ts';
import { points, sparkline } from './sparkline.ts';

/** Registers the component. */
export function registerCameraHealth(): void {
  Alpine.data('cameraHealth', () => {
    // Outside what Alpine watches: the effect below writes what it must not be woken by.
    let of = '';
    let fpsHistory: number[] = [];
    let bitrateHistory: number[] = [];
    return {
      state,
      fpsPoints: '',
      bitratePoints: '',

      init(): void {
        Alpine.effect(() => {
          const camera = currentCamera();
          if (!camera) return;
          const { name, measured } = camera;
          if (name !== of) {
            fpsHistory = [];
            bitrateHistory = [];
          }
          of = name;
          fpsHistory = [...fpsHistory, measured.fps].slice(-points);
          bitrateHistory = [...bitrateHistory, measured.bitrate].slice(-points);
          this.fpsPoints = sparkline(fpsHistory);
          this.bitratePoints = sparkline(bitrateHistory);
        });
      },
      get fps(): string {
        return (currentCamera()?.measured.fps ?? 0).toFixed(1);
      },
      get bitrate(): string {
        return bitrateText(currentCamera()?.measured.bitrate ?? 0);
      },
      get size(): string {
        const measured = currentCamera()?.measured;
        return measured && measured.width > 0 ? `${measured.width} × ${measured.height}` : 'none yet';
      },
      get viewers(): number {
        return currentCamera()?.viewers.total ?? 0;
      },
      get restarts(): number {
        return currentCamera()?.measured.restarts ?? 0;
      },
      get source(): string {
        const camera = currentCamera();
        return camera ? camera.source_label || camera.source : '';
      },
      get stateText(): string {
        return currentCamera()?.state_message ?? '';
      },
      get revisions(): string {
        const camera = currentCamera();
        if (!camera) return '';
        return camera.saved_revision >= camera.revision ? 'all on disk' : 'being written';
      },
    };
  });
}
