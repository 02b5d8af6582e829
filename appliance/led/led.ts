/** The light and the button: opens what is wired, plays what the facts say, carries out what is pressed. */
import type { Config } from '../config.ts';
import type { Logger } from '../log.ts';
import { Button } from './button.ts';
import { type ButtonAction, type Hold, type HoldRow, holdTable } from './button-hold.ts';
import { type GpioPlaces, openInput, PinProblem, thisMachine } from './gpio.ts';
import { openLight, pageLight, parsePin } from './lights.ts';
import { type Light, Player } from './player.ts';
import {
  type LedFacts,
  type LedRow,
  type LedState,
  ledState,
  ledStates,
  ledTable,
  type Pattern,
  startingFacts,
} from './table.ts';

export type LedConfig = Pick<Config, 'led_pin' | 'led_active_low' | 'button_pin' | 'button_active_low' | 'gpio_chip'>;

/** What a press can do; each resolves with what became of it, in a sentence, and rejects with why not. */
export type ButtonActions = Readonly<Record<ButtonAction, () => Promise<string>>>;

export interface LedOptions {
  readonly config: LedConfig;
  readonly log: Logger;
  readonly places?: GpioPlaces;
}

/** One row of the table, as it is told. */
export interface LedMeaning {
  readonly looks: string;
  /** ms, on and off in turn; one number alone stays on, none stays dark. */
  readonly pattern: Pattern;
  readonly sentence: string;
}

/** A snapshot for the page. */
export interface LedStatus {
  readonly state: LedState;
  /** What the light plays now: that of the state, or of the button while it is held. */
  readonly now: LedMeaning;
  /** How long it has played that, in ms. */
  readonly playedMs: number;
  /** Where the light is: "GPIO 17", "the board's own LED", "only on the page". */
  readonly light: string;
  /** Whether a button is wired. */
  readonly button: boolean;
}

/** How often what tells nobody is looked at, in ms: the network, the link. */
const lookMs = 1_000;

/** What the light answers to a press. */
export const answerTable = {
  done: { pattern: [80, 80], forMs: 1_000, looks: 'flickers for a second', sentence: 'Done.' },
  refused: { pattern: [], forMs: 2_000, looks: 'stays out for 2 s', sentence: 'It did not work; the log says why.' },
} as const satisfies Record<string, LedMeaning & { readonly forMs: number }>;

/** What the rest of Perch gives the part, once it is there. */
export interface LedSurroundings {
  readonly facts: () => LedFacts;
  readonly actions: ButtonActions;
}

/** The part. It says "starting" from `open` until `begin`. */
export class Led {
  readonly #options: LedOptions;
  readonly #notices: string[] = [];
  #light: Light = pageLight;
  #player: Player;
  #button: Button | undefined;
  #around: LedSurroundings | undefined;
  #ending = false;
  #state: LedState = 'starting';
  /** What the button shows in place of the state. */
  #over: LedMeaning | undefined;
  #overEnds: NodeJS.Timeout | undefined;
  readonly #looks: NodeJS.Timeout;

  private constructor(options: LedOptions, light: Light) {
    this.#options = options;
    this.#light = light;
    this.#player = new Player({ light, onFailed: (error) => this.#lightFailed(error) });
    this.#looks = setInterval(() => this.look(), lookMs);
    this.#looks.unref();
  }

