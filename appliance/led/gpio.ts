/**
 * Pins of the header, by onoff and the kernel's /sys/class/gpio. Numbers there begin at the chip's base, 512 on
 * today's kernels, so the chip is looked for first.
 */
import { accessSync, constants, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** One chip of pins, as the kernel lists it. */
export interface Chip {
  readonly label: string;
  /** The kernel's number of its pin 0. */
  readonly base: number;
  readonly pins: number;
}

/** What the kernel calls the chip behind the header: Pi Zero to 3, Pi 4, Pi 5. The other chips of a Pi are inside it. */
const headerLabels = ['pinctrl-bcm2835', 'pinctrl-bcm2711', 'pinctrl-rp1'];

/** Why a pin cannot be used, in a sentence for the person who wired it. */
export class PinProblem extends Error {
  override name = 'PinProblem';
}

/** A pin that is read. */
export interface InputLine {
  /** True while the contact is closed. */
  read(): boolean;
  /** Hears that it may have changed. */
  watch(listener: (error: Error | undefined) => void): void;
  close(): void;
}

/** A pin that is written. */
export interface OutputLine {
  write(on: boolean): void;
  close(): void;
}

/** What is used of onoff's Gpio. */
interface Onoff {
  readSync(): 0 | 1;
  writeSync(value: 0 | 1): void;
  watch(listener: (error: Error | null | undefined) => void): void;
  unexport(): void;
}

/** As onoff's constructor: the kernel's number, direction, edges, polarity. */
export type OpenOnoff = (
  line: number,
  direction: 'in' | 'low' | 'high',
  edge: 'none' | 'both',
  options: { readonly activeLow: boolean },
) => Onoff;

/**
 * Loads onoff, which this machine may not have: it is optional, and needs an add-on that is compiled.
 * @throws PinProblem
 */
export async function loadOnoff(): Promise<OpenOnoff> {
  try {
    const { Gpio } = await import('onoff');
    return (...args) => new Gpio(...args);
  } catch {
    throw new PinProblem(
      'The add-on for pins is not there for this Node. Install g++ and start with make run, or install the package anew.',
    );
  }
}

/** Where to find things, for tests. */
export interface GpioPlaces {
  /** `/sys` */
  readonly sys: string;
  readonly load: () => Promise<OpenOnoff>;
  /** Has the kernel make the folder of a line; throws the kernel's answer. */
  readonly exportLine: (line: number) => void;
  /** How long udev may take to give a new line's files to the group gpio, in ms. */
  readonly patienceMs: number;
}

/** This machine. */
export const thisMachine: GpioPlaces = {
  sys: '/sys',
  load: loadOnoff,
  exportLine: (line) => writeFileSync('/sys/class/gpio/export', String(line)),
  patienceMs: 3_000,
};

/** How often it is looked whether it did, in ms. */
const lookMs = 20;

export interface PinOptions {
  /** As printed on the boards: GPIO 17 is 17. */
  readonly pin: number;
  readonly activeLow: boolean;
  /** The chip's label, where it is none of a Pi's. */
  readonly chip: string | undefined;
}

/** The chips of this machine, by their base. */
export function chipsOf(sys: string): readonly Chip[] {
  const folder = join(sys, 'class/gpio');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^gpiochip\d+$/.test(name))
    .map((name) => {
      const read = (file: string) => readFileSync(join(folder, name, file), 'utf8').trim();
      return { label: read('label'), base: Number(read('base')), pins: Number(read('ngpio')) };
    })
    .sort((a, b) => a.base - b.base);
}

/**
 * The chip of the header, or the one with this label.
 * @throws PinProblem
 */
export function headerChip(chips: readonly Chip[], label: string | undefined): Chip {
  const chip = chips.find((each) => (label === undefined ? headerLabels.includes(each.label) : each.label === label));
  if (chip) return chip;
  if (chips.length === 0) throw new PinProblem('This machine has no pins, or its kernel has no /sys/class/gpio.');
  const there = chips.map((each) => each.label).join(', ');
  throw new PinProblem(
    label === undefined
      ? `None of this machine's GPIO chips is the header of a Raspberry Pi. Set gpio_chip to one of: ${there}.`
      : `There is no GPIO chip "${label}". Set gpio_chip to one of: ${there}.`,
  );
}

/** @throws PinProblem */
export async function openOutput(options: PinOptions, places: GpioPlaces): Promise<OutputLine> {
  // "low" is the electrical level: dark from the first moment, whichever way the LED is wired.
  const line = await openLine(options, options.activeLow ? 'high' : 'low', places);
  return {
    write: (on) => line.writeSync(on ? 1 : 0),
    close: () => {
      quietly(() => line.writeSync(0));
      quietly(() => line.unexport());
    },
  };
}

/** @throws PinProblem */
export async function openInput(options: PinOptions, places: GpioPlaces): Promise<InputLine> {
  const line = await openLine(options, 'in', places);
  return {
    read: () => line.readSync() === 1,
    watch: (listener) => line.watch((error) => listener(error ?? undefined)),
    close: () => quietly(() => line.unexport()),
  };
}

async function openLine(
  { pin, activeLow, chip: label }: PinOptions,
  direction: 'in' | 'low' | 'high',
  { sys, load, exportLine, patienceMs }: GpioPlaces,
): Promise<Onoff> {
  const chip = headerChip(chipsOf(sys), label);
  if (pin >= chip.pins) {
    throw new PinProblem(`There is no GPIO ${pin}: ${chip.label} has 0 to ${chip.pins - 1}.`);
  }
  const open = await load();
  const line = chip.base + pin;
  const folder = join(sys, 'class/gpio', `gpio${line}`);
  try {
    // A line that an earlier run left behind is there already.
    if (!existsSync(folder)) exportLine(line);
    // onoff would ask for it 10,000 times without a pause, and give up sooner than udev takes on a small Pi.
    await writable(
      ['value', 'direction', 'active_low'].map((file) => join(folder, file)),
      patienceMs,
    );
    return open(line, direction, direction === 'in' ? 'both' : 'none', { activeLow });
  } catch (error) {
    throw new PinProblem(whyNot(pin, error as NodeJS.ErrnoException));
  }
}

/** Resolves when this program may write all of them; rejects with why not. */
async function writable(paths: readonly string[], patienceMs: number): Promise<void> {
  for (let waited = 0; ; waited += lookMs) {
    try {
      for (const path of paths) accessSync(path, constants.W_OK);
      return;
    } catch (error) {
      if (waited >= patienceMs) throw error;
      await setTimeout(lookMs);
    }
  }
}

/** What the kernel's answer means to a person. */
function whyNot(pin: number, { code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EBUSY':
      return `GPIO ${pin} is in use by something else: another program, or an overlay in config.txt. Free it, or choose another pin.`;
    case 'EINVAL':
    case 'ENXIO':
      return `The kernel gives GPIO ${pin} to nobody. Choose another pin.`;
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return `Perch may not use pins here. Add its user to the group gpio, and log in anew.`;
    default:
      return `GPIO ${pin} cannot be used (${message}).`;
  }
}

function quietly(action: () => void): void {
  try {
    action();
  } catch {
    // The line is gone already; nothing is left to do.
  }
}
