/** A finger on a slider: sideways moves the value, further away makes it finer, up or down scrolls the page. */
import type { Scale } from './scale.ts';

export interface SliderHandler {
  /** The scale of this moment; undefined when the slider cannot be moved. */
  scale(): Scale | undefined;
  value(): number;
  /** Where the value snaps to in passing. */
  notch(): number;
  begin(): void;
  move(value: number): void;
  /** Shown while steps are fine: "fine, 1/4"; empty otherwise. */
  fine(text: string): void;
  end(): void;
}

/** How much of the way counts, by the finger's distance from the track in CSS pixels. */
const zones: readonly { readonly beyond: number; readonly part: number; readonly text: string }[] = [
  { beyond: 160, part: 1 / 10, text: 'fine, 1/10' },
  { beyond: 100, part: 1 / 4, text: 'fine, 1/4' },
  { beyond: 56, part: 1 / 2, text: 'fine, 1/2' },
  { beyond: 0, part: 1, text: '' },
];

/** The zone a distance falls in. */
export function zoneOf(distance: number): { readonly part: number; readonly text: string } {
  return zones.find(({ beyond }) => distance >= beyond) ?? { part: 1, text: '' };
}

/** A finger that moved less than this has tapped, CSS pixels. */
const tapWay = 6;
/** How near to the default a coarse move snaps, as part of the track. */
const stick = 0.008;

/** Listens to pointers on `track`; the returned function ends it. */
export function attachSlider(track: HTMLElement, handler: SliderHandler): () => void {
  let pointer: number | undefined;
  let held = false;
  let startX = 0;
  let lastX = 0;
  let place = 0;

  /** The part of the track the thumb's centre can reach. */
  const box = (): { left: number; width: number; middle: number } => {
    const { left, width, top, height } = track.getBoundingClientRect();
    const inset = Number.parseFloat(getComputedStyle(track).getPropertyValue('--thumb')) / 2 || 0;
    return { left: left + inset, width: Math.max(1, width - 2 * inset), middle: top + height / 2 };
  };

  const give = (scale: Scale, fine: boolean): void => {
    const at = Math.min(1, Math.max(0, place));
    const notch = scale.position(handler.notch());
    const value = !fine && Math.abs(at - notch) < stick ? handler.notch() : scale.value(at, fine);
    if (value === handler.value()) return;
    if (value === handler.notch()) navigator.vibrate?.(8);
    handler.move(value);
  };

  const take = (scale: Scale): void => {
    held = true;
    place = scale.position(handler.value());
    handler.begin();
  };

  const down = (event: PointerEvent): void => {
    const scale = handler.scale();
    if (pointer !== undefined || event.button !== 0 || !scale) return;
    pointer = event.pointerId;
    startX = event.clientX;
    lastX = event.clientX;
    held = false;
    track.setPointerCapture(pointer);
    track.querySelector('input')?.focus({ preventScroll: true });
    // A mouse goes where it points; a finger takes the thumb from wherever it is put down.
    if (event.pointerType === 'mouse') {
      event.preventDefault();
      take(scale);
      const { left, width } = box();
      place = (event.clientX - left) / width;
      give(scale, false);
    }
  };

  const move = (event: PointerEvent): void => {
    const scale = handler.scale();
    if (event.pointerId !== pointer || !scale) return;
    if (!held) {
      if (Math.abs(event.clientX - startX) < tapWay) return;
      take(scale);
      lastX = event.clientX;
    }
    const { width, middle } = box();
    const { part, text } = zoneOf(Math.abs(event.clientY - middle));
    place += ((event.clientX - lastX) / width) * part;
    lastX = event.clientX;
    handler.fine(text);
    give(scale, part < 1);
  };

  const up = (event: PointerEvent): void => {
    if (event.pointerId !== pointer) return;
    const scale = handler.scale();
    pointer = undefined;
    if (!held && event.type === 'pointerup' && scale) {
      take(scale);
      const { left, width } = box();
      place = (event.clientX - left) / width;
      give(scale, false);
    }
    if (held) handler.end();
    held = false;
  };

  track.addEventListener('pointerdown', down);
  track.addEventListener('pointermove', move);
  track.addEventListener('pointerup', up);
  track.addEventListener('pointercancel', up);
  return () => {
    track.removeEventListener('pointerdown', down);
    track.removeEventListener('pointermove', move);
    track.removeEventListener('pointerup', up);
    track.removeEventListener('pointercancel', up);
  };
}