  /** Opens what is configured. What cannot be used is a notice; the light is then shown on the page alone. */
  static async open(options: LedOptions): Promise<Led> {
    const { config, log, places = thisMachine } = options;
    const notices: string[] = [];
    const tried = async <T>(what: () => Promise<T>, ending: string): Promise<T | undefined> => {
      try {
        return await what();
      } catch (error) {
        const { message } = error as Error;
        // Whatever it is, a light never keeps the camera from starting.
        if (error instanceof PinProblem) log.warn({ problem: message }, ending);
        else log.error({ err: error }, ending);
        notices.push(`${message} ${ending}`);
        return undefined;
      }
    };
    const chip = config.gpio_chip;
    const light = await tried(async () => {
      const choice = parsePin('led_pin', config.led_pin, ['auto', 'act', 'none']);
      return openLight({ choice, activeLow: config.led_active_low, chip }, places);
    }, 'The light is shown on the page only.');
    const led = new Led(options, light ?? pageLight);
    led.look();
    await tried(async () => {
      const pin = parsePin('button_pin', config.button_pin, ['none']);
      if (typeof pin !== 'number') return;
      const line = await openInput({ pin, activeLow: config.button_active_low, chip }, places);
      led.#button = new Button({
        line,
        onHold: (hold) => led.#held(hold),
        onAct: (action) => void led.#act(action),
        onFailed: (error) => {
          log.warn({ err: error }, 'the button cannot be read any more');
          led.#notices.push(`The button on GPIO ${pin} cannot be read any more (${error.message}).`);
        },
      });
    }, 'The button does nothing.');
    led.#notices.push(...notices);
    return led;
  }

  /** What is wrong with the light or the button, in sentences. */
  get notices(): readonly string[] {
    return this.#notices;
  }

  /** Shows what the facts amount to, and carries out what is pressed, from now on. */
  begin(around: LedSurroundings): void {
    this.#around = around;
    this.look();
  }

  /** The facts may have changed; those that tell nobody are looked at every second anyway. */
  look(): void {
    const facts = this.#around?.facts() ?? startingFacts;
    this.#state = ledState(this.#ending ? { ...facts, stopping: true } : facts);
    this.#player.play((this.#over ?? ledTable[this.#state]).pattern);
  }

  /** Shows that it shuts down, until `close`. */
  ending(): void {
    this.#ending = true;
    this.#show(undefined);
  }

  status(): LedStatus {
    const { looks, pattern, sentence } = this.#over ?? ledTable[this.#state];
    return {
      state: this.#state,
      now: { looks, pattern, sentence },
      playedMs: Math.round(this.#player.playedMs),
      light: this.#light.name,
      button: this.#button !== undefined,
    };
  }

  /** The light is out, and pins are free for others. */
  close(): void {
    clearInterval(this.#looks);
    clearTimeout(this.#overEnds);
    this.#button?.stop();
    this.#player.stop();
  }

  #held(hold: Hold | undefined): void {
    this.#show(hold === undefined ? undefined : holdMeaning(holdTable[hold]));
  }

  async #act(action: ButtonAction): Promise<void> {
    const { log } = this.#options;
    log.info({ action }, 'the button was pressed');
    try {
      if (!this.#around) throw new Error('Perch is still starting.');
      log.info({ action }, await this.#around.actions[action]());
      this.#show(answerTable.done, answerTable.done.forMs);
    } catch (error) {
      log.warn({ action, err: error }, 'what the button asked for did not work');
      this.#show(answerTable.refused, answerTable.refused.forMs);
    }
  }

  #show(over: LedMeaning | undefined, forMs?: number): void {
    clearTimeout(this.#overEnds);
    this.#over = this.#ending ? undefined : over;
    this.look();
    if (forMs === undefined) return;
    this.#overEnds = setTimeout(() => this.#show(undefined), forMs);
    this.#overEnds.unref();
  }

  #lightFailed(error: Error): void {
    this.#options.log.warn({ err: error }, 'the light failed');
    this.#notices.push(`The light on ${this.#light.name} failed (${error.message}). It is shown on the page only.`);
    this.#light = pageLight;
  }
}

/** Every state in its order, for the page and the docs. */
export function ledMeanings(): readonly (LedMeaning & { readonly state: LedState })[] {
  return ledStates.map((state) => {
    const { looks, pattern, sentence }: LedRow = ledTable[state];
    return { state, looks, pattern, sentence };
  });
}

/** What the light says while the button is held, and what letting go does, in their order. */
export function holdMeanings(): readonly (LedMeaning & { readonly fromMs: number })[] {
  return Object.values(holdTable).map((row) => ({ ...holdMeaning(row), fromMs: row.fromMs }));
}

function holdMeaning({ looks, pattern, does }: HoldRow): LedMeaning {
  return { looks, pattern, sentence: does };
}
