/** Which backplane a relay has. */
import type { Logger } from '../../../appliance/log.ts';
import type { RelayConfig } from '../config.ts';
import type { Backplane } from './backplane.ts';
import { LocalBackplane } from './local.ts';

/**
 * NATS where it is configured, else files. What NATS needs is loaded only then.
 * @throws ConfigError when NATS cannot be used
 */
export async function openBackplane(
  { nats, nats_ca, data }: Pick<RelayConfig, 'nats' | 'nats_ca' | 'data'>,
  log: Logger,
): Promise<Backplane> {
  if (nats === undefined) return LocalBackplane.open(data, log);
  const { NatsBackplane } = await import('./nats/nats.ts');
  return NatsBackplane.open({ address: nats, ca: nats_ca, log });
}
