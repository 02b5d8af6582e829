/** How a slider's way is divided: from a place on the track (0 to 1) to a value and back. */
export interface Scale {
  readonly min: number;
  readonly max: number;
  /** Place of a value, 0 to 1; values outside are held at the ends. */
  position(value: number): number;
  /** Value at a place. `fine` gives every step; otherwise a logarithmic scale keeps to round values. */
  value(position: number, fine?: boolean): number;
  /** The value some steps further, held at the ends. */
  next(value: number, steps: number): number;
  /** Steps that shift and an arrow key take. */
  readonly bigStep: number;
}

const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));

/** Digits a step needs, so that 0.1 + 0.2 is shown as 0.3. */
export function decimalsOf(step: number): number {
  const text = String(step);
  const point = text.indexOf('.');
  return point < 0 ? 0 : text.length - point - 1;
}

/** The nearest allowed value: on the grid that starts at `min`, between the bounds. */
export function snap(value: number, min: number, max: number, step: number): number {
  const onGrid = min + Math.round((value - min) / step) * step;
  const inside = onGrid > max ? onGrid - step : onGrid;
  return Number(clamp(inside, min, max).toFixed(decimalsOf(step)));
}

/** Even steps. */
export function linearScale(min: number, max: number, step: number): Scale {
  const width = max - min || 1;
  return {
    min,
    max,
    bigStep: 10,
    position: (value) => clamp((value - min) / width, 0, 1),
    value: (position) => snap(min + clamp(position, 0, 1) * width, min, max, step),
    next: (value, steps) => snap(clamp(value + steps * step, min, max), min, max, step),
  };
}

/** Values people say: 1, 1.2, 1.5, 2 … in every decade. */
const series = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8] as const;

/** The round values between two bounds, both included, each on the grid of `step`. */
export function roundStops(min: number, max: number, step: number): readonly number[] {
  const stops = new Set<number>([min]);
  for (let decade = 10 ** Math.floor(Math.log10(min)); decade <= max; decade *= 10) {
    for (const digit of series) {
      const stop = Math.round((digit * decade) / step) * step;
      if (stop > min && stop < max) stops.add(stop);
    }
  }
  return [...stops.add(max)].sort((a, b) => a - b);
}

/** Equal ways for equal ratios, over round values; `min` must be above 0. */
export function logScale(min: number, max: number, step: number): Scale {
  const stops = roundStops(min, max, step);
  const range = Math.log(max / min) || 1;
  const nearest = (value: number): number =>
    stops.reduce(
      (best, stop, at) =>
        Math.abs(Math.log(stop / value)) < Math.abs(Math.log((stops[best] ?? min) / value)) ? at : best,
      0,
    );
  return {
    min,
    max,
    bigStep: 3,
    position: (value) => clamp(Math.log(clamp(value, min, max) / min) / range, 0, 1),
    value: (position, fine = false) => {
      const exact = min * Math.exp(clamp(position, 0, 1) * range);
      return fine ? snap(exact, min, max, step) : (stops[nearest(exact)] ?? min);
    },
    next: (value, steps) => {
      const from = nearest(clamp(value, min, max));
      // Between two stops the first step goes to the nearer one in that direction.
      const on = stops[from] ?? min;
      const passed = steps > 0 ? on > value : on < value;
      const to = from + steps - (passed ? Math.sign(steps) : 0);
      return stops[clamp(to, 0, stops.length - 1)] ?? min;
    },
  };
}
