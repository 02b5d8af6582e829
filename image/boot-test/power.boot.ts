/** The plug is pulled while settings are being saved, again and again: it boots, and what was reported as saved is there. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Card } from './card.ts';
import { Machine } from './machine.ts';
import { password, Visitor } from './visitor.ts';

const cuts = 5;
const camera = 'camera';

let folder: string;
let card: Card;
let machine: Machine;
let visitor: Visitor;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perch-power-'));
  card = await Card.flash(join(folder, 'card'));
  await card.put('perch.toml', `password = "${password}"\r\ncameras = "${camera}=test"\r\n`);
  await start();
});
afterAll(async () => {
  await machine?.pullPlug();
  await rm(folder, { recursive: true, force: true });
});

async function start(): Promise<void> {
  // As much memory as a Zero 2 W has.
  machine = await Machine.start(card, { memory: 512 });
  visitor = new Visitor(machine);
  await machine.serving();
  expect((await visitor.login()).status).toBe(200);
}

test('a password on the card was taken in, and is not on the card any more', async () => {
  await machine.pullPlug();
  expect(await card.get('perch.toml')).not.toContain(password);
  expect(await card.get('perch-report.txt')).toContain('The password is set.');
  await start();
});

test.for(Array.from({ length: cuts }, (_, cut) => cut))(
  'power cut %i in the middle of saving: the file system is whole, and what was reported as saved is there',
  async (cut) => {
    const wished = new Map<number, number>();
    // Pushes tell every revision that reached the disk, at once.
    const pushes = visitor.socket('/api/control');
    let hear = () => {};
    pushes.on('message', () => hear());
    let saved = 0;
    for (let value = 1; wished.size < 12 + cut * 5; value += 1) {
      const brightness = ((value * 7 + cut) % 180) - 90;
      wished.set(await visitor.patch(camera, { brightness }), brightness);
      saved = Math.max(saved, (await visitor.camera(camera)).saved_revision);
    }
    const first = saved;
    // The next change is on its way to the disk when the plug is pulled: whatever comes of it, it was not reported.
    const revision = await visitor.patch(camera, { brightness: cut + 1 });
    wished.set(revision, cut + 1);
    await new Promise<void>((resolve) => {
      hear = () => {
        visitor.camera(camera).then(
          (status) => {
            saved = Math.max(saved, status.saved_revision);
            if (saved > first) resolve();
          },
          // One that was asked when the plug was pulled gets no answer.
          () => undefined,
        );
      };
      hear();
    });
    const last = visitor.patch(camera, { brightness: -cut - 1 }).then(
      (accepted) => wished.set(accepted, -cut - 1),
      () => undefined,
    );
    if (cut % 2 === 0) await last;
    await machine.pullPlug();
    await last;
    pushes.terminate();

    expect(await card.damage()).toBeUndefined();
    await start();
    const status = await visitor.camera(camera);
    expect(status.revision).toBeGreaterThanOrEqual(saved);
    expect(status.desired.brightness).toBe(wished.get(status.revision));
  },
);
