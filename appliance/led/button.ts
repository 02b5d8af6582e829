/** The button: hears its contact, has the light count along, and says what was meant when it is let go. */
import { type ButtonAction, type ButtonState, firstSeen, type Hold, type Step, step } from './button-hold.ts';
import type { InputLine } from './gpio.ts';

export interface ButtonOptions {
  readonly line: InputLine;
  /** What letting go now would do, for the light; undefined once it is let go. */
  readonly onHold: (hold: Hold | undefined) => void;
  readonly onAct: (action: ButtonAction) => void;
  /** The contact cannot be read any more. */
  readonly onFailed: (error: Error) => void;
}

/** One button on one line. */
export class Button {
  readonly #options: ButtonOptions;
  #state: ButtonState;
  #hold: Hold | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** @throws Error when the line cannot be read */
  constructor(options: ButtonOptions) {
    this.#options = options;
    this.#state = firstSeen(options.line.read(), performance.now());
    options.line.watch((error) => (error ? options.onFailed(error) : this.#look()));
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#options.line.close();
  }

  /** Reads anew rather than believing the event: of two edges in one moment the second may be told alone. */
  #look(): void {
    const { line, onFailed } = this.#options;
    try {
      this.#take(step(this.#state, line.read(), performance.now()));
    } catch (error) {
      clearTimeout(this.#timer);
      onFailed(error as Error);
    }
  }

  #take({ state, hold, act, lookAt }: Step): void {
    this.#state = state;
    if (hold !== this.#hold) {
      this.#hold = hold;
      this.#options.onHold(hold);
    }
    if (act !== undefined) this.#options.onAct(act);
    clearTimeout(this.#timer);
    if (lookAt === undefined) return;
    this.#timer = setTimeout(() => this.#look(), Math.max(1, Math.ceil(lookAt - performance.now())));
    this.#timer.unref();
  }
}
