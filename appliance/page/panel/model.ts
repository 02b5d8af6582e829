import {
  CommandType,
  type WireCommand,
  type WireFieldLimits,
  type WireSettings,
  type WireStatus,
} from '../../../proto/index.ts';
import { fieldSpec } from '../../settings/table.ts';
import { Feedback } from './feedback.ts';
import { Known, perch } from './known.ts';
import type { Scale } from './scale.ts';
import { type Changes, Sender } from './sender.ts';
import { showCards, showValue } from './show.ts';
import { UndoStack } from './undo.ts';
import {
  type Bounds,
  boundsOf,
  type ControlValue,
  defaultOf,
  type FieldName,
  fieldText,
  parseSize,
  readTyped,
  scaleOf,
  toWire,
} from './values.ts';
import { type ControlCard, fieldNames, fieldsOf, type PanelView, stateName } from './view.ts';

/** What the panel tells the page around it. */
export interface PanelHooks {
  /** A person is about to change something: the picture is still as it was. */
  began(): void;
  /** Something worth a line with an Undo: a card was reset. */
  said(text: string, undo: () => void): void;
  /** For the live region. */
  announce(text: string): void;
}

/** Everything the panel knows and decides, without a page: it reads statuses and writes the view. */
export class PanelModel {
  readonly view: PanelView;
  readonly camera: string;
  readonly #hooks: PanelHooks;
  readonly #transmit: (command: WireCommand) => Promise<WireStatus>;
  readonly #sender: Sender;
  readonly #undo = new UndoStack();
  readonly #feedback: Feedback;
  readonly #limits = new Map<FieldName, WireFieldLimits>();
  readonly #known = new Known();
  #editing: FieldName | undefined;
  /** The limits as last told; and whether controls must be drawn anew because of them. */
  #offers = '';
  #stale = true;

