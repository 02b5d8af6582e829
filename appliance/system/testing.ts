/** A machine that is a folder, and a socket like the root helper's. For tests. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Machine } from './machine.ts';
import { type Perform, serveOne } from './serve.ts';

export interface FakeMachine extends Machine {
  /** Every program that was run, as one line each. */
  readonly ran: string[];
  /** Folders whose owner it became. */
  readonly became: string[];
}

/** A machine in an empty folder; `programs` answers or fails for a line such as `systemctl stop perch.service`. */
export async function fakeMachine(programs: (line: string) => string = () => ''): Promise<FakeMachine> {
  const ran: string[] = [];
  const became: string[] = [];
  return {
    root: await mkdtemp(join(tmpdir(), 'perch-machine-')),
    ran,
    became,
    log: pino({ level: 'silent' }),
    async run(program, args) {
      const line = [program, ...args].join(' ');
      ran.push(line);
      return programs(line);
    },
    async become(folder) {
      became.push(folder);
    },
  };
}

/** The root helper of a machine, on a socket of its own. */
export async function fakeHelper(machine: Machine, perform: Perform) {
  const path = join(machine.root, 'perch-system.sock');
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    void serveOne({ input: socket, output: socket, who: 'test' }, machine, perform);
  });
  server.listen(path);
  await once(server, 'listening');
  return {
    path,
    async close() {
      server.close();
      await rm(machine.root, { recursive: true, force: true });
    },
  };
}
