/** Several cameras as tiles: small pictures, fetched one after the other, so that four cost little. */
import Alpine from '@alpinejs/csp';
import { api } from './api.ts';
import { showCamera, state } from './state.ts';

/** Between two pictures of a tile, ms. */
const everyMs = 1000;

/** Registers the component. */
export function registerGrid(): void {
  Alpine.data('grid', () => {
    let timer: ReturnType<typeof setInterval> | undefined;
    return {
      state,
      round: 0,
      init(): void {
        timer = setInterval(() => {
          if (!document.hidden) this.round += 1;
        }, everyMs);
      },
      destroy(): void {
        clearInterval(timer);
      },
      picture(name: string): string {
        return `${api.snapshotAddress(name)}?n=${this.round}`;
      },
      missed(event: Event): void {
        (event.target as HTMLElement).classList.add('tile-missed');
      },
      got(event: Event): void {
        (event.target as HTMLElement).classList.remove('tile-missed');
      },
      open(name: string): void {
        showCamera(name);
      },
      close(): void {
        state.grid = false;
      },
    };
  });
}
