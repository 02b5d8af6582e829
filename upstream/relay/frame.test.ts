import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeCommand, decodeStatus, encodeCommand, encodeStatus } from '../../proto/index.ts';
import { readCommandHead, readStatusAbout, readStatusHead } from './frame.ts';

const latin1 = (text: string) => Buffer.from(text).toString('latin1');

test('the head of a command is what a full reading finds', () => {
  const command = fc.record(
    {
      command: fc.integer({ min: 0, max: 2 ** 31 - 1 }),
      settings: fc.record({ brightness: fc.integer({ min: -100, max: 100 }), cameraName: fc.string() }),
      request_id: fc.string({ unit: 'grapheme' }),
      asked_by: fc.string(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(command, (said) => {
      expect(readCommandHead(Buffer.from(encodeCommand(said)))).toEqual({
        command: said.command ?? 0,
        id: latin1(said.request_id ?? ''),
      });
    }),
    { numRuns: 2_000 },
  );
});

test('the head of a status is what a full reading finds', () => {
  const status = fc.record(
    {
      success: fc.boolean(),
      message: fc.string(),
      current_settings: fc.record({ fps: fc.nat(60), cameraName: fc.string({ unit: 'grapheme' }) }),
      request_id: fc.string({ unit: 'grapheme' }),
      timestamp: fc.nat(),
      applied_time_us: fc.double(),
      limits: fc.array(fc.record({ field: fc.string(), min: fc.double() }), { maxLength: 3 }),
      picture: fc.uint8Array({ maxLength: 400 }),
      asker: fc.string(),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(status, (said) => {
      const frame = Buffer.from(encodeStatus(said));
      expect(readStatusHead(frame)).toEqual({ id: latin1(said.request_id ?? ''), asker: latin1(said.asker ?? '') });
      expect(readStatusAbout(frame)).toEqual({
        camera: said.current_settings?.cameraName,
        whole: (said.limits?.length ?? 0) > 0,
      });
    }),
    { numRuns: 2_000 },
  );
});

test('random and truncated bytes are refused or read, never worse; what protobuf reads, this reads', () => {
  const good = Buffer.from(
    encodeStatus({ message: 'x'.repeat(200), request_id: 'a', timestamp: 1.8e12, sizes: ['a'] }),
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.nat(good.length).map((end) => good.subarray(0, end)),
  );
  fc.assert(
    fc.property(bytes, (each) => {
      const frame = Buffer.from(each);
      const command = readCommandHead(frame);
      const status = readStatusHead(frame);
      if (status) readStatusAbout(frame);
      if (command === undefined) expect(() => decodeCommand(frame)).toThrow();
      if (status === undefined) expect(() => decodeStatus(frame)).toThrow();
    }),
    { numRuns: 5_000 },
  );
});

test('the last value of a field counts, as protobuf has it', () => {
  const twice = Buffer.concat([encodeCommand({ request_id: 'a' }), encodeCommand({ request_id: 'b', command: 3 })]);
  expect(readCommandHead(twice)).toEqual({ command: 3, id: 'b' });
  expect(decodeCommand(twice)).toMatchObject({ command: 3, request_id: 'b' });
});

test('an unknown field that is a group is stepped over', () => {
  const group = (...inside: number[]) => [0x9b, 0x06, ...inside, 0x9c, 0x06];
  const frame = Buffer.concat([
    Buffer.from(group(...group(0x08, 1), 0x12, 2, 9, 9)),
    encodeCommand({ request_id: 'a' }),
  ]);
  expect(readCommandHead(frame)).toEqual({ command: 0, id: 'a' });
  expect(decodeCommand(frame)).toMatchObject({ request_id: 'a' });
});

test.each([
  ['never ended', [0x9b, 0x06, 0x08, 1]],
  ['ended as another', [0x9b, 0x06, 0xa4, 0x06]],
  ['ended but never begun', [0x9c, 0x06]],
  ['without end in each other', Array.from({ length: 40_000 }, (_, at) => (at % 2 === 0 ? 0x9b : 0x06))],
])('a group %s is no protobuf', (_how, bytes) => {
  expect(readCommandHead(Buffer.from(bytes))).toBeUndefined();
  expect(() => decodeCommand(Buffer.from(bytes))).toThrow();
});
