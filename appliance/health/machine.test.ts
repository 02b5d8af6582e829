import { afterEach, describe, expect, it } from 'vitest';
import { Machine, powerOf, signalOf, wearOf } from './machine.ts';
import { container, type Files, laptop, pi4, rootWith, zero2 } from './testing/roots.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

async function machineOf(files: Files) {
  const { root, change, remove } = await rootWith(files);
  ends.push(remove);
  const statfs = async () => ({ bsize: 4096, blocks: 7_000_000, bavail: 5_000_000 });
  return { machine: new Machine({ data: '/data', root, cores: 4, statfs }), change };
}

describe('The figures of a machine', () => {
  it('of a Raspberry Pi 4 on a cable with a VPN', async () => {
    const { machine } = await machineOf(pi4);
    expect(await machine.read()).toEqual({
      model: 'Raspberry Pi 4 Model B Rev 1.5',
      temperature: 61.3,
      power: {
        underVoltage: false,
        capped: false,
        throttled: false,
        softLimit: false,
        hadUnderVoltage: false,
        hadThrottling: false,
      },
      load: [0.52, 0.41, 0.3],
      cores: 4,
      cpu: undefined,
      memory: { total: 3884360 * 1024, free: 3297180 * 1024 },
      disk: { total: 4096 * 7_000_000, free: 4096 * 5_000_000 },
      wear: undefined,
      interfaces: [
        { name: 'eth0', kind: 'ethernet', up: true },
        { name: 'tun0', kind: 'vpn', up: true },
        { name: 'wlan0', kind: 'wifi', up: false },
      ],
      clockSynchronized: true,
      uptime: 5025.12,
    });
    expect(await machine.vpnConfigured()).toBe(true);
    expect(await machine.dataProblem()).toBeUndefined();
  });

  it('of a Zero 2 W with a weak supply and a weak Wi-Fi', async () => {
    const { machine, change } = await machineOf(zero2);
    const { temperature, power, interfaces, clockSynchronized } = await machine.read();
    expect(temperature).toBe(78.9);
    expect(power).toMatchObject({ underVoltage: true, throttled: true, hadUnderVoltage: true, capped: false });
    expect(interfaces).toEqual([{ name: 'wlan0', kind: 'wifi', up: true, signal: -76 }]);
    expect(clockSynchronized).toBe(false);
    expect(await machine.vpnConfigured()).toBe(false);
    await change({ 'run/perch/data-problem': 'The data partition is not there.\n' });
    expect(await machine.dataProblem()).toBe('The data partition is not there.');
  });

  it("of a laptop: the processor's own sensor, and no word of its power", async () => {
    const { machine } = await machineOf(laptop);
    const { model, temperature, power, interfaces, clockSynchronized } = await machine.read();
    expect([model, temperature, power, clockSynchronized]).toEqual([undefined, 54, undefined, undefined]);
    expect(interfaces).toEqual([{ name: 'wlan0', kind: 'wifi', up: true, signal: -49 }]);
  });

  it('are undefined where nothing tells', async () => {
    const { machine } = await machineOf(container);
    expect(await machine.read()).toMatchObject({ temperature: undefined, power: undefined, interfaces: [] });
    const nothing = new Machine({
      data: '/data',
      root: '/nowhere',
      cores: 1,
      statfs: async () => Promise.reject(new Error('ENOENT')),
    });
    expect(Object.values(await nothing.read()).filter((value) => value !== undefined)).toEqual([1, []]);
  });

  it("the processor's share is what was busy between two readings", async () => {
    const { machine, change } = await machineOf(pi4);
    await machine.read();
    await change({ 'proc/stat': 'cpu  10300 0 2000 80600 600 0 100 0 0 0\n' });
    expect((await machine.read()).cpu).toBeCloseTo(0.3, 5);
    // Nothing has passed, or the counters went back.
    expect((await machine.read()).cpu).toBeUndefined();
  });

  it("the firmware is found below a Pi 5's chip, and the voltage alone on Debian's kernel", async () => {
    const five = await machineOf({
      ...container,
      'sys/devices/platform/soc@107c000000/soc@107c000000:firmware/get_throttled': '4\n',
    });
    expect((await five.machine.read()).power).toMatchObject({ throttled: true, underVoltage: false });
    const debian = await machineOf({
      ...container,
      'sys/class/hwmon/hwmon0/name': 'cpu_thermal\n',
      'sys/class/hwmon/hwmon1/name': 'rpi_volt\n',
      'sys/class/hwmon/hwmon1/in0_lcrit_alarm': '1\n',
    });
    expect((await debian.machine.read()).power).toMatchObject({ underVoltage: true, throttled: false });
  });

  it.each([
    ['0\n', { underVoltage: false, hadUnderVoltage: false }],
    ['0x50005\n', { underVoltage: true, throttled: true, hadUnderVoltage: true, hadThrottling: true }],
    ['throttled=0x80008\n', { softLimit: true, throttled: false, hadUnderVoltage: false }],
    ['20002', { capped: true, underVoltage: false }],
    ['', undefined],
    ['VCHI initialization failed', undefined],
  ])('get_throttled %j', (text, power) => {
    if (power === undefined) expect(powerOf(text)).toBeUndefined();
    else expect(powerOf(text)).toMatchObject(power);
  });

  it.each([
    ['0x01 0x01', '0x01', { used: 0.1, spare: 'normal' }],
    ['0x02 0x0a', '0x02', { used: 1, spare: 'warning' }],
    ['0x0b 0x01', '0x03', { used: 1.1, spare: 'urgent' }],
    ['0x00 0x00', '0x00', undefined],
    [undefined, undefined, undefined],
    ['?', '?', undefined],
  ])('wear of a chip: life_time %j, pre_eol_info %j', (lifeTime, preEol, wear) => {
    expect(wearOf(lifeTime, preEol)).toEqual(wear);
  });

  it.each([
    [' wlan0: 0000   54.  -56.  -256        0', -56],
    ['wlan0: 0000   54.  200.  -256', undefined],
    [' wlan0: 0000    0.  -256.  -256', undefined],
    [' wlan1: 0000   54.  -56.  -256', undefined],
    ['', undefined],
  ])('signal in %j', (line, signal) => {
    expect(signalOf(line, 'wlan0')).toBe(signal);
  });
});
