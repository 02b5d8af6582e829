import type { Changes } from './sender.ts';
import type { ControlValue, FieldName } from './values.ts';

export interface UndoEntry {
  /** "Brightness", "Night". */
  readonly label: string;
  readonly before: ReadonlyMap<FieldName, ControlValue>;
  /** Never one with the entries around it: a reset right after a step is a thought of its own. */
  readonly apart: boolean;
}

const depth = 50;
/** Steps of one control that follow each other within this time are one entry, ms. */
const mergeMs = 1500;

/** What can be taken back, newest last. */
export class UndoStack {
  readonly #now: () => number;
  #entries: UndoEntry[] = [];
  #open: UndoEntry | undefined;
  #closedAt = 0;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** A change begins at these values. */
  open(label: string, before: Changes, apart = false): void {
    this.#open = { label, before, apart };
  }

  /** It ended at these: what did not change is left out, and nothing is kept when nothing did. */
  close(after: Changes): void {
    const open = this.#open;
    this.#open = undefined;
    if (!open) return;
    const before = new Map([...open.before].filter(([name, value]) => after.get(name) !== value));
    if (before.size === 0) return;
    const last = this.#entries.at(-1);
    const goesOn =
      !open.apart &&
      last?.apart === false &&
      last.label === open.label &&
      this.#now() - this.#closedAt < mergeMs &&
      sameFields(last.before, before);
    this.#closedAt = this.#now();
    if (!goesOn) this.#entries = [...this.#entries.slice(1 - depth), { ...open, before }];
  }

  /** A change was refused: its entry, if it is the newest, has nothing to take back. */
  drop(changes: Changes): void {
    const last = this.#entries.at(-1);
    if (last && sameFields(last.before, changes)) this.#entries.pop();
  }

  pop(): UndoEntry | undefined {
    this.#closedAt = 0;
    return this.#entries.pop();
  }

  /** Of the newest entry, or empty. */
  get label(): string {
    return this.#entries.at(-1)?.label ?? '';
  }
}

function sameFields(one: Changes, other: Changes): boolean {
  return one.size === other.size && [...one.keys()].every((name) => other.has(name));
}
