/** The rows of `make bench` that need an image: what it costs, measured in an emulated machine, in twenty minutes. */
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { printed, type Row, spread, tidy } from '../../appliance/bench/table.ts';
import { builtImage, Card } from './card.ts';
import { cutWhileSaving, lost } from './cut.ts';
import { Machine, makeLogin } from './machine.ts';
import { until } from './until.ts';
import { Visitor } from './visitor.ts';

/** How long writes to the card are counted, in minutes; scaled to an hour. */
const countedMinutes = 4;
/** Between two changes of somebody who uses it, in ms: more than anybody does for an hour. */
const changeEveryMs = 10_000;
/** Bytes of a sector, in the kernel's statistics whatever the disk. */
const sectorBytes = 512;
const cuts = 2;
/** Starts with and without our units, of which the medians count. */
const rounds = 3;
const camera = 'camera';

const rows: Row[] = [];
const within = (figure: string, value: number, most: number, unit: string, beside = ''): void =>
  void rows.push({ figure, ours: `${tidy(value)} ${unit}`, target: `≤ ${most} ${unit}`, ok: value <= most, beside });
const say = (what: string): void => void process.stderr.write(`perch: measuring ${what}\n`);

const packed = `${await builtImage()}.xz`;
within('image, compressed', (await stat(packed)).size / 1e6, 450, 'MB', 'BASE=debian');

/** Some parts only: `node dist/image-bench.js starts memory writes cuts`. */
const asked = process.argv.slice(2);
const wanted = (part: string): boolean => asked.length === 0 || asked.includes(part);

const folder = await mkdtemp(join(tmpdir(), 'perch-image-bench-'));
try {
  const { login, userData } = await makeLogin(folder);
  const card = await Card.flash(join(folder, 'card'));
  await card.put('user-data', userData);
  await card.put('perch.toml', `cameras = "${camera}=test"\n`);
  say('the first start, which makes keys and grows the card');
  const fresh = await Machine.start(card, { login });
  await fresh.serving();
  await new Visitor(fresh).claim();
  await fresh.shell('true');
  await fresh.powerOff();

  if (wanted('starts')) await starts(card);
  const machine = await Machine.start(card, { login, memory: 512 });
  await machine.serving();
  const visitor = new Visitor(machine);
  await visitor.login();
  if (wanted('memory')) await memory(machine, visitor);
  if (wanted('writes')) await writes(machine, visitor);
  if (wanted('cuts')) await powerCuts(card, machine);
  else await machine.pullPlug();
} finally {
  await rm(folder, { recursive: true, force: true });
  // What was measured before something failed is worth reading too.
  console.log(printed(rows));
}
process.exit(0);

/** A later start until HTTP answers, beside the same without our units until the login prompt. */
async function starts(card: Card): Promise<void> {
  /** Seconds from the kernel's first line to `there`. */
  const timed = async (append: string, there: (machine: Machine) => Promise<unknown>): Promise<number> => {
    const machine = await Machine.start(card, { memory: 512, append });
    await machine.said(/Booting Linux/);
    const began = performance.now();
    await there(machine);
    const seconds = (performance.now() - began) / 1000;
    await machine.pullPlug();
    return seconds;
  };
  const units = ['perch.service', 'perch-recovery.socket', 'perch-first-boot.service', 'perch-system.socket'];
  const masked = units.map((unit) => `systemd.mask=${unit}`).join(' ');
  const withUs: number[] = [];
  const without: number[] = [];
  // By turns: what else this machine does makes one start slower than another by a fifth.
  for (let round = 1; round <= rounds; round += 1) {
    say(`a start until HTTP answers, and one without our units until it is up (${round} of ${rounds})`);
    withUs.push(await timed('', (machine) => machine.serving()));
    without.push(await timed(masked, (machine) => machine.said(/ login: |^Debian GNU|Reached target multi-user/)));
  }
  const [served, bare] = [spread(withUs).median, spread(without).median];
  within(
    'kernel start → HTTP answers: the part that is ours',
    (100 * (served - bare)) / served,
    15,
    '%',
    `${tidy(served)} s; without our units it is up after ${tidy(bare)} s; medians of ${rounds}`,
  );
}

