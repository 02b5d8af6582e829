/** A folder that looks like /sys of a Pi, and an onoff that works on it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GpioPlaces, OpenOnoff } from '../gpio.ts';

export class FakeSys implements GpioPlaces {
  readonly sys = mkdtempSync(join(tmpdir(), 'perch-sys-'));
  /** What was opened: "529 low none", with its polarity. */
  readonly opened: string[] = [];
  /** What the kernel answers to a number that nobody gets. */
  readonly refused = new Map<number, string>();
  /** How long the files of a new line are not to be had, in ms. */
  udevMs = 0;
  patienceMs = 3_000;
  /** A line that worked and does not any more: reading and writing it fails with this. */
  broken: Error | undefined;
  readonly #levels = new Map<number, 0 | 1>();
  readonly #listeners = new Map<number, (error: Error | undefined) => void>();

  /** Chips as label, base, pins: by default what a Pi 4 has. */
  chips(chips: readonly (readonly [string, number, number])[] = piChips): this {
    const folder = join(this.sys, 'class/gpio');
    mkdirSync(folder, { recursive: true });
    for (const [label, base, pins] of chips) {
      mkdirSync(join(folder, `gpiochip${base}`));
      for (const [file, value] of Object.entries({ label, base, ngpio: pins })) {
        writeFileSync(join(folder, `gpiochip${base}`, file), `${value}\n`);
      }
    }
    return this;
  }

  boardLed(name = 'ACT'): this {
    mkdirSync(join(this.sys, 'class/leds', name), { recursive: true });
    this.write(`class/leds/${name}/brightness`, '0');
    this.write(`class/leds/${name}/trigger`, 'none rfkill-any kbd-scrolllock [mmc0] timer heartbeat');
    return this;
  }

  read(path: string): string {
    return readFileSync(join(this.sys, path), 'utf8');
  }
  write(path: string, text: string): void {
    writeFileSync(join(this.sys, path), text);
  }

  /** The logical level of a line, as onoff gives it. */
  level(line: number): 0 | 1 | undefined {
    return this.#levels.get(line);
  }
  /** The contact changes, and the kernel says so. */
  press(line: number, closed: boolean): void {
    this.#levels.set(line, closed ? 1 : 0);
    this.#listeners.get(line)?.(undefined);
  }

  readonly load =
    async (): Promise<OpenOnoff> =>
    (line, direction, edge, { activeLow }) => {
      this.opened.push(`${line} ${direction} ${edge}${activeLow ? ' active low' : ''}`);
      return {
        readSync: () => {
          if (this.broken) throw this.broken;
          return this.#levels.get(line) ?? 0;
        },
        writeSync: (value) => {
          if (this.broken) throw this.broken;
          this.#levels.set(line, value);
        },
        watch: (listener) => void this.#listeners.set(line, listener),
        unexport: () => void this.opened.push(`${line} free`),
      };
    };

  readonly exportLine = (line: number): void => {
    const code = this.refused.get(line);
    if (code !== undefined) throw Object.assign(new Error(`${code}: write`), { code });
    mkdirSync(join(this.sys, 'class/gpio', `gpio${line}`));
    const give = () => {
      for (const file of ['value', 'direction', 'active_low']) this.write(`class/gpio/gpio${line}/${file}`, '0');
    };
    if (this.udevMs === 0) give();
    else setTimeout(give, this.udevMs).unref();
  };

  remove(): void {
    rmSync(this.sys, { recursive: true, force: true });
  }
}

const piChips = [
  ['pinctrl-bcm2711', 512, 58],
  ['raspberrypi-exp-gpio', 570, 8],
] as const;
