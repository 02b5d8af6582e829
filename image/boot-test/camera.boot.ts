/** One boot of a freshly flashed card, as its owner prepared it, and what its owner does with the camera then. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Card } from './card.ts';
import { Machine, makeLogin } from './machine.ts';
import { until } from './until.ts';
import { meanLuma, Visitor } from './visitor.ts';

let folder: string;
let card: Card;
let machine: Machine;
let visitor: Visitor;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perch-boot-'));
  card = await Card.flash(join(folder, 'card'));
  const { login, userData } = await makeLogin(folder);
  await card.put('user-data', userData);
  await card.put(
    'perch.toml',
    [
      'name = "Garden"', // 1
      'pasword = "spelled wrong"', // 2
      'port = "eighty"', // 3
      'timezone = "Europe/Atlantis"', // 4
      '[wifi]', // 5
      'ssid = "Home"', // 6
      'password = "short"', // 7
      '',
    ].join('\r\n'),
  );
  machine = await Machine.start(card, { login });
  visitor = new Visitor(machine);
  await machine.serving();
});
afterAll(async () => {
  await machine?.pullPlug();
  await rm(folder, { recursive: true, force: true });
});

test('the page is served, and belongs to whoever claims it first', async () => {
  expect(await (await machine.fetch('/')).text()).toContain('<title>');
  expect((await visitor.claim()).status).toBe(200);
  expect((await new Visitor(machine).claim()).status).toBe(409);
});

test('the card that somebody prepared was taken in: name, login, and what was wrong by line', async () => {
  expect((await machine.shell('hostname')).trim()).toBe('garden');
  expect(await machine.shell('id -nG')).toContain('sudo');
  const report = await machine.shell('sudo cat /boot/firmware/perch-report.txt');
  for (const line of [2, 3, 4, 7]) expect(report).toContain(`perch.toml, line ${line}:`);
  expect(await machine.shell('sudo ls /boot/firmware')).not.toContain('user-data');
});

test('every unit is well, and the camera is its own user', async () => {
  expect(await machine.shell('systemctl --failed --no-legend --plain')).toBe('');
  expect(await machine.shell('ps -o user= -C node')).toContain('perch');
});

test('the root cannot be written, what may change can, and the data partition fills the card', async () => {
  await expect(machine.shell('sudo touch /usr/lib/perch/x')).rejects.toThrow('Read-only file system');
  await machine.shell('sudo touch /etc/x /var/lib/x && sudo rm /etc/x /var/lib/x');
  const [size] = (await machine.shell('df --output=size -BM /data | tail -n 1')).match(/\d+/) ?? [];
  // Of a card of 4096 MiB.
  expect(Number(size)).toBeGreaterThan(2000);
  expect(await machine.shell('ls /run/perch')).not.toContain('data-problem');
});

test('a USB camera that is plugged in appears, is watched, and gets darker while it is watched', async () => {
  const before = new Set((await visitor.cameras()).map(({ name }) => name));
  await machine.shell('sudo modprobe vivid');
  const name = await until(
    'a camera is added',
    async () => (await visitor.cameras()).find((camera) => !before.has(camera.name))?.name,
    300,
  );
  // Small and slow: an emulated processor encodes it.
  await visitor.patch(name, { width: 320, height: 180, fps: 5 });
  await visitor.until(name, 'is live', ({ state }) => state === 'live');
  const viewer = visitor.watch(name);
  await until('pictures arrive', async () => viewer.received.length > 3, 120);
  const bright = await meanLuma(Buffer.concat(viewer.received));
  const revision = await visitor.patch(name, { brightness: -60 });
  await visitor.until(name, 'shows the change', ({ applied_revision }) => applied_revision >= revision);
  const seen = viewer.received.length;
  await until('pictures go on', async () => viewer.received.length > seen + 3, 120);
  expect(await meanLuma(Buffer.concat(viewer.received))).toBeLessThan(bright - 20);
  expect(viewer.closed).toBe(false);
  expect(await visitor.brightness(name)).toBeLessThan(bright - 20);
  viewer.socket.close();
});

test('the light on a pin says how it is, and a press of the button switches the camera off and on', async () => {
  // The kernel's simulated pins; onoff finds them as it finds a Pi's header.
  const pins = '/sys/kernel/config/gpio-sim/perch';
  await machine.shell(`sudo sh -ec '
    modprobe gpio-sim
    mkdir -p ${pins}/bank
    echo 32 >${pins}/bank/num_lines
    echo header >${pins}/bank/label
    echo 1 >${pins}/live
    printf "led_pin = \\"17\\"\\nbutton_pin = \\"3\\"\\ngpio_chip = \\"header\\"\\n" >>/etc/perch/perch.toml
    systemctl restart perch'`);
  await machine.serving();
  const [pin = ''] = (await machine.shell('ls -d /sys/devices/platform/gpio-sim.*/gpiochip*/sim_gpio17')).split('\n');
  const button = pin.replace('17', '3');
  await machine.shell(`sudo sh -c 'echo pull-up >${button}/pull'`);
  /** The share of 6 s in which the light is on. */
  const light = async () => {
    const seen = await machine.shell(`for i in $(seq 60); do cat ${pin}/value; sleep 0.1; done`);
    return seen.match(/1/g)?.length ?? 0;
  };
  const press = () =>
    machine.shell(`sudo sh -c 'echo pull-down >${button}/pull; sleep 0.5; echo pull-up >${button}/pull'`);
  await until('the light stays on: live', async () => (await light()) === 60, 240);
  await press();
  await until(
    'every camera is off',
    async () => (await visitor.cameras()).every(({ state }) => state === 'stopped'),
    120,
  );
  const flashes = await light();
  expect(flashes).toBeGreaterThan(0);
  expect(flashes).toBeLessThan(20);
  await press();
  await until('the light stays on again: live', async () => (await light()) === 60, 240);
});

test('a full data partition: changes are in effect and said to be unsaved, and saved once there is room', async () => {
  const [{ name } = { name: '' }] = await visitor.cameras();
  await machine.shell('sudo fallocate -l "$(df --output=avail -B1 /data | tail -n 1)" /data/full');
  const revision = await visitor.patch(name, { contrast: 7 });
  const told = async () => (await visitor.json<{ notices: string[] }>('/api/cameras')).notices.join('\n');
  await until('the page says so', async () => (await told()).includes('Settings cannot be saved'), 120);
  expect((await visitor.camera(name)).desired.contrast).toBe(7);
  await machine.shell('sudo rm /data/full');
  await visitor.until(name, 'is saved', ({ saved_revision }) => saved_revision >= revision);
  expect(await told()).not.toContain('Settings cannot be saved');
});
