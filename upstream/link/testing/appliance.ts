/** What the link is a part of: a real door and saved settings; the camera shows what it is told to. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Audit } from '../../../appliance/command/audit.ts';
import { CommandDoor } from '../../../appliance/command/door.ts';
import { PlainCamera } from '../../../appliance/http/testing/server.ts';
import { createLog } from '../../../appliance/log.ts';
import { SavedSettings } from '../../../appliance/settings/saved.ts';
import { createLink, type Link, type LinkConfig, type LinkStatus, type LinkTuning } from '../link.ts';

export class TestAppliance {
  readonly door: CommandDoor;
  readonly cameras: readonly PlainCamera[];
  readonly #folder: string;
  readonly #saved: SavedSettings;
  readonly #audit: Audit;
  readonly #links: Link[] = [];

  private constructor(folder: string, door: CommandDoor, saved: SavedSettings, audit: Audit) {
    this.#folder = folder;
    this.door = door;
    this.#saved = saved;
    this.#audit = audit;
    this.cameras = [new PlainCamera('front', 0), new PlainCamera('garage', 1)];
    for (const camera of this.cameras) door.attach(camera);
  }

  static async start(): Promise<TestAppliance> {
    const log = createLog('silent');
    const folder = await mkdtemp(join(tmpdir(), 'perch-link-'));
    const saved = await SavedSettings.open(join(folder, 'cameras.json'), log, () => door.saved());
    const audit = new Audit(join(folder, 'audit.jsonl'), log);
    const door: CommandDoor = new CommandDoor({ saved, audit, log });
    return new TestAppliance(folder, door, saved, audit);
  }

  /** Starts a link; it is stopped with the appliance. */
  link(config: Partial<LinkConfig>, tuning: LinkTuning = {}): Link {
    const link = createLink({
      config: {
        relay_url: undefined,
        relay_key: undefined,
        relay_ca: undefined,
        relay_cert: undefined,
        relay_cert_key: undefined,
        ...config,
      },
      door: this.door,
      cameras: () => this.cameras.map(({ name }) => name),
      log: createLog('silent'),
      // A first try again comes at once; later ones within seconds.
      tuning: { random: () => 0.05, lookMs: 20, ...tuning },
    });
    this.#links.push(link);
    link.start();
    return link;
  }

  async close(): Promise<void> {
    await Promise.all(this.#links.map((link) => link.stop()));
    await this.#saved.close();
    await this.#audit.flush();
    await rm(this.#folder, { recursive: true });
  }
}

/** Resolves when the link's status is so; it is plain data without events, so it is looked at. */
export async function untilLink(link: Link, test: (status: LinkStatus) => boolean): Promise<LinkStatus> {
  for (;;) {
    const status = link.status();
    if (test(status)) return status;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
