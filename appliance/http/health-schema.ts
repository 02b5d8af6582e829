/** The JSON schema of `GET /api/health`. What a machine does not tell is left out. */
import { cameraSeries, machineSeries, type SeriesSpec } from '../health/series.ts';
import type { JsonSchema } from './schema.ts';

const number = (description: string): JsonSchema => ({ type: 'number', description });
const integer = (description: string): JsonSchema => ({ type: 'integer', description });
const flag = (description: string): JsonSchema => ({ type: 'boolean', description });
const text = (description: string): JsonSchema => ({ type: 'string', description });
const object = (properties: Readonly<Record<string, JsonSchema>>, description = ''): JsonSchema => ({
  type: 'object',
  properties,
  ...(description !== '' && { description }),
});
const list = (items: JsonSchema, description = ''): JsonSchema => ({
  type: 'array',
  items,
  ...(description !== '' && { description }),
});
const room = (description: string) => object({ total: integer('Bytes'), free: integer('Bytes') }, description);

const linkSchema = object(
  {
    state: { type: 'string', enum: ['off', 'clock', 'connecting', 'connected', 'waiting'] },
    message: text('The state in a sentence.'),
    since: { type: 'number' },
    url: { type: 'string' },
    last_error: text('Why the last connection or try ended.'),
    round_trip_ms: { type: 'number' },
    next_try_at: { type: 'number' },
    connections: integer('Connections made since Perch started.'),
  },
  'Times in milliseconds since 1970.',
);

const machineSchema = object({
  model: text('Of the board: Raspberry Pi 4 Model B Rev 1.5'),
  temperature: number('Of the processor, °C'),
  power: object({
    under_voltage: flag('Now'),
    capped: flag("The processor's frequency is held down"),
    throttled: flag('The processor is slowed down'),
    soft_limit: flag('Above the temperature from which it is slowed down a little'),
    had_under_voltage: flag('At any time since the machine started'),
    had_throttling: flag('At any time since the machine started'),
  }),
  load: list({ type: 'number' }, 'Over 1, 5 and 15 minutes'),
  cores: { type: 'integer' },
  cpu: number('Share of all cores that is busy, 0 to 1'),
  memory: room('Memory'),
  disk: room('The file system of the data folder'),
  wear: object({
    used: number('Of the life of the memory chip, 0 to 1.1'),
    spare: { type: 'string', enum: ['normal', 'warning', 'urgent'] },
  }),
  interfaces: list(
    object({
      name: { type: 'string' },
      kind: { type: 'string', enum: ['ethernet', 'wifi', 'vpn'] },
      up: { type: 'boolean' },
      signal: number('Of the Wi-Fi, dBm'),
    }),
  ),
  clock_synchronized: flag('Whether the clock was set from the network'),
  uptime: number('Since the machine started, s'),
});

const cameraSchema = object({
  name: { type: 'string' },
  state: { type: 'string' },
  message: text('The state in a sentence'),
  fps: number('Pictures a second; absent while the camera is off, and until two have come'),
  wanted_fps: number('As it is set'),
  bitrate: number('bit/s; absent as fps is'),
  missed: integer('Pictures missing between others since Perch started'),
  encode_ms: number('From the capture of a picture to its arrival, encoded'),
  viewers: { type: 'integer' },
  restarts: integer('Since Perch started'),
  recent_restarts: list(object({ at: number('ms since 1970'), why: { type: 'string' } }), 'Newest last'),
});

const findingSchema = object({
  id: text('The kind, and behind a colon the camera or interface it is about'),
  severity: { type: 'string', enum: ['wrong', 'warning', 'note'] },
  since: number('ms since 1970'),
  what: text('What is wrong, the beginning of a sentence'),
  advice: text('What to do about it'),
});

const points = (description: string) => list({ type: ['number', 'null'] }, description);
const named = (table: Readonly<Record<string, SeriesSpec>>, suffix: string) =>
  Object.entries(table).map(([name, { unit }]) => `${name}${suffix}${unit === '' ? '' : ` (${unit})`}`);

const historySchema = object(
  {
    from: number('Time of the first point, ms since 1970'),
    step_ms: number('From one point to the next'),
    series: {
      type: 'object',
      description: `By name: ${[...named(machineSeries, ''), ...named(cameraSeries, ':<camera>')].join(', ')}`,
      additionalProperties: object({
        unit: { type: 'string' },
        mean: points('Of each step, or how many in it; null where nothing was measured'),
        min: points('Least in each step; counts have none'),
        max: points('Most in each step; counts have none'),
      }),
    },
  },
  'With ?history= only',
);

/** The whole answer. */
export const healthSchema = object({
  link: linkSchema,
  notices: list({ type: 'string' }),
  now: number('ms since 1970'),
  taken: number("When the machine's figures were taken, ms since 1970"),
  machine: machineSchema,
  cameras: list(cameraSchema),
  findings: list(findingSchema, 'The worst first'),
  history: historySchema,
});
