/** The list of devices: only the rows on the screen stand in the page, so that a thousand cost what a screenful does. */
import type { DeviceRow } from '../fleet/fleet.ts';
import type { FleetFeed } from './feed.ts';
import { Pictures } from './pictures.ts';
import { compare, describe, type Filter, matches, type Order, wordsOf } from './rows.ts';
import { heightOf, type Layout, layoutFor, placeOf, visible } from './window.ts';

/** While somebody moves about in the list, rows stay in their places, ms. */
const calmMs = 2_000;
/** "2 min ago" goes on by itself, ms. */
const agoEveryMs = 15_000;

export interface ListHooks {
  open(device: string): void;
  /** A row was ticked, or not any more. */
  select(device: string, on: boolean): void;
  shown(count: number): void;
}

export interface Wanted {
  readonly search: string;
  readonly filter: Filter;
  readonly order: Order;
}

interface Row {
  readonly element: HTMLLIElement;
  readonly link: HTMLAnchorElement;
  readonly name: HTMLElement;
  readonly status: HTMLElement;
  readonly facts: HTMLElement;
  readonly waiting: HTMLElement;
  readonly image: HTMLImageElement;
  readonly check: HTMLInputElement;
}

export class DeviceList {
  readonly pictures = new Pictures((device) => this.#drawPicture(device));
  readonly #element: HTMLElement;
  readonly #feed: FleetFeed;
  readonly #hooks: ListHooks;
  readonly #rows = new Map<string, Row>();
  readonly #selected: ReadonlySet<string>;
  #names: string[] = [];
  #wanted: Wanted = { search: '', filter: 'all', order: 'attention' };
  #layout: Layout = layoutFor(360);
  #frame = 0;
  #movedAt = Number.NEGATIVE_INFINITY;
  #sortTimer: ReturnType<typeof setTimeout> | undefined;
  readonly #ago: ReturnType<typeof setInterval>;
  readonly #stop = new AbortController();
  readonly #watch: ResizeObserver;
  readonly #forget: () => void;

  constructor(element: HTMLElement, feed: FleetFeed, selected: ReadonlySet<string>, hooks: ListHooks) {
    this.#element = element;
    this.#feed = feed;
    this.#hooks = hooks;
    this.#selected = selected;
    const { signal } = this.#stop;
    addEventListener('scroll', () => this.#moved(), { passive: true, signal });
    element.addEventListener('pointermove', () => this.#touched(), { passive: true, signal });
    element.addEventListener('keydown', (event) => this.#key(event), { signal });
    element.addEventListener('click', (event) => this.#click(event), { signal });
    element.addEventListener('change', (event) => this.#ticked(event), { signal });
    document.addEventListener('visibilitychange', () => this.#later(), { signal });
    this.#watch = new ResizeObserver(() => this.#resized());
    this.#watch.observe(element);
    this.#forget = feed.onChange((names) => this.#changed(names));
    this.#ago = setInterval(() => this.#redraw(), agoEveryMs);
    this.#sort();
  }

  /** The devices that are shown, in their order. */
  get names(): readonly string[] {
    return this.#names;
  }

  show(wanted: Wanted): void {
    this.#wanted = wanted;
    this.#sort();
  }

  /** Draws every row on the screen anew: what is selected changed. */
  redraw(): void {
    this.#redraw();
  }

  close(): void {
    this.#stop.abort();
    this.#watch.disconnect();
    this.#forget();
    clearInterval(this.#ago);
    clearTimeout(this.#sortTimer);
    cancelAnimationFrame(this.#frame);
    this.#element.replaceChildren();
    this.#rows.clear();
  }

  #changed(names: ReadonlySet<string> | undefined): void {
    if (names) for (const name of names) this.#drawRow(name);
    if (!names || this.#rows.size === 0) {
      this.#sort();
      return;
    }
    // Rows do not jump away under a finger.
    this.#sortTimer ??= setTimeout(
      () => {
        this.#sortTimer = undefined;
        this.#sort();
      },
      Math.max(500, this.#movedAt + calmMs - performance.now()),
    );
  }

  #sort(): void {
    const { search, filter, order } = this.#wanted;
    const words = wordsOf(search);
    const found: DeviceRow[] = [];
    for (const row of this.#feed.rows.values()) if (matches(row, words, filter)) found.push(row);
    this.#names = found.sort(compare(order)).map(({ name }) => name);
    this.#hooks.shown(this.#names.length);
    this.#draw();
    this.#redraw();
  }

  #touched(): void {
    this.#movedAt = performance.now();
  }

  #moved(): void {
    this.#touched();
    this.#later();
  }

  #later(): void {
    if (this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#draw();
    });
  }

  #resized(): void {
    const layout = layoutFor(this.#element.clientWidth);
    this.#element.dataset.layout = layout.columns === 1 ? 'rows' : 'tiles';
    if (JSON.stringify(layout) === JSON.stringify(this.#layout)) return;
    this.#layout = layout;
    for (const { element } of this.#rows.values()) element.remove();
    this.#rows.clear();
    this.#draw();
  }

  #draw(): void {
    const count = this.#names.length;
    const { top, width } = this.#element.getBoundingClientRect();
    if (width === 0) {
      this.pictures.want([]);
      return;
    }
    this.#element.style.height = `${heightOf(count, this.#layout)}px`;
    const { from, to } = visible(count, this.#layout, -top, innerHeight, innerHeight / 2);
    const shown = this.#names.slice(from, to);
    const keep = new Set(shown);
    for (const [name, { element }] of this.#rows) {
      // A row that has the focus stays, or the keyboard would lose its place.
      if (keep.has(name) || (element.contains(document.activeElement) && this.#names.includes(name))) continue;
      element.remove();
      this.#rows.delete(name);
    }
    let before: Element | null = this.#element.firstElementChild;
    for (const [at, name] of shown.entries()) {
      const row = this.#rows.get(name) ?? this.#make(name);
      const index = from + at;
      const { x, y } = placeOf(index, this.#layout);
      row.element.style.transform = `translate(${x}px, ${y}px)`;
      row.element.style.width = `${this.#layout.columnWidth}px`;
      row.element.style.height = `${this.#layout.rowHeight}px`;
      row.element.setAttribute('aria-setsize', String(count));
      row.element.setAttribute('aria-posinset', String(index + 1));
      // In the order they are read; elements in their place already are not touched.
      if (before === row.element) before = before.nextElementSibling;
      else this.#element.insertBefore(row.element, before);
    }
    const really = visible(count, this.#layout, -top, innerHeight, 0);
    const there = this.#names.slice(really.from, really.to).filter((name) => this.#hasPicture(name));
    this.pictures.want(document.hidden ? [] : there);
  }

  #hasPicture(name: string): boolean {
    const row = this.#feed.rows.get(name);
    return row?.connected === true && row.cameras.length > 0;
  }

  #make(name: string): Row {
    const element = document.createElement('li');
    element.className = 'pi';
    element.dataset.device = name;
    element.innerHTML = `<span class="pi-picture"><img alt="" decoding="async" hidden></span>
<div class="pi-text"><p class="pi-head"><span class="dot" aria-hidden="true"></span><a class="pi-name"></a></p>
<p class="pi-status" data-part="status"></p><p class="pi-facts"></p><p class="pi-waiting" data-part="waiting"></p></div>
<label class="pi-check"><input type="checkbox"><span class="hidden"></span></label>`;
    const part = <T extends Element>(selector: string): T => element.querySelector(selector) as T;
    const row: Row = {
      element,
      link: part('.pi-name'),
      name: part('.pi-check .hidden'),
      status: part('.pi-status'),
      facts: part('.pi-facts'),
      waiting: part('.pi-waiting'),
      image: part('img'),
      check: part('input'),
    };
    row.link.href = `?device=${encodeURIComponent(name)}`;
    this.#rows.set(name, row);
    this.#drawRow(name);
    this.#drawPicture(name);
    return row;
  }

  #redraw(): void {
    for (const name of this.#rows.keys()) this.#drawRow(name);
    this.#later();
  }

  #drawRow(name: string): void {
    const row = this.#rows.get(name);
    const device = this.#feed.rows.get(name);
    if (!row || !device) return;
    const texts = describe(device, Date.now());
    write(row.link, texts.title);
    write(row.name, `Select ${texts.title}`);
    write(row.status, texts.status);
    write(row.facts, texts.facts);
    write(row.waiting, texts.waiting);
    row.element.dataset.state = texts.standing;
    row.element.toggleAttribute('data-refused', texts.refused);
    row.check.checked = this.#selected.has(name);
  }

  #drawPicture(name: string): void {
    const image = this.#rows.get(name)?.image;
    const picture = this.pictures.get(name);
    if (!image || !picture || image.src === picture.url) return;
    image.src = picture.url;
    image.hidden = false;
  }

  #click(event: MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    const name = link?.closest<HTMLElement>('.pi')?.dataset.device;
    if (name === undefined || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    this.#hooks.open(name);
  }

  #ticked(event: Event): void {
    const box = event.target;
    if (!(box instanceof HTMLInputElement)) return;
    const name = box.closest<HTMLElement>('.pi')?.dataset.device;
    if (name !== undefined) this.#hooks.select(name, box.checked);
  }

  #key(event: KeyboardEvent): void {
    const name = (event.target as Element).closest<HTMLElement>('.pi')?.dataset.device;
    const at = name === undefined ? -1 : this.#names.indexOf(name);
    const { columns } = this.#layout;
    const steps: Record<string, number> = {
      ArrowDown: columns,
      ArrowUp: -columns,
      ArrowRight: 1,
      ArrowLeft: -1,
      Home: -at,
      End: this.#names.length - 1 - at,
    };
    const step = steps[event.key];
    if (at < 0 || step === undefined || event.altKey || event.ctrlKey) return;
    event.preventDefault();
    this.focus(Math.min(this.#names.length - 1, Math.max(0, at + step)));
  }

  /** Brings an item onto the screen and gives it the keyboard. */
  focus(index: number): void {
    const name = this.#names[index];
    if (name === undefined) return;
    const { y } = placeOf(index, this.#layout);
    const top = this.#element.getBoundingClientRect().top + y;
    // Below what stands fixed at the top, above the tabs.
    if (top < 180) scrollBy(0, top - 180);
    else if (top + this.#layout.rowHeight > innerHeight - 80)
      scrollBy(0, top + this.#layout.rowHeight - innerHeight + 80);
    this.#draw();
    this.#rows.get(name)?.link.focus({ preventScroll: true });
  }
}

function write(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
