/** The machine's health: what is wrong and what to do, the charts of the past, a few lines of now. */
import Alpine from '@alpinejs/csp';
import { api, type HealthAnswer } from '../api.ts';
import { state } from '../state.ts';
import type { Chart } from './charts.ts';
import { allWell, type ChartSpec, cameraFacts, chartsOf, isTold, machineFacts, shownFindings } from './figures.ts';

/** How often the figures are asked for while they are seen, in ms; the device takes them as often. */
const pollMs = 10_000;
/** A point of the past is a minute at the least. */
const pastEveryPolls = 6;

/** Registers the component. */
export function registerMachineHealth(): void {
  Alpine.data('machineHealth', () => {
    // Outside what Alpine watches: it must not look into canvases.
    let timer: ReturnType<typeof setTimeout> | undefined;
    let ended = false;
    let polls = 0;
    let charts: readonly { readonly spec: ChartSpec; readonly chart: Chart }[] = [];
    let room: HTMLElement | undefined;
    let stopFollowing = (): void => {};
    let resized: ResizeObserver | undefined;
    const fitAll = () => {
      for (const { chart } of charts) chart.fit();
    };
    return {
      ranges: [1, 6, 24],
      hours: 24,
      /** An answer has come. */
      heard: false,
      findings: [] as ReturnType<typeof shownFindings>,
      well: false,
      facts: [] as ReturnType<typeof machineFacts>,
      cameraFacts: [] as ReturnType<typeof cameraFacts>,

      init(): void {
        room = this.$refs.charts;
        // Another camera has charts of its own.
        Alpine.effect(() => void this.begin(state.camera));
      },
      get finds(): boolean {
        return this.heard && (this.well || this.findings.length > 0);
      },
      destroy(): void {
        ended = true;
        clearTimeout(timer);
        resized?.disconnect();
        stopFollowing();
        for (const { chart } of charts) chart.close();
      },
      async begin(camera: string): Promise<void> {
        const { Chart, prepareCharts } = await import('./charts.ts');
        if (resized === undefined && room !== undefined) {
          resized = new ResizeObserver(fitAll);
          resized.observe(room);
          stopFollowing = await prepareCharts(fitAll);
        }
        if (ended || room === undefined) return;
        for (const { chart } of charts) chart.close();
        charts = chartsOf(camera).map((spec) => ({ spec, chart: new Chart(spec) }));
        room.replaceChildren(...charts.map(({ chart }) => chart.element));
        polls = 0;
        clearTimeout(timer);
        await this.poll();
      },
      async poll(): Promise<void> {
        clearTimeout(timer);
        if (!document.hidden) {
          const withPast = polls++ % pastEveryPolls === 0;
          try {
            this.take(withPast ? await api.past(this.hours) : await api.health());
          } catch {
            // What was last heard stands; the page says by itself that the camera does not answer.
            polls = 0;
          }
        }
        if (!ended) timer = setTimeout(() => void this.poll(), pollMs);
      },
      take(answer: HealthAnswer): void {
        const { findings, now, history } = answer;
        if (findings === undefined) return;
        this.heard = true;
        this.findings = shownFindings(findings, now, now - Date.now());
        this.well = allWell(findings);
        this.facts = machineFacts(answer);
        this.cameraFacts = cameraFacts(answer, state.camera, now - Date.now());
        if (history === undefined) return;
        // Shown first, so that the charts know how much room they have.
        queueMicrotask(() => {
          for (const { spec, chart } of charts) chart.show(history, isTold(spec, answer));
          fitAll();
        });
      },
      look(hours: number): void {
        this.hours = hours;
        polls = 0;
        void this.poll();
      },
    };
  });
}
