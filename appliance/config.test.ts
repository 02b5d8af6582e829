import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ConfigError, formatSource, loadConfig, parseCameras, parseSource } from './config.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perch-config-'));
  file = join(folder, 'perch.toml');
  writeFileSync(file, '');
});
afterEach(() => rmSync(folder, { recursive: true }));

function load(env: NodeJS.ProcessEnv = {}, toml = '') {
  writeFileSync(file, toml);
  return loadConfig({ PERCH_CONFIG: file, ...env });
}

test('everything has a default', () => {
  expect(load()).toMatchObject({
    port: 8080,
    https: true,
    http: true,
    cameras: [],
    origins: [],
    mediamtx_rtsp: undefined,
  });
});

test('the file gives keys and the environment wins; an empty variable is not set', () => {
  expect(load({}, 'port = 81\nhttps = false').port).toBe(81);
  expect(load({ PERCH_PORT: '82' }, 'port = 81').port).toBe(82);
  expect(load({ PERCH_PORT: '' }, 'port = 81').port).toBe(81);
  expect(load({ PERCH_HTTP: 'off' }).http).toBe(false);
});

test('cameras and origins are lists', () => {
  const { cameras, origins } = load({
    PERCH_CAMERAS: 'a=test, b=file:/x=y.mp4',
    PERCH_ORIGINS: 'https://a.example,https://b.example',
  });
  expect(cameras).toEqual([
    { name: 'a', source: { kind: 'test' } },
    { name: 'b', source: { kind: 'file', path: '/x=y.mp4' } },
  ]);
  expect(origins).toEqual(['https://a.example', 'https://b.example']);
});

describe('mistakes are sentences', () => {
  test.each([
    [{ PERCH_PORT: 'eighty' }, '', 'PERCH_PORT is "eighty"'],
    [{ PERCH_PORT: '70000' }, '', 'PERCH_PORT is "70000"'],
    [{}, 'port = "x"', `port in `],
    [{}, 'prot = 80', 'has a key "prot" that is not known. Did you mean "port"?'],
    [{}, 'colour = "red"', 'has a key "colour" that is not known. Keys are: port, host'],
    [{}, 'port = \n', 'cannot be read in line 1'],
    [{ PERCH_MEDIAMTX_RTSP: 'http://x' }, '', 'must be an address such as rtsp://127.0.0.1:8554'],
    [{ PERCH_HTTP: 'off', PERCH_HTTPS: 'off' }, '', 'http and https are both off'],
    [{ PERCH_TLS_CERT: '/a.pem' }, '', 'tls_cert and tls_key belong together'],
    [{ PERCH_RELAY_URL: 'ws://a:1,http://b' }, '', 'must be an address such as wss://relay.example:8001, or several'],
    [{ PERCH_CAMERAS: 'door' }, '', '"door" is no camera. Write name=source'],
    [{ PERCH_CAMERAS: 'Door=test' }, '', '"Door" cannot be a camera\'s name'],
    [{ PERCH_CAMERAS: 'a=test,a=test' }, '', 'Two cameras are named "a"'],
    [{ PERCH_CAMERAS: 'a=usb:0' }, '', '"usb:0" is no camera source. Use test, file:PATH'],
    [{ PERCH_CAMERAS: 'a=file:' }, '', '"file:" is no camera source'],
    [{ PERCH_CONFIG: '/nowhere/perch.toml' }, '', 'PERCH_CONFIG names /nowhere/perch.toml, but there is no such file'],
  ])('%j %j: %s', (env, toml, sentence) => {
    expect(() => load(env, toml)).toThrow(ConfigError);
    expect(() => load(env, toml)).toThrow(sentence);
  });
});

test.each(['test', 'file:/a b.mp4', 'v4l2:/dev/video0', 'libcamera:0'])(
  'source %s is written as it is read',
  (text) => {
    expect(formatSource(parseSource(text))).toBe(text);
  },
);

test('no camera is no error: they are found by themselves', () => {
  expect(parseCameras('')).toEqual([]);
});
