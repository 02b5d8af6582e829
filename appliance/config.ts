/**
 * The configuration: one schema. `perch.toml` (or the file in PERCH_CONFIG) gives the keys, the
 * environment wins over it. docs/configuration.md is generated from this table.
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import * as z from 'zod';
import { suggest } from './suggest.ts';
import { systemSocket } from './system/protocol.ts';

/** A configuration mistake, in a sentence for the person who made it. */
export class ConfigError extends Error {
  override name = 'ConfigError';
}

/** Where a camera's pictures come from. */
export type Source =
  | { readonly kind: 'test' }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'v4l2'; readonly device: string }
  /** `id` is libcamera's index or camera id. */
  | { readonly kind: 'libcamera'; readonly id: string };

export interface CameraConfig {
  /** Lower case letters, digits, `-` and `_`; part of addresses. */
  readonly name: string;
  readonly source: Source;
}

const namePattern = /^[a-z0-9][a-z0-9_-]{0,31}$/;

/**
 * Reads `test`, `file:PATH`, `v4l2:/dev/video0` or `libcamera:0`.
 * @throws ConfigError
 */
export function parseSource(text: string): Source {
  if (text === 'test') return { kind: 'test' };
  const colon = text.indexOf(':');
  const kind = text.slice(0, colon);
  const rest = text.slice(colon + 1);
  if (rest !== '') {
    if (kind === 'file') return { kind, path: rest };
    if (kind === 'v4l2') return { kind, device: rest };
    if (kind === 'libcamera') return { kind, id: rest };
  }
  throw new ConfigError(`"${text}" is no camera source. Use test, file:PATH, v4l2:/dev/video0 or libcamera:0.`);
}

/** The written form of a source, as `parseSource` reads it. */
export function formatSource(source: Source): string {
  switch (source.kind) {
    case 'test':
      return 'test';
    case 'file':
      return `file:${source.path}`;
    case 'v4l2':
      return `v4l2:${source.device}`;
    case 'libcamera':
      return `libcamera:${source.id}`;
  }
}

/**
 * Reads PERCH_CAMERAS: comma-separated `name=source`.
 * @throws ConfigError
 */
export function parseCameras(text: string): CameraConfig[] {
  const cameras = text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => {
      const equals = part.indexOf('=');
      const name = part.slice(0, equals);
      if (equals < 1)
        throw new ConfigError(`"${part}" is no camera. Write name=source, for example door=v4l2:/dev/video0.`);
      return { name, source: parseSource(part.slice(equals + 1)) };
    });
  for (const { name } of cameras) {
    if (!namePattern.test(name)) {
      throw new ConfigError(
        `"${name}" cannot be a camera's name. Use 1 to 32 lower case letters, digits, - and _, beginning with a letter or digit.`,
      );
    }
  }
  const twice = cameras.find(({ name }, at) => cameras.findIndex((other) => other.name === name) !== at);
  if (twice) throw new ConfigError(`Two cameras are named "${twice.name}". Give each its own name.`);
  return cameras;
}

/** The addresses of PERCH_RELAY_URL, in the order in which they are tried. */
export function relayAddresses(text: string): string[] {
  return text.split(',').map((each) => each.trim());
}

const port = z.coerce.number().int().min(0).max(65535);
const flag = z
  .union([z.boolean(), z.enum(['true', 'false', '1', '0', 'on', 'off', 'yes', 'no'])])
  .transform((value) => value === true || value === 'true' || value === '1' || value === 'on' || value === 'yes');
const rtspUrl = z.string().regex(/^rtsps?:\/\/\S+$/, 'must be an address such as rtsp://127.0.0.1:8554');
const wsUrls = z
  .string()
  .refine(
    (text) => relayAddresses(text).every((each) => /^wss?:\/\/\S+$/.test(each) && URL.canParse(each)),
    'must be an address such as wss://relay.example:8001, or several with commas between them',
  );
const httpUrl = z.string().regex(/^https?:\/\/\S+$/, 'must be an address such as http://127.0.0.1:9997');

/** A pin's number, or a word; what it may be is the LED's part to say, and a mistake never stops the camera. */
const pin = z.union([z.string(), z.number()]).transform(String);

interface Key {
  readonly env: string;
  readonly schema: z.ZodType;
  readonly help: string;
}

