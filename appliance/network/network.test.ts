import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../command/audit.ts';
import { createLog } from '../log.ts';
import { Network } from './network.ts';
import { type Timing, usualTiming } from './policy.ts';
import { hotspot, World, type WorldState } from './testing/world.ts';
import type { NetworkStatus } from './types.ts';

const log = createLog('silent');
/** Nothing here waits for a clock: what is due is due at once, and the rest never. */
const never: Timing = {
  ...usualTiming,
  graceMs: 1e9,
  lostMs: 1e9,
  retryMs: 1e9,
  personMs: 1e9,
  lookMs: 1e9,
  reopenMs: 1e9,
};
const atOnce: Timing = { ...never, graceMs: 0 };

let world: World;
let network: Network;
let claimed: boolean;
let audited: AuditEntry[];

beforeEach(() => {
  claimed = true;
  audited = [];
});
afterEach(async () => {
  await network?.stop();
  world?.end();
});

const home = { ssid: 'home', signal: 70, password: 'its password' };
const homeKnown = {
  uuid: 'u-home',
  id: 'perch-home',
  ssid: 'home',
  mode: 'infrastructure',
  psk: 'its password',
  autoconnect: true,
  saved: true,
};

async function start(
  state: Partial<WorldState>,
  { timing = never, manage = true, hotspotPassword = undefined as string | undefined } = {},
) {
  world = new World();
  await world.set(state);
  await open({ timing, manage, hotspotPassword });
}

async function open({ timing = never, manage = true, hotspotPassword = undefined as string | undefined } = {}) {
  network = await Network.open({
    path: join(world.folder, 'network.json'),
    log,
    audit: { record: (entry) => void audited.push(entry) },
    manage,
    claimed: () => claimed,
    hotspotPassword,
    timing,
    leadMs: 0,
    settleMs: 0,
    programs: world.programs,
    sys: world.sys,
  });
  const first = new Promise<void>((resolve) => network.once('changed', resolve));
  network.start();
  if (manage) await first;
}

function until(test: (status: NetworkStatus) => boolean): Promise<NetworkStatus> {
  return new Promise((resolve) => {
    const look = () => {
      const status = network.status();
      if (!test(status)) return;
      network.off('changed', look);
      resolve(status);
    };
    network.on('changed', look);
    look();
  });
}

const trialEnded = () =>
  until(({ state, trial }) => state !== 'joining' && trial !== undefined && trial.state !== 'trying');

describe('a machine whose network is not ours', () => {
  it('is left alone when Perch is not told to manage it', async () => {
    await start({ air: [home] }, { manage: false, timing: atOnce });
    expect(network.status()).toMatchObject({ state: 'unmanaged', networks: [], known: [] });
    expect(network.status().hotspot).toBeUndefined();
    await expect(network.join({ ssid: 'home', password: '12345678' }, 'me')).rejects.toMatchObject({
      code: 'network_unmanaged',
    });
    await expect(network.startHotspot('button')).rejects.toMatchObject({ code: 'network_unmanaged' });
    expect(world.state.calls).toBeUndefined();
  });

  it('is left alone without nmcli', async () => {
    world = new World();
    world.without = true;
    await open();
    expect(network.status()).toMatchObject({ state: 'unmanaged' });
    await expect(network.startHotspot('button')).rejects.toMatchObject({ code: 'network_unmanaged' });
  });

  it('has no radio', async () => {
    await start({ radio: null, cable: true }, { timing: atOnce });
    expect(network.status()).toMatchObject({ state: 'wired', message: 'Connected by cable.' });
    await expect(network.join({ ssid: 'home' }, 'me')).rejects.toThrow(/There is no Wi-Fi in this device/);
  });

  it('keeps its cable: only the radio and profiles of Perch are touched', async () => {
    await start({ air: [home], cable: true }, { timing: atOnce });
    await network.startHotspot('button');
    await network.stopHotspot('me');
    for (const call of world.state.calls ?? [])
      expect(call).toMatch(/perch-hotspot|radio wifi on|device wifi|device status|show/);
  });

  it('is noticed when NetworkManager comes later', async () => {
    await start({ air: [home], profiles: [homeKnown], active: 'u-home', running: false });
    expect(network.status().state).toBe('unmanaged');
    await world.set({ running: true });
    expect(await until(({ state }) => state === 'wifi')).toMatchObject({ ssid: 'home', signal: 70 });
  });
});

