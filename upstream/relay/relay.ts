/** The relay as a whole: builds its parts, listens, ends. */
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Audit } from '../../appliance/command/audit.ts';
import { ConfigError } from '../../appliance/config.ts';
import { PerchError } from '../../appliance/errors.ts';
import type { Logger } from '../../appliance/log.ts';
import { buildApp, type RelayApp } from './app.ts';
import type { RelayConfig } from './config.ts';
import { newCounts } from './counts.ts';
import type { Backplane } from './fleet/backplane.ts';
import { Fleet } from './fleet/fleet.ts';
import { openBackplane } from './fleet/open.ts';
import type { GateTuning } from './gate.ts';
import { People } from './people/people.ts';

export interface RelayOptions {
  readonly config: RelayConfig;
  readonly log: Logger;
  readonly tuning?: GateTuning;
  /** What the nodes of a fleet share; without it, as the configuration says. */
  readonly backplane?: Backplane;
}

export interface Relay {
  readonly port: number;
  readonly encrypted: boolean;
  readonly fleet: Fleet;
  readonly people: People;
  readonly gate: RelayApp['gate'];
  /** Says goodbye to everyone; everything is on disk when this resolves. */
  close(): Promise<void>;
}

/**
 * Starts a relay.
 * @throws ConfigError when the port cannot be had, or files or a password cannot be used
 */
export async function startRelay({ config, log, tuning, backplane }: RelayOptions): Promise<Relay> {
  const fleet = await Fleet.open(backplane ?? (await openBackplane(config, log)), log);
  const audit = new Audit(join(config.data, 'audit.jsonl'), log);
  let server: RelayApp | undefined;
  const close = async () => {
    await server?.close();
    await fleet.close();
    await audit.flush();
  };
  try {
    const people = await People.open({ backplane: fleet.backplane, log, adminPassword: config.admin_password });
    for (const name of config.keyless.values()) await registerKeyless(fleet, name);
    const pageFolder = join(dirname(fileURLToPath(import.meta.url)), 'relay');
    server = await buildApp({
      config,
      log,
      fleet,
      people,
      audit,
      counts: newCounts(),
      pageFolder,
      ...(tuning && { tuning }),
    });
    const port = await listen(server, config);
    log.info({ port, host: config.host, devices: fleet.devices.size }, 'the relay listens');
    return { port, encrypted: config.tls_cert !== undefined, fleet, people, gate: server.gate, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function registerKeyless(fleet: Fleet, name: string): Promise<void> {
  try {
    await fleet.devices.add(name);
  } catch (error) {
    if (!(error instanceof PerchError && error.code === 'device_exists')) throw error;
  }
}

/** So many handshakes may wait: after a restart every device comes back within seconds. */
const backlog = 4_096;

async function listen({ app }: RelayApp, { host, port }: RelayConfig): Promise<number> {
  const listenOn = (where: string) => app.listen({ host: where, port, backlog, listenTextResolver: () => 'listening' });
  try {
    await listenOn(host).catch(async (error: NodeJS.ErrnoException) => {
      // A kernel without IPv6 has no `::`; every address is then every IPv4 address.
      if (host !== '::' || (error.code !== 'EAFNOSUPPORT' && error.code !== 'EADDRNOTAVAIL')) throw error;
      await listenOn('0.0.0.0');
    });
  } catch (error) {
    throw new ConfigError(sentenceFor(error as NodeJS.ErrnoException, host, port));
  }
  return (app.server.address() as AddressInfo).port;
}

function sentenceFor({ code, message }: NodeJS.ErrnoException, host: string, port: number): string {
  switch (code) {
    case 'EADDRINUSE':
      return `Port ${port} is used by another program. Stop it, or choose another port with PERCH_RELAY_PORT.`;
    case 'EACCES':
      return `The relay may not open port ${port}. Choose another with PERCH_RELAY_PORT.`;
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `This machine has no address ${host} now. Is the VPN up? Leave PERCH_RELAY_HOST out to listen on every address.`;
    default:
      return `The relay cannot listen on port ${port} of ${host}: ${message}.`;
  }
}
