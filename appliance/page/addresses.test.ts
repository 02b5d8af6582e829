import { expect, it } from 'vitest';
import { addressesOf, bytesText, deliveryText } from './addresses.ts';

const mediamtx = {
  publish: { state: 'publishing', message: 'Published.' },
  path: { readers: 2, bytesOut: 14_200_000 },
  addresses: { rtsp: 'rtsp://127.0.0.1:8554/door', hls: 'http://127.0.0.1:8888/door' },
  loopback: true,
};

it('shows addresses by the name the page was opened by', () => {
  expect(addressesOf(mediamtx, 'garage.local')).toEqual([
    { name: 'RTSP', address: 'rtsp://garage.local:8554/door' },
    { name: 'HLS', address: 'http://garage.local:8888/door' },
  ]);
  expect(addressesOf({ ...mediamtx, loopback: false }, 'garage.local')[0]?.address).toContain('127.0.0.1');
  expect(addressesOf({ addresses: { rtsp: 'rtsp://[::1]:8554/door' }, loopback: true }, 'x')[0]?.address).toBe(
    'rtsp://x:8554/door',
  );
});

it('has nothing to show without MediaMTX', () => {
  expect(addressesOf(undefined, 'x')).toEqual([]);
  expect(deliveryText(undefined)).toBe('');
});

it('says who reads', () => expect(deliveryText(mediamtx)).toBe('Published. 2 readers, 14 MB sent.'));

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [3200, '3.2 kB'],
  [14_200_000, '14 MB'],
])('%d bytes are %s', (bytes, text) => expect(bytesText(bytes)).toBe(text));
