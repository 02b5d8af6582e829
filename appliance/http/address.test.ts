import { describe, expect, it } from 'vitest';
import { originAllowed, ownName, plainAddress } from './address.ts';

describe('the origin of a page', () => {
  const configured = ['https://site.example', 'http://10.0.0.2:8000/'];
  it.each<[string | undefined, string | undefined, boolean]>([
    [undefined, '192.168.1.7:8080', true],
    ['http://192.168.1.7:8080', '192.168.1.7:8080', true],
    ['http://perch.local', 'perch.local', true],
    ['http://Perch.local', 'PERCH.local', true],
    ['http://perch.local:80', 'perch.local', true],
    ['https://perch.local', 'perch.local:443', true],
    // A proxy in front speaks https for it.
    ['https://cam.example', 'cam.example', true],
    ['http://[fd00::7]:8080', '[fd00::7]:8080', true],
    ['https://site.example', '192.168.1.7:8080', true],
    ['http://10.0.0.2:8000', 'perch.local', true],
    ['http://192.168.1.7:8081', '192.168.1.7:8080', false],
    ['http://192.168.1.7', '192.168.1.7:8080', false],
    ['http://evil.example', 'perch.local', false],
    ['http://perch.local.evil.example', 'perch.local', false],
    ['http://site.example', 'perch.local', false],
    ['https://site.example:444', 'perch.local', false],
    ['null', 'perch.local', false],
    ['null', 'null', false],
    ['', 'perch.local', false],
    ['file://', 'perch.local', false],
    ['chrome-extension://abc', 'abc', false],
    ['http://perch.local/path', 'perch.local', false],
    ['http://evil.example#perch.local', 'perch.local', false],
    ['http://perch.local', undefined, false],
    ['not an origin', 'perch.local', false],
  ])('%s at host %s: %s', (origin, host, allowed) => {
    expect(originAllowed(origin, host, configured)).toBe(allowed);
  });
});

it.each([
  ['192.168.1.7:8080', true],
  ['[fd00::7]:8080', true],
  ['localhost:8080', true],
  ['perch', true],
  ['perch.local', true],
  ['PERCH.local:8080', true],
  ['cam.fritz.box', true],
  ['cam.home.arpa', true],
  ['cam.site.example', true],
  ['site.example', false],
  ['evil.example', false],
  ['local.evil.example', false],
  ['notlocal.evilbox', false],
  ['192.168.1.7.evil.example', false],
  ['', false],
  ['a b', false],
  [undefined, false],
])('a camera reached as %s can be claimed there: %s', (host, own) => {
  expect(ownName(host, ['https://cam.site.example'])).toBe(own);
});

it.each([
  ['::ffff:192.168.1.7', '192.168.1.7'],
  ['192.168.1.7', '192.168.1.7'],
  ['fd00::7', 'fd00::7'],
  [undefined, ''],
])('the address %s is shown as %s', (address, shown) => {
  expect(plainAddress(address)).toBe(shown);
});
