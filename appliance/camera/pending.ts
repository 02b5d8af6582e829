/** Changes on their way: told to the worker, not yet seen in a picture. */
import type { SettingName, Settings } from '../settings/table.ts';
import type { ApplyOutcome } from './types.ts';
import type { Unit } from './worker.ts';

export interface Pending {
  readonly change: number;
  readonly settings: Settings;
  readonly revision: number;
  readonly fields: readonly SettingName[];
  /** Whether pictures may be missing on the way. */
  readonly brief: boolean;
  /** Stream that must show it, where not any does. */
  readonly stream: number | undefined;
  readonly end: (outcome: ApplyOutcome) => void;
}

export class PendingChanges {
  readonly #all: { readonly pending: Pending; readonly deadline: NodeJS.Timeout }[] = [];

  /** `late` is called when no picture shows it within `ms`. */
  add(pending: Pending, ms: number, late: () => void): void {
    this.#all.push({ pending, deadline: setTimeout(late, ms) });
  }

  get anyBrief(): boolean {
    return this.#all.some(({ pending }) => pending.brief);
  }

  /** Every field that is on its way. */
  get fields(): ReadonlySet<SettingName> {
    return new Set(this.#all.flatMap(({ pending }) => pending.fields));
  }

  /** Takes out what this picture is the first to show, in order; a new codec shows in its own stream only. */
  *shownBy(unit: Unit): Generator<Pending> {
    for (;;) {
      const first = this.#all[0];
      if (first === undefined || first.pending.change > unit.change) return;
      if (first.pending.stream !== undefined && first.pending.stream !== unit.stream) return;
      this.#all.shift();
      clearTimeout(first.deadline);
      yield first.pending;
    }
  }

  /** The newest revision that a picture with this change shows, among those not yet confirmed. */
  revisionAt(change: number): number | undefined {
    return this.#all.findLast(({ pending }) => pending.change <= change)?.pending.revision;
  }

  /** Ends all of them with this outcome. */
  endAll(outcome: ApplyOutcome): void {
    for (const { pending, deadline } of this.#all.splice(0)) {
      clearTimeout(deadline);
      pending.end(outcome);
    }
  }
}