describe('a camera', () => {
  it('says in which network it is, and what else is in reach', async () => {
    await start({ air: [home, { ssid: 'café', signal: 90 }], profiles: [homeKnown], active: 'u-home' });
    expect(network.status()).toMatchObject({
      state: 'wifi',
      message: 'Connected to “home”.',
      ssid: 'home',
      signal: 70,
      known: ['home'],
      networks: [
        { ssid: 'café', security: 'open', known: false, inUse: false },
        { ssid: 'home', security: 'wpa', known: true, inUse: true },
      ],
      hotspot: { on: false, ssid: hotspot, open: false },
    });
    expect(network.portal()).toBeUndefined();
  });

  it('without a network opens its hotspot, and leaves it for a known network', async () => {
    await start({ profiles: [homeKnown], stations: 1 }, { timing: { ...atOnce, retryMs: 0 } });
    await until(({ state }) => state === 'hotspot');
    expect(network.portal()).toBe('10.42.0.1');
    expect(world.on).toBe(hotspot);
    // Somebody is there, so they are left in peace until they go.
    await world.set({ air: [home] });
    expect(network.status().state).toBe('hotspot');
    await world.set({ stations: 0 });
    expect(await until(({ state }) => state === 'wifi')).toMatchObject({ ssid: 'home' });
    expect(world.state.profiles.map(({ id }) => id)).toEqual(['perch-home']);
  });

  it('whose hotspot went away with NetworkManager opens it again', async () => {
    await start({}, { timing: { ...atOnce, reopenMs: 0 } });
    await until(({ state }) => state === 'hotspot');
    await world.set({ active: null });
    await until(({ state }) => state !== 'hotspot');
    await until(({ state }) => state === 'hotspot');
  });

  it('without the ability to be a hotspot says so', async () => {
    await start({ noAccessPoint: true }, { timing: atOnce });
    expect((await until(({ message }) => message.includes('hotspot'))).message).toMatch(
      /Its hotspot does not open: .*took too long/,
    );
    await expect(network.startHotspot('me')).rejects.toMatchObject({ code: 'no_hotspot' });
  });
});