/** Every key: its name in the file, its variable, its schema with the default, and what it does. */
export const configTable = {
  port: { env: 'PERCH_PORT', schema: port.default(8080), help: 'Port of the page over http (80 in the image).' },
  host: {
    env: 'PERCH_HOST',
    schema: z.string().default('::'),
    help: 'Address to listen on; :: is every one, IPv4 too.',
  },
  http: {
    env: 'PERCH_HTTP',
    schema: flag.default(true),
    help: 'Whether plain http is served. Off leaves https alone.',
  },
  https_port: {
    env: 'PERCH_HTTPS_PORT',
    schema: port.default(8443),
    help: 'Port of the page over https (443 in the image).',
  },
  https: { env: 'PERCH_HTTPS', schema: flag.default(true), help: 'Whether https is served.' },
  tls_cert: {
    env: 'PERCH_TLS_CERT',
    schema: z.string().optional(),
    help: 'Certificate file (PEM). Without it one is made at first start.',
  },
  tls_key: { env: 'PERCH_TLS_KEY', schema: z.string().optional(), help: 'Key file (PEM) of that certificate.' },
  data: {
    env: 'PERCH_DATA',
    schema: z.string().default(join(process.env.XDG_STATE_HOME ?? join(homedir(), '.local/state'), 'perch')),
    help: 'Folder of everything that is saved.',
  },
  cameras: {
    env: 'PERCH_CAMERAS',
    schema: z.string().default(''),
    help: 'Comma-separated name=source; source is test, file:PATH, v4l2:/dev/video0 or libcamera:0. Empty: found by themselves.',
  },
  admin_password: {
    env: 'PERCH_ADMIN_PASSWORD',
    schema: z.string().optional(),
    help: 'Claims the camera at first start. Without it the first visitor does.',
  },
  origins: {
    env: 'PERCH_ORIGINS',
    schema: z.string().default(''),
    help: 'Comma-separated origins of other pages that may use this camera, such as https://site.example.',
  },
  ice_ports: {
    env: 'PERCH_ICE_PORTS',
    schema: z
      .string()
      .regex(/^\d{1,5}-\d{1,5}$/, 'must be two ports such as 50000-50100')
      .optional(),
    help: 'UDP ports for WebRTC, such as 50000-50100. Without it the system chooses.',
  },
  manage_wifi: {
    env: 'PERCH_MANAGE_WIFI',
    schema: flag.default(false),
    help: "Whether Perch joins Wi-Fi networks and opens a hotspot, by NetworkManager (on in the image). Off leaves the machine's network alone.",
  },
  hotspot_password: {
    env: 'PERCH_HOTSPOT_PASSWORD',
    schema: z
      .string()
      .regex(/^[\x20-\x7e]{8,63}$/, 'must have 8 to 63 letters, digits and signs')
      .optional(),
    help: 'Password of the hotspot. Without it the hotspot is open until somebody has claimed the camera, and gets a password of its own then.',
  },
  max_viewers: {
    env: 'PERCH_MAX_VIEWERS',
    schema: z.coerce.number().int().min(1).max(1000).default(50),
    help: 'Viewers of one camera at the most.',
  },
  log_level: {
    env: 'PERCH_LOG_LEVEL',
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error']).optional(),
    help: 'How much is logged: trace, debug, info, warn or error. Without it info; on a terminal warn.',
  },
  safe_mode: {
    env: 'PERCH_SAFE_MODE',
    schema: z.string().optional(),
    help: 'Starts with next to nothing and shows this reason. Set by perch-safe-mode.service after a crash loop.',
  },
  system_socket: {
    env: 'PERCH_SYSTEM_SOCKET',
    schema: z.string().default(systemSocket),
    help: 'Socket of the root helper, which restarts, updates and resets the device.',
  },
  shell: {
    env: 'PERCH_SHELL',
    schema: flag.default(true),
    help: 'Whether the page has a terminal. It asks for the password again, and is a login as an ordinary user.',
  },
  mediamtx_rtsp: {
    env: 'PERCH_MEDIAMTX_RTSP',
    schema: rtspUrl.optional(),
    help: 'Where each camera is published, such as rtsp://127.0.0.1:8554.',
  },
  mediamtx_api: {
    env: 'PERCH_MEDIAMTX_API',
    schema: httpUrl.optional(),
    help: "MediaMTX's API, such as http://127.0.0.1:9997.",
  },
  relay_url: {
    env: 'PERCH_RELAY_URL',
    schema: wsUrls.optional(),
    help: 'The relay this device connects to, such as ws://10.8.0.1:8001 or wss://relay.example:8001; several relays of one fleet with commas between them. Without it there is no link.',
  },
  relay_key: {
    env: 'PERCH_RELAY_KEY',
    schema: z.string().optional(),
    help: 'The key the relay gave out for this device.',
  },
  relay_ca: {
    env: 'PERCH_RELAY_CA',
    schema: z.string().optional(),
    help: "File (PEM) with the authority that signed the relay's certificate, when it is a private one.",
  },
  relay_cert: {
    env: 'PERCH_RELAY_CERT',
    schema: z.string().optional(),
    help: 'Certificate file (PEM) this device shows to the relay, where that is asked for.',
  },
  relay_cert_key: {
    env: 'PERCH_RELAY_CERT_KEY',
    schema: z.string().optional(),
    help: 'Key file (PEM) of that certificate.',
  },
  led_pin: {
    env: 'PERCH_LED_PIN',
    schema: pin.default('auto'),
    help: "The light that says how it is (docs/led.md): a GPIO number such as 17, act (the board's own green LED), none (only the page), or auto: act where Perch may use it.",
  },
  led_active_low: {
    env: 'PERCH_LED_ACTIVE_LOW',
    schema: flag.default(false),
    help: 'Whether the LED is lit while its pin is low: wired between 3.3 V and the pin.',
  },
  button_pin: {
    env: 'PERCH_BUTTON_PIN',
    schema: pin.default('none'),
    help: 'GPIO number of a button, or none. GPIO 3 is a good one: it has a pull-up resistor of its own, and a press wakes most Pis that were shut down.',
  },
  button_active_low: {
    env: 'PERCH_BUTTON_ACTIVE_LOW',
    schema: flag.default(true),
    help: 'Whether the pin is low while the button is pressed: wired between the pin and ground, with a pull-up resistor.',
  },
  gpio_chip: {
    env: 'PERCH_GPIO_CHIP',
    schema: z.string().optional(),
    help: 'Label of the GPIO chip (gpioinfo shows it) the pins are counted on. Without it the header of a Raspberry Pi.',
  },
} as const satisfies Record<string, Key>;

