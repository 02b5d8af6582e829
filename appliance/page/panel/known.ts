import type { WireStatus } from '../../../proto/index.ts';
import { type ControlValue, type FieldName, fromWire } from './values.ts';
import { fieldNames } from './view.ts';

/** Who undoes a change that brought no picture: not a person, and told in its own way. */
export const perch = 'Perch';

/** How long after our own request its push may still come, ms. */
const lateMs = 500;

/** What the camera is set to as far as we were told, and who set it when it was not us. */
export class Known {
  readonly #values = new Map<FieldName, ControlValue>();
  readonly #writers = new Map<FieldName, string>();
  /** Revisions that answers said are ours: their pushes are no news. */
  readonly #ours = new Set<number>();
  #revision = 0;
  #underway = 0;

  /** The newest revision heard of; 0 before the first status. */
  get revision(): number {
    return this.#revision;
  }

  get values(): ReadonlyMap<FieldName, ControlValue> {
    return this.#values;
  }

  /** An answer said that this revision is our doing. */
  own(revision: number): void {
    this.#ours.add(revision);
  }

  /** While `work` runs, changes that come in are ours: they were asked for another way. */
  async asOurs<T>(work: () => Promise<T>): Promise<T> {
    this.#underway += 1;
    try {
      return await work();
    } finally {
      setTimeout(() => {
        this.#underway -= 1;
      }, lateMs);
    }
  }

  /** Takes in the settings of a status; false when it is older than what is known. */
  note({
    current_settings: settings,
    request_id: id,
    revision = this.#revision,
    changed_by: who,
  }: WireStatus): boolean {
    if (!settings || revision < this.#revision) return false;
    const isPush = id === undefined || id === '';
    const isNews = isPush && this.#revision > 0 && revision > this.#revision;
    const writer = isNews && this.#underway === 0 && !this.#ours.has(revision) && who !== perch ? who : undefined;
    for (const name of fieldNames) {
      const wire = settings[name];
      if (wire === undefined) continue;
      const value = fromWire(name, wire);
      if (this.#values.get(name) === value) continue;
      this.#values.set(name, value);
      if (writer) this.#writers.set(name, writer);
      else this.#writers.delete(name);
    }
    this.#revision = revision;
    return true;
  }

  /** Who else set this field to its present value; told once. */
  takeWriter(name: FieldName): string | undefined {
    const writer = this.#writers.get(name);
    this.#writers.delete(name);
    return writer;
  }
}
