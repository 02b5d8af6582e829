/** Which light there is: a pin, the board's own LED, or the one on the page alone. */
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GpioPlaces, openOutput, PinProblem } from './gpio.ts';
import type { Light } from './player.ts';

/** What `led_pin` and `button_pin` may be. */
export type PinChoice = 'auto' | 'act' | 'none' | number;

/** GPIO numbers of a Pi's processor; its header has 0 to 27 of them. */
const pinsMost = 53;

/**
 * Reads `led_pin` or `button_pin`.
 * @throws PinProblem naming the key, what it is and what it may be
 */
export function parsePin(key: string, text: string, words: readonly PinChoice[]): PinChoice {
  const word = words.find((each) => each === text);
  if (word !== undefined) return word;
  const number = /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
  if (number <= pinsMost) return number;
  throw new PinProblem(
    `${key} is "${text.slice(0, 40)}": use a GPIO number from 0 to ${pinsMost} (17 is GPIO 17), ${words.join(' or ')}.`,
  );
}

/** No hardware: the page shows it. */
export const pageLight: Light = { name: 'only on the page', write() {}, close() {} };

export interface LightOptions {
  readonly choice: PinChoice;
  readonly activeLow: boolean;
  readonly chip: string | undefined;
}

/**
 * Opens the chosen light. `auto` is the board's own LED where Perch may use it, and the page otherwise.
 * @throws PinProblem
 */
export async function openLight({ choice, activeLow, chip }: LightOptions, places: GpioPlaces): Promise<Light> {
  if (choice === 'none') return pageLight;
  if (choice === 'act') return boardLight(places.sys);
  if (choice === 'auto') {
    try {
      return boardLight(places.sys);
    } catch {
      return pageLight;
    }
  }
  return { name: `GPIO ${choice}`, ...(await openOutput({ pin: choice, activeLow, chip }, places)) };
}

/** The green LED of a Pi; older kernels call it led0. The kernel gets it back as it was. */
function boardLight(sys: string): Light {
  const folder = ['ACT', 'led0'].map((name) => join(sys, 'class/leds', name)).find((each) => existsSync(each));
  if (folder === undefined) throw new PinProblem('This machine has no LED of its own that a program may use.');
  const [brightness, trigger] = [join(folder, 'brightness'), join(folder, 'trigger')];
  let before: string;
  try {
    accessSync(brightness, constants.W_OK);
    // "none rfkill-any [mmc0] heartbeat": what drives it now stands in brackets.
    before = /\[(.+?)\]/.exec(readFileSync(trigger, 'utf8'))?.[1] ?? 'none';
    writeFileSync(trigger, 'none');
  } catch {
    throw new PinProblem("Perch may not use the board's own LED. Add its user to the group gpio, and log in anew.");
  }
  return {
    name: "the board's own LED",
    write: (on) => writeFileSync(brightness, on ? '1' : '0'),
    close: () => {
      try {
        writeFileSync(brightness, '0');
        writeFileSync(trigger, before);
      } catch {
        // It is the kernel's anyway.
      }
    },
  };
}
