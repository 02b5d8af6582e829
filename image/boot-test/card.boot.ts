/**
 * What a card goes through: prepared by its owner, the plug pulled again and again while settings are being saved, a
 * password forgotten by a file on it, and in the end what was on it can no longer be read.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Card } from './card.ts';
import { cutWhileSaving, lost } from './cut.ts';
import { Machine } from './machine.ts';
import { until } from './until.ts';
import { password, Visitor } from './visitor.ts';

const cuts = 5;
const camera = 'camera';

let folder: string;
let card: Card;
let machine: Machine;
let visitor: Visitor;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perch-card-'));
  card = await Card.flash(join(folder, 'card'));
  await card.put('perch.toml', `password = "${password}"\r\ncameras = "${camera}=test"\r\n`);
  await start();
});
afterAll(async () => {
  await machine?.pullPlug();
  await rm(folder, { recursive: true, force: true });
});

/** Starts it with as much memory as a Zero 2 W has. */
async function start(): Promise<void> {
  machine = await Machine.start(card, { memory: 512 });
  visitor = new Visitor(machine);
  await machine.serving();
}

test('a password on the card was taken in', async () => {
  expect((await visitor.login()).status).toBe(200);
});

test.for(Array.from({ length: cuts - 1 }, (_, cut) => cut))(
  'power cut %i in the middle of saving: the file system is whole, and what was reported as saved is there',
  async (cut) => {
    const cutting = await cutWhileSaving(machine, visitor, camera, cut);
    expect(await card.damage()).toBeUndefined();
    if (cut === 0) {
      expect(await card.get('perch.toml')).not.toContain(password);
      expect(await card.get('perch-report.txt')).toContain('The password is set.');
    }
    await start();
    expect((await visitor.login()).status).toBe(200);
    expect(await lost(cutting, visitor, camera)).toBeUndefined();
  },
);

test('one more, and a password that nobody knows any more: a file on the card forgets it, and the settings stay', async () => {
  const cutting = await cutWhileSaving(machine, visitor, camera, cuts - 1);
  expect(await card.damage()).toBeUndefined();
  await card.put('perch-reset-password', '');
  await start();
  // Whose login it was is not known any more.
  expect((await visitor.login()).status).not.toBe(200);
  expect((await visitor.claim()).status).toBe(200);
  expect(await lost(cutting, visitor, camera)).toBeUndefined();
  await machine.pullPlug();
  expect(await card.names()).not.toContain('perch-reset-password');
  expect(await card.get('perch-report.txt')).toContain('The password is forgotten');
});

test('a data partition that cannot be read: the camera comes up in memory, and says so', async () => {
  await card.ruinData();
  // What was kept there is gone; the boot partition is as it was, and takes a password as ever.
  await card.put('perch.toml', `password = "${password}"\r\ncameras = "${camera}=test"\r\n`);
  await start();
  expect((await visitor.login()).status).toBe(200);
  await visitor.until(camera, 'is live', ({ state }) => state === 'live');
  const finding = await until(
    'health says so',
    async () =>
      (await visitor.json<{ findings: { id: string; what: string }[] }>('/api/health')).findings.find(
        ({ id }) => id === 'data_problem',
      ),
    120,
  );
  expect(finding.what).toMatch(/cannot be mounted|could not be repaired/);
});