  /** `camera` is the name commands are addressed to. */
  constructor(
    view: PanelView,
    camera: string,
    transmit: (command: WireCommand) => Promise<WireStatus>,
    hooks: PanelHooks,
  ) {
    this.view = view;
    this.camera = camera;
    this.#hooks = hooks;
    this.#transmit = transmit;
    this.#feedback = new Feedback(view, {
      busy: (name) => this.#sender.busy(name) || view.held === name,
      announce: (text) => hooks.announce(text),
    });
    this.#sender = new Sender((settings) => this.#update(settings), {
      sent: (changes) => this.#feedback.sent(changes.keys()),
      answered: (changes, status) => this.#onAnswer(changes, status),
      failed: (changes, error) => this.#onFailed(changes, error),
    });
  }

  /** Asks for the whole status, limits included. */
  async refresh(): Promise<void> {
    this.receive(await this.#transmit({ command: CommandType.GET_STATUS, settings: { cameraName: this.camera } }));
  }

  /** Takes in a push, or an answer that concerns no field. */
  receive(status: WireStatus): void {
    const named = status.current_settings?.cameraName;
    if (named !== undefined && named !== '' && named !== this.camera) return;
    if (status.success === false && !status.current_settings) return;
    this.#note(status);
    if (status.changed_by === perch || status.success === false) this.#takenBack(status);
    this.#settle();
  }

  /** While `work` runs, changes that come in are ours: a preset that was asked for another way. */
  asOurs<T>(work: () => Promise<T>): Promise<T> {
    return this.#known.asOurs(work);
  }

  /** A finger or a key takes hold of a control. */
  hold(name: FieldName): void {
    if (this.view.held === name) return;
    this.view.held = name;
    this.#begin([name]);
  }

  /** Lets go: what waited for this moment is sent. */
  release(): void {
    const name = this.view.held;
    if (name === '') return;
    this.view.held = '';
    const field = this.view.fields[name];
    field.fine = '';
    if (field.brief && field.value !== this.#known.values.get(name)) this.#push(new Map([[name, field.value]]));
    this.#undo.close(this.#values([name]));
    this.#showUndo();
    this.#settle();
  }

  /** A new value while a control is held. What makes a gap waits until it is let go. */
  drag(name: FieldName, value: ControlValue): void {
    const field = this.view.fields[name];
    if (field.disabled || field.value === value) return;
    this.#show(name, value);
    if (!field.brief) this.#push(new Map([[name, value]]));
  }

  /** A new value in one go: a key, a choice, a typed number. */
  set(name: FieldName, value: ControlValue): void {
    this.apply(new Map([[name, value]]), fieldSpec(name).label);
  }

  /** Some values in one go, as one entry of Undo; `apart` from what was done just before. */
  apply(changes: Changes, label: string, apart = false): void {
    const wanted = new Map([...changes].filter(([name]) => !this.view.fields[name].disabled));
    if (wanted.size === 0) return;
    this.#begin([...wanted.keys()], label, apart);
    for (const [name, value] of wanted) this.#show(name, value);
    this.#push(wanted);
    this.#undo.close(this.#values([...wanted.keys()]));
    this.#showUndo();
  }

  /** Some keys further. */
  step(name: FieldName, steps: number): void {
    const { value } = this.view.fields[name];
    if (typeof value === 'number') this.set(name, this.scale(name).next(value, steps));
  }

  /** Reads a number field. A refusal stands under it, and the field goes back. */
  type(name: FieldName, text: string): void {
    this.#editing = undefined;
    const field = this.view.fields[name];
    if (text.trim() === field.text.trim()) {
      // Nothing was typed, but the value may have moved meanwhile.
      this.#show(name, field.value);
      return;
    }
    const typed = readTyped(name, text, this.bounds(name));
    if ('error' in typed) {
      this.#refuse(name, typed.error);
      return;
    }
    if (typed.value === field.value) this.#show(name, typed.value);
    else this.set(name, typed.value);
  }

  /** A person types into this number field: it is left alone until `type`. */
  edit(name: FieldName): void {
    this.#editing = name;
  }

  /** Chooses one of the offered sizes, or opens the two fields for another. */
  chooseSize(text: string): void {
    const { size } = this.view;
    size.custom = text === 'custom';
    const sides = parseSize(text);
    if (!sides) {
      size.value = 'custom';
      return;
    }
    this.setSize(String(sides.width), String(sides.height));
  }

  /** A typed size. */
  setSize(width: string, height: string): void {
    const sides = [readTyped('width', width, this.bounds('width')), readTyped('height', height, this.bounds('height'))];
    const [wide, high] = sides;
    if (!wide || !high) return;
    if ('error' in wide) this.#refuse('width', wide.error);
    else if ('error' in high) this.#refuse('width', high.error);
    else {
      const changes = new Map<FieldName, ControlValue>([
        ['width', wide.value],
        ['height', high.value],
      ]);
      this.apply(changes, 'Resolution');
    }
  }

  reset(name: FieldName): void {
    const names: FieldName[] = name === 'width' ? ['width', 'height'] : [name];
    this.#reset(names, names.length > 1 ? 'Resolution' : fieldSpec(name).label);
  }

  resetCard(card: ControlCard): void {
    if (this.#reset(fieldsOf(card), card)) this.#hooks.said(`${card} is at its defaults.`, () => this.undo());
  }

  resetAll(): void {
    if (this.#reset(fieldNames, 'All settings')) this.#hooks.said('Everything is at its defaults.', () => this.undo());
  }

  /** Takes back the last change made here. */
  undo(): void {
    const entry = this.#undo.pop();
    this.#showUndo();
    if (!entry) return;
    for (const [name, value] of entry.before) this.#show(name, value);
    this.#push(entry.before);
    this.#hooks.announce(`${entry.label}: undone.`);
  }

  /** Notes the values of now, to come back to after a change that is made another way. */
  remember(label: string): () => void {
    this.#begin(fieldNames, label);
    return () => {
      this.#undo.close(this.#known.values);
      this.#showUndo();
    };
  }

  /** The settings of now, as a preset keeps them. */
  settings(): WireSettings {
    return Object.assign({}, ...[...this.#values(fieldNames)].map(([name, value]) => toWire(name, value)));
  }

  /** START_STREAM, STOP_STREAM or RESTART_CAMERA. */
  async command(command: number): Promise<void> {
    const { view } = this;
    view.busy = true;
    view.message = '';
    try {
      const status = await this.#transmit({ command, settings: { cameraName: this.camera } });
      if (status.success === false) view.message = status.message ?? 'The camera refused, without a reason.';
      this.receive(status);
    } catch (error) {
      view.message = (error as Error).message;
    } finally {
      view.busy = false;
    }
  }

  /** A picture taken at this time (camera's clock, µs) is on the screen: what it shows is confirmed. */
  presented(captureUs: number): void {
    this.#feedback.presented(captureUs);
  }

  /** Whether presented pictures are of interest now. */
  get waitsForPicture(): boolean {
    return this.#feedback.waitsForPicture;
  }

  bounds(name: FieldName): Bounds {
    return boundsOf(name, this.#limits.get(name));
  }

  /** Where a reset of this field goes, within what the camera offers. */
  defaultOf(name: FieldName): ControlValue {
    return defaultOf(name, this.bounds(name));
  }

  scale(name: FieldName): Scale {
    return scaleOf(name, this.bounds(name));
  }

  /** Ends every timer. */
  close(): void {
    this.#sender.close();
    this.#feedback.close();
  }

  #update(settings: WireSettings): Promise<WireStatus> {
    return this.#transmit({
      command: CommandType.UPDATE_SETTINGS,
      settings: { ...settings, cameraName: this.camera },
    });
  }

  #values(names: readonly FieldName[]): Map<FieldName, ControlValue> {
    return new Map(names.map((name) => [name, this.view.fields[name].value]));
  }

  #begin(names: readonly FieldName[], label?: string, apart = false): void {
    this.#hooks.began();
    const first = names[0];
    this.#undo.open(label ?? (first ? fieldSpec(first).label : ''), this.#values(names), apart);
  }

  #reset(names: readonly FieldName[], label: string): boolean {
    const changes = new Map<FieldName, ControlValue>();
    for (const name of names) {
      const field = this.view.fields[name];
      if (!this.bounds(name).available || !field.differs) continue;
      changes.set(name, defaultOf(name, this.bounds(name)));
    }
    if (changes.size === 0) return false;
    this.apply(changes, label, true);
    return true;
  }

  #push(changes: Changes): void {
    this.#feedback.begin(changes.keys());
    this.#sender.push(changes);
  }

  #onAnswer(changes: Changes, status: WireStatus): void {
    if (status.revision !== undefined && status.success !== false) {
      this.#known.own(status.revision);
      this.#feedback.accepted(changes.keys(), status.revision);
    }
    this.#note(status);
    if (status.success === false) {
      const sentence = status.message ?? 'The camera refused this, without a reason.';
      const blamed = fieldNames.find((name) => name === status.error_field);
      const shown = blamed && changes.has(blamed) ? blamed : [...changes.keys()][0];
      this.#feedback.over(changes.keys());
      if (shown) this.#refuse(shown, sentence);
      this.#undo.drop(changes);
      this.#showUndo();
    }
    this.#settle();
  }

  #onFailed(changes: Changes, error: Error): void {
    const [first] = changes.keys();
    this.#feedback.over(changes.keys());
    if (first) this.#refuse(first, error.message);
    this.#settle();
  }

  /** Remembers what a status says; the view follows in `#settle`. */
  #note(status: WireStatus): void {
    const { view } = this;
    const offers = JSON.stringify([status.limits, status.sizes]);
    // They come with every answer to GET_STATUS, and mostly say what they said before.
    if ((status.limits || status.sizes) && offers !== this.#offers) {
      this.#offers = offers;
      this.#stale = true;
      for (const limits of status.limits ?? []) {
        const name = fieldNames.find((known) => known === limits.field);
        if (name) this.#limits.set(name, limits);
      }
      if (status.sizes)
        view.size.choices = status.sizes.map((size) => ({ value: size, label: size.replace('x', ' × ') }));
    }
    if (this.#known.note(status) && !view.ready) {
      view.ready = true;
      this.#stale = true;
    }
    if (status.saved_revision !== undefined) view.saved = status.saved_revision >= this.#known.revision;
    if (status.state !== undefined) {
      const state = stateName(status.state);
      if (view.state !== state && view.state !== 'unknown') this.#hooks.announce(status.state_message ?? state);
      view.state = state;
      view.stateMessage = status.state_message ?? '';
    }
    if (status.applied_revision !== undefined) {
      this.#feedback.applied(status.applied_revision, status.applied_time_us ?? 0);
    }
    this.#feedback.progress();
  }

  /** Every control nobody is busy with shows what the camera is set to. */
  #settle(): void {
    for (const name of fieldNames) {
      const value = this.#known.values.get(name);
      if (value === undefined || this.view.held === name || this.#sender.busy(name)) continue;
      const moved = this.view.fields[name].value !== value;
      if (moved || this.#stale) this.#show(name, value);
      const writer = this.#known.takeWriter(name);
      if (moved) this.#feedback.movedBy(name, writer);
    }
    this.#stale = false;
    showCards(this.view, (name) => this.bounds(name));
  }

  #takenBack(status: WireStatus): void {
    const first = fieldNames.find((name) => status.changed_fields?.includes(name));
    if (first && status.message) this.#refuse(first, status.message);
  }

  #show(name: FieldName, value: ControlValue): void {
    showValue(this.view, name, value, { bounds: (each) => this.bounds(each), editing: this.#editing === name });
  }

  #refuse(name: FieldName, sentence: string): void {
    const known = this.#known.values.get(name);
    if (known !== undefined) this.#show(name, known);
    const field = this.view.fields[name];
    field.text = fieldText(name, field.value);
    this.#feedback.refused(name, sentence);
  }

  #showUndo(): void {
    this.view.undo = this.#undo.label;
  }
}
