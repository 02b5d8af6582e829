/**
 * `make image-bench`: what the image costs, measured in an emulated machine. Apart from `make bench`, since it needs an
 * image and a quarter of an hour.
 */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { printed, type Row, tidy } from '../../appliance/bench/table.ts';
import { builtImage, Card } from './card.ts';
import { Machine, makeLogin } from './machine.ts';
import { until } from './until.ts';
import { Visitor } from './visitor.ts';

/** How long writes to the card are counted, in minutes; scaled to an hour. */
const countedMinutes = 5;
/** Bytes of a sector, in the kernel's statistics whatever the disk. */
const sectorBytes = 512;

const rows: Row[] = [];
const within = (figure: string, value: number, most: number, unit: string, beside = ''): void =>
  void rows.push({ figure, ours: `${tidy(value)} ${unit}`, target: `≤ ${most} ${unit}`, ok: value <= most, beside });

const image = await builtImage();
const packed = join(dirname(image), `${basename(image)}.xz`);
within('image, compressed', (await stat(packed)).size / 1e6, 450, 'MB', 'BASE=debian');

const folder = await mkdtemp(join(tmpdir(), 'perch-image-bench-'));
try {
  const { login, userData } = await makeLogin(folder);
  const first = await Card.flash(join(folder, 'card'));
  await first.put('user-data', userData);
  await first.put('perch.toml', 'cameras = "camera=test"\n');
  say('the first start, which makes keys and grows the card');
  const fresh = await Machine.start(first, { login });
  await fresh.serving();
  await fresh.shell('true');
  await fresh.powerOff();

  say('a later start, until HTTP answers');
  const machine = await Machine.start(first, { login, memory: 512 });
  await machine.said(/Booting Linux/);
  const began = performance.now();
  await machine.serving();
  const served = (performance.now() - began) / 1000;
  await footprint(machine);
  await machine.powerOff();

  say('the same without our units, until the login prompt');
  const units = ['perch.service', 'perch-recovery.service', 'perch-first-boot.service', 'perch-system.socket'];
  const bare = await Machine.start(first, {
    memory: 512,
    append: units.map((unit) => `systemd.mask=${unit}`).join(' '),
  });
  await bare.said(/Booting Linux/);
  const bareBegan = performance.now();
  await bare.said(/ login: |^Debian GNU/);
  const prompted = (performance.now() - bareBegan) / 1000;
  await bare.pullPlug();
  within(
    'kernel start → HTTP answers: the part that is ours',
    (100 * (served - prompted)) / served,
    15,
    '%',
    `${tidy(served)} s, without our units a login prompt after ${tidy(prompted)} s`,
  );
  console.log(printed(rows));
} finally {
  await rm(folder, { recursive: true, force: true });
}
process.exit(0);

/** Memory with one camera and one viewer, and what is written while nobody does anything and while somebody does. */
async function footprint(machine: Machine): Promise<void> {
  const visitor = new Visitor(machine);
  await visitor.claim();
  await visitor.until('camera', 'is live', ({ state }) => state === 'live');
  const viewer = visitor.watch('camera');
  await until('pictures arrive', async () => viewer.received.length > 3, 300);
  const script = `for unit in perch perch-recovery; do
    for pid in $(cat /sys/fs/cgroup/system.slice/$unit.service/cgroup.procs); do cat /proc/$pid/smaps_rollup; done; done`;
  const rollups = await machine.shell(`sudo sh -c '${script}'`);
  const sum = (key: string) =>
    [...rollups.matchAll(new RegExp(`^${key}: +(\\d+) kB`, 'gm'))].reduce((total, [, kb]) => total + Number(kb), 0) /
    1024;
  within(
    'memory of everything Perch runs, one camera 720p, one viewer',
    sum('Rss'),
    200,
    'MB',
    `RSS; libraries that several use counted once (PSS): ${tidy(sum('Pss'))} MB`,
  );
  viewer.socket.close();

  const written = async () =>
    Number((await machine.shell('cat /sys/block/vda/stat')).trim().split(/\s+/)[6]) * sectorBytes;
  const perHour = async (what: string, most: number, use: () => Promise<unknown>) => {
    say(`${what}: ${countedMinutes} minutes`);
    const before = await written();
    const end = performance.now() + countedMinutes * 60_000;
    while (performance.now() < end) {
      await use();
      await pause(15_000);
    }
    // What waits in memory counts too.
    await machine.shell('sync');
    within(
      `written to the card in ${what}`,
      (((await written()) - before) * 60) / countedMinutes / 1e6,
      most,
      'MB',
      `${countedMinutes} minutes counted`,
    );
  };
  await perHour('an idle hour', 1, async () => undefined);
  let brightness = 0;
  await perHour('an hour of use', 5, () => {
    brightness = (brightness + 7) % 60;
    return visitor.patch('camera', { brightness });
  });
}

function say(what: string): void {
  process.stderr.write(`measuring ${what}\n`);
}
