/** The data partition is the part of a card that wears out: the camera comes up without it, and says so. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Card } from './card.ts';
import { Machine } from './machine.ts';
import { until } from './until.ts';
import { password, Visitor } from './visitor.ts';

let folder: string;
let machine: Machine | undefined;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perch-data-'));
});
afterAll(async () => {
  await machine?.pullPlug();
  await rm(folder, { recursive: true, force: true });
});

test('a data partition that cannot be read: the camera comes up in memory, and says so', async () => {
  const card = await Card.flash(join(folder, 'ruined'));
  // Takes the place of what the data partition held: a password by card is possible still.
  await card.put('perch.toml', `password = "${password}"\r\ncameras = "camera=test"\r\n`);
  await card.ruinData();
  machine = await Machine.start(card, { memory: 512 });
  await machine.serving();
  const visitor = new Visitor(machine);
  expect((await visitor.login()).status).toBe(200);
  await visitor.until('camera', 'is live', ({ state }) => state === 'live');
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
