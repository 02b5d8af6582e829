/** What stands beside a control after a change: how far it is, what was wrong with it, who else made it. */
import { Confirmation } from './confirmation.ts';
import type { FieldName } from './values.ts';
import type { FieldView, PanelView } from './view.ts';

/** How long "Token garage, 3 min ago" stands at most, and how often it is brought up to date, in milliseconds. */
const whoMs = 10 * 60_000;
const minuteMs = 60_000;
/** How long a refusal stands when nothing else is done, in milliseconds. */
const errorMs = 20_000;
/** How long each feedback stands at most: a picture that confirms may never be shown here. */
const phaseMs = { sent: 12_000, applied: 4000, confirmed: 1500, refused: 6000 } as const;

export interface FeedbackHooks {
  /** A newer value of this field is held or on its way: what becomes of older ones is no news. */
  busy(name: FieldName): boolean;
  /** For the live region. */
  announce(text: string): void;
}

/** Follows each change until it is seen, refused or forgotten, and writes that into the view. */
export class Feedback {
  readonly #view: PanelView;
  readonly #hooks: FeedbackHooks;
  readonly #confirmation = new Confirmation();
  readonly #timers = new Map<string, ReturnType<typeof setTimeout>>();

  constructor(view: PanelView, hooks: FeedbackHooks) {
    this.#view = view;
    this.#hooks = hooks;
  }

  /** A person changes these here: what stood beside them is over. */
  begin(names: Iterable<FieldName>): void {
    for (const name of names) {
      const field = this.#view.fields[name];
      field.error = '';
      this.#after(`error ${name}`, undefined);
      field.who = '';
      this.#after(`who ${name}`, undefined);
    }
  }

  sent(names: Iterable<FieldName>): void {
    for (const name of names) {
      this.#confirmation.forget(name);
      this.#phase(name, 'sent');
    }
  }

  /** The camera took these as `revision`. */
  accepted(names: Iterable<FieldName>, revision: number): void {
    for (const name of names) this.#confirmation.expect(name, revision);
  }

  /** Pictures from `timeUs` (camera's clock) on show this revision. */
  applied(revision: number, timeUs: number): void {
    this.#confirmation.applied(revision, timeUs);
  }

  /** A picture taken at this time (camera's clock, µs) is on the screen: what it shows is confirmed. */
  presented(captureUs: number): void {
    this.#confirmation.frame(captureUs);
    this.progress();
  }

  /** Whether presented pictures are of interest now. */
  get waitsForPicture(): boolean {
    return this.#confirmation.waiting;
  }

  /** Brings the lines under the controls up to date. */
  progress(): void {
    for (const [name, phase] of this.#confirmation.progress()) {
      const field = this.#view.fields[name];
      // A value from before the refused one may be seen only now: no tick beside the sentence.
      if (field.phase === 'refused' && phase === 'confirmed') this.#confirmation.forget(name);
      else if (field.phase !== 'refused' && field.phase !== phase && !this.#hooks.busy(name)) this.#phase(name, phase);
    }
  }

  /** Nothing more is expected of these. */
  over(names: Iterable<FieldName>): void {
    for (const name of names) this.#phase(name, '');
  }

  refused(name: FieldName, sentence: string): void {
    const field = this.#view.fields[name];
    field.error = sentence;
    this.#after(`error ${name}`, errorMs, () => {
      field.error = '';
    });
    this.#phase(name, 'refused');
    this.#hooks.announce(sentence);
  }

  /** Somebody else moved it: "Central, just now", and minutes later how long ago. Undefined: we did, another way. */
  movedBy(name: FieldName, who: string | undefined): void {
    const field = this.#view.fields[name];
    if (who === undefined) {
      field.who = '';
      this.#after(`who ${name}`, undefined);
      return;
    }
    field.error = '';
    const since = Date.now();
    const tell = (): void => {
      // Asked of the clock: timers stand still while a device sleeps.
      const minutes = Math.floor((Date.now() - since) / minuteMs);
      field.who = minutes * minuteMs >= whoMs ? '' : `${who}, ${minutes === 0 ? 'just now' : `${minutes} min ago`}`;
      this.#after(`who ${name}`, field.who === '' ? undefined : minuteMs, tell);
    };
    tell();
  }

  /** Ends every timer. */
  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  #phase(name: FieldName, phase: FieldView['phase']): void {
    this.#view.fields[name].phase = phase;
    this.#after(`phase ${name}`, phase === '' ? undefined : phaseMs[phase], () => {
      this.#view.fields[name].phase = '';
    });
    if (phase === 'confirmed') this.#confirmation.forget(name);
  }

  #after(key: string, ms: number | undefined, run: () => void = () => {}): void {
    clearTimeout(this.#timers.get(key));
    this.#timers.delete(key);
    if (ms !== undefined) this.#timers.set(key, setTimeout(run, ms));
  }
}
