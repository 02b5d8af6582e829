/** What the panel's attributes may say: the handlers between the page's events and the model. */
import type { PanelModel } from './model.ts';
import { choiceText, type FieldName, spokenText } from './values.ts';
import { type ControlCard, controlCards, fieldNames, type PanelView } from './view.ts';

interface Compare {
  available(): boolean;
  show(on: boolean): void;
}

/** Who lets go of Compare sooner has tapped it, ms. */
const tapMs = 250;
/** Cards that a person folded stay folded, in this browser. */
const foldKey = 'perch-folded';

/** The scope of one panel. */
export function panelScope(
  model: PanelModel,
  view: PanelView,
  compare: Compare | undefined,
  hint: (text: string) => void,
) {
  let comparedAt: number | undefined;
  for (const card of controlCards) {
    const kept = readFolds()[card];
    if (kept !== undefined) view.cards[card].open = !kept;
  }
  return {
    view,
    f: view.fields,
    /** The field that arrow keys without a focus go to. */
    last: 'brightness' as FieldName,
    canCompare: false,
    /** A person changed something here: the bar with Compare and Undo is of use. */
    barOpen: false,

    get anyDiffers(): boolean {
      return controlCards.some((card) => view.cards[card].differs);
    },
    /** Nothing may be changed here by this person. */
    get locked(): boolean {
      return view.readOnly !== '';
    },
    get undoLabel(): string {
      return view.undo === '' ? 'Undo' : `Undo ${view.undo}`;
    },
    get customLabel(): string {
      return view.size.value === 'custom' && !view.size.custom
        ? `${view.size.width} × ${view.size.height}`
        : 'Another size…';
    },
    get stateText(): string {
      return view.stateMessage || (view.ready ? '' : 'Asking the camera…');
    },

    track(name: FieldName) {
      const { at, notch, min } = view.fields[name];
      // What has a middle is filled from there; an amount is filled from its start.
      const from = min < 0 ? notch : 0;
      return {
        '--at-part': String(at / 100),
        '--notch-part': String(notch / 100),
        '--from-part': String(Math.min(from, at) / 100),
        '--to-part': String(Math.max(from, at) / 100),
      };
    },
    spoken(name: FieldName): string {
      return spokenText(name, view.fields[name].value);
    },
    /** The default of a field, for people. */
    standard(name: FieldName): string {
      const said = (each: FieldName): string => {
        const value = model.defaultOf(each);
        if (typeof value === 'boolean') return value ? 'on' : 'off';
        return typeof value === 'string' ? choiceText(value) : spokenText(each, value);
      };
      return name === 'width' ? `${model.defaultOf('width')} × ${model.defaultOf('height')}` : said(name);
    },
    help(name: FieldName): void {
      view.fields[name].helpOpen = !view.fields[name].helpOpen;
    },
    fold(card: ControlCard): void {
      view.cards[card].open = !view.cards[card].open;
      writeFolds(Object.fromEntries(controlCards.map((each) => [each, !view.cards[each].open])));
    },

    reset(name: FieldName): void {
      this.touched(name);
      model.reset(name);
    },
    resetCard(card: ControlCard): void {
      this.touched(this.last);
      model.resetCard(card);
    },
    resetAll(): void {
      this.touched(this.last);
      model.resetAll();
    },
    undo(): void {
      model.undo();
    },
    command(command: number): void {
      void model.command(command);
    },

    ranged(name: FieldName, event: Event): void {
      this.touched(name);
      model.set(name, Number((event.target as HTMLInputElement).value));
    },
    rangeKey(name: FieldName, event: KeyboardEvent): void {
      const way = arrows[event.key];
      if (way === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation();
      this.touched(name);
      model.step(name, way * (event.shiftKey ? model.scale(name).bigStep : 1));
    },
    stepLast(steps: number): void {
      this.touched(this.last);
      model.step(this.last, Math.abs(steps) > 1 ? Math.sign(steps) * model.scale(this.last).bigStep : steps);
    },
    edit(name: FieldName, event: Event): void {
      model.edit(name);
      (event.target as HTMLInputElement).select();
    },
    typed(name: FieldName, event: Event): void {
      const input = event.target as HTMLInputElement;
      this.touched(name);
      model.type(name, input.value);
      // A refused number is not a change of the view, so the field is put back by hand.
      input.value = view.fields[name].text;
    },
    numberKey(name: FieldName, event: KeyboardEvent): void {
      const input = event.target as HTMLInputElement;
      if (event.key === 'Enter') {
        this.typed(name, event);
        model.edit(name);
        input.select();
      } else if (event.key === 'Escape') {
        input.value = view.fields[name].text;
        input.blur();
      } else if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
        event.preventDefault();
        this.touched(name);
        model.step(name, (event.key === 'ArrowUp' ? 1 : -1) * (event.shiftKey ? model.scale(name).bigStep : 1));
        input.value = view.fields[name].text;
      }
    },
    toggled(name: FieldName, event: Event): void {
      this.touched(name);
      model.set(name, (event.target as HTMLInputElement).checked);
    },
    chosen(name: FieldName, event: Event): void {
      this.touched(name);
      model.set(name, (event.target as HTMLSelectElement).value);
    },
    sized(event: Event): void {
      this.touched('width');
      model.chooseSize((event.target as HTMLSelectElement).value);
    },
    customSized(event: Event): void {
      this.touched('width');
      const form = new FormData(event.target as HTMLFormElement);
      model.setSize(String(form.get('width')), String(form.get('height')));
    },

    compareOn(event?: PointerEvent | KeyboardEvent): void {
      if (event instanceof PointerEvent) (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
      if (comparedAt === undefined) comparedAt = performance.now();
      compare?.show(true);
    },
    compareOff(): void {
      if (comparedAt !== undefined && performance.now() - comparedAt < tapMs)
        hint('Hold it to see the picture before.');
      comparedAt = undefined;
      compare?.show(false);
    },
    /** A handler for what must simply not happen. */
    nothing(): void {},

    touched(name: FieldName): void {
      if (fieldNames.includes(name)) this.last = name;
      this.barOpen = true;
      // The picture is kept when the change begins, which is after this.
      queueMicrotask(() => {
        this.canCompare = compare?.available() ?? false;
      });
    },
  };
}

const arrows: Readonly<Record<string, number>> = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 };

function readFolds(): Partial<Record<ControlCard, boolean>> {
  try {
    return JSON.parse(localStorage.getItem(foldKey) ?? '{}') as Partial<Record<ControlCard, boolean>>;
  } catch {
    return {};
  }
}

function writeFolds(folds: Record<string, boolean>): void {
  try {
    localStorage.setItem(foldKey, JSON.stringify(folds));
  } catch {
    // A private window may refuse; the card is folded all the same.
  }
}
