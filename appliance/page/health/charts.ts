/**
 * The charts of the past, by uPlot. This file and what it brings is loaded when the Health tab is first opened, not
 * before the picture. A shade shows the least and the most of each step, the line their mean; a gap stays a gap.
 */
import uPlot from 'uplot';
import type { HealthAnswer } from '../api.ts';
import type { ChartSpec } from './figures.ts';

type Past = NonNullable<HealthAnswer['history']>;
type Line = readonly (number | null)[];

const height = 116;
/** Where the values stand, left of the chart, in px. */
const axisWidth = 44;

/** One chart: its name, the value at the cursor or the newest one, and the line. */
export class Chart {
  readonly element = document.createElement('figure');
  readonly #spec: ChartSpec;
  readonly #value = document.createElement('span');
  readonly #body = document.createElement('div');
  #plot: uPlot | undefined;

  constructor(spec: ChartSpec) {
    this.#spec = spec;
    this.element.className = 'chart';
    this.element.dataset.chart = spec.key.split(':')[0] ?? '';
    const caption = document.createElement('figcaption');
    const name = document.createElement('span');
    name.textContent = spec.name;
    this.#value.className = 'chart-value';
    caption.append(name, this.#value);
    this.#body.className = 'chart-body';
    this.element.append(caption, this.#body);
  }

  /** Draws the past; `told`: the machine tells of this figure now. */
  show({ from, step_ms: step, series }: Past, told: boolean): void {
    const points = series[this.#spec.key];
    if (points === undefined) {
      this.close();
      this.#value.textContent = '';
      this.#body.dataset.empty = 'yes';
      this.#body.textContent = told ? 'Nothing of this time yet. It fills minute by minute.' : this.#spec.missing;
      return;
    }
    const { mean, min = mean, max = mean } = points;
    const times = mean.map((_, at) => (from + at * step) / 1000);
    const data = [times, [...max], [...min], [...mean]] as uPlot.AlignedData;
    if (this.#plot === undefined) this.#open(data);
    else this.#plot.setData(data);
    this.#read(undefined);
    this.element.setAttribute('aria-label', this.#sentence(mean, min, max));
  }

  /** Follows the room it has, and the colours of the page. */
  fit(): void {
    const width = this.#body.clientWidth;
    if (this.#plot === undefined || width === 0) return;
    this.#plot.setSize({ width, height });
  }

  close(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  #open(data: uPlot.AlignedData): void {
    this.#body.textContent = '';
    delete this.#body.dataset.empty;
    const width = this.#body.clientWidth || 320;
    this.#plot = new uPlot({ ...optionsFor(this.#spec, (at) => this.#read(at)), width, height }, data, this.#body);
    followTouch(this.#plot);
  }

  /** The value at this place, or the newest one. */
  #read(at: number | null | undefined): void {
    const line = this.#plot?.data[3] as Line | undefined;
    if (line === undefined) return;
    const under = at === null || at === undefined ? undefined : line[at];
    const newest = line.findLast((each) => each !== null);
    const time = this.#plot?.data[0][at ?? -1];
    const shown = under ?? newest;
    const value = shown === null || shown === undefined ? '' : this.#spec.text(shown);
    const missing = at !== null && at !== undefined && (under === null || under === undefined);
    const when = time === undefined ? '' : `${clock(time)} `;
    this.#value.textContent = missing ? `${when}not measured` : `${when}${value}`;
  }

  #sentence(mean: Line, min: Line, max: Line): string {
    const numbers = (line: Line) => line.filter((each) => each !== null);
    const newest = numbers(mean).at(-1);
    if (newest === undefined) return this.#spec.name;
    const { name, text } = this.#spec;
    return `${name}: ${text(newest)} now, between ${text(Math.min(...numbers(min)))} and ${text(Math.max(...numbers(max)))} before.`;
  }
}

function optionsFor({ low, high, text }: ChartSpec, read: (at: number | null | undefined) => void): uPlot.Options {
  const accent = () => colour('--perch-accent');
  const line = { points: { show: false }, spanGaps: false };
  const soft: uPlot.Axis = {
    stroke: () => colour('--perch-ink-soft'),
    font: '11px system-ui, sans-serif',
    ticks: { show: false },
    gap: 4,
  };
  return {
    width: 0,
    height,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    // One finger on one chart shows the same moment in all of them.
    cursor: { y: false, drag: { x: false, y: false }, sync: { key: 'health' }, points: { size: 7 } },
    scales: { y: { range: (_, least, most) => rangeOf(least, most, low, high) } },
    axes: [
      { ...soft, size: 22, space: 64, grid: { show: false }, values: (_, splits) => splits.map(clock) },
      {
        ...soft,
        size: axisWidth,
        space: 34,
        grid: { stroke: () => colour('--perch-line'), width: 1 },
        values: (_, splits) =>
          splits.map((split) =>
            text(split)
              .replace(/\.0(?= )/, '')
              .replace(/ (fps|dBm|°C|%|Mbit\/s|kbit\/s)$/, ''),
          ),
      },
    ],
    series: [
      {},
      { ...line, stroke: 'transparent' },
      { ...line, stroke: 'transparent' },
      // A minute alone between gaps would be a line without a length.
      { ...line, stroke: accent, width: 1.5, points: { show: true, size: 4, fill: accent, filter: alone } },
    ],
    bands: [{ series: [1, 2], fill: () => `${colour('--perch-accent')}33` }],
    hooks: { setCursor: [(plot) => read(plot.cursor.idx)] },
  };
}

/** What the scale shows: always from `low` to `high`, and more when the values need it. */
function rangeOf(
  least: number | null,
  most: number | null,
  low: number | undefined,
  high: number | undefined,
): [number, number] {
  const from = Math.min(least ?? 0, low ?? Number.POSITIVE_INFINITY);
  const to = Math.max((most ?? 1) * (high === undefined ? 1.15 : 1), high ?? Number.NEGATIVE_INFINITY);
  return [from, to > from ? to : from + 1];
}

function alone(plot: uPlot, series: number): number[] | null {
  const line = plot.data[series] as Line;
  const isGap = (at: number) => (line[at] ?? null) === null;
  return line.flatMap((value, at) => (value !== null && isGap(at - 1) && isGap(at + 1) ? [at] : []));
}

/** A finger that moves sideways over the chart is a cursor; up and down it scrolls the page. */
function followTouch(plot: uPlot): void {
  const follow = (event: PointerEvent): void => {
    if (event.pointerType === 'mouse') return;
    const { left } = plot.over.getBoundingClientRect();
    plot.setCursor({ left: event.clientX - left, top: 10 });
  };
  plot.over.addEventListener('pointerdown', follow);
  plot.over.addEventListener('pointermove', follow);
  const leave = () => plot.setCursor({ left: -10, top: -10 });
  plot.over.addEventListener('pointerup', leave);
  plot.over.addEventListener('pointercancel', leave);
}

function clock(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hour12: false });
}

function colour(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** uPlot's own style, and the colours again whenever the page changes its own. */
export async function prepareCharts(redraw: () => void): Promise<() => void> {
  if (document.querySelector('link[href="health/charts.css"]') === null) {
    const style = document.createElement('link');
    style.rel = 'stylesheet';
    style.href = 'health/charts.css';
    await new Promise((resolve) => {
      style.addEventListener('load', resolve);
      style.addEventListener('error', resolve);
      document.head.append(style);
    });
  }
  const chosen = new MutationObserver(redraw);
  chosen.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
  const system = matchMedia('(prefers-color-scheme: light)');
  system.addEventListener('change', redraw);
  return () => {
    chosen.disconnect();
    system.removeEventListener('change', redraw);
  };
}
