/** Writes what the model knows into the view: the only place where a control's looks are decided. */
import {
  type Bounds,
  badgeText,
  type ControlValue,
  choiceText,
  defaultOf,
  type FieldName,
  fieldText,
  scaleOf,
} from './values.ts';
import { controlCards, type FieldView, fieldsOf, type PanelView } from './view.ts';

type BoundsOf = (name: FieldName) => Bounds;

export interface ShowOptions {
  readonly bounds: BoundsOf;
  /** Somebody types into the number field: it is left alone. */
  readonly editing: boolean;
}

/** Shows a value, and everything that follows from it and from the bounds. */
export function showValue(
  view: PanelView,
  name: FieldName,
  value: ControlValue,
  { bounds, editing }: ShowOptions,
): void {
  const field = view.fields[name];
  const own = bounds(name);
  const standard = defaultOf(name, own);
  field.value = value;
  if (!editing) field.text = fieldText(name, value);
  field.differs = value !== standard;
  field.min = own.min;
  field.max = own.max;
  field.step = own.step;
  field.brief = own.brief;
  field.badge = badgeText(own);
  if (!sameChoices(field, own.choices)) {
    field.choices = own.choices.map((choice) => ({ value: choice, label: choiceText(choice) }));
  }
  if (typeof value === 'number' && typeof standard === 'number') {
    const scale = scaleOf(name, own);
    field.at = scale.position(value) * 100;
    field.notch = scale.position(standard) * 100;
  }
  showAvailability(view, name, own);
  if (name === 'width' || name === 'height') showSize(view);
  if (name === 'auto_exposure') showAvailability(view, 'exposure_time', bounds('exposure_time'));
}

/** Shows what the cards say of all their fields. */
export function showCards(view: PanelView, bounds: BoundsOf): void {
  for (const name of controlCards) {
    const card = view.cards[name];
    const fields = fieldsOf(name).map((field) => ({ field: view.fields[field], bounds: bounds(field) }));
    const offered = fields.filter((each) => each.bounds.available);
    card.live = offered.length > 0 && offered.every((each) => !each.bounds.brief);
    card.differs = offered.some(({ field }) => field.differs);
    const unavailable = offered.length === 0 ? (fields[0]?.bounds.reason ?? 'Not on this camera.') : '';
    // A card with nothing to change takes no room until somebody wants to know why.
    if (unavailable !== '' && card.unavailable === '') card.open = false;
    card.unavailable = unavailable;
  }
}

function showAvailability(view: PanelView, name: FieldName, { available, reason }: Bounds): void {
  const field = view.fields[name];
  const automatic = name === 'exposure_time' && view.fields.auto_exposure.value === true;
  field.disabled = !available || automatic || view.readOnly !== '';
  field.reason = !available ? reason : automatic ? 'Automatic exposure chooses it.' : '';
}

function showSize({ size, fields }: PanelView): void {
  const now = `${fields.width.value}x${fields.height.value}`;
  size.width = String(fields.width.value);
  size.height = String(fields.height.value);
  const offered = size.choices.some(({ value }) => value === now);
  size.value = size.custom || !offered ? 'custom' : now;
}

function sameChoices({ choices }: FieldView, wanted: readonly string[]): boolean {
  return choices.length === wanted.length && choices.every(({ value }, at) => value === wanted[at]);
}
