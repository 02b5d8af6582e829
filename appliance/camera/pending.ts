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
  readonly #all: { readonly pending: Pending; ticks: number }[] = [];

  /** A picture is to show it within so many ticks. */
  add(pending: Pending, ticks: number): void {
    this.#all.push({ pending, ticks });
  }

  /**
   * A tick goes by. True when a change has had its time. Ticks, as where a worker stalls: a machine too busy to run Perch
   * is not taken for a camera that shows nothing.
   */
  tick(): boolean {
    for (const each of this.#all) each.ticks -= 1;
    return this.#all.some(({ ticks }) => ticks < 0);
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
      yield first.pending;
    }
  }

  /** The newest revision that a picture with this change shows, among those not yet confirmed. */
  revisionAt(change: number): number | undefined {
    return this.#all.findLast(({ pending }) => pending.change <= change)?.pending.revision;
  }

  /** Ends all of them with this outcome. */
  endAll(outcome: ApplyOutcome): void {
    for (const { pending } of this.#all.splice(0)) pending.end(outcome);
  }
}
