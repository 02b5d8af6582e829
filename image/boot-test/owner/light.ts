/** The light and the button, on the kernel's simulated pins. */
import { expect, test } from 'vitest';
import { until } from '../until.ts';
import type { Place } from './place.ts';

export function light(at: Place): void {
  test('the light on a pin says how it is, and a press of the button switches the camera off and on', async () => {
    // The kernel's simulated pins; onoff finds them as it finds a Pi's header.
    const pins = '/sys/kernel/config/gpio-sim/perch';
    await at.machine.root(`
      modprobe gpio-sim
      mkdir -p ${pins}/bank
      echo 32 >${pins}/bank/num_lines
      echo header >${pins}/bank/label
      echo 1 >${pins}/live
      printf "led_pin = \\"17\\"\\nbutton_pin = \\"3\\"\\ngpio_chip = \\"header\\"\\n" >>/etc/perch/perch.toml
      systemctl restart perch`);
    await at.machine.serving();
    const [pin = ''] = (await at.machine.shell('ls -d /sys/devices/platform/gpio-sim.*/gpiochip*/sim_gpio17')).split(
      '\n',
    );
    const button = pin.replace('17', '3');
    await at.machine.shell(`sudo sh -c 'echo pull-up >${button}/pull'`);
    /** The share of 6 s in which the light is on. */
    const light = async () => {
      // By the shell alone, waiting included: under emulation each program costs as long as a flash.
      const look = `read -r level <${pin}/value; echo $level; read -rt 0.1 -u 3`;
      const seen = await at.machine.shell(`exec 3<> <(:); for each in {1..60}; do ${look}; done; true`);
      return seen.match(/1/g)?.length ?? 0;
    };
    const press = () =>
      at.machine.shell(`sudo sh -c 'echo pull-down >${button}/pull; sleep 0.5; echo pull-up >${button}/pull'`);
    await until('the light stays on: live', async () => (await light()) === 60, 240);
    await press();
    await until(
      'every camera is off',
      async () => (await at.visitor.cameras()).every(({ state }) => state === 'stopped'),
      120,
    );
    const flashes = await light();
    expect(flashes).toBeGreaterThan(0);
    expect(flashes).toBeLessThan(20);
    await press();
    await until('the light stays on again: live', async () => (await light()) === 60, 240);
  });
}
