import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../config.ts';
import { rtspTarget } from './target.ts';

describe('rtspTarget', () => {
  it.each([
    ['rtsp://127.0.0.1:8554', 'rtsp://127.0.0.1:8554/door', 'door'],
    ['rtsp://127.0.0.1:8554/', 'rtsp://127.0.0.1:8554/door', 'door'],
    ['rtsp://media.example', 'rtsp://media.example:554/door', 'door'],
    ['rtsps://media.example', 'rtsps://media.example:322/door', 'door'],
    ['rtsp://h:1/site 1/yard/', 'rtsp://h:1/site%201/yard/door', 'site 1/yard/door'],
    ['rtsp://[::1]:8554', 'rtsp://[::1]:8554/door', 'door'],
    ['rtsp://u:p%40ss@h:8554/?key=1', 'rtsp://h:8554/door?key=1', 'door'],
  ])('puts the camera below %s', (base, uri, path) => {
    expect(rtspTarget(base, 'door')).toMatchObject({ uri, path });
  });

  it('reads credentials, and shows them nowhere', () => {
    const target = rtspTarget('rtsp://us%3Aer:p%40ss@h', 'door');
    expect(target).toMatchObject({ user: 'us:er', password: 'p@ss' });
    expect(target.uri + target.server).not.toMatch(/us|ss/);
  });

  it('takes a stray % in a password as it is', () => {
    expect(rtspTarget('rtsp://user:100%sure@h', 'door').password).toBe('100%sure');
  });

  it('gives an IPv6 address as sockets want it', () =>
    expect(rtspTarget('rtsp://[fe80::1]', 'a').host).toBe('fe80::1'));

  it.each(['', 'door', 'http://h', 'rtsp://', 'rtsp://h:99999', 'rtsp://user:secret@'])('refuses %s', (base) => {
    const make = () => rtspTarget(base, 'door');
    expect(make).toThrow(ConfigError);
    expect(make).toThrow('must be an address such as rtsp://127.0.0.1:8554');
    expect(make).not.toThrow('secret');
  });
});