describe('a network that a person tries', () => {
  it('becomes known when it works, and stands on the card then', async () => {
    await start({ air: [home] });
    await network.join({ ssid: 'home', password: 'its password' }, 'me');
    expect(network.status()).toMatchObject({ state: 'joining', trial: { state: 'trying' } });
    await expect(network.join({ ssid: 'home' }, 'me')).rejects.toMatchObject({ code: 'network_busy' });
    const { trial, known, state } = await trialEnded();
    expect({ trial, known, state }).toMatchObject({
      state: 'wifi',
      known: ['home'],
      trial: {
        state: 'joined',
        message: expect.stringMatching(/^The camera is in “home”\. Its page is at http:\/\/.*\.local there\.$/),
      },
    });
    expect(world.state.profiles).toMatchObject([{ ssid: 'home', autoconnect: true, saved: true, psk: 'its password' }]);
  });

  it('may have any signs in its name and password', async () => {
    const odd = { ssid: 'a:b\\c ☕ ', signal: 50, password: ' ü:\\"$(x)`' };
    await start({ air: [odd] });
    await network.join({ ssid: odd.ssid, password: odd.password }, 'me');
    expect((await trialEnded()).trial).toMatchObject({ state: 'joined', ssid: odd.ssid });
    // Arguments are seen by everybody on the machine.
    for (const call of world.state.calls ?? []) expect(call).not.toContain('$(x)');
  });

  it.each([
    ['the password is wrong', home, { ssid: 'home', password: 'another one' }, /did not accept the password/],
    ['it gives no address', { ...home, dhcp: false }, { ssid: 'home', password: 'its password' }, /gave it no address/],
    [
      'it is gone',
      { ...home, ssid: 'other' },
      { ssid: 'home', password: 'its password', hidden: true },
      /out of reach/,
    ],
  ])('is forgotten when %s: the hotspot comes back, and the page says why', async (_what, air, request, sentence) => {
    await start({ air: [air] }, { timing: atOnce });
    await until(({ state }) => state === 'hotspot');
    await network.join(request, 'me');
    expect(network.status().message).toMatch(/The hotspot goes away meanwhile.*“Perch-12AB” comes back/);
    const { trial, state, known } = await trialEnded();
    expect({ trial, state, known }).toMatchObject({ state: 'hotspot', known: [], trial: { state: 'failed' } });
    expect(trial?.message).toMatch(sentence);
    expect(world.state.profiles.map(({ ssid }) => ssid)).toEqual([hotspot]);
  });

  it('leaves the one that is known until it has worked', async () => {
    await start({ air: [home], profiles: [homeKnown], active: 'u-home' });
    await network.join({ ssid: 'home', password: 'a typing mistake' }, 'me');
    expect((await trialEnded()).trial?.state).toBe('failed');
    expect(world.state).toMatchObject({ active: 'u-home', profiles: [homeKnown] });
    await world.set({ air: [{ ...home, password: 'its new password' }] });
    await network.join({ ssid: 'home', password: 'its new password' }, 'me');
    await until(({ state, trial }) => state === 'wifi' && trial?.state === 'joined');
    expect(world.state.profiles).toMatchObject([{ ssid: 'home', psk: 'its new password', saved: true }]);
  });

  it('goes back to the network before when it fails', async () => {
    await start({
      air: [home, { ssid: 'other', signal: 20, password: '12345678' }],
      profiles: [homeKnown],
      active: 'u-home',
    });
    await network.join({ ssid: 'other', password: '87654321' }, 'me');
    expect(await trialEnded()).toMatchObject({ state: 'wifi', ssid: 'home' });
  });

  it('that is known already needs no password', async () => {
    await start({ air: [home], profiles: [homeKnown], slow: true });
    await network.join({ ssid: 'home' }, 'me');
    expect(await trialEnded()).toMatchObject({ state: 'wifi', trial: { state: 'joined' } });
    expect(world.state.profiles).toEqual([homeKnown]);
  });

  it.each([
    [{ ssid: '' }, /0 bytes/],
    [{ ssid: 'home' }, /“home” needs its password/],
    [{ ssid: 'home', password: 'short' }, /has 5 characters/],
    [{ ssid: 'company', password: '12345678' }, /as companies' networks do/],
    [{ ssid: 'old', password: '12345678' }, /WEP/],
    [{ ssid: 'café', password: '12345678' }, /has no password; leave it out/],
  ])('is refused: %j', async (request, sentence) => {
    const air = [
      home,
      { ssid: 'company', signal: 50, security: 'WPA2 802.1X' },
      { ssid: 'old', signal: 40, security: 'WEP' },
      { ssid: 'café', signal: 30 },
    ];
    await start({ air });
    await expect(network.join(request, 'me')).rejects.toThrow(sentence);
    expect(network.status().trial).toBeUndefined();
    expect(world.state.calls).toBeUndefined();
  });

  it('is forgotten on request', async () => {
    await start({ air: [home], profiles: [homeKnown], active: 'u-home' });
    await expect(network.forget('other', 'me')).rejects.toMatchObject({ code: 'unknown_network' });
    await network.forget('home', 'me');
    expect(network.status()).toMatchObject({ state: 'offline', known: [] });
  });
});

describe('the audit log', () => {
  const entry = (action: string, more: Partial<AuditEntry> = {}) => ({ who: 'me', camera: '', action, ...more });

  it('tells who joined and forgot which network, and never a password', async () => {
    await start({ air: [home] });
    await network.join({ ssid: 'home', password: 'a typing mistake' }, 'me');
    await trialEnded();
    await network.join({ ssid: 'home', password: 'its password' }, 'me');
    await until(({ state, trial }) => state === 'wifi' && trial?.state === 'joined');
    await expect(network.forget('other', 'me')).rejects.toThrow();
    await network.forget('home', 'me');
    expect(audited).toEqual([
      entry('network not joined', { network: 'home', problem: expect.stringContaining('did not accept the password') }),
      entry('network joined', { network: 'home' }),
      entry('network forgotten', { network: 'home' }),
    ]);
    for (const word of ['typing mistake', 'its password']) expect(JSON.stringify(audited)).not.toContain(word);
  });

  it('tells who opened and closed the hotspot, without its password; not what it does by itself', async () => {
    await start({}, { timing: atOnce });
    const { hotspot: own } = await until(({ state }) => state === 'hotspot');
    expect(audited).toEqual([]);
    await network.startHotspot('me', { protect: true });
    await network.stopHotspot('me');
    expect(audited).toEqual([entry('hotspot opened'), entry('hotspot closed')]);
    expect(JSON.stringify(audited)).not.toContain(own?.password);
  });

  it('tells what did not work', async () => {
    await start({ noAccessPoint: true });
    await expect(network.startHotspot('me')).rejects.toThrow();
    expect(audited).toEqual([entry('hotspot opened', { problem: expect.stringContaining('took too long') })]);
  });
});

describe('a restart', () => {
  const left = {
    uuid: 'u-try',
    id: 'perch-try',
    ssid: 'home',
    mode: 'infrastructure',
    psk: 'its password',
    autoconnect: false,
    saved: false,
  };

  it('in the middle of a trial that works keeps it', async () => {
    await start({ air: [home], profiles: [left], active: 'u-try' });
    expect(await until(({ known }) => known.length > 0)).toMatchObject({ state: 'wifi', known: ['home'] });
    expect(world.state.profiles).toMatchObject([{ ssid: 'home', autoconnect: true, saved: true }]);
  });

  it('in the middle of one that does not work forgets it, and says so', async () => {
    await start({ air: [home], noAccessPoint: true }, { timing: never });
    await network.join({ ssid: 'home', password: 'its password' }, 'me');
    await network.stop();
    await world.set({ profiles: [left], active: null });
    await open();
    const { trial } = await until((status) => status.trial?.state === 'failed');
    expect(trial?.message).toMatch(/restarted while “home” was being tried/);
    expect(audited).toMatchObject([{ who: 'Perch', action: 'network not joined', network: 'home' }]);
    expect(world.state.profiles).toEqual([]);
  });

  it('leaves a hotspot standing', async () => {
    await start({}, { timing: atOnce });
    await until(({ state }) => state === 'hotspot');
    const calls = world.state.calls?.length;
    await network.stop();
    await open({ timing: atOnce });
    expect(network.status().state).toBe('hotspot');
    expect(world.state.calls?.length).toBe(calls);
  });
});

describe("the hotspot's password", () => {
  const password = () => world.state.profiles.find(({ ssid }) => ssid === hotspot)?.psk;

  it('is none until the camera is claimed and was in a network; a person may want it before', async () => {
    claimed = false;
    await start({}, { timing: atOnce });
    const first = await until(({ state }) => state === 'hotspot');
    expect(first.hotspot).toMatchObject({ open: true });
    expect(password()).toBeUndefined();
    claimed = true;
    // The one who claims it sits at the open hotspot and must find back.
    expect(network.status().hotspot?.open).toBe(true);
    await network.startHotspot('me', { protect: true });
    expect(network.status().hotspot?.open).toBe(false);
    expect(password()).toBe(first.hotspot?.password);
    expect(password()).toMatch(/^[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}$/);
    // Nobody's again, by a reset: open again.
    claimed = false;
    await network.startHotspot('button');
    await network.startHotspot('button');
    expect(password()).toBeUndefined();
  });

  it('is the same after a restart', async () => {
    await start({ air: [home], profiles: [homeKnown], active: 'u-home' });
    const before = network.status().hotspot?.password;
    await network.stop();
    await open();
    expect(network.status().hotspot).toMatchObject({ password: before, open: false });
  });

  it('is the configured one, for an unclaimed camera too', async () => {
    claimed = false;
    await start({}, { timing: atOnce, hotspotPassword: 'on the sticker' });
    await until(({ state }) => state === 'hotspot');
    expect(password()).toBe('on the sticker');
  });
});
