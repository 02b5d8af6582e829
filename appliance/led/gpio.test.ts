import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type Chip, chipsOf, headerChip, loadOnoff, openInput, openOutput, type PinOptions } from './gpio.ts';
import { openLight, parsePin } from './lights.ts';
import { FakeSys } from './testing/sys.ts';

let sys: FakeSys;
beforeEach(() => {
  sys = new FakeSys();
});
afterEach(() => sys.remove());

const led = { pin: 17, activeLow: false, chip: undefined };

describe('the chip of the header', () => {
  const chip = (label: string, base: number, pins = 54): Chip => ({ label, base, pins });
  test.each<[string, readonly Chip[], string | undefined, number]>([
    ['a Pi 3 of old kernels', [chip('pinctrl-bcm2835', 0), chip('raspberrypi-exp-gpio', 504, 8)], undefined, 0],
    ['a Zero 2 W', [chip('pinctrl-bcm2835', 512), chip('raspberrypi-exp-gpio', 566, 8)], undefined, 512],
    ['a Pi 4', [chip('pinctrl-bcm2711', 512, 58), chip('raspberrypi-exp-gpio', 570, 8)], undefined, 512],
    ['a Pi 5', [chip('gpio-brcmstb@107d508500', 512, 32), chip('pinctrl-rp1', 569)], undefined, 569],
    ['named in gpio_chip', [chip('pinctrl-bcm2711', 512), chip('bench', 600, 8)], 'bench', 600],
  ])('%s', (_, chips, label, base) => {
    expect(headerChip(chips, label).base).toBe(base);
  });

  test('is read from /sys, and number 17 of it is opened, dark', async () => {
    sys.chips();
    expect(chipsOf(sys.sys)).toEqual([
      { label: 'pinctrl-bcm2711', base: 512, pins: 58 },
      { label: 'raspberrypi-exp-gpio', base: 570, pins: 8 },
    ]);
    const line = await openOutput(led, sys);
    line.write(true);
    expect([sys.opened, sys.level(529)]).toEqual([['529 low none'], 1]);
    line.close();
    expect([sys.opened.at(-1), sys.level(529)]).toEqual(['529 free', 0]);
  });

  test('udev may take its time to give the files of a new line', async () => {
    sys.chips().udevMs = 50;
    await openOutput(led, sys);
    expect(sys.opened).toEqual(['529 low none']);
  });

  test('a line that a killed run left behind is taken over', async () => {
    sys.chips().exportLine(529);
    sys.refused.set(529, 'EBUSY');
    await openOutput(led, sys);
    expect(sys.opened).toEqual(['529 low none']);
  });

  test('an LED against 3.3 V is dark while its pin is high', async () => {
    await openOutput({ ...led, activeLow: true }, sys.chips());
    expect(sys.opened).toEqual(['529 high none active low']);
  });
});

describe('a pin that cannot be had is a sentence', () => {
  const output = (options: Partial<PinOptions> = {}) => openOutput({ ...led, ...options }, sys);

  test('no chips', async () => {
    await expect(output()).rejects.toThrow('This machine has no pins');
  });
  test('no header', async () => {
    sys.chips([['INTC1057:00', 512, 300]]);
    await expect(output()).rejects.toThrow(
      "None of this machine's GPIO chips is the header of a Raspberry Pi. Set gpio_chip to one of: INTC1057:00.",
    );
  });
  test('no such chip', async () => {
    sys.chips();
    await expect(output({ chip: 'bench' })).rejects.toThrow(
      'There is no GPIO chip "bench". Set gpio_chip to one of: pinctrl-bcm2711, raspberrypi-exp-gpio.',
    );
  });
  test('no such pin', async () => {
    sys.chips([['pinctrl-rp1', 569, 28]]);
    await expect(output({ pin: 28 })).rejects.toThrow('There is no GPIO 28: pinctrl-rp1 has 0 to 27.');
  });
  test.each([
    ['EBUSY', 'GPIO 17 is in use by something else'],
    ['EINVAL', 'The kernel gives GPIO 17 to nobody'],
    ['EACCES', 'Add its user to the group gpio'],
    ['EROFS', 'Add its user to the group gpio'],
    ['EIO', 'GPIO 17 cannot be used (EIO: write).'],
  ])('%s', async (code, sentence) => {
    sys.chips().refused.set(529, code);
    await expect(output()).rejects.toThrow(sentence);
    await expect(openInput(led, sys)).rejects.toThrow(sentence);
  });
  test('udev gives its files to nobody', async () => {
    sys.chips().udevMs = 1e9;
    sys.patienceMs = 40;
    await expect(output()).rejects.toThrow('GPIO 17 cannot be used (ENOENT');
  });
  test('no add-on for this Node', async () => {
    vi.doMock('onoff', () => {
      throw new Error('Could not locate the bindings file.');
    });
    await expect(openOutput(led, { ...sys.chips(), sys: sys.sys, load: loadOnoff })).rejects.toThrow(
      'The add-on for pins is not there for this Node.',
    );
    vi.doUnmock('onoff');
  });
});

describe('led_pin and button_pin', () => {
  const words = ['auto', 'act', 'none'] as const;
  test.each([
    ['auto', 'auto'],
    ['act', 'act'],
    ['none', 'none'],
    ['0', 0],
    ['17', 17],
    ['53', 53],
  ])('%s', (text, choice) => {
    expect(parsePin('led_pin', text, words)).toBe(choice);
  });
  test.each(['', '54', '-1', '1.5', '0x11', 'GPIO17', '1e1', ' 17', '99999999999999999999', 'ACT'])(
    '"%s" is refused',
    (text) => {
      expect(() => parsePin('led_pin', text, words)).toThrow(
        `led_pin is "${text}": use a GPIO number from 0 to 53 (17 is GPIO 17), auto or act or none.`,
      );
    },
  );
});

describe("the board's own LED", () => {
  const open = (choice: 'act' | 'auto') => openLight({ choice, activeLow: false, chip: undefined }, sys);

  test.each(['ACT', 'led0'])('%s is taken from the kernel, lit, and given back as it was', async (name) => {
    sys.boardLed(name);
    const light = await open('auto');
    expect(light.name).toBe("the board's own LED");
    expect(sys.read(`class/leds/${name}/trigger`)).toBe('none');
    light.write(true);
    expect(sys.read(`class/leds/${name}/brightness`)).toBe('1');
    light.close();
    expect(sys.read(`class/leds/${name}/brightness`)).toBe('0');
    expect(sys.read(`class/leds/${name}/trigger`)).toBe('mmc0');
  });

  test('where there is none, auto is the page and act a sentence', async () => {
    expect((await open('auto')).name).toBe('only on the page');
    await expect(open('act')).rejects.toThrow('no LED of its own');
  });
});
