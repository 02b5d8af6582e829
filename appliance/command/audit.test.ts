import { access, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createLog } from '../log.ts';
import { Audit, type AuditEntry } from './audit.ts';

let folder: string;
let path: string;
let audit: Audit;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'perch-audit-'));
  path = join(folder, 'audit.jsonl');
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  audit = new Audit(path, createLog('fatal'));
});
afterEach(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true });
});

const change = (from: number, to: number): AuditEntry => ({
  who: 'Phone',
  camera: 'door',
  action: 'settings',
  changes: { brightness: [from, to] },
});
const opened: AuditEntry = { who: 'Phone', camera: '', action: 'terminal opened' };
const written = async () => (await readFile(path, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');

test('settings are written two minutes later, a dragged slider as one line', async () => {
  audit.record(change(0, 1));
  await vi.advanceTimersByTimeAsync(4000);
  audit.record(change(1, 2));
  await vi.advanceTimersByTimeAsync(2000);
  audit.record(change(2, 3));
  await vi.advanceTimersByTimeAsync(110_000);
  await expect(access(path)).rejects.toThrow();
  await vi.advanceTimersByTimeAsync(10_000);
  await vi.waitUntil(async () => (await written()).length > 0);
  expect((await written()).map((line) => (JSON.parse(line) as AuditEntry).changes)).toEqual([
    { brightness: [0, 2] },
    { brightness: [2, 3] },
  ]);
});

test('who opened a terminal is written at the end of its window, with all that came before', async () => {
  audit.record(change(0, 1));
  await vi.advanceTimersByTimeAsync(6000);
  audit.record(opened);
  await vi.advanceTimersByTimeAsync(5000);
  await vi.waitUntil(async () => (await written()).length > 0);
  expect((await written()).map((line) => (JSON.parse(line) as AuditEntry).action)).toEqual([
    'settings',
    'terminal opened',
  ]);
});

test('whoever asks for the newest lines gets all there are, newest first', async () => {
  audit.record(change(0, 1));
  await vi.advanceTimersByTimeAsync(6000);
  audit.record(opened);
  expect((await audit.recent(10)).map(({ action }) => action)).toEqual(['terminal opened', 'settings']);
  expect(await audit.recent(1)).toHaveLength(1);
});