/** Everything Perch runs, with one camera at 720p and one viewer. */
async function memory(machine: Machine, visitor: Visitor): Promise<void> {
  say('memory');
  await visitor.until(camera, 'is live', ({ state }) => state === 'live');
  const viewer = visitor.watch(camera);
  await until('pictures arrive', async () => viewer.received.length > 3, 300);
  const script = `for unit in perch perch-recovery; do
    for pid in $(cat /sys/fs/cgroup/system.slice/$unit.service/cgroup.procs 2>/dev/null); do cat /proc/$pid/smaps_rollup; done; done`;
  const rollups = await machine.shell(`sudo sh -c '${script}'`);
  const megabytes = (key: string) =>
    [...rollups.matchAll(new RegExp(`^${key}: +(\\d+) kB`, 'gm'))].reduce((total, [, kb]) => total + Number(kb), 0) /
    1024;
  within(
    'memory of everything Perch runs, one camera 720p, one viewer',
    megabytes('Rss'),
    200,
    'MB',
    `RSS; libraries that several use counted once (PSS): ${tidy(megabytes('Pss'))} MB`,
  );
  viewer.socket.close();
}

/** What is written to the card while nobody does anything, and while somebody does. */
async function writes(machine: Machine, visitor: Visitor): Promise<void> {
  const written = async () =>
    Number((await machine.shell('cat /sys/block/vda/stat')).trim().split(/\s+/)[6]) * sectorBytes;
  const perHour = async (what: string, most: number, use: () => Promise<unknown>) => {
    say(`${what}, for ${countedMinutes} minutes`);
    // What the start left in memory is not of this time.
    await machine.shell('sync');
    const before = await written();
    const end = performance.now() + countedMinutes * 60_000;
    while (performance.now() < end) {
      await use();
      await pause(changeEveryMs);
    }
    // What waits in memory counts too.
    await machine.shell('sync');
    const megabytes = (((await written()) - before) * 60) / countedMinutes / 1e6;
    within(`written to the card in ${what}`, megabytes, most, 'MB', `${countedMinutes} minutes counted`);
  };
  // Two minutes after the first start that is so long, recovery is woken and makes files of its own (appliance/main.ts).
  const copy = '/var/lib/perch-recovery/password.json';
  await until('recovery has its copy of the password', () => machine.shell(`sudo ls ${copy}`), 300);
  await perHour('an idle hour', 1, async () => undefined);
  let brightness = 0;
  await perHour('an hour of use', 5, () => {
    brightness = (brightness + 7) % 60;
    return visitor.patch(camera, { brightness });
  });
}

/** @param machine the running one, the first whose plug is pulled */
async function powerCuts(card: Card, machine: Machine): Promise<void> {
  const troubles: string[] = [];
  let running = machine;
  let visitor = new Visitor(running);
  await visitor.login();
  for (let cut = 0; cut < cuts; cut += 1) {
    say(`a power cut in the middle of saving (${cut + 1} of ${cuts})`);
    const cutting = await cutWhileSaving(running, visitor, camera, cut);
    const damage = await card.damage();
    running = await Machine.start(card, { memory: 512 });
    visitor = new Visitor(running);
    await running.serving();
    await visitor.login();
    const missing = await lost(cutting, visitor, camera);
    for (const trouble of [damage, missing]) if (trouble !== undefined) troubles.push(trouble);
  }
  await running.pullPlug();
  rows.push({
    figure: 'power cuts in the middle of saving: survived with a whole card and everything reported as saved',
    ours: `${cuts - troubles.length} of ${cuts}`,
    target: 'all',
    ok: troubles.length === 0,
    beside: troubles.join('; '),
  });
}
