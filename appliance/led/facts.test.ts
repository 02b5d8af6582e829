import { expect, test } from 'vitest';
import type { NetworkStatus } from '../network/types.ts';
import { cameraFact, linkFact, networkFact } from './facts.ts';
import type { LedFacts } from './table.ts';

test('a test picture is no camera, unless somebody asked for it', () => {
  expect(cameraFact({ state: 'live', source: 'test' }, true)).toEqual({ state: 'live', synthetic: true });
  expect(cameraFact({ state: 'live', source: 'test' }, false).synthetic).toBe(false);
  expect(cameraFact({ state: 'live', source: 'v4l2:/dev/video0' }, true).synthetic).toBe(false);
});

test.each([
  ['off', 'off'],
  ['connected', 'connected'],
  ['connecting', 'away'],
  ['waiting', 'away'],
  ['clock', 'away'],
] as const)('the link that is %s is %s', (state, fact) => {
  expect(linkFact(state)).toBe(fact);
});

test.each<[string, NetworkStatus['state'], string[], LedFacts['network']]>([
  ['a network left alone, with an address', 'unmanaged', ['192.168.1.7', 'fe80::1'], 'connected'],
  ['none at all', 'unmanaged', [], 'none'],
  ['IPv6 alone', 'wired', ['fd00::7'], 'connected'],
  ['a cable that leads to no router', 'wired', ['169.254.12.7', 'fe80::ba27:ebff:fe00:1'], 'none'],
  ['Wi-Fi', 'wifi', ['10.0.0.7'], 'connected'],
  ['its own hotspot', 'hotspot', ['10.42.0.1'], 'hotspot'],
  ['a network that is being tried', 'joining', [], 'none'],
  ['out of reach of all', 'offline', [], 'none'],
])('the network: %s', (_, state, addresses, fact) => {
  expect(networkFact({ state, addresses })).toBe(fact);
});
