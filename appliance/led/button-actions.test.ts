/** The button through the real door: what is pressed is heard by everybody, with the name of who did it. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { AuditEntry } from '../command/audit.ts';
import { PlainCamera, TestServer } from '../http/testing/server.ts';
import { type ButtonParts, buttonActions } from './button-actions.ts';

let server: TestServer;
const cameras = () => [front, back];
let front: PlainCamera;
let back: PlainCamera;
let audited: AuditEntry[];
beforeEach(async () => {
  audited = [];
  front = new PlainCamera('front', 0);
  back = new PlainCamera('back', 1);
  server = await TestServer.start({ cameras: [front, back] });
});
afterEach(() => server.close());

const actions = (more: Partial<ButtonParts> = {}) =>
  buttonActions({
    door: server.door,
    auth: server.auth,
    audit: { record: (entry) => void audited.push(entry) },
    cameras,
    network: { startHotspot: async () => {} },
    system: { ask: async (request) => `asked for ${request.do}` },
    ...more,
  });

describe('start and stop', () => {
  test('while anything plays it stops everything, and then it starts everything', async () => {
    back.state = 'stopped';
    const heard: unknown[] = [];
    server.door.subscribe(({ camera, status }) => {
      if (status.changed_by !== undefined) heard.push([camera, status.changed_by, status.message]);
    });
    expect(await actions().start_stop()).toBe('Every camera is stopped.');
    expect(cameras().map(({ state }) => state)).toEqual(['stopped', 'stopped']);
    expect(heard).toContainEqual(['front', 'Button', 'The camera is stopped.']);
    expect(await actions().start_stop()).toBe('Every camera is started.');
    expect(cameras().map(({ state }) => state)).toEqual(['live', 'live']);
  });

  test('one that will not start is told', async () => {
    front.state = back.state = 'stopped';
    back.start = async () => {};
    await expect(actions().start_stop()).rejects.toThrow('The camera "back" gives no picture now.');
  });
});

test('password: forgotten, everybody is out and the camera can be claimed', async () => {
  await actions().reset_password();
  expect(server.auth.claimed).toBe(false);
  expect((await server.call('GET', '/api/cameras')).status).toBe(403);
  expect(audited).toEqual([{ who: 'Button', camera: '', action: 'password reset' }]);
});

test('password: the audit log also has it when the card refuses', async () => {
  const resetPassword = () => Promise.reject(new Error('The card is full.'));
  await expect(actions({ auth: { resetPassword } }).reset_password()).rejects.toThrow('The card is full.');
  expect(audited).toMatchObject([{ who: 'Button', action: 'password reset', problem: 'The card is full.' }]);
});

test('factory reset is asked of the root helper', async () => {
  expect(await actions().factory_reset()).toBe('asked for factory-reset');
});

test('hotspot: asked of the network, which knows whether there is one to open', async () => {
  const asked: string[] = [];
  const startHotspot = async (by: string) => void asked.push(by);
  expect(await actions({ network: { startHotspot } }).hotspot()).toBe('The hotspot is open.');
  expect(asked).toEqual(['Button']);
});
