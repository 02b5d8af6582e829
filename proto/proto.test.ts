/** Proves that a peer built from the first protocol file and ours understand each other, both ways. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  CommandType,
  decodeCommand,
  decodeStatus,
  encodeCommand,
  encodeStatus,
  type WireSettings,
  type WireStatus,
} from './index.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const testdata = join(here, 'testdata');
let generated: string;

beforeAll(() => {
  generated = mkdtempSync(join(tmpdir(), 'perch-peer-'));
  execFileSync('protoc', [`--python_out=${generated}`, `--proto_path=${testdata}`, 'first_protocol.proto']);
});
afterAll(() => rmSync(generated, { recursive: true }));

function peer(action: 'decode' | 'encode' | 'pass', message: string, input: Uint8Array | string): Buffer {
  return execFileSync('/usr/bin/python3', [join(testdata, 'peer.py'), generated, action, message], { input });
}

const full: Required<Omit<WireSettings, '$unknowns'>> = {
  width: 1920,
  height: 1080,
  fps: 25,
  bitrate: '2M',
  contrast: -7,
  brightness: 12,
  saturation: -100,
  sharpness: 100,
  ai_enabled: true,
  ai_model: 'object_detection',
  ai_confidence: 0.25,
  cameraName: 'Tür 1',
  camera_index: 3,
  encoding: 'h265',
  quality: 80,
  auto_exposure: true,
  exposure_time: 10000,
};
const zeros: typeof full = {
  width: 0,
  height: 0,
  fps: 0,
  bitrate: '',
  contrast: 0,
  brightness: 0,
  saturation: 0,
  sharpness: 0,
  ai_enabled: false,
  ai_model: '',
  ai_confidence: 0,
  cameraName: '',
  camera_index: 0,
  encoding: '',
  quality: 0,
  auto_exposure: false,
  exposure_time: 0,
};

describe.each([
  ['every field', full],
  ['zeros', zeros],
])('%s', (_, settings) => {
  test('of our status is read by the peer', () => {
    const status = {
      success: true,
      message: 'ok',
      current_settings: settings,
      request_id: 'r1',
      timestamp: 1_790_000_000_123,
    };
    const read = JSON.parse(peer('decode', 'StatusResponse', encodeStatus(status)).toString()) as Record<
      string,
      unknown
    >;
    // Python prints 64-bit integers as text.
    expect(read).toEqual({ ...status, timestamp: '1790000000123' });
  });

  test("of the peer's command is read by us, as far as its bytes can say it", () => {
    const bytes = peer(
      'encode',
      'ControlCommand',
      JSON.stringify({ command: 'RESTART_CAMERA', settings, request_id: 'r2' }),
    );
    const said = settings === zeros ? {} : settings;
    expect(decodeCommand(bytes)).toEqual({ command: CommandType.RESTART_CAMERA, settings: said, request_id: 'r2' });
  });

  test('of our command is read by the peer', () => {
    const bytes = encodeCommand({ command: CommandType.GET_STATUS, settings, request_id: 'r3' });
    expect(JSON.parse(peer('decode', 'ControlCommand', bytes).toString())).toEqual({
      command: 'GET_STATUS',
      settings,
      request_id: 'r3',
    });
  });

  test('is told apart from silence between two of ours', () => {
    expect(decodeCommand(encodeCommand({ settings })).settings).toEqual(settings);
    expect(decodeCommand(encodeCommand({ settings: {} })).settings).toEqual({});
  });
});

const additions: WireStatus = {
  success: true,
  applied_settings: { brightness: 3 },
  revision: 12,
  saved_revision: 11,
  applied_revision: 0,
  applied_time_us: 123456789.5,
  state: 2,
  state_message: 'Live.',
  changed_by: 'Central',
  changed_fields: ['fps', 'width'],
  limits: [{ field: 'fps', available: true, min: 1, max: 30, step: 1, choices: ['a'], applied: 'brief', gap_ms: 90 }],
  error_code: 'bad_value',
  error_field: 'fps',
  clock_us: 5,
  gap_ms: 0,
  sizes: ['1280x720'],
  picture: Buffer.from([0xff, 0xd8, 0xff]),
  asker: 'a-1',
  pending_settings: { fps: 0 },
  streams: { rtsp: 'rtsp://127.0.0.1:8554/door', hls: 'http://127.0.0.1:8888/door/', loopback: true },
};

test('our additions survive a pass through a peer that does not know them', () => {
  const passed = peer('pass', 'StatusResponse', encodeStatus(additions));
  expect(decodeStatus(passed)).toEqual(additions);
});

test('fields we do not know survive a pass through us', () => {
  // Field 2000 (a string) in the message, field 1999 (a varint) in the settings inside.
  const unknownString = Buffer.from([0x82, 0x7d, 3, 0x61, 0x62, 0x63]);
  const unknownVarint = Buffer.from([0xf8, 0x7c, 42]);
  const settings = Buffer.concat([Buffer.from([0x30, 5]), unknownVarint]);
  const bytes = Buffer.concat([Buffer.from([0x12, settings.length]), settings, unknownString]);
  const command = decodeCommand(bytes);
  expect(command.settings?.brightness).toBe(5);
  expect(Buffer.from(encodeCommand(command))).toEqual(bytes);
});

test('an absent command is UPDATE_SETTINGS, a command from the future is a number', () => {
  expect(decodeCommand(new Uint8Array()).command ?? 0).toBe(CommandType.UPDATE_SETTINGS);
  expect(decodeCommand(Uint8Array.from([0x08, 99])).command).toBe(99);
});

test('random and truncated bytes are refused or read, never worse', () => {
  const status = encodeStatus(additions);
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.nat(status.length).map((end) => status.slice(0, end)),
      ),
      (bytes) => {
        for (const decode of [decodeCommand, decodeStatus]) {
          try {
            expect(typeof decode(bytes)).toBe('object');
          } catch (error) {
            expect(error).toBeInstanceOf(Error);
          }
        }
      },
    ),
    { numRuns: 5_000 },
  );
});

test('what was said is what is read', () => {
  const settings = fc.record(
    {
      brightness: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
      bitrate: fc.string(),
      auto_exposure: fc.boolean(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(settings, fc.string(), (said, request_id) => {
      expect(decodeCommand(encodeCommand({ settings: said, request_id }))).toEqual({ settings: said, request_id });
    }),
    { numRuns: 2_000 },
  );
});

test('the generated code is fresh', () => {
  execFileSync(process.execPath, [join(here, 'generate.mjs'), '--check']);
});
