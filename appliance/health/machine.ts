/**
 * Reads the figures of this machine from /sys and /proc. No process is started for any of them, so that they can be
 * taken every few seconds on the smallest Pi; the figures that need one are in support.ts, where they are asked for.
 */
import { readdir, readFile, statfs } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Interface, MachineFigures, Power, Room, Wear } from './figures.ts';

export interface MachineOptions {
  /** The folder whose file system is measured. */
  readonly data: string;
  /** Where /sys, /proc, /run and /etc are; elsewhere in tests. */
  readonly root?: string;
  readonly cores?: number;
  readonly statfs?: (path: string) => Promise<{ bsize: number; blocks: number; bavail: number }>;
}

/** Wear changes in weeks. */
const wearEveryReads = 360;

/** The machine that Perch runs on. Each `read` compares the processor's time with the one before. */
export class Machine {
  readonly #options: MachineOptions;
  readonly #root: string;
  /** Files that are looked for once: which one it is does not change while the machine runs. */
  #places: Promise<Places> | undefined;
  #wear: Wear | undefined;
  #reads = 0;
  #busy: { readonly busy: number; readonly all: number } | undefined;

  constructor(options: MachineOptions) {
    this.#options = options;
    this.#root = options.root ?? '/';
  }

  /** The figures of now. Never throws: what cannot be read is undefined. */
  async read(): Promise<MachineFigures> {
    this.#places ??= findPlaces(this.#root);
    const places = await this.#places;
    const text = (path: string) => readText(join(this.#root, path));
    if (this.#reads++ % wearEveryReads === 0) this.#wear = await readWear(this.#root);
    const [heat, throttled, lowVolts, load, stat, memory, uptime, interfaces, clockSynchronized, disk] =
      await Promise.all([
        places.temperature === undefined ? undefined : readText(places.temperature),
        places.throttled === undefined ? undefined : readText(places.throttled),
        places.lowVolts === undefined ? undefined : readText(places.lowVolts),
        text('proc/loadavg'),
        text('proc/stat'),
        text('proc/meminfo'),
        text('proc/uptime'),
        readInterfaces(this.#root),
        readClock(this.#root),
        this.#readDisk(),
      ]);
    return {
      model: places.model,
      temperature: temperatureOf(heat),
      power: powerOf(throttled) ?? powerOfAlarm(lowVolts),
      load: loadOf(load),
      cores: this.#options.cores ?? availableParallelism(),
      cpu: this.#cpu(stat),
      memory: memoryOf(memory),
      disk,
      wear: this.#wear,
      interfaces,
      clockSynchronized,
      uptime: numberAt(uptime, 0),
    };
  }

  /** What the image's start left for us to say, or undefined. */
  async dataProblem(): Promise<string | undefined> {
    const text = await readText(join(this.#root, 'run/perch/data-problem'));
    return text?.trim().split('\n')[0] || undefined;
  }

  /** Whether a VPN is to be started with this machine: by OpenVPN's or WireGuard's units. */
  async vpnConfigured(): Promise<boolean> {
    const wanted = await names(join(this.#root, 'etc/systemd/system/multi-user.target.wants'));
    return wanted.some((name) => /^(openvpn(-client)?@|wg-quick@)/.test(name));
  }

  #cpu(stat: string | undefined): number | undefined {
    const present = busyOf(stat);
    const before = this.#busy;
    this.#busy = present;
    if (present === undefined || before === undefined || present.all <= before.all) return undefined;
    return Math.min(1, Math.max(0, (present.busy - before.busy) / (present.all - before.all)));
  }

  async #readDisk(): Promise<Room | undefined> {
    try {
      const { bsize, blocks, bavail } = await (this.#options.statfs ?? statfs)(this.#options.data);
      return { total: blocks * bsize, free: bavail * bsize };
    } catch {
      return undefined;
    }
  }
}

interface Places {
  readonly model: string | undefined;
  readonly temperature: string | undefined;
  readonly throttled: string | undefined;
  readonly lowVolts: string | undefined;
}

async function findPlaces(root: string): Promise<Places> {
  const [model, temperature, throttled, lowVolts] = await Promise.all([
    // The file is a C string.
    readText(join(root, 'proc/device-tree/model')).then((text) => text?.replaceAll('\0', '').trim() || undefined),
    findTemperature(root),
    findThrottled(root),
    findHwmon(root, 'rpi_volt', 'in0_lcrit_alarm'),
  ]);
  return { model, temperature, throttled, lowVolts };
}

/** The zone or sensor of the processor: a Pi has one zone, a laptop several, of which one is named for the package. */
async function findTemperature(root: string): Promise<string | undefined> {
  const folder = join(root, 'sys/class/thermal');
  const zones = (await names(folder)).filter((name) => name.startsWith('thermal_zone'));
  const named = await Promise.all(
    zones.map(async (zone) => ({ zone, type: (await readText(join(folder, zone, 'type')))?.trim() ?? '' })),
  );
  for (const wanted of [/^cpu[-_]thermal$/, /^x86_pkg_temp$/, /cpu|soc|pkg/i]) {
    const found = named.find(({ type }) => wanted.test(type));
    if (found) return join(folder, found.zone, 'temp');
  }
  return (await findHwmon(root, 'coretemp', 'temp1_input')) ?? (await findHwmon(root, 'k10temp', 'temp1_input'));
}

/** The firmware's device is below the system on the chip, whose name has its address on a Pi 5. */
async function findThrottled(root: string): Promise<string | undefined> {
  const platform = join(root, 'sys/devices/platform');
  const chips = (await names(platform)).filter((name) => name.startsWith('soc'));
  for (const chip of chips) {
    if (chip.endsWith(':firmware')) return join(platform, chip, 'get_throttled');
    const inside = await names(join(platform, chip));
    const firmware = inside.find((name) => name.endsWith(':firmware'));
    if (firmware !== undefined) return join(platform, chip, firmware, 'get_throttled');
  }
  return undefined;
}

async function findHwmon(root: string, driver: string, file: string): Promise<string | undefined> {
  const folder = join(root, 'sys/class/hwmon');
  for (const each of await names(folder)) {
    if ((await readText(join(folder, each, 'name')))?.trim() === driver) return join(folder, each, file);
  }
  return undefined;
}

/** Reads `50005`, `0x50005` and `throttled=0x50005`: the bits are documented with `vcgencmd get_throttled`. */
export function powerOf(text: string | undefined): Power | undefined {
  const hex = /^(?:throttled=)?(?:0x)?([0-9a-f]+)\s*$/i.exec(text ?? '')?.[1];
  if (hex === undefined) return undefined;
  const bits = Number.parseInt(hex, 16);
  const bit = (at: number) => (bits & (1 << at)) !== 0;
  return {
    underVoltage: bit(0),
    capped: bit(1),
    throttled: bit(2),
    softLimit: bit(3),
    hadUnderVoltage: bit(16),
    hadThrottling: bit(18),
  };
}

/** Debian's own kernel tells of the voltage alone. */
function powerOfAlarm(text: string | undefined): Power | undefined {
  const alarm = text?.trim();
  if (alarm !== '0' && alarm !== '1') return undefined;
  const underVoltage = alarm === '1';
  return {
    underVoltage,
    capped: false,
    throttled: false,
    softLimit: false,
    hadUnderVoltage: underVoltage,
    hadThrottling: false,
  };
}

function temperatureOf(text: string | undefined): number | undefined {
  const milli = numberAt(text, 0);
  // A sensor that is asleep says 0 or an absurdity.
  return milli === undefined || milli <= 0 || milli > 200_000 ? undefined : Math.round(milli / 100) / 10;
}

function loadOf(text: string | undefined): MachineFigures['load'] {
  const [one, five, fifteen] = [0, 1, 2].map((at) => numberAt(text, at));
  return one === undefined || five === undefined || fifteen === undefined ? undefined : [one, five, fifteen];
}

function busyOf(text: string | undefined): { busy: number; all: number } | undefined {
  const fields = /^cpu +(.+)$/m
    .exec(text ?? '')?.[1]
    ?.split(' ')
    .map(Number);
  if (fields === undefined || fields.length < 5 || fields.some(Number.isNaN)) return undefined;
  // user nice system idle iowait irq softirq steal; what guests use is in user already.
  const all = fields.slice(0, 8).reduce((sum, each) => sum + each, 0);
  const idle = (fields[3] ?? 0) + (fields[4] ?? 0);
  return { busy: all - idle, all };
}

function memoryOf(text: string | undefined): Room | undefined {
  const kB = (name: string) => Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text ?? '')?.[1]);
  const total = kB('MemTotal') * 1024;
  const free = kB('MemAvailable') * 1024;
  return Number.isNaN(total) || Number.isNaN(free) ? undefined : { total, free };
}

/** The first card or chip that tells. */
async function readWear(root: string): Promise<Wear | undefined> {
  const folder = join(root, 'sys/block');
  for (const name of (await names(folder)).filter((each) => /^mmcblk\d+$/.test(each))) {
    const wear = wearOf(
      await readText(join(folder, name, 'device/life_time')),
      await readText(join(folder, name, 'device/pre_eol_info')),
    );
    if (wear) return wear;
  }
  return undefined;
}

/**
 * Reads `0x03 0x01` (its two kinds of memory; 3: 20 to 30 % of the life are used, 11: more than all) and `0x01`
 * (1 normal, 2 warning, 3 urgent); 0 means that it does not tell.
 */
export function wearOf(lifeTime: string | undefined, preEol: string | undefined): Wear | undefined {
  const lives = (lifeTime ?? '').trim().split(/\s+/).map(Number);
  const used = Math.max(...lives.filter((each) => each >= 1 && each <= 11), 0) / 10;
  const spare = (['normal', 'warning', 'urgent'] as const)[Number(preEol?.trim() || Number.NaN) - 1];
  return used === 0 && spare === undefined ? undefined : { used, spare: spare ?? 'normal' };
}

async function readInterfaces(root: string): Promise<readonly Interface[]> {
  const folder = join(root, 'sys/class/net');
  const wireless = (await readText(join(root, 'proc/net/wireless'))) ?? '';
  const all = await Promise.all((await names(folder)).map((name) => readInterface(join(folder, name), name, wireless)));
  return all.filter((each) => each !== undefined);
}

async function readInterface(folder: string, name: string, wireless: string): Promise<Interface | undefined> {
  const [operstate, flags, entries, uevent] = await Promise.all([
    readText(join(folder, 'operstate')),
    readText(join(folder, 'flags')),
    names(folder),
    readText(join(folder, 'uevent')),
  ]);
  const type = /^DEVTYPE=(.*)$/m.exec(uevent ?? '')?.[1];
  const vpn = entries.includes('tun_flags') || type === 'wireguard' || type === 'tun';
  const wifi = entries.includes('phy80211') || entries.includes('wireless') || type === 'wlan';
  // Bridges, containers' ends and the loopback stand for no cable and no radio.
  if (!vpn && !wifi && !entries.includes('device')) return undefined;
  // Tunnels have no state of their own: "unknown" is as much as they say while they are up (IFF_UP is 1).
  const up = vpn ? (Number(flags?.trim()) & 1) === 1 && operstate?.trim() !== 'down' : operstate?.trim() === 'up';
  const signal = wifi ? signalOf(wireless, name) : undefined;
  return {
    name,
    kind: vpn ? 'vpn' : wifi ? 'wifi' : 'ethernet',
    up,
    ...(signal !== undefined && { signal }),
  };
}

/** In dBm, from a line such as ` wlan0: 0000   54.  -56.  -256 …`; undefined where there is no signal. */
export function signalOf(wireless: string, name: string): number | undefined {
  const line = wireless.split('\n').find((each) => each.trimStart().startsWith(`${name}:`));
  const level = Number.parseFloat(line?.split(':')[1]?.trim().split(/\s+/)[2] ?? '');
  // Drivers that count differently give positive numbers; -256 is none.
  return level < 0 && level > -256 ? level : undefined;
}

/** systemd's own client marks the day it was set; where another one keeps the time nothing tells without a process. */
async function readClock(root: string): Promise<boolean | undefined> {
  const entries = await readdir(join(root, 'run/systemd/timesync')).catch(() => undefined);
  return entries?.includes('synchronized');
}

function numberAt(text: string | undefined, at: number): number | undefined {
  const value = Number.parseFloat(text?.trim().split(/\s+/)[at] ?? '');
  return Number.isNaN(value) ? undefined : value;
}

/** What stands in a folder, in order; nothing where there is none. */
async function names(folder: string): Promise<readonly string[]> {
  const found = await readdir(folder).catch((): string[] => []);
  return found.sort();
}

function readText(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined);
}
