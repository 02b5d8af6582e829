/**
 * The link across a real VPN: Debian's OpenVPN between a Pi at home and a relay in an office, with an internet
 * between them that the test owns. Three ways a VPN goes, and both sides agree afterwards each time.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeCommand, type WireSettings } from '../../proto/index.ts';
import { RelayProcess } from '../../upstream/relay/testing/process.ts';
import type { Statuses } from '../http/testing/server.ts';
import { Place, whyNoNamespaces } from './namespaces.ts';
import { openvpnVersion, Tunnel } from './openvpn.ts';
import { type LogLine, Perch, password } from './perch.ts';

const home = { address: '198.51.100.2', router: '198.51.100.1' };
/** Where the Pi is when it has moved: another network, behind the same cable. */
const elsewhere = { address: '192.0.2.2', router: '192.0.2.1' };
const office = { address: '203.0.113.2', router: '203.0.113.1' };

let places: { readonly internet: Place; readonly home: Place; readonly office: Place };
let tunnel: Tunnel;
let relay: RelayProcess;
let perch: Perch;
let anna: Statuses;
const made: { close(): Promise<unknown> }[] = [];

beforeAll(async () => {
  // Not skipped quietly: where the VPN cannot be tried, somebody should know.
  const why =
    openvpnVersion() === undefined ? 'There is no openvpn. Run: apt install openvpn' : await whyNoNamespaces();
  if (why !== undefined) throw new Error(why);

  const internet = await Place.make();
  made.push(internet);
  places = { internet, home: await Place.make(internet), office: await Place.make(internet) };
  made.push(places.home, places.office);
  await internet.cable('home', places.home, 'wan');
  await internet.cable('office', places.office, 'wan');
  await internet.ip(`addr add ${home.router}/24 dev home`);
  await internet.ip(`addr add ${elsewhere.router}/24 dev home`);
  await internet.ip(`addr add ${office.router}/24 dev office`);
  await internet.forward();
  for (const [place, { address, router }] of [
    [places.home, home],
    [places.office, office],
  ] as const) {
    await place.ip(`addr add ${address}/24 dev wan`);
    await place.ip(`route add default via ${router}`);
  }

  tunnel = await Tunnel.between(places.home, places.office, office.address);
  made.push(tunnel);
  await tunnel.serve();
  await tunnel.connect('10.8.0.7');

  // The relay listens on its VPN address only.
  relay = await RelayProcess.start({ host: '10.8.0.1', port: 8001, wrapper: places.office.wrapper });
  made.push({ close: () => relay.stop() });
  relay.url = `http://127.0.0.1:${await places.office.door('10.8.0.1', 8001)}`;
  const key = await relay.register('porch');
  perch = await Perch.start(
    { PERCH_RELAY_URL: 'ws://10.8.0.1:8001', PERCH_RELAY_KEY: key, PERCH_ADMIN_PASSWORD: '', PERCH_HTTPS: 'off' },
    undefined,
    places.home.wrapper,
  );
  made.push({ close: () => perch.stop() });
  perch.url = `http://127.0.0.1:${await places.home.door('127.0.0.1', Number(new URL(perch.url).port))}`;
  await perch.claim(password);
  await relay.until('porch', ({ connected, cameras }) => connected && cameras.length > 0);
  anna = await relay.operator('porch', '?client=anna');
});

afterAll(async () => {
  anna?.socket.terminate();
  for (const each of made.reverse()) await each.close();
});

/** Changes made so far, as the camera counts them. */
async function revision(): Promise<number> {
  return Number((await perch.camera('camera')).revision);
}

async function applied(): Promise<Record<string, unknown>> {
  return (await perch.camera('camera')).applied as Record<string, unknown>;
}

async function link(): Promise<Record<string, unknown>> {
  return ((await (await perch.fetch('/api/health')).json()) as { link: Record<string, unknown> }).link;
}

/** What Perch logs next with this message. */
function nextLog(message: string): Promise<LogLine> {
  return new Promise((resolve) => {
    const look = (line: LogLine) => {
      if (line.msg !== message) return;
      perch.off('log', look);
      resolve(line);
    };
    perch.on('log', look);
  });
}
const lost = () => nextLog('no connection to the relay');
const back = () => nextLog('connected to the relay');

/** Nothing that the internet carries towards this address arrives any more, and nobody is told. */
const swallow = (address: string) => places.internet.ip(`route add blackhole ${address}/32`);
const carry = (address: string) => places.internet.ip(`route del blackhole ${address}/32`);

function ask(request_id: string, settings: WireSettings): void {
  anna.socket.send(encodeCommand({ settings, request_id }));
}
const answer = (id: string) => anna.until(({ request_id, success }) => request_id === id && success === true);

/** Prints how long something took: a figure to read, not one to fail by. */
async function timed<T>(what: string, since: number, promise: Promise<T>): Promise<T> {
  const result = await promise;
  console.log(`${what}: ${((performance.now() - since) / 1000).toFixed(1)} s`);
  return result;
}

/** Both sides tell the same of the camera, and nothing waits any more. */
async function agreed(wanted: Readonly<Record<string, unknown>>): Promise<void> {
  await relay.until('porch', ({ connected, pending, cameras: [camera] }) => {
    const told = camera?.current_settings ?? {};
    const same = Object.entries(wanted).every(([field, value]) => told[field] === value);
    return connected && same && Object.keys(pending ?? {}).length === 0;
  });
  await expect.poll(applied).toMatchObject(wanted);
}

