import { afterEach, beforeEach, expect, test } from 'vitest';
import { fitted } from './fleet/presets.ts';
import { TestRelay } from './testing/relay.ts';

let relay: TestRelay;
beforeEach(async () => {
  relay = await TestRelay.start();
});
afterEach(() => relay.close());

test('presets are kept across restarts, replaced and deleted; those of Perch stay', async () => {
  const saved = await relay.call('PUT', '/api/profiles/Dusk', { settings: { brightness: 12, fps: 15 } });
  expect(saved).toMatchObject({ status: 200, body: { name: 'Dusk', builtin: false } });
  await relay.close({ keep: true });
  relay = await TestRelay.start({ folder: relay.folder });
  const names = async () =>
    ((await relay.call('GET', '/api/profiles')).body.profiles as { name: string }[]).map(({ name }) => name);
  expect(await names()).toEqual(['Balanced', 'Smooth', 'Detail', 'Low bandwidth', 'Night', 'Dusk']);
  expect((await relay.call('DELETE', '/api/profiles/Dusk')).status).toBe(204);
  expect(await names()).not.toContain('Dusk');
});

test.each([
  ['a name of Perch’s own', 'PUT', 'Night', { settings: { brightness: 1 } }, 'builtin_profile'],
  ['a preset of nothing', 'PUT', 'Empty', { settings: {} }, 'bad_request'],
  ['a field that is none', 'PUT', 'Odd', { settings: { colour: 1 } }, 'unknown_field'],
  ['deleting what is Perch’s own', 'DELETE', 'Night', undefined, 'builtin_profile'],
  ['deleting what is not there', 'DELETE', 'Dawn', undefined, 'unknown_profile'],
])('%s is refused', async (_, method, name, body, code) => {
  expect((await relay.call(method, `/api/profiles/${name}`, body)).body.error.code).toBe(code);
});

test('it goes to a device as its camera can do it, and waits for one that is away', async () => {
  await relay.register('away');
  const waiting = await relay.call('POST', '/api/profiles/Night/apply', { device: 'away' });
  expect(waiting).toMatchObject({ status: 200, body: { success: true, pending_settings: { fps: 10 } } });

  const pi = relay.pi(await relay.register('porch'));
  await pi.opened;
  const limits = [{ field: 'fps', available: true, min: 1, max: 30 }];
  pi.send({ success: true, current_settings: { cameraName: 'door' }, limits });
  await new Promise<void>((resolve) => relay.relay.fleet.backplane.onStatus(() => resolve()));
  const answer = relay.call('POST', '/api/profiles/Smooth/apply', { device: 'porch', camera: 'door' });
  const command = await pi.command();
  expect(command.settings).toMatchObject({ fps: 30, bitrate: '4M', cameraName: 'door' });
  pi.answer(command, { success: true, message: 'Done.' });
  expect((await answer).body.message).toBe('Done. Adapted to this camera: Frame rate.');

  expect((await relay.call('POST', '/api/profiles/Smooth/apply', { device: 'attic' })).status).toBe(404);
  const viewer = { authorization: `Bearer ${await relay.tokenFor('viewer')}` };
  const refused = await relay.call('POST', '/api/profiles/Smooth/apply', { device: 'porch' }, viewer);
  expect(refused).toMatchObject({ status: 403, body: { error: { code: 'not_allowed' } } });
});

test('numbers go to the nearest that is allowed; what is not offered is left out', () => {
  const limits = [
    { field: 'fps', available: true, min: 5, max: 30 },
    { field: 'brightness', available: false },
    { field: 'encoding', available: true, choices: ['h264'] },
  ];
  const preset = { fps: 60, brightness: 5, encoding: 'h265', contrast: 3 } as const;
  expect(fitted(preset, limits)).toEqual({
    settings: { fps: 30, contrast: 3 },
    adapted: ['Frame rate', 'Brightness', 'Encoding'],
  });
  expect(fitted(preset)).toEqual({ settings: preset, adapted: [] });
});

test('people call a device what they like; programs go on by its name', async () => {
  await relay.register('pi-7');
  const titled = await relay.call('PATCH', '/api/devices/pi-7', { title: ' Front  porch ☀ ' });
  expect(titled.body).toMatchObject({ name: 'pi-7', title: 'Front  porch ☀' });
  expect((await relay.call('PATCH', '/api/devices/pi-7', { title: 'x'.repeat(61) })).body.error.code).toBe('bad_value');
  expect((await relay.call('PATCH', '/api/devices/pi-8', { title: 'x' })).body.error.code).toBe('unknown_device');
  expect((await relay.call('PATCH', '/api/devices/pi-7', { title: '' })).body).not.toHaveProperty('title');
});

test('admins read what was done, newest first', async () => {
  await relay.call('POST', '/api/devices', { name: 'porch' });
  await relay.call('PATCH', '/api/devices/porch', { title: 'Porch' });
  const { body } = await relay.call('GET', '/api/audit');
  expect(body.lines).toMatchObject([
    { who: 'Token test', camera: 'porch', action: 'renamed' },
    { who: 'Token test', camera: 'porch', action: 'registered' },
  ]);
  const operator = { authorization: `Bearer ${await relay.tokenFor('operator')}` };
  expect((await relay.call('GET', '/api/audit', undefined, operator)).status).toBe(403);
});
