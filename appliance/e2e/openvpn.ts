/** Debian's OpenVPN between two places, each of which knows the other by the fingerprint of its certificate. */
import { type ChildProcess, execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import type { Place } from './namespaces.ts';

const program = '/usr/sbin/openvpn';

/** What both ends agree on. No DCO: that is a module the kernel of a test machine need not have. */
const common = `
dev vpn
dev-type tun
proto udp4
disable-dco
verb 3
auth-nocache
`;

export class Tunnel {
  readonly #folder: string;
  readonly #near: Place;
  readonly #far: Place;
  readonly #farAddress: string;
  #server: ChildProcess | undefined;
  #client: ChildProcess | undefined;

  private constructor(folder: string, near: Place, far: Place, farAddress: string) {
    this.#folder = folder;
    this.#near = near;
    this.#far = far;
    this.#farAddress = farAddress;
  }

  /** Makes the certificates; nothing runs yet. `farAddress`: where the server is, as seen from the client. */
  static async between(near: Place, far: Place, farAddress: string): Promise<Tunnel> {
    const folder = await mkdtemp(join(tmpdir(), 'perch-vpn-'));
    await mkdir(join(folder, 'clients'));
    const server = await makeCertificate(folder, 'server');
    const client = await makeCertificate(folder, 'client');
    await writeFile(
      join(folder, 'server.conf'),
      `${common}tls-server\ntopology subnet\nserver 10.8.0.0 255.255.255.0\nkeepalive 10 60\ndh none
cert ${join(folder, 'server.pem')}\nkey ${join(folder, 'server.key')}\npeer-fingerprint ${client}
client-config-dir ${join(folder, 'clients')}\n`,
    );
    await writeFile(
      join(folder, 'client.conf'),
      `${common}client\nnobind\nremote ${farAddress} 1194\nconnect-retry 1 2
cert ${join(folder, 'client.pem')}\nkey ${join(folder, 'client.key')}\npeer-fingerprint ${server}\n`,
    );
    return new Tunnel(folder, near, far, farAddress);
  }

  /** Starts the server, which is 10.8.0.1. */
  async serve(): Promise<void> {
    this.#server = await this.#run(this.#far, 'server');
  }

  /** Connects, with that address in the VPN. */
  async connect(address: string): Promise<void> {
    await writeFile(join(this.#folder, 'clients', 'client'), `ifconfig-push ${address} 255.255.255.0\n`);
    this.#client = await this.#run(this.#near, 'client');
  }

  /** Kills the client's end, as a crash does: nobody is told. */
  async cut(): Promise<void> {
    await kill(this.#client);
  }

  async close(): Promise<void> {
    await kill(this.#client);
    await kill(this.#server);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async #run(place: Place, name: 'server' | 'client'): Promise<ChildProcess> {
    const child = place.start(program, '--config', join(this.#folder, `${name}.conf`));
    let said = '';
    await new Promise<void>((resolve, reject) => {
      child.stdout?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        if (said.includes('Initialization Sequence Completed')) resolve();
      });
      child.once('exit', () => reject(new Error(`openvpn (${name}, to ${this.#farAddress}) ended: ${said}`)));
    });
    return child;
  }
}

/** Debian's OpenVPN, in words; undefined when there is none. */
export function openvpnVersion(): string | undefined {
  try {
    return execFileSync(program, ['--version'], { encoding: 'utf8' }).split('\n')[0];
  } catch (error) {
    // Its `--version` ends with 1.
    return (error as { stdout?: string }).stdout?.split('\n')[0] || undefined;
  }
}

/** Writes `<name>.pem` and `<name>.key`. Answers its fingerprint. */
export async function makeCertificate(folder: string, name: 'server' | 'client'): Promise<string> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
  });
  await writeFile(join(folder, `${name}.pem`), cert);
  await writeFile(join(folder, `${name}.key`), key, { mode: 0o600 });
  return new X509Certificate(cert).fingerprint256;
}

async function kill(child: ChildProcess | undefined): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
