/** What keeps Perch from running, from what was looked at: pure, one table. The figures have their own (findings.ts). */
import type { Finding, Severity } from '../findings.ts';

/** What was found out about the program itself. */
export interface Looked {
  /** Of Node.js, such as `v20.19.2`. */
  readonly node: string;
  /** `running` answers; `busy` holds its port and does not answer; `closed`: its socket is for another user. */
  readonly server: 'running' | 'busy' | 'closed' | 'away';
  /** The mistake in the configuration, in its own sentence. */
  readonly mistake?: string;
  readonly data: {
    readonly path: string;
    readonly problem?: 'absent' | 'unreadable' | 'unwritable' | 'read-only' | 'full';
    /** Who looks may be somebody else than who Perch runs as. */
    readonly mine: boolean;
  };
  /** The ports it wants that another program has. */
  readonly takenPorts: readonly number[];
  /** systemd's word, where it starts Perch. */
  readonly unit?: { readonly active: string; readonly result: string; readonly restarts: number };
  /** Packages that cannot be loaded, each with the reason. */
  readonly brokenPackages: readonly string[];
}

interface Complaint {
  readonly severity: Severity;
  readonly when: (looked: Looked) => boolean;
  readonly what: (looked: Looked) => string;
  readonly advice: (looked: Looked) => string;
}

const down = ({ server }: Looked) => server === 'away' || server === 'busy';
const dataProblem = (problem: NonNullable<Looked['data']['problem']>) => (looked: Looked) =>
  looked.data.problem === problem;

/** In the order of what to do first. */
export const complaintTable: Readonly<Record<string, Complaint>> = {
  old_node: {
    severity: 'wrong',
    when: ({ node }) => Number.parseInt(node.slice(1), 10) < 20,
    what: ({ node }) => `Node.js ${node} is too old`,
    advice: () => 'Install Node.js 20 or newer.',
  },
  config_mistake: {
    severity: 'wrong',
    when: ({ mistake }) => mistake !== undefined,
    what: () => 'The configuration has a mistake, so that Perch does not start',
    advice: ({ mistake }) => `Mend it: ${mistake}`,
  },
  packages_broken: {
    severity: 'wrong',
    when: ({ brokenPackages }) => brokenPackages.length > 0,
    what: ({ brokenPackages }) => `Perch's packages are damaged (${brokenPackages.slice(0, 3).join('; ')})`,
    advice: () =>
      'Install Perch again: flash the card, apt install --reinstall perch, or in a checkout npm ci --ignore-scripts.',
  },
  data_unreadable: {
    severity: 'wrong',
    // Whoever is not Perch is not meant to read it.
    when: (looked) => dataProblem('unreadable')(looked) && looked.data.mine,
    what: ({ data }) => `The data folder ${data.path} cannot be read`,
    advice: ({ data }) => `Give it back to the user that Perch runs as: sudo chown -R perch: ${data.path}`,
  },
  data_unwritable: {
    severity: 'wrong',
    when: (looked) => dataProblem('unwritable')(looked) && looked.data.mine,
    what: ({ data }) => `Nothing can be written to the data folder ${data.path}`,
    advice: ({ data }) => `Give it back to the user that Perch runs as: sudo chown -R perch: ${data.path}`,
  },
  data_read_only: {
    severity: 'wrong',
    when: dataProblem('read-only'),
    what: ({ data }) => `The file system of ${data.path} is read-only`,
    advice: () => 'Restart the device, which checks the card. If it stays so, replace the card.',
  },
  data_full: {
    severity: 'wrong',
    when: dataProblem('full'),
    what: ({ data }) => `The file system of ${data.path} is full`,
    advice: () => 'Remove recordings and other files from it.',
  },
  port_taken: {
    severity: 'wrong',
    when: (looked) => looked.server === 'away' && looked.takenPorts.length > 0,
    what: ({ takenPorts }) => `Another program has port ${takenPorts.join(' and ')}`,
    advice: ({ takenPorts }) =>
      `Stop it (sudo ss -ltnp 'sport = :${takenPorts[0]}' says which it is), or give Perch another port: PERCH_PORT, PERCH_HTTPS_PORT.`,
  },
  server_hangs: {
    severity: 'wrong',
    when: ({ server }) => server === 'busy',
    what: () => 'Perch is running but does not answer',
    advice: () => 'Restart it: sudo systemctl restart perch.',
  },
  server_fails: {
    severity: 'wrong',
    when: (looked) => down(looked) && (looked.unit?.active === 'failed' || looked.unit?.active === 'activating'),
    what: ({ unit }) => `Perch does not stay up (${unit?.result}, started ${unit?.restarts} times)`,
    advice: () => 'Its last words stand above. When what is named here is mended: sudo systemctl restart perch.',
  },
  server_away: {
    severity: 'wrong',
    when: (looked) =>
      looked.server === 'away' && looked.unit?.active !== 'failed' && looked.unit?.active !== 'activating',
    what: () => 'Perch is not running',
    advice: ({ unit }) => (unit === undefined ? 'Start it: perch serve.' : 'Start it: sudo systemctl start perch.'),
  },
  not_allowed: {
    severity: 'note',
    when: ({ server }) => server === 'closed',
    what: () => 'Perch is running as another user, so that only a part could be looked at',
    advice: () => 'Run this with sudo to see all of it.',
  },
};

/** What is to be said, as findings of this moment. */
export function complaintsOf(looked: Looked, now: number): readonly Finding[] {
  return Object.entries(complaintTable)
    .filter(([, { when }]) => when(looked))
    .map(([id, { severity, what, advice }]) => ({
      id,
      severity,
      since: now,
      what: what(looked),
      advice: advice(looked),
    }));
}