type Values = { readonly [K in keyof typeof configTable]: z.output<(typeof configTable)[K]['schema']> };

/** The configuration in effect. `cameras` empty means: find them. */
export type Config = Omit<Values, 'cameras' | 'origins'> & {
  readonly cameras: readonly CameraConfig[];
  readonly origins: readonly string[];
};

/** Names of keys whose values never go into a log. */
export const secretKeys: readonly (keyof Config)[] = ['admin_password', 'relay_key', 'hotspot_password'];

/** A table of keys, and where its file is. */
export interface ConfigSource {
  readonly table: Readonly<Record<string, Key>>;
  /** The variable that names the file, and the file without it. */
  readonly variable: string;
  readonly path: string;
  readonly secret: readonly string[];
}

/**
 * Reads the keys of a table from its file and the environment; the environment wins.
 * @throws ConfigError naming the file or variable, what was wrong and what is allowed
 */
export function readConfig(source: ConfigSource, env: NodeJS.ProcessEnv): Readonly<Record<string, unknown>> {
  const file = readFile(source, env);
  const values: Record<string, unknown> = {};
  for (const [key, { env: variable, schema }] of Object.entries(source.table)) {
    // An empty variable is what a unit file or a shell leaves behind for "not set".
    const fromEnv = env[variable] === '' ? undefined : env[variable];
    const given = fromEnv ?? file.values[key];
    const result = schema.safeParse(given);
    if (!result.success) {
      const where = fromEnv !== undefined ? variable : `${key} in ${file.path}`;
      const issue = result.error.issues[0]?.message ?? 'is not allowed';
      const shown = source.secret.includes(key) ? '(hidden)' : JSON.stringify(given);
      throw new ConfigError(`${where} is ${shown}: ${issue}.`);
    }
    values[key] = result.data;
  }
  return values;
}

/**
 * Reads the configuration.
 * @throws ConfigError naming the file or variable, what was wrong and what is allowed
 */
export function loadConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const source = { table: configTable, variable: 'PERCH_CONFIG', path: '/etc/perch/perch.toml', secret: secretKeys };
  const values = readConfig(source, env);
  const checked = values as Values;
  if ((checked.tls_cert === undefined) !== (checked.tls_key === undefined)) {
    throw new ConfigError('tls_cert and tls_key belong together: give both, or neither.');
  }
  if ((checked.relay_cert === undefined) !== (checked.relay_cert_key === undefined)) {
    throw new ConfigError('relay_cert and relay_cert_key belong together: give both, or neither.');
  }
  if (!checked.http && !checked.https) throw new ConfigError('http and https are both off. Leave one of them on.');
  return {
    ...checked,
    cameras: parseCameras(checked.cameras),
    origins: checked.origins
      .split(',')
      .map((origin) => origin.trim())
      .filter((origin) => origin !== ''),
  };
}

function readFile(
  { table, variable, path: usual }: ConfigSource,
  env: NodeJS.ProcessEnv,
): { path: string; values: Record<string, unknown> } {
  const asked = env[variable];
  const path = asked || usual;
  if (!existsSync(path)) {
    if (asked) throw new ConfigError(`${variable} names ${path}, but there is no such file.`);
    return { path, values: {} };
  }
  let values: Record<string, unknown>;
  try {
    values = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const line = error instanceof TomlError ? ` in line ${error.line}` : '';
    throw new ConfigError(`${path} cannot be read${line}: ${(error as Error).message.split('\n')[0]}`);
  }
  const unknown = Object.keys(values).find((key) => !(key in table));
  if (unknown !== undefined) {
    throw new ConfigError(
      `${path} has a key "${unknown}" that is not known. ${suggest(unknown, Object.keys(table), 'Keys are')}`,
    );
  }
  return { path, values };
}