test('the tunnel is cut: both sides go on alone, and agree when it is back', async () => {
  ask('before', { brightness: 1 });
  await answer('before');
  const start = await revision();
  const [noticed, away] = [lost(), relay.until('porch', ({ connected }) => !connected)];
  const at = performance.now();
  await tunnel.cut();
  // Made while each side still believes in the other, and after.
  const waiting = relay.call('PATCH', '/api/devices/porch/settings', { contrast: 11, saturation: 11 });
  const told = await timed('cut: noticed by the Pi', at, noticed);
  expect(told.reason).toBe('This device no longer has the address 10.8.0.7 it was connected from.');
  await perch.patch('camera', { saturation: 22, sharpness: 22 });
  await timed('cut: noticed by the relay', at, away);
  expect(await (await waiting).json()).toMatchObject({
    success: true,
    pending_settings: { contrast: 11, saturation: 11 },
  });
  await relay.call('PATCH', '/api/devices/porch/settings', { contrast: 12 });
  expect((await relay.device('porch')).pending).toMatchObject({ '': { settings: { contrast: 12, saturation: 11 } } });
  expect((await link()).state).toBe('waiting');

  const again = back();
  const plugged = performance.now();
  await tunnel.connect('10.8.0.7');
  await timed('cut: tunnel started again → connected', plugged, again);
  // The relay's word on what both changed, the Pi's on what it alone did.
  await agreed({ brightness: 1, contrast: 12, saturation: 11, sharpness: 22 });
  // Three requests, each made once: the Pi's own, the one that was on its way, and the one made while it was away.
  expect(await revision()).toBe(start + 3);
});

test('the tunnel stalls: noticed without a word from the network; what was acknowledged is kept, what was done is not done twice', async () => {
  const start = await revision();
  // Answers are swallowed first: what is asked now is done at the Pi, and nobody at the relay knows.
  const at = performance.now();
  await swallow(office.address);
  ask('unanswered', { brightness: 31 });
  await expect.poll(applied).toMatchObject({ brightness: 31 });
  // One of a page that lets settings wait is done as well, and will be brought again as what it was.
  const patient = await relay.operator('porch', '?client=ben&queue=1');
  patient.socket.send(encodeCommand({ settings: { saturation: 31 }, request_id: 'patient' }));
  await expect.poll(applied).toMatchObject({ saturation: 31 });
  // Then everything is. This one does not arrive.
  await swallow(home.address);
  ask('unheard', { contrast: 31 });
  const noticed = lost();
  await perch.patch('camera', { brightness: 32, saturation: 32 });
  const away = relay.until('porch', ({ connected }) => !connected);
  const { reason } = await timed('stalled: noticed by the Pi', at, noticed);
  expect(reason).toBe('Nothing was heard from the relay for 10 seconds. Is the VPN up?');
  await timed('stalled: noticed by the relay', at, away);
  for (const id of ['unanswered', 'unheard']) {
    await anna.until(({ request_id, error_code }) => request_id === id && error_code === 'no_answer');
  }
  expect(await patient.until(({ request_id }) => request_id === 'patient')).toMatchObject({
    success: true,
    pending_settings: { saturation: 31 },
  });
  patient.socket.terminate();
  expect((await perch.patch('camera', { sharpness: 32 })).success).toBe(true);

  const again = back();
  const carried = performance.now();
  await carry(office.address);
  await carry(home.address);
  await timed('stalled: carried again → connected', carried, again);
  await relay.until('porch', ({ connected }) => connected);
  // Asked again with their ids, as the page does: one was done and is only answered, the other is done now.
  const seen = anna.received.length;
  ask('unanswered', { brightness: 31 });
  ask('unheard', { contrast: 31 });
  expect((await answer('unanswered')).revision).toBe(start + 1);
  await answer('unheard');
  expect(anna.received.slice(seen).filter(({ request_id }) => request_id !== undefined)).toHaveLength(2);
  await agreed({ brightness: 32, contrast: 31, saturation: 32, sharpness: 32 });
  expect(await revision()).toBe(start + 5);
});

test('the network below changes: the connection does not even notice', async () => {
  const { connections } = await link();
  const { home: pi } = places;
  await pi.ip(`addr add ${elsewhere.address}/24 dev wan`);
  await pi.ip(`route replace default via ${elsewhere.router}`);
  const at = performance.now();
  await pi.ip(`addr del ${home.address}/24 dev wan`);
  ask('moved', { brightness: 41 });
  await timed('moved to another network: command → answer', at, answer('moved'));
  await agreed({ brightness: 41 });
  expect((await link()).connections).toBe(connections);
});

test('the address in the VPN changes: the link comes back from the new one', async () => {
  const start = await revision();
  const [noticed, again] = [lost(), back()];
  const at = performance.now();
  await tunnel.cut();
  await tunnel.connect('10.8.0.77');
  await timed('another VPN address: noticed by the Pi', at, noticed);
  await timed('another VPN address: connected', at, again);
  await relay.until('porch', ({ connected, address }) => connected && address === '10.8.0.77');
  ask('renumbered', { brightness: 51 });
  await answer('renumbered');
  await agreed({ brightness: 51 });
  expect(await revision()).toBe(start + 1);
});
