/** A real relay with one device of a real link and door behind it, and a token for a site. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestServer } from '../../../appliance/http/testing/server.ts';
import { createLog } from '../../../appliance/log.ts';
import { createLink, type Link } from '../../link/link.ts';
import { loadRelayConfig } from '../../relay/config.ts';
import { type Relay, startRelay } from '../../relay/relay.ts';

export class TestFleet {
  readonly token: string;
  readonly port: number;
  readonly device: TestServer;
  link: Link;
  #relay: Relay;
  readonly #folder: string;
  readonly #key: string;

  private constructor(relay: Relay, folder: string, key: string, token: string, device: TestServer) {
    this.#relay = relay;
    this.#folder = folder;
    this.#key = key;
    this.token = token;
    this.port = relay.port;
    this.device = device;
    this.link = this.#dial();
  }

  /** The device is called `garden`; its cameras are `front` and `garage`. */
  static async start(): Promise<TestFleet> {
    const folder = await mkdtemp(join(tmpdir(), 'perch-fleet-'));
    const relay = await openRelay(folder, 0);
    const { key } = await relay.fleet.devices.add('garden');
    const { token } = await relay.people.createToken('site', 'operator');
    return new TestFleet(relay, folder, key, token, await TestServer.start());
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}`;
  }

  /** The relay is gone. */
  async stopRelay(): Promise<void> {
    await this.#relay.close();
  }

  /** The relay is there again, with what it knew. */
  async startRelay(): Promise<void> {
    this.#relay = await openRelay(this.#folder, this.port);
  }

  /** The device dials again after `link.stop()`. */
  reconnect(): void {
    this.link = this.#dial();
  }

  async close(): Promise<void> {
    await this.link.stop();
    await this.#relay.close();
    await this.device.close();
    await rm(this.#folder, { recursive: true, force: true });
  }

  #dial(): Link {
    const link = createLink({
      config: {
        relay_url: this.url,
        relay_key: this.#key,
        relay_ca: undefined,
        relay_cert: undefined,
        relay_cert_key: undefined,
      },
      door: this.device.door,
      cameras: () => [...this.device.cameras.keys()],
      log: createLog('silent'),
    });
    link.start();
    return link;
  }
}

/** A relay with its state in `folder`; its admin is `admin`. */
export function openRelay(folder: string, port: number): Promise<Relay> {
  const config = loadRelayConfig({
    PERCH_RELAY_PORT: String(port),
    PERCH_RELAY_HOST: '127.0.0.1',
    PERCH_RELAY_DATA: folder,
    PERCH_RELAY_ADMIN_PASSWORD: 'a long enough password',
  });
  return startRelay({ config, log: createLog('silent') });
}
