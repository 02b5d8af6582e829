/** What the page asks of the device, by way of a root helper that the test plays. */
import { afterEach, expect, test } from 'vitest';
import { PerchError } from '../errors.ts';
import type { AskOptions, System, SystemRequest } from '../system/index.ts';
import { Updates } from '../update/index.ts';
import { switching } from '../update/switching.ts';
import { Versions } from '../update/versions.ts';
import { password, TestServer } from './testing/server.ts';

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

/** A server whose root helper answers by `does`; answers what it was asked. */
async function started(does: (request: SystemRequest, options: AskOptions) => Promise<string>, safeMode?: string) {
  const asked: SystemRequest[] = [];
  const system: System = {
    available: () => true,
    ask: (request, options = {}) => {
      asked.push(request);
      return does(request, options);
    },
  };
  const updates = new Updates({ system, versions: new Versions('/nowhere') });
  server = await TestServer.start({ parts: { system, updates, ...(safeMode !== undefined && { safeMode }) } });
  return { server, asked };
}

const bundle = { 'content-type': 'application/octet-stream' };

test('a bundle of many megabytes reaches the helper whole; the answer comes when it was found good', async () => {
  let got = 0;
  const { server, asked } = await started(async (_request, { body, onProgress }) => {
    for await (const chunk of body ?? []) got += chunk.length;
    onProgress?.(switching);
    return new Promise(() => undefined);
  });
  const answer = await fetch(server.url(`/api/update?allow_older=true`), {
    method: 'POST',
    headers: { ...bundle, cookie: server.cookie },
    body: Buffer.alloc(5_000_000),
  });
  expect([answer.status, await answer.json()]).toEqual([202, { message: switching }]);
  expect(got).toBe(5_000_000);
  expect(asked).toEqual([{ do: 'update', allow_older: true }]);
});

test('a refusal in the middle of the upload is answered with its sentence', async () => {
  const { server } = await started(async (_request, { body }) => {
    for await (const _chunk of body ?? []) throw new PerchError('bad_bundle', { reason: 'none of the keys' });
    return '';
  });
  const answer = await fetch(server.url(`/api/update`), {
    method: 'POST',
    headers: { ...bundle, cookie: server.cookie },
    body: Buffer.alloc(5_000_000),
  });
  expect(answer.status).toBe(400);
  expect(await answer.json()).toMatchObject({
    error: { code: 'bad_bundle', message: 'This file cannot be used as an update: none of the keys.' },
  });
});

test.each([
  ['/api/update', bundle],
  ['/api/update/roll-back', {}],
  ['/api/device/reboot', {}],
  ['/api/factory-reset', { 'content-type': 'application/json' }],
  ['/api/safe-mode/leave', {}],
])('%s is for those who are in', async (path, headers) => {
  const { server, asked } = await started(async () => '');
  const answer = await fetch(server.url(`${path}`), {
    method: 'POST',
    headers,
    ...('content-type' in headers && { body: '{}' }),
  });
  expect(answer.status).toBe(401);
  expect(asked).toEqual([]);
});

test('a bundle is taken nowhere else', async () => {
  const { server } = await started(async () => '');
  const answer = await fetch(server.url(`/api/tokens`), {
    method: 'POST',
    headers: { ...bundle, cookie: server.cookie },
    body: Buffer.alloc(10),
  });
  expect(answer.status).toBe(415);
});

test('a factory reset asks for the password again', async () => {
  const { server, asked } = await started(async () => 'As new.');
  const reset = (given: string) =>
    fetch(server.url(`/api/factory-reset`), {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie: server.cookie },
      body: JSON.stringify({ password: given }),
    });
  const wrong = await reset('not the password');
  expect([wrong.status, asked]).toEqual([401, []]);
  const right = await reset(password);
  expect([right.status, await right.json(), asked]).toEqual([202, { message: 'As new.' }, [{ do: 'factory-reset' }]]);
});

test('only what is listed can be asked of the device', async () => {
  const { server, asked } = await started(async () => 'Done.');
  const ask = (what: string) =>
    fetch(server.url(`/api/device/${what}`), { method: 'POST', headers: { cookie: server.cookie } });
  expect((await ask('factory-reset')).status).toBe(400);
  expect((await ask('poweroff')).status).toBe(202);
  expect(asked).toEqual([{ do: 'poweroff' }]);
});

test('safe mode is told to those who are in, and left by one request', async () => {
  const { server, asked } = await started(async () => 'The camera starts anew.', 'It failed.');
  const session = (cookie: string) =>
    fetch(server.url(`/api/session`), { headers: { cookie } }).then((answer) => answer.json());
  expect(await session(server.cookie)).toMatchObject({ safe_mode: 'It failed.' });
  expect(await session('')).not.toHaveProperty('safe_mode');
  await fetch(server.url(`/api/safe-mode/leave`), { method: 'POST', headers: { cookie: server.cookie } });
  expect(asked).toEqual([{ do: 'leave-safe-mode' }]);
});
