/** A world of radios for tests, by the stand-in for nmcli and iw. */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Programs } from '../run.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const reading = ['status', 'show', 'list', 'station'];

export interface Air {
  readonly ssid: string;
  readonly signal: number;
  readonly password?: string;
  readonly security?: string;
  /** Gives addresses. */
  readonly dhcp?: boolean;
}

export interface WorldState {
  readonly air: readonly Air[];
  readonly profiles: readonly {
    readonly uuid: string;
    readonly id: string;
    readonly ssid: string;
    readonly mode: string;
    readonly psk?: string;
    readonly autoconnect: boolean;
    readonly saved: boolean;
  }[];
  readonly active?: string | null;
  readonly cable?: boolean | null;
  readonly radio?: string | null;
  readonly running?: boolean;
  readonly stations?: number;
  /** Known networks are not joined by themselves. */
  readonly slow?: boolean;
  readonly noAccessPoint?: boolean;
  /** A trial takes so long (WorldOutside only). */
  readonly joinSeconds?: number;
  readonly calls?: readonly string[];
}

/** The MAC address of the stand-in's radio ends so. */
export const hotspot = 'Perch-12AB';
const stationary: Pick<WorldState, 'air' | 'profiles' | 'active'> = { air: [], profiles: [], active: null };

function makeFolder(): string {
  const made = mkdtempSync(join(tmpdir(), 'perch-world-'));
  mkdirSync(join(made, 'sys/class/net/wlan0'), { recursive: true });
  writeFileSync(join(made, 'sys/class/net/wlan0/address'), '2c:cf:67:0a:12:ab\n');
  return made;
}

/** A world inside one process beside the test: no program is started for a call. */
export class World {
  readonly folder = makeFolder();
  readonly sys = join(this.folder, 'sys');
  readonly programs: Programs = {
    run: async (program, args, { secret, signal }) => {
      if (signal?.aborted || this.without) {
        return { code: -1, stdout: '', stderr: `spawn ${program} ENOENT`, missing: this.without };
      }
      const answer = await this.#ask({ args, secret });
      if (!args.some((word) => reading.includes(word))) this.#changed();
      return { ...answer, missing: false };
    },
    monitor: (onChange) => ({
      start: () => {
        this.#listener = onChange;
      },
      stop: async () => {
        this.#listener = undefined;
      },
    }),
  };
  /** There is no nmcli. */
  without = false;
  state: WorldState = stationary;
  #listener: (() => void) | undefined;
  readonly #process = spawn(join(here, 'nmcli'), ['serve'], { stdio: ['pipe', 'pipe', 'inherit'] });
  readonly #answers = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]();
  #turn: Promise<unknown> = Promise.resolve();

  /** Something happens outside; NetworkManager joins what it knows and sees. */
  async set(world: Partial<WorldState>): Promise<void> {
    await this.#ask({ world });
    this.#changed();
  }

  #changed(): void {
    this.#listener?.();
  }

  #ask(question: object): Promise<{ code: number; stdout: string; stderr: string }> {
    const turn = this.#turn.then(async () => {
      this.#process.stdin.write(`${JSON.stringify(question)}\n`);
      const { value } = await this.#answers.next();
      const { world, ...answer } = JSON.parse(value as string) as {
        code: number;
        stdout: string;
        stderr: string;
        world: WorldState;
      };
      this.state = world;
      return answer;
    });
    this.#turn = turn;
    return turn;
  }

  /** What is on: the network's name. */
  get on(): string | undefined {
    const { profiles, active } = this.state;
    return profiles.find(({ uuid }) => uuid === active)?.ssid;
  }

  end(): void {
    this.#process.stdin.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A world for a whole Perch: the stand-ins are real programs, found before the real ones. */
export class WorldOutside {
  readonly folder = makeFolder();
  readonly env: Readonly<Record<string, string>> = {
    PATH: `${here}${delimiter}${process.env.PATH ?? ''}`,
    PERCH_WIFI_WORLD: join(this.folder, 'world.json'),
  };

  constructor(state: Partial<WorldState> = {}) {
    writeFileSync(join(this.folder, 'world.json'), JSON.stringify({ ...stationary, ...state }));
  }

  get state(): WorldState {
    return JSON.parse(readFileSync(join(this.folder, 'world.json'), 'utf8')) as WorldState;
  }

  set(world: Partial<WorldState>): void {
    execFileSync(join(here, 'nmcli'), ['world', JSON.stringify(world)], { env: { ...process.env, ...this.env } });
  }

  end(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}
