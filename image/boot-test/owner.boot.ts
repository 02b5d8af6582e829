/** One card, from its first start to what its owner does when things break; a chapter each in owner/, in this order. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { Card } from './card.ts';
import { Machine, makeLogin } from './machine.ts';
import { camera } from './owner/camera.ts';
import { usbConsole } from './owner/console.ts';
import { full, roomAgain } from './owner/full.ts';
import { light } from './owner/light.ts';
import { loginName, loginPassword, type Place } from './owner/place.ts';
import { prepared } from './owner/prepared.ts';
import { recovery } from './owner/recovery.ts';
import { reset } from './owner/reset.ts';
import { terminal } from './owner/terminal.ts';
import { update } from './owner/update.ts';
import { makeVpn, vpn } from './owner/vpn.ts';
import { watchdog } from './owner/watchdog.ts';
import { wifi } from './owner/wifi.ts';
import { Visitor } from './visitor.ts';

const at = { camera: '' } as Place;
beforeAll(async () => {
  at.folder = await mkdtemp(join(tmpdir(), 'perch-owner-'));
  const card = await Card.flash(join(at.folder, 'card'));
  const { login, userData } = await makeLogin(at.folder);
  await card.put('user-data', userData);
  at.vpn = await makeVpn(at.folder);
  await card.put('office.ovpn', at.vpn.profile);
  await card.put(
    'perch.toml',
    [
      'name = "Garden"', // 1
      'pasword = "spelled wrong"', // 2
      'port = "eighty"', // 3
      'timezone = "Europe/Atlantis"', // 4
      'vpn = "office.ovpn"', // 5
      '[wifi]', // 6
      'ssid = "Home"', // 7
      'password = "short"', // 8
      '[login]', // 9
      `name = "${loginName}"`, // 10
      `password = "${loginPassword}"`, // 11
      '',
    ].join('\r\n'),
  );
  at.machine = await Machine.start(card, {
    login,
    devices: ['-device', 'i6300esb', '-action', 'watchdog=reset'],
    // The image's own 15 s, the most a Pi's watchdog can, are over when a busy host lets the machine stand still so long.
    append: 'systemd.watchdog_sec=60',
  });
  at.visitor = new Visitor(at.machine);
  await at.machine.serving();
});
afterAll(async () => {
  await at.machine?.pullPlug();
  await rm(at.folder, { recursive: true, force: true });
});

describe('the first start', () => prepared(at));
describe('a camera', () => camera(at));
describe('light and button', () => light(at));
describe('hotspot and Wi-Fi', () => wifi(at));
describe('the terminal', () => terminal(at));
describe('the USB console', () => usbConsole(at));
describe('a VPN', () => vpn(at));
describe('a full card', () => full(at));
describe('recovery, on a full card', () => recovery(at));
describe('a card with room again', () => roomAgain(at));
describe('updates', () => update(at));
describe('the watchdog', () => watchdog(at));
describe('a factory reset', () => reset(at));
