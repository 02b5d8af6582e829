/** What the panel shows, as plain data: Alpine watches it, the model writes it. */
import { type Card, settingNames, settingsTable } from '../../settings/table.ts';
import { badgeText, boundsOf, type ControlValue, choiceText, defaultOf, type FieldName, fieldText } from './values.ts';

/** Where a change stands: on its way, taken by the camera, seen in a picture, taken back. */
export type Phase = '' | 'sent' | 'applied' | 'confirmed' | 'refused';

/** One control. */
export interface FieldView {
  value: ControlValue;
  /** In the number field; left alone while somebody types. */
  text: string;
  /** Place of the value and of the default on the slider, percent. */
  at: number;
  notch: number;
  min: number;
  max: number;
  step: number;
  choices: { value: string; label: string }[];
  /** Not at its default. */
  differs: boolean;
  disabled: boolean;
  /** Why it cannot be changed, in a sentence. */
  reason: string;
  brief: boolean;
  badge: string;
  phase: Phase;
  error: string;
  /** Who else moved it, and when: "Token garage, just now". */
  who: string;
  helpOpen: boolean;
  /** While a finger is far from the track: "fine, 1/4". */
  fine: string;
}

export interface CardView {
  open: boolean;
  /** Every control of the card is applied without a gap. */
  live: boolean;
  differs: boolean;
  /** Why nothing on the card can be changed, or empty. */
  unavailable: string;
}

/** The select that width and height share. */
export interface SizeView {
  /** "1280x720", or "custom". */
  value: string;
  choices: { value: string; label: string }[];
  custom: boolean;
  width: string;
  height: string;
}

export type CameraStateName = 'unknown' | 'starting' | 'live' | 'stopped' | 'reconnecting' | 'missing';

export interface PanelView {
  /** A first status came. */
  ready: boolean;
  /** Why this person may change nothing, in a sentence, or empty. */
  readOnly: string;
  /** The field a finger holds; everything else steps back. */
  held: FieldName | '';
  fields: Record<FieldName, FieldView>;
  size: SizeView;
  cards: Record<ControlCard, CardView>;
  state: CameraStateName;
  stateMessage: string;
  /** The newest revision is on disk. */
  saved: boolean;
  /** What Undo would take back, or empty. */
  undo: string;
  /** A sentence about the camera as a whole: what went wrong with a start, a stop. */
  message: string;
  /** A command about the camera as a whole is under way. */
  busy: boolean;
}

export type ControlCard = Exclude<Card, 'Identity'>;
export const controlCards: readonly ControlCard[] = ['Picture', 'Exposure', 'Stream', 'AI'];

/** Every field with a control, in the table's order. */
export const fieldNames: readonly FieldName[] = settingNames.filter(
  (name): name is FieldName => settingsTable[name].card !== 'Identity',
);

/** The fields of a card. */
export function fieldsOf(card: ControlCard): readonly FieldName[] {
  return fieldNames.filter((name) => settingsTable[name].card === card);
}

const stateNames: readonly CameraStateName[] = ['unknown', 'starting', 'live', 'stopped', 'reconnecting', 'missing'];

/** The name of a `CameraState` number; one from a newer camera is `unknown`. */
export function stateName(state: number | undefined): CameraStateName {
  return stateNames[state ?? 0] ?? 'unknown';
}

/** The panel before the first status. */
export function emptyView(): PanelView {
  const fields = Object.fromEntries(fieldNames.map((name) => [name, emptyField(name)])) as Record<FieldName, FieldView>;
  const cards = Object.fromEntries(
    controlCards.map((card) => [card, { open: card !== 'AI', live: false, differs: false, unavailable: '' }]),
  ) as Record<ControlCard, CardView>;
  return {
    ready: false,
    readOnly: '',
    held: '',
    fields,
    size: { value: '', choices: [], custom: false, width: '', height: '' },
    cards,
    state: 'unknown',
    stateMessage: '',
    saved: true,
    undo: '',
    message: '',
    busy: false,
  };
}

function emptyField(name: FieldName): FieldView {
  const bounds = boundsOf(name, undefined);
  const value = defaultOf(name, bounds);
  return {
    value,
    text: fieldText(name, value),
    at: 0,
    notch: 0,
    min: bounds.min,
    max: bounds.max,
    step: bounds.step,
    choices: bounds.choices.map((choice) => ({ value: choice, label: choiceText(choice) })),
    differs: false,
    disabled: true,
    reason: '',
    brief: bounds.brief,
    badge: badgeText(bounds),
    phase: '',
    error: '',
    who: '',
    helpOpen: false,
    fine: '',
  };
}
