/** Reads `PERCH_RELAY_NATS`, and says in a sentence what is wrong with a NATS server. */
import { ConfigError } from '../../../../appliance/config.ts';

export interface NatsAddress {
  /** `host:port` of each server of the NATS cluster; any of them will do. */
  readonly servers: readonly string[];
  readonly encrypted: boolean;
  readonly user?: string;
  readonly pass?: string;
  readonly token?: string;
}

const example = 'nats://127.0.0.1:4222, nats://name:password@host:4222, nats://token@host or tls://host';

/**
 * One address, or several of one cluster with commas between; name and password, or a token, stand in the first.
 * @throws ConfigError, without repeating what may hold a password
 */
export function readNatsAddress(text: string): NatsAddress {
  const urls = text.split(',').map((part) => {
    const trimmed = part.trim();
    const url = URL.canParse(trimmed) ? new URL(trimmed) : undefined;
    if (!url || !['nats:', 'tls:'].includes(url.protocol) || url.hostname === '') {
      throw new ConfigError(`PERCH_RELAY_NATS must be an address such as ${example}.`);
    }
    return url;
  });
  const first = urls.find(({ username }) => username !== '');
  const user = decode(first?.username ?? '');
  const pass = decode(first?.password ?? '');
  return {
    servers: urls.map(({ hostname, port }) => `${hostname}:${port || '4222'}`),
    encrypted: urls.some(({ protocol }) => protocol === 'tls:'),
    ...(user !== '' && pass !== '' && { user, pass }),
    ...(user !== '' && pass === '' && { token: user }),
  };
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Why NATS cannot be used, for whoever starts a relay. */
export function natsProblem({ servers }: NatsAddress, error: Error): string {
  const where = `NATS at ${servers.join(', ')}`;
  const { code } = error as NodeJS.ErrnoException;
  const said = `${error.name} ${code ?? ''} ${error.message} ${String(error.cause ?? '')}`;
  if (/authorization|authentication|permissions violation/i.test(said)) {
    return `${where} does not let this relay in: check the name and password, or the token, in PERCH_RELAY_NATS.`;
  }
  if (/jetstream.*(not enabled|not available|disabled)|JetStreamNotEnabled|503/i.test(said)) {
    return `${where} runs without JetStream, which keeps what the relays share. Start it with: nats-server -js`;
  }
  if (/CERT|self.signed|unable to verify|altname/i.test(said)) {
    return `${where} shows a certificate this relay does not trust (${error.message}). Name its authority in PERCH_RELAY_NATS_CA.`;
  }
  return `${where} cannot be reached (${error.message}). Start it, or correct PERCH_RELAY_NATS.`;
}
