import type { FieldName } from './values.ts';

interface Expected {
  readonly revision: number;
  /** Capture time of the first picture that shows it; undefined until the camera says so. */
  timeUs: number | undefined;
  seen: boolean;
}

/**
 * Follows changes until they are seen: a change of revision r is applied once a status says
 * `applied_revision >= r`, and confirmed once a picture captured at or after that status'
 * `applied_time_us` is on the screen.
 */
export class Confirmation {
  readonly #expected = new Map<FieldName, Expected>();
  #applied = { revision: 0, timeUs: 0 };
  #frameUs = 0;

  /** The camera accepted a change of this field as `revision`. */
  expect(name: FieldName, revision: number): void {
    this.#expected.set(name, { revision, timeUs: undefined, seen: false });
    this.#match();
  }

  /** The picture captured at `timeUs` (camera's clock) is the first that shows `revision`. */
  applied(revision: number, timeUs: number): void {
    if (revision <= this.#applied.revision) return;
    this.#applied = { revision, timeUs };
    this.#match();
  }

  /** The picture captured at `captureUs` is on the screen. */
  frame(captureUs: number): void {
    this.#frameUs = captureUs;
    this.#match();
  }

  forget(name: FieldName): void {
    this.#expected.delete(name);
  }

  get waiting(): boolean {
    return this.#expected.size > 0;
  }

  /** How far each awaited change is. */
  progress(): readonly (readonly [FieldName, 'sent' | 'applied' | 'confirmed'])[] {
    return [...this.#expected].map(([name, { timeUs, seen }]) => [
      name,
      seen ? 'confirmed' : timeUs !== undefined ? 'applied' : 'sent',
    ]);
  }

  #match(): void {
    for (const expected of this.#expected.values()) {
      if (expected.timeUs === undefined && this.#applied.revision >= expected.revision) {
        expected.timeUs = this.#applied.timeUs;
      }
      if (expected.timeUs !== undefined && this.#frameUs >= expected.timeUs) expected.seen = true;
    }
  }
}
