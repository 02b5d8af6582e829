/** The list with its search and filters, registering a device, and a preset for many at once. */
import Alpine from '@alpinejs/csp';
import { copyText } from '../../../appliance/page/copy.ts';
import { ApiError, sentenceOf } from '../../../appliance/page/request.ts';
import type { Profile } from '../../../appliance/settings/profiles.ts';
import { api } from './api.ts';
import { beginning, type Result, runBatch, summary, targetsOf } from './batch.ts';
import { DeviceList } from './list.ts';
import { countRows, type Filter, type Order } from './rows.ts';
import { announce, feed, mayChange, openDevice, state, whyNot } from './state.ts';
import { say } from './toasts.ts';

const filters: readonly { readonly name: Filter; readonly label: string }[] = [
  { name: 'all', label: 'All' },
  { name: 'trouble', label: 'Trouble' },
  { name: 'away', label: 'Away' },
  { name: 'waiting', label: 'Changes wait' },
  { name: 'live', label: 'Live' },
];

export const list: { current: DeviceList | undefined } = { current: undefined };

/** Registers the component. */
export function registerFleet(): void {
  Alpine.data('fleet', () => {
    const selected = new Set<string>();
    let stop = new AbortController();
    /** What the batch writes; the page looks at it a few times a second. */
    let work: Result[] = [];
    let forget = () => {};
    return {
      state,
      filters,
      search: '',
      filter: 'all' as Filter,
      order: 'attention' as Order,
      shownCount: 0,
      selecting: false,
      selectedCount: 0,
      ask: '' as '' | 'add' | 'preset' | 'results',
      name: '',
      error: '',
      key: '',
      copied: '',
      results: [] as Result[],
      running: false,
      presetName: '',

      init(): void {
        const element = this.$refs.list;
        if (!element) return;
        list.current = new DeviceList(element, feed, selected, {
          open: openDevice,
          select: (device, on) => {
            if (on) selected.add(device);
            else selected.delete(device);
            this.selectedCount = selected.size;
          },
          shown: (count) => {
            this.shownCount = count;
          },
        });
        const count = () => {
          state.counts = countRows(feed.rows.values());
        };
        count();
        forget = feed.onChange(count);
        this.$watch('search', () => this.look());
        this.$watch('filter', () => this.look());
        this.$watch('order', () => this.look());
      },
      destroy(): void {
        forget();
        list.current?.close();
        list.current = undefined;
      },

      look(): void {
        list.current?.show({ search: this.search, filter: this.filter, order: this.order });
        announce(this.foundText);
      },
      writeSearch(event: Event): void {
        this.search = (event.target as HTMLInputElement).value;
      },
      clearSearch(): void {
        this.search = '';
        this.filter = 'all';
        (this.$refs.search as HTMLInputElement).focus();
      },
      choose(filter: Filter): void {
        this.filter = filter;
      },
      chooseOrder(event: Event): void {
        this.order = (event.target as HTMLSelectElement).value as Order;
      },
      count(filter: Filter): number {
        return state.counts[filter];
      },
      get loaded(): boolean {
        return state.link === 'open' || feed.rows.size > 0;
      },
      get empty(): boolean {
        return this.loaded && state.counts.all === 0;
      },
      get nothing(): boolean {
        return state.counts.all > 0 && this.shownCount === 0;
      },
      get summaryText(): string {
        const { all, away } = state.counts;
        if (all === 0) return '';
        return `${(all - away).toLocaleString('en')} of ${all.toLocaleString('en')} connected`;
      },
      get foundText(): string {
        return this.shownCount === 1 ? '1 found' : `${this.shownCount} found`;
      },
      get narrowed(): boolean {
        return this.search !== '' || this.filter !== 'all';
      },
      get mayChange(): boolean {
        return mayChange();
      },
      get admin(): boolean {
        return state.role === 'admin';
      },
      get why(): string {
        return whyNot();
      },

      select(): void {
        this.selecting = !this.selecting;
        if (!this.selecting) this.clearSelection();
      },
      selectShown(): void {
        for (const device of list.current?.names ?? []) selected.add(device);
        this.selectedCount = selected.size;
        list.current?.redraw();
      },
      clearSelection(): void {
        selected.clear();
        this.selectedCount = 0;
        list.current?.redraw();
      },
      get selectedText(): string {
        return this.selectedCount === 0 ? 'None selected' : `${this.selectedCount} selected`;
      },

      open(ask: 'add' | 'preset' | 'results'): void {
        this.ask = ask;
        this.error = '';
        this.key = '';
        this.name = '';
        const dialog = this.$refs.dialog as HTMLDialogElement;
        if (!dialog.open) dialog.showModal();
        if (ask === 'add') void this.$nextTick(() => this.$refs.name?.focus());
      },
      close(): void {
        (this.$refs.dialog as HTMLDialogElement).close();
      },
      closed(): void {
        this.ask = '';
        // The key is not shown again.
        this.key = '';
      },
      outside(event: PointerEvent): void {
        // A key that was not copied would be lost, a batch under way unseen.
        if (event.target === this.$refs.dialog && this.key === '' && !this.running) this.close();
      },
      write(event: Event): void {
        this.name = (event.target as HTMLInputElement).value;
        this.error = '';
      },
      async add(): Promise<void> {
        const name = this.name.trim();
        if (name === '') {
          this.error = 'Give it a name, such as porch or pi-17.';
          return;
        }
        try {
          const { key } = await api.addDevice(name);
          this.name = name;
          this.key = key;
        } catch (error) {
          this.error = sentenceOf(error);
        }
      },
      /** What to put on the Pi. */
      get lines(): string {
        const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
        return `relay_url = "${scheme}://${location.host}"\nrelay_key = "${this.key}"`;
      },
      get added(): string {
        return this.name;
      },
      get connectedNow(): boolean {
        // `counts` is watched; the map is not.
        return state.counts.all > 0 && feed.rows.get(this.name)?.connected === true;
      },
      openAdded(): void {
        const { name } = this;
        this.close();
        openDevice(name);
      },
      async copy(text: string): Promise<void> {
        this.copied = (await copyText(text)) ? text : '';
        if (this.copied === '') say('Copying did not work here. Select the text and copy it.');
      },
      copyWord(text: string): string {
        return this.copied === text ? 'Copied' : 'Copy';
      },

      async apply(preset: Profile): Promise<void> {
        const rows = [...selected].flatMap((device) => feed.rows.get(device) ?? []);
        this.presetName = preset.name;
        work = beginning(targetsOf(rows));
        this.ask = 'results';
        await this.run();
      },
      async run(): Promise<void> {
        this.running = true;
        stop = new AbortController();
        const show = () => {
          this.results = work.map((result) => ({ ...result }));
        };
        show();
        const timer = setInterval(show, 200);
        await runBatch(
          work,
          async ({ device, camera }) => {
            const status = await patiently(() => api.applyPreset(this.presetName, device, camera));
            const queued = Object.keys(status.pending_settings ?? {}).length > 0;
            return { queued, message: queued ? 'Waits until it is back.' : (status.message ?? 'Done.') };
          },
          stop.signal,
        );
        clearInterval(timer);
        show();
        this.running = false;
        const told = `${this.presetName}: ${this.resultsText}.`;
        // The sheet was closed meanwhile.
        if (this.ask === 'results') announce(told);
        else say(told);
      },
      stop(): void {
        stop.abort();
      },
      async again(): Promise<void> {
        for (const result of work) if (result.outcome === 'failed') result.outcome = 'waiting';
        await this.run();
      },
      get resultsText(): string {
        return summary(this.results);
      },
      get resultsDone(): number {
        return this.results.filter(({ outcome }) => outcome !== 'waiting' && outcome !== 'running').length;
      },
      get hasFailed(): boolean {
        return !this.running && this.results.some(({ outcome }) => outcome === 'failed' || outcome === 'waiting');
      },
      /** Those that need somebody first; the rest is a number. */
      get worthTelling(): readonly Result[] {
        const order = ['failed', 'running', 'queued', 'done', 'waiting'];
        return [...this.results].sort((a, b) => order.indexOf(a.outcome) - order.indexOf(b.outcome)).slice(0, 200);
      },
    };
  });
}

/** The relay says "too many" to whoever asks too fast: waits, and asks again. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 429) || tries >= 5) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }
}
