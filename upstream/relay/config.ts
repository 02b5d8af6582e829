/** The relay's configuration: one table, as the appliance has its own. */
import { homedir } from 'node:os';
import { posix, win32 } from 'node:path';
import * as z from 'zod';
import { ConfigError, readConfig } from '../../appliance/config.ts';
import { checkDeviceName } from './fleet/devices.ts';

/** Where the relay keeps what it saves, and where its configuration is, as each system does it. */
export function relayPlaces(
  platform: string,
  env: NodeJS.ProcessEnv,
  home: string,
): { readonly data: string; readonly config: string } {
  if (platform === 'win32') {
    const folder = win32.join(env.ProgramData || 'C:\\ProgramData', 'Perch');
    return { data: win32.join(folder, 'relay'), config: win32.join(folder, 'relay.toml') };
  }
  const state = env.XDG_STATE_HOME || posix.join(home, '.local/state');
  return { data: posix.join(state, 'perch-relay'), config: '/etc/perch/relay.toml' };
}
const places = relayPlaces(process.platform, process.env, homedir());

export const relayTable = {
  port: {
    env: 'PERCH_RELAY_PORT',
    schema: z.coerce.number().int().min(0).max(65535).default(8001),
    help: 'Port for devices, people and programs alike.',
  },
  host: {
    env: 'PERCH_RELAY_HOST',
    schema: z.string().default('::'),
    help: 'Address to listen on, such as that of the VPN; :: is every one, IPv4 too.',
  },
  data: {
    env: 'PERCH_RELAY_DATA',
    schema: z.string().default(places.data),
    help: 'Folder of everything that is saved.',
  },
  admin_password: {
    env: 'PERCH_RELAY_ADMIN_PASSWORD',
    schema: z.string().optional(),
    help: 'Makes the user "admin" at first start. Without it the first visitor of the page becomes it.',
  },
  tls_cert: {
    env: 'PERCH_RELAY_TLS_CERT',
    schema: z.string().optional(),
    help: 'Certificate file (PEM): the relay then speaks https and wss only.',
  },
  tls_key: {
    env: 'PERCH_RELAY_TLS_KEY',
    schema: z.string().optional(),
    help: 'Key file (PEM) of that certificate.',
  },
  tls_client_ca: {
    env: 'PERCH_RELAY_TLS_CLIENT_CA',
    schema: z.string().optional(),
    help: 'Authority file (PEM): only whoever shows a certificate of it is let in, people too.',
  },
  origins: {
    env: 'PERCH_RELAY_ORIGINS',
    schema: z.string().default(''),
    help: 'Comma-separated origins of other pages that may use this relay, such as https://site.example.',
  },
  keyless: {
    env: 'PERCH_RELAY_KEYLESS',
    schema: z.string().default(''),
    help: 'Comma-separated name=address of devices that cannot send a key and are known by their VPN address. Safe only where nobody else can have that address.',
  },
  nats: {
    env: 'PERCH_RELAY_NATS',
    schema: z
      .string()
      .regex(/^(nats|tls):\/\/\S+$/, 'must be an address such as nats://127.0.0.1:4222')
      .optional(),
    help: 'NATS with JetStream that several relays share, such as nats://127.0.0.1:4222 or tls://name:password@host; several servers with commas. Without it this one is alone.',
  },
  nats_ca: {
    env: 'PERCH_RELAY_NATS_CA',
    schema: z.string().optional(),
    help: 'Authority file (PEM) of the certificate of NATS, where the system does not know it.',
  },
  log_level: {
    env: 'PERCH_RELAY_LOG_LEVEL',
    schema: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'silent']).default('info'),
    help: 'How much is logged: trace, debug, info, warn or error.',
  },
} as const;

type Values = { readonly [K in keyof typeof relayTable]: z.output<(typeof relayTable)[K]['schema']> };
export type RelayConfig = Omit<Values, 'origins' | 'keyless'> & {
  readonly origins: readonly string[];
  /** Device by address. */
  readonly keyless: ReadonlyMap<string, string>;
};

/** @throws ConfigError naming the file or variable, what was wrong and what is allowed */
export function loadRelayConfig(env: NodeJS.ProcessEnv = process.env): RelayConfig {
  const source = {
    table: relayTable,
    variable: 'PERCH_RELAY_CONFIG',
    path: places.config,
    secret: ['admin_password', 'nats'],
  };
  const values = readConfig(source, env) as Values;
  if ((values.tls_cert === undefined) !== (values.tls_key === undefined)) {
    throw new ConfigError('tls_cert and tls_key belong together: give both, or neither.');
  }
  if (values.tls_client_ca !== undefined && values.tls_cert === undefined) {
    throw new ConfigError('tls_client_ca needs tls_cert and tls_key: without https nobody shows a certificate.');
  }
  return { ...values, origins: list(values.origins), keyless: parseKeyless(values.keyless) };
}

function list(text: string): string[] {
  return text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function parseKeyless(text: string): ReadonlyMap<string, string> {
  return new Map(
    list(text).map((part) => {
      const [name = '', address = ''] = part.split('=');
      if (name === '' || address === '') {
        throw new ConfigError(`"${part}" in keyless is no device. Write name=address, for example porch=10.8.0.7.`);
      }
      checkDeviceName(name);
      return [address, name];
    }),
  );
}
